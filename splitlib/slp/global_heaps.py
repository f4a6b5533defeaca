"""Damage in the heaps of a file that HDF5 itself reads without end.

Values of no fixed length, such as texts, lie in global heaps, and datasets and attributes hold
their addresses. A heap is a list of objects, each with its length. HDF5 1.14 takes the length of
free space as it is, and where that is 0 it stays at the same place for ever: the loop is in C, and
neither Ctrl-C nor a timer ends it (`H5HG__cache_heap_deserialize`). So the lists are walked here
before HDF5 reads a value of no fixed length. A child process with a time limit would find every
fault, but costs each command 150 ms where processes are not forked.

The layout is that of section III.E, "Disk Format: Level 1E - Global Heap", of the HDF5 File Format
Specification Version 3.0: a signature, a version, three bytes, the size of the collection; then for
each object a number, a count, four bytes, its size, and its data up to a multiple of eight bytes.
"""

import mmap
from collections.abc import Iterator, Sequence
from pathlib import Path

import h5py
import numpy as np

from splitlib.errors import LabelsFileError

_SIGNATURE = b"GCOL"
_HEADER = 16  # bytes, where lengths have eight bytes, as in every file that h5py writes
_ADDRESS = 8  # bytes
_WINDOW = 2**16  # bytes of a file that are looked through at once

Extent = tuple[int, int]
"""First byte, and one past the last."""


def check_heaps(path: Path, plain: Sequence[Extent] | None) -> None:
    """Make sure that HDF5 comes to an end of each heap that it may read.

    Heaps, and what holds their addresses, lie outside of the values of datasets of fixed length,
    which are most of a file and are not read here. Any eight bytes elsewhere may be an address,
    and its heap is walked wherever it lies.

    Args:
        path: The file.
        plain: What datasets of fixed length store; None to look through all of the file, because
            addresses are compressed.

    Raises:
        LabelsFileError: A heap has free space of no size.
        OSError: The file cannot be read.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        for at in _places(content, plain or []):
            if _is_endless(content, at):
                msg = (
                    f"{path}: the heap at byte {at:,} is damaged, HDF5 would read it without end;"
                    " restore a copy of the file"
                )
                raise LabelsFileError(msg)


def plain_extents(found: h5py.h5d.DatasetID) -> list[Extent]:
    """Where a dataset stores its values."""
    kind = found.get_create_plist().get_layout()
    if kind == h5py.h5d.CONTIGUOUS and found.get_offset() is not None:
        return [(found.get_offset(), found.get_offset() + found.get_storage_size())]
    places: list[Extent] = []
    if kind == h5py.h5d.CHUNKED:
        found.chunk_iter(
            lambda chunk: places.append((chunk.byte_offset, chunk.byte_offset + chunk.size))
        )
    return places


def _places(content: mmap.mmap, plain: Sequence[Extent]) -> Iterator[int]:
    """Places of heaps: those outside of plain values, and those whose address stands there."""
    for start, stop in _between(plain, len(content)):
        at = start
        while at < stop:
            if content[at : at + len(_SIGNATURE)] == _SIGNATURE:
                yield at
                size = _number(content, at + 8)  # where it is damaged, nothing is passed over
                at += size if _HEADER <= size <= stop - at else len(_SIGNATURE)
                continue
            piece = content[at : min(at + _WINDOW + _ADDRESS - 1, stop)]
            heap = piece.find(_SIGNATURE)
            yield from _named(content, piece if heap < 0 else piece[:heap])
            at += heap if heap >= 0 else _WINDOW


def _between(plain: Sequence[Extent], n_bytes: int) -> Iterator[Extent]:
    """What lies between extents, which may overlap."""
    before = 0
    for start, stop in sorted(plain):
        if start > before:
            yield before, min(start, n_bytes)
        before = max(before, stop)
    if before < n_bytes:
        yield before, n_bytes


def _named(content: mmap.mmap, piece: bytes) -> list[int]:
    """Places of heaps whose address stands anywhere in some bytes, whatever their type is.

    A stored text is its length, the address of its heap and a number in it.
    """
    if len(piece) < _ADDRESS:
        return []
    stored = np.frombuffer(piece, np.uint8)
    windows = np.lib.stride_tricks.sliding_window_view(stored, _ADDRESS)
    values = np.ascontiguousarray(windows).view("<u8").reshape(-1)
    places = np.unique(values[values < max(0, len(content) - _HEADER)]).tolist()
    return [at for at in places if content[at : at + len(_SIGNATURE)] == _SIGNATURE]


def _is_endless(content: mmap.mmap, start: int) -> bool:
    """Whether a heap has free space of no size before its end.

    Other damage is none of our business: HDF5 sees it, and gives an error.
    """
    stop = min(start + _number(content, start + 8), len(content))
    at = start + _HEADER
    while at + _HEADER <= stop:
        size = _number(content, at + 8)
        is_free = content[at : at + 2] == b"\0\0"
        if is_free and not size:
            return True
        # The size of free space has the header in it.
        at += size if is_free else _HEADER + -(-size // 8) * 8
    return False


def _number(content: mmap.mmap, at: int) -> int:
    return int.from_bytes(content[at : at + 8], "little")
