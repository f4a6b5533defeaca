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
from numpy.typing import NDArray

from splitlib.errors import LabelsFileError

_SIGNATURE = b"GCOL"
_HEADER = 16  # bytes, where lengths have eight bytes, as in every file that h5py writes
_ADDRESS = 8  # bytes
_WINDOW = 2**26  # bytes of a file that are looked through at once


def check_heaps(path: Path, found: Sequence[h5py.h5d.DatasetID], *, everywhere: bool) -> None:
    """Make sure that HDF5 comes to an end of each heap that datasets can refer to.

    Args:
        path: The file.
        found: Its datasets with values of no fixed length.
        everywhere: Whether to look at every heap of the file, because attributes have such values.

    Raises:
        LabelsFileError: A heap has free space of no size.
        OSError: The file cannot be read.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        storage = None if everywhere else _storage(found, len(content))
        places = _marked(content) if storage is None else _named(content, storage)
        for at in places:
            if _is_endless(content, at):
                msg = (
                    f"{path}: the heap at byte {at:,} is damaged, HDF5 would read it without end;"
                    " restore a copy of the file"
                )
                raise LabelsFileError(msg)


def _storage(found: Sequence[h5py.h5d.DatasetID], n_bytes: int) -> list[tuple[int, int]] | None:
    """First byte and number of bytes of what datasets store; None where it cannot be told.

    Addresses that are compressed, in the header of an object, or in a fill value are not seen.
    """
    places: list[tuple[int, int]] = []
    for one in found:
        own = _places_of(one)
        if own is None:
            return None
        places += own
    # Chunks that overlap would make this endless as well.
    return places if sum(size for _, size in places) <= n_bytes else None


def _places_of(found: h5py.h5d.DatasetID) -> list[tuple[int, int]] | None:
    layout = found.get_create_plist()
    has_fill = layout.fill_value_defined() == h5py.h5d.FILL_VALUE_USER_DEFINED
    if layout.get_nfilters() or has_fill or layout.get_layout() == h5py.h5d.COMPACT:
        return None
    if layout.get_layout() == h5py.h5d.CONTIGUOUS:
        return [(found.get_offset() or 0, found.get_storage_size())]
    places: list[tuple[int, int]] = []
    found.chunk_iter(lambda chunk: places.append((chunk.byte_offset, chunk.size)))
    return places


def _named(content: mmap.mmap, storage: Sequence[tuple[int, int]]) -> list[int]:
    """Places of heaps whose address stands anywhere in some stored bytes."""
    raw = np.frombuffer(content, np.uint8)
    try:
        found = [_addresses(raw[at : at + size], len(raw)) for at, size in storage]
        places = np.unique(np.concatenate(found)) if found else np.zeros(0, np.int64)
        for at, letter in enumerate(_SIGNATURE):
            places = places[raw[places + at] == letter]
        return [int(at) for at in places]
    finally:
        del raw  # a map with a view of it cannot be closed


def _addresses(stored: NDArray[np.uint8], n_bytes: int) -> NDArray[np.int64]:
    """All numbers of eight bytes that are places in the file, whatever the type of the values.

    A string is its length, the address and a number; a column of a table begins anywhere.
    """
    if len(stored) < _ADDRESS:
        return np.zeros(0, np.int64)
    numbers = np.lib.stride_tricks.sliding_window_view(stored, _ADDRESS)
    values = np.ascontiguousarray(numbers).view("<u8").reshape(-1)
    return np.unique(values[values < max(0, n_bytes - _HEADER)]).astype(np.int64)


def _marked(content: mmap.mmap) -> Iterator[int]:
    """Places of all heaps, and of what looks like one."""
    overlap = len(_SIGNATURE) - 1
    for start in range(0, len(content), _WINDOW):
        piece = content[start : start + _WINDOW + overlap]
        at = piece.find(_SIGNATURE)
        while at >= 0:
            yield start + at
            at = piece.find(_SIGNATURE, at + 1)


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
