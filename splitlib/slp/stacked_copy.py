"""Writing rows of datasets that several files hold in parts, as if the parts were one dataset.

Rows are counted file after file. With a single file, these are the rows of its dataset.
"""

import itertools
from collections.abc import Sequence

import h5py
import numpy as np
from numpy.typing import NDArray

from splitlib.slp.hdf5copy import Writer, create_like, write_like
from splitlib.slp.ranges import bounds

Column = NDArray[np.int64]

PIECE_BYTES = 2**23
"""Bytes that pass through memory at a time."""

_WORTH = 2**18
"""Bytes that are read in about the time that one more call of HDF5 takes."""


def taken_rows(files: Sequence[h5py.File], place: str, rows: Column) -> Writer:
    """Something that writes (n,) rows of a dataset that is small enough to be read whole."""

    def write(old: h5py.Group, new: h5py.Group) -> None:
        name = _last(place)
        values = np.concatenate([file[place][()] for file in files])
        write_like(old[name], new, name, values[rows])

    return write


def wide_rows(files: Sequence[h5py.File], place: str, rows: Column) -> Writer:
    """Something that writes (n,) rows of a dataset of long rows, such as vectors or images.

    A bounded number of bytes passes through memory at a time. Rows that are chunks of their own are
    copied as they are stored, and not compressed again.
    """

    def write(old: h5py.Group, new: h5py.Group) -> None:
        name = _last(place)
        stored = [file[place] for file in files]
        created = create_like(old[name], new, name, len(rows))
        if _are_row_by_row([*stored, created]) and all(map(_is_complete, stored)):
            _copy_chunks(stored, created, rows)
        else:
            _copy_rows(stored, created, rows)

    return write


def byte_ranges(files: Sequence[h5py.File], place: str, start: Column, end: Column) -> Writer:
    """Something that writes only some ranges of a list of bytes, one after the other.

    Bytes pass through memory a bounded number at a time, and ranges that touch go as one.
    """

    def write(old: h5py.Group, new: h5py.Group) -> None:
        name = _last(place)
        stored = [file[place] for file in files]
        borders = bounds(np.array([len(one) for one in stored], np.int64))
        created = create_like(old[name], new, name, int((end - start).sum()))
        done = 0
        for first, last in _joined(start, end, borders):
            at = int(np.searchsorted(borders, first, side="right")) - 1
            for piece in range(first, last, PIECE_BYTES):
                stop = min(piece + PIECE_BYTES, last)
                created[done : done + stop - piece] = stored[at][
                    piece - borders[at] : stop - borders[at]
                ]
                done += stop - piece

    return write


def _last(place: str) -> str:
    return place.rpartition("/")[2]


def _joined(start: Column, end: Column, borders: Column) -> list[tuple[int, int]]:
    """Ranges that are not empty, with those joined that follow upon one another in one file."""
    start, end = start[end > start], end[end > start]
    if not len(start):
        return []
    breaks = np.flatnonzero((start[1:] != end[:-1]) | np.isin(start[1:], borders)) + 1
    firsts, lasts = np.append(0, breaks), np.append(breaks, len(start)) - 1
    return list(zip(start[firsts].tolist(), end[lasts].tolist(), strict=True))


def _are_row_by_row(found: Sequence[h5py.Dataset]) -> bool:
    """Whether each row is a chunk of its own, stored in one way in all datasets."""
    forms = {(one.chunks, one.dtype.str, repr(_filters(one))) for one in found}
    return len(forms) == 1 and found[0].chunks == (1, *found[0].shape[1:])


def _filters(found: h5py.Dataset) -> list[tuple[object, ...]]:
    layout = found.id.get_create_plist()
    return [layout.get_filter(at) for at in range(layout.get_nfilters())]


def _is_complete(found: h5py.Dataset) -> bool:
    """Whether every row was written: HDF5 makes up rows that were not."""
    return bool(found.id.get_num_chunks() == len(found))


def _copy_chunks(stored: Sequence[h5py.Dataset], created: h5py.Dataset, rows: Column) -> None:
    borders = bounds(np.array([len(one) for one in stored], np.int64))
    rest = (0,) * (created.ndim - 1)
    files = (np.searchsorted(borders, rows, side="right") - 1).tolist()
    for new_row, (row, at) in enumerate(zip(rows.tolist(), files, strict=True)):
        mask, packed = stored[at].id.read_direct_chunk((row - int(borders[at]), *rest))
        created.id.write_direct_chunk((new_row, *rest), packed, mask)


def _copy_rows(stored: Sequence[h5py.Dataset], created: h5py.Dataset, rows: Column) -> None:
    borders = bounds(np.array([len(one) for one in stored], np.int64))
    row_bytes = max(1, int(np.prod(created.shape[1:])) * created.dtype.itemsize)
    step = max(1, PIECE_BYTES // row_bytes)
    for first in range(0, len(rows), step):
        piece = rows[first : first + step]
        values = np.empty((len(piece), *created.shape[1:]), created.dtype)
        for at, one in enumerate(stored):
            here = np.flatnonzero((piece >= borders[at]) & (piece < borders[at + 1]))
            here = here[np.argsort(piece[here], kind="stable")]
            for some, block in _blocks(piece[here] - borders[at], row_bytes):
                span = one[int(block[0]) : int(block[-1]) + 1]
                values[here[some]] = span[block - block[0]]
        created.write_direct(values, dest_sel=np.s_[first : first + len(piece)])


def _blocks(rows: Column, row_bytes: int) -> list[tuple[slice, Column]]:
    """Ascending rows in blocks that are worth reading with what lies between their rows."""
    far = np.flatnonzero((np.diff(rows) - 1) * row_bytes > _WORTH) + 1
    edges = [0, *far.tolist(), len(rows)]
    slices = [slice(a, b) for a, b in itertools.pairwise(edges) if b > a]
    return [(some, rows[some]) for some in slices]
