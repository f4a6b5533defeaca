"""Mutants of a file as bytes: what a disk, a transfer or an attacker does to it."""

from collections.abc import Callable, Sequence

import numpy as np

MARKS = (b"GCOL", b"TREE", b"SNOD", b"HEAP", b"OHDR", b"OCHK", b"FRHP", b"FHDB", b"BTHD", b"BTLF")
"""Signatures of tables of HDF5. Damage near to these reaches more code than damage to values."""

FILLINGS = (b"\0", b"\xff", b"\x01", b"\x80", b"\x7f", b"\x20")
NEAR = 96  # bytes after a signature: the header of its table and the first entries

Change = Callable[[bytearray, np.random.Generator, bytes], None]


def mutate_bytes(sound: bytes, other: bytes, rng: np.random.Generator) -> bytes:
    """A file with one to four changes; `other` is a file that parts may come from."""
    content = bytearray(sound)
    for _ in range(int(rng.choice([1, 1, 2, 4]))):
        CHANGES[int(rng.integers(len(CHANGES)))](content, rng, other)
    return bytes(content)


def _place(content: bytearray, rng: np.random.Generator) -> int:
    """Any byte; every other time one behind the signature of a table."""
    mark = MARKS[int(rng.integers(len(MARKS)))]
    start = content.find(mark, int(rng.integers(max(1, len(content)))))
    if rng.integers(2) and start >= 0:
        return min(start + int(rng.integers(NEAR)), len(content) - 1)
    return int(rng.integers(max(1, len(content))))


def _flip(content: bytearray, rng: np.random.Generator, _: bytes) -> None:
    if content:
        content[_place(content, rng)] ^= 1 << int(rng.integers(8))


def _fill(content: bytearray, rng: np.random.Generator, _: bytes) -> None:
    length = int(rng.choice([1, 2, 4, 8, 16, 64, 512]))
    at = _place(content, rng)
    length = min(length, len(content) - at)
    content[at : at + length] = FILLINGS[int(rng.integers(len(FILLINGS)))] * length


def _random(content: bytearray, rng: np.random.Generator, _: bytes) -> None:
    at = _place(content, rng)
    length = min(int(rng.choice([1, 2, 8])), len(content) - at)
    content[at : at + length] = rng.bytes(length)


def _copy_within(content: bytearray, rng: np.random.Generator, _: bytes) -> None:
    _paste(content, bytes(content), rng)


def _splice(content: bytearray, rng: np.random.Generator, other: bytes) -> None:
    _paste(content, other, rng)


def _paste(content: bytearray, source: bytes, rng: np.random.Generator) -> None:
    length = int(rng.choice([8, 16, 64, 512]))
    start, at = int(rng.integers(max(1, len(source)))), _place(content, rng)
    piece = source[start : start + length]
    content[at : at + len(piece)] = piece


def _cut(content: bytearray, rng: np.random.Generator, _: bytes) -> None:
    if rng.integers(8) == 0:  # seldom: HDF5 refuses most of these at once
        del content[int(rng.integers(max(1, len(content)))) :]


CHANGES: Sequence[Change] = (_flip, _flip, _fill, _random, _copy_within, _splice, _cut)
