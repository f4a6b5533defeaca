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
from typing import NamedTuple

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

MOST_RUNS = 16
"""Runs of rows for a window, on average, up to which they are read one by one: a merge of ten files
has ten. To read a whole table takes less time than to ask for very many runs of it."""

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

    def windows(self) -> Iterator[Rows]:
        """All rows, a bounded number at a time, which hold until the next are asked for.

        Raises:
            LabelsFileError: As `read`.
        """
        if self.size and self._kept is not None:
            yield self._kept
        elif self.size:
            n_rows = max(1, WINDOW_BYTES // max(1, self.dtype.itemsize))
            memory = np.empty(n_rows, self.dtype)
            for at in range(0, self.size, n_rows):
                yield self.read(at, min(at + n_rows, self.size), memory)

    def ranges(self, start: Column, end: Column) -> Iterator[tuple[slice, Rows]]:
        """The rows of n ranges, one range after the other, a bounded number at a time.

        Args:
            start: (n,) int64, the first row of each range.
            end: (n,) int64, one past the last.

        Yields:
            Some of the ranges, and their rows, at least one, which hold until the next are asked
            for.
        """
        n_rows = max(1, WINDOW_BYTES // max(1, self.dtype.itemsize))
        if self._kept is not None:
            yield from _from_memory(self._kept, start, end, n_rows)
        elif (start[1:] >= end[:-1]).all():
            yield from self._from_windows(start, end, n_rows)
        else:
            yield from self._from_runs(start, end, n_rows)

    def _from_runs(self, start: Column, end: Column, n_rows: int) -> Iterator[tuple[slice, Rows]]:
        """Ranges in any order: for each piece of the result, what lies near each other at once.

        So a merge reads each of its files once: their rows come in order. Where ranges have no
        order at all, the whole table is read into memory.
        """
        pieces = _parted(start, end, n_rows)
        runs = [_Runs.of(start[piece], end[piece]) for piece in pieces]
        if sum(len(run.first) for run in runs) > MOST_RUNS * len(runs):
            yield from _from_memory(self.rows, start, end, n_rows)
            return
        window = np.empty(max((run.size for run in runs), default=0), self.dtype)
        taken = np.empty_like(window)
        for piece, run in zip(pieces, runs, strict=True):
            for first, last, at in np.stack([run.first, run.last, run.place], axis=1).tolist():
                self.read(first, last, window[at:])
            if run.size:
                begin = run.start
                found = _taken(window[: run.size], begin, begin + end[piece] - start[piece], taken)
                if len(found):
                    yield piece, found

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
    pieces = _parted(start, end, n_rows)
    n_wanted = [int((end[piece] - start[piece]).sum()) for piece in pieces]
    taken = np.empty(max(n_wanted, default=0), rows.dtype)
    for piece, n in zip(pieces, n_wanted, strict=True):
        if n:
            yield piece, _taken(rows, start[piece], end[piece], taken)


class _Runs(NamedTuple):
    """What is read for some ranges: runs of rows of the table, one after the other.

    Attributes:
        first: (m,) int64, the first row of each run.
        last: (m,) int64, one past the last.
        place: (m,) int64, where each run begins in what is read.
        start: (n,) int64, where each range begins in what is read.
        size: Rows that are read.
    """

    first: Column
    last: Column
    place: Column
    start: Column
    size: int

    @classmethod
    def of(cls, start: Column, end: Column) -> "_Runs":
        """The runs of n ranges, at least one; ranges that touch are in one run."""
        order = np.argsort(start, kind="stable")
        ends = np.maximum.accumulate(end[order])  # a range of no rows may lie within another
        heads = np.append(0, np.flatnonzero(start[order[1:]] > ends[:-1]) + 1)
        first = start[order[heads]]
        last = ends[np.append(heads[1:] - 1, len(order) - 1)]
        place = bounds(last - first)
        run = np.empty(len(order), np.int64)
        run[order] = np.repeat(np.arange(len(heads)), np.diff(np.append(heads, len(order))))
        return cls(first, last, place[:-1], start - first[run] + place[run], int(place[-1]))


def _parted(start: Column, end: Column, n_rows: int) -> list[slice]:
    """Ranges in any order, parted where so many of their rows are passed."""
    borders = bounds(end - start)
    return _pieces(borders[:-1], n_rows, int(borders[-1]))


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
