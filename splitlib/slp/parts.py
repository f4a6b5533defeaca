"""Files whose rows go into a new file, and the number that each row gets there.

A split takes some rows of one file. A merge takes all rows of several files. Both count the rows of
a table file after file, so that what names a row is renumbered in one way.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import h5py
import numpy as np
from numpy.typing import NDArray

from splitlib.errors import LabelsFileError
from splitlib.slp.ranges import bounds, expand, frame_positions, positions_of
from splitlib.slp.selection import Selection
from splitlib.slp.source import SlpFile
from splitlib.slp.tables import Table, read_optional_table, with_columns

Column = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Numbering:
    """The new numbers of the rows of a table, counted file after file.

    Attributes:
        name: The table, for messages.
        sizes: Rows of the table in each file.
        new: (n,) int64, n the sum of `sizes`: the new row of each; -1 for a row left out.
        is_written: (n,) bool, whether the row itself is written. A row that belongs to no frame is
            in every split; a merge writes it once, and all copies have the same new row.
    """

    name: str
    sizes: tuple[int, ...]
    new: Column
    is_written: NDArray[np.bool_]

    def flat(self, numbers: Column, part: Column, place: str) -> Column:
        """(n,) int64 row numbers counted file after file; -1 stands for every negative number.

        Args:
            numbers: (n,) row numbers as a file gives them.
            part: (n,) the file that gives each.
            place: Where the numbers stand, for the message.

        Raises:
            LabelsFileError: A number is past the end of the table.
        """
        sizes = np.array(self.sizes, np.int64)
        wrong = numbers >= sizes[part]
        if wrong.any():
            at = int(np.argmax(wrong))
            msg = f"{place}: {numbers[at]} is past the end of its table of {sizes[part[at]]} rows"
            raise LabelsFileError(msg)
        return np.where(numbers < 0, -1, numbers + bounds(sizes)[part])

    def renumber(self, numbers: Column, part: Column, place: str) -> Column:
        """The new rows of row numbers, with the arguments of `flat`; -1 for a row left out."""
        return np.append(self.new, -1)[self.flat(numbers, part, place)]


def numbering(name: str, sizes: Sequence[int], rows: Column) -> Numbering:
    """The numbering that keeps some rows, given as (n,) int64, each at most once."""
    new = positions_of(rows, sum(sizes))
    return Numbering(name, tuple(sizes), new, new >= 0)


@dataclass(frozen=True, eq=False)
class Parts:
    """Labels files, and which of their rows go into a new file.

    Attributes:
        sources: The files.
        files: The same, open.
        frames: The new rows of /frames.
        instances: The new rows of /instances.
        frame_place: (n,) int64, where each frame of all files comes among all, in the order that
            the rows that name frames get. A single file keeps its own order.
    """

    sources: tuple[SlpFile, ...]
    files: tuple[h5py.File, ...]
    frames: Numbering
    instances: Numbering
    frame_place: Column

    @cached_property
    def instance_place(self) -> Column:
        """(n,) int64, the same for each instance of all files."""
        frame = np.full(len(self.instances.new), len(self.frame_place))
        at_frame = at_instance = 0
        for one in self.sources:
            n_instances = one.instance_end - one.instance_start
            places = self.frame_place[at_frame : at_frame + len(n_instances)]
            rows = at_instance + expand(one.instance_start, one.instance_end)
            frame[rows] = np.repeat(places, n_instances)
            at_frame, at_instance = at_frame + len(places), at_instance + len(one.instances)
        return positions_of(np.argsort(frame, kind="stable"), len(frame))

    @cached_property
    def _kept_frames(self) -> tuple[Column, Column, Column]:
        """Video, number and place of the frames that are kept."""
        kept = self.frames.new >= 0
        video = np.concatenate([one.video for one in self.sources])[kept]
        frame_idx = np.concatenate([one.frame_idx for one in self.sources])[kept]
        return video, frame_idx, self.frame_place[kept]

    def place_of_frames(self, video: Column, frame_idx: Column) -> Column:
        """(n,) int64, `frame_place` of (n,) frames of videos; -1 for frames that are not kept."""
        *frames, place = self._kept_frames
        return np.append(place, -1)[frame_positions(video, frame_idx, *frames)]


def one_part(source: SlpFile, file: h5py.File, selection: Selection) -> Parts:
    """Some frames of one file."""
    frames = numbering("frames", [len(source.frames)], selection.frames)
    instances = numbering("instances", [len(source.instances)], selection.instances)
    return Parts((source,), (file,), frames, instances, np.arange(len(source.frames)))


def all_parts(sources: Sequence[SlpFile], files: Sequence[h5py.File], order: Column) -> Parts:
    """All frames of several files; `order` is (n,) int64, the frames in the order that they get."""
    n_frames, n_instances = ([len(getattr(one, name)) for one in sources] for name in _ROWS)
    frames = numbering("frames", n_frames, np.arange(sum(n_frames)))
    instances = numbering("instances", n_instances, np.arange(sum(n_instances)))
    return Parts(tuple(sources), tuple(files), frames, instances, positions_of(order, len(order)))


_ROWS = ("frames", "instances")


@dataclass(frozen=True, eq=False)
class Stack:
    """A table of all files, one file after the other.

    Attributes:
        tables: The table of each file, of one type.
    """

    tables: tuple[Table, ...]

    @property
    def name(self) -> str:
        """Name of the table."""
        return self.tables[0].name

    @property
    def sizes(self) -> list[int]:
        """Rows in each file."""
        return [len(table) for table in self.tables]

    @cached_property
    def part(self) -> Column:
        """(n,) int64, the file of each row."""
        return np.repeat(np.arange(len(self.tables)), self.sizes)

    def __len__(self) -> int:
        return sum(self.sizes)

    def has(self, column: str) -> bool:
        """Whether the table has a column."""
        return self.tables[0].has(column)

    def ints(self, column: str) -> Column:
        """A column of all files, (n,) int64."""
        return np.concatenate([table.ints(column) for table in self.tables])

    def place(self, column: str) -> str:
        """A column, for messages."""
        return f"{self.tables[0].file}: /{self.name} {column}"

    def take(self, rows: Column, **columns: Column) -> NDArray[np.void]:
        """Rows with other values in some columns, as `with_columns` gives them."""
        first = self.tables[0]
        every = np.concatenate([table.rows for table in self.tables])
        return with_columns(Table(first.file, first.name, every), rows, **columns)


def read_stack(parts: Parts, name: str, columns: tuple[str, ...]) -> Stack | None:
    """A table of all files; None where the first has none.

    Raises:
        LabelsFileError: A file lacks the table or one of the columns, or it is unreadable.
    """
    tables = []
    for source, file in zip(parts.sources, parts.files, strict=True):
        table = read_optional_table(file, source.path, name, columns)
        if table is None:
            return None
        tables.append(table)
    return Stack(tuple(tables))
