"""Points stay in the labels file until they are asked for, since they are most of it.

HDF5 keeps a plain table as one run of bytes. So any rows of it are read without HDF5, into memory
that is used again: a million frames take no more memory than a thousand. A table of another form,
such as a compressed one, is read as a whole when the file is read, which finds what is damaged.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from splitlib.errors import LabelsFileError
from splitlib.slp.ranges import bounds, gather

Rows = NDArray[np.void]
Column = NDArray[np.int64]

Stamp = tuple[int, int]
"""Size of a file in bytes and time of its last change in nanoseconds."""

WINDOW_BYTES = 2 * 2**20
"""Bytes of a table that are read at a time: they stay in the cache of the processor, and more of
them are read no faster."""

KEPT_BYTES = 64 * 2**20
"""Bytes of a table that is kept in memory once it was read: several reads would take longer."""


@dataclass(frozen=True, eq=False)
class RowsOnDisk:
    """The first `size` rows of a table of a labels file.

    Attributes:
        file: The labels file.
        name: Name of the dataset in the file, without the leading slash.
        dtype: The columns as stored.
        size: The number of rows.
        place: The first byte of the rows in the file, and `file_stamp` when the file was read.
            None where the rows are in memory.
        memory: The rows where they are in memory, else None.
    """

    file: Path
    name: str
    dtype: np.dtype[np.void]
    size: int
    place: tuple[int, Stamp] | None = None
    memory: Rows | None = None

    def __len__(self) -> int:
        return self.size

    @property
    def rows(self) -> Rows:
        """(n,) structured array, all rows.

        Raises:
            LabelsFileError: As `read`.
        """
        return self.read(0, self.size) if self._kept is None else self._kept

    @cached_property
    def _kept(self) -> Rows | None:
        """All rows of a table that is in memory, or small enough to be; else None."""
        if self.memory is not None or self.place is None:
            return self.memory
        if self.size * self.dtype.itemsize > KEPT_BYTES:
            return None
        return self.read(0, self.size)

    def read(self, start: int, stop: int, memory: Rows | None = None) -> Rows:
        """Read the rows from `start` to `stop` from disk, into `memory` where that is given.

        Raises:
            LabelsFileError: The file was changed since it was read, or is gone.
        """
        assert self.place is not None
        found = np.empty(stop - start, self.dtype) if memory is None else memory[: stop - start]
        if len(found):
            self._fill(found, start, self.place)
        return found

    def _fill(self, rows: Rows, start: int, place: tuple[int, Stamp]) -> None:
        offset, stamp = place
        left = rows.view(np.uint8).data
        try:
            with self.file.open("rb", buffering=0) as file:
                if stamp_of(os.fstat(file.fileno())) != stamp:
                    msg = (
                        f"{self.file}: the labels file was changed after it was loaded; load it"
                        " again"
                    )
                    raise LabelsFileError(msg)
                file.seek(offset + start * self.dtype.itemsize)
                while left:
                    n_bytes = file.readinto(left)
                    if not n_bytes:
                        msg = (
                            f"{self.file}: /{self.name} ends too early; restore a copy of the file"
                        )
                        raise LabelsFileError(msg)
                    left = left[n_bytes:]
        except FileNotFoundError as err:
            msg = f"{self.file}: the labels file was removed after it was loaded"
            raise LabelsFileError(msg) from err

    def ranges(self, start: Column, end: Column) -> Iterator[tuple[slice, Rows]]:
        """The rows of n ranges, one range after the other, a bounded number at a time.

        Of a large table, ranges whose order is that of the file are read as they come. For any
        other order the whole table is read into memory.

        Args:
            start: (n,) int64, the first row of each range.
            end: (n,) int64, one past the last.

        Yields:
            Some of the ranges, and their rows, at least one, which hold until the next are asked
            for.
        """
        n_rows = max(1, WINDOW_BYTES // max(1, self.dtype.itemsize))
        if self._kept is None and (start[1:] >= end[:-1]).all():
            yield from self._from_windows(start, end, n_rows)
        else:
            yield from _from_memory(self.rows, start, end, n_rows)

    def _from_windows(
        self, start: Column, end: Column, n_rows: int
    ) -> Iterator[tuple[slice, Rows]]:
        """Ranges in the order of the file: those of so many rows of the table at a time."""
        pieces = _pieces(start, n_rows, self.size)
        spans = [(int(start[piece.start]), int(end[piece.stop - 1])) for piece in pieces]
        longest = max((last - first for first, last in spans), default=0)
        window, taken = (np.empty(longest, self.dtype) for _ in range(2))
        for piece, (first, last) in zip(pieces, spans, strict=True):
            n_wanted = int((end[piece] - start[piece]).sum())
            if n_wanted:
                found = self.read(first, last, window)
                yield piece, _taken(found, start[piece] - first, end[piece] - first, taken)


def _from_memory(
    rows: Rows, start: Column, end: Column, n_rows: int
) -> Iterator[tuple[slice, Rows]]:
    """Ranges in any order: so many rows at a time, in memory that is used again."""
    borders = bounds(end - start)
    pieces = _pieces(borders[:-1], n_rows, int(borders[-1]))
    n_wanted = [int(borders[piece.stop] - borders[piece.start]) for piece in pieces]
    taken = np.empty(max(n_wanted, default=0), rows.dtype)
    for piece, n in zip(pieces, n_wanted, strict=True):
        if n:
            yield piece, _taken(rows, start[piece], end[piece], taken)


def _taken(rows: Rows, start: Column, end: Column, memory: Rows) -> Rows:
    """The rows of ranges: as they lie where they are one run, or else copied into memory."""
    if (start[1:] == end[:-1]).all():
        return rows[start[0] : end[-1]]
    return gather(rows, start, end, memory[: int((end - start).sum())])


def _pieces(start: Column, n_rows: int, size: int) -> list[slice]:
    """N ranges, by their ascending first rows, parted where so many rows are passed."""
    passed = np.searchsorted(start, np.arange(n_rows, size, n_rows))
    cuts = np.unique([0, *passed.tolist(), len(start)]).tolist()
    return [slice(one, other) for one, other in pairwise(cuts)]


def stamp_of(stat: os.stat_result) -> Stamp:
    """What tells that a file was replaced."""
    return stat.st_size, stat.st_mtime_ns


def plain_offset(found: h5py.Dataset) -> int | None:
    """The first byte of a dataset that is one run of bytes, as numpy has it in memory; else None.

    Raises:
        OSError: The file ends before the dataset does.
    """
    layout = found.id.get_create_plist().get_layout()
    offset = found.id.get_offset() if layout == h5py.h5d.CONTIGUOUS else None
    kind, space = found.id.dtype, found.id.get_space()
    if offset is None or kind.hasobject or h5py.h5t.py_create(kind) != found.id.get_type():
        return None
    n_bytes = space.get_simple_extent_npoints() * kind.itemsize
    if offset + n_bytes > h5py.h5i.get_file_id(found.id).get_filesize():
        msg = "the file ends before its last row"
        raise OSError(msg)
    return int(offset)
