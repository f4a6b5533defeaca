"""Frames of different splits with the same or nearly the same picture, of one video or of two."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from splitlib.audit.audited_splits import AuditedSplits, in_several_splits
from splitlib.audit.frame_digests import FrameImages
from splitlib.progress import tracked

Rows = NDArray[np.int64]

PIECE = 256
"""Pictures that are compared cell by cell at a time."""


@dataclass(frozen=True, eq=False)
class Duplicates:
    """Pictures that occur in two splits.

    Attributes:
        exact: Rows of held-out frames whose image another split stores byte by byte.
        rows: (n,) int64, rows of the held-out frames whose image was seen.
        other: (n,) int64, row of the most similar frame of another split, -1 for none.
        bits: (n,) int64, differing bits of the two hashes, of 64.
        levels: (n,) int64, largest difference of a cell of the two small pictures, gray levels.
        near: Rows of held-out frames with a near duplicate in another split.
    """

    exact: Rows
    rows: Rows
    other: Rows
    bits: Rows
    levels: Rows
    near: Rows

    @property
    def closest(self) -> tuple[int, int] | None:
        """The two most similar frames of different splits, None where there are none."""
        known = np.flatnonzero(self.other >= 0)
        if not len(known):
            return None
        at = known[(self.levels[known] * 65 + self.bits[known]).argmin()]
        return int(self.rows[at]), int(self.other[at])


def duplicates(
    splits: AuditedSplits, images: FrameImages, *, hash_bits: int, gray_levels: int
) -> Duplicates:
    """Find the frames of held-out splits that another split holds as well, or nearly.

    The hashes of near duplicates, which see the whole picture, differ in at most `hash_bits` of 64
    bits. No cell of theirs differs by more than `gray_levels` of 255: in a still arena with one
    small animal all hashes are alike, and only a cell tells where the animal is.
    """
    rows = np.flatnonzero((splits.split > 0) & images.seen)
    ranges = _ranges(images.small)
    compared = tracked(rows.tolist(), "images compared", total=len(rows))
    found = np.array([_most_similar(splits, images, ranges, row, hash_bits) for row in compared])
    other, bits, levels = found.reshape(len(rows), 3).astype(np.int64).T
    is_near = (other >= 0) & (bits <= hash_bits) & (levels <= gray_levels)
    return Duplicates(exact_rows(splits, images), rows, other, bits, levels, rows[is_near])


def exact_rows(splits: AuditedSplits, images: FrameImages) -> Rows:
    """Rows of held-out frames whose image another split holds, byte by byte."""
    has_image = np.flatnonzero(images.digest != 0)
    number = np.unique(images.digest[has_image], return_inverse=True)[1]
    shared = has_image[in_several_splits(splits.split[has_image], number)]
    return shared[splits.split[shared] > 0]


def _most_similar(
    splits: AuditedSplits, images: FrameImages, ranges: NDArray[np.int16], row: int, hash_bits: int
) -> tuple[int, int, int]:
    """Row, differing bits and differing levels of the most similar frame of another split."""
    # A frame is compared with the splits before its own, so every two splits are compared once.
    others = np.flatnonzero(images.seen[:row] & (splits.split[:row] < splits.split[row]))
    if not len(others):
        return -1, 0, 0
    bits = np.bitwise_count(images.hash[others] ^ images.hash[row]).astype(np.int64)
    alike = bits <= max(hash_bits, int(bits.min()))
    others, bits = others[alike], bits[alike]
    # no picture is nearer than its ranges are
    least = np.abs(ranges[others] - ranges[row]).max(axis=1).astype(np.int64)
    order = np.argsort(least, kind="stable")
    best = (2**62, 0)
    for start in range(0, len(order), PIECE):
        some = order[start : start + PIECE]
        if least[some[0]] * 65 > best[0]:
            break
        small = images.small[others[some]].astype(np.int16)
        levels = np.abs(small - images.small[row]).max(axis=(1, 2)).astype(np.int64)
        score = levels * 65 + bits[some]
        best = min(best, min(zip(score.tolist(), some.tolist(), strict=True)))
    score, at = best
    return int(others[at]), int(bits[at]), score // 65


def _ranges(small: NDArray[np.uint8]) -> NDArray[np.int16]:
    """(n, 32) int16, the darkest and the brightest cell in each of 4 x 4 parts of a picture.

    Neither differs by more than some cell does. So they tell where the animal in a still arena is,
    and pictures that are far apart need not be compared cell by cell.
    """
    n, height, width = small.shape
    parts = small.reshape(n, 4, height // 4, 4, width // 4)
    ranges = [parts.min(axis=(2, 4)), parts.max(axis=(2, 4))]
    return np.stack(ranges, axis=1).reshape(n, 32).astype(np.int16)
