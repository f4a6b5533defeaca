"""Frames that are labeled in several files."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from splitlib.split.core.groups import number_pairs


class SameFrames(NamedTuple):
    """How many frames several files have labels of.

    Attributes:
        n_frames: All of them.
        n_equal: How many of the frames have the same labels wherever they are labeled.
    """

    n_frames: int
    n_equal: int

    def __str__(self) -> str:
        """What a person has to know of them."""
        return (
            f"{self.n_frames} frames are labeled in two or more of the files, {self.n_equal} of"
            " them alike; all rows are kept, and a split keeps the rows of a frame together. Of"
            " versions of one file, name the latest alone"
        )


def same_frames(
    video: NDArray[np.int64],
    frame: NDArray[np.int64],
    file: NDArray[np.int64],
    digest: NDArray[np.uint64],
) -> SameFrames:
    """Count the frames that several files label.

    All columns are (n,): the video and the number of each labeled frame, its file, and the digest
    of its labels.

    Example:
        >>> video, frame = np.zeros(4, np.int64), np.array([7, 8, 7, 8])
        >>> file, digest = np.array([0, 0, 1, 1]), np.array([3, 4, 3, 5], np.uint64)
        >>> tuple(same_frames(video, frame, file, digest))
        (2, 1)
    """
    number, head = number_pairs(video, frame)
    several = np.zeros(len(head), bool)
    several[number[file != file[head[number]]]] = True
    differs = np.zeros(len(head), bool)
    differs[number[digest != digest[head[number]]]] = True
    return SameFrames(int(several.sum()), int((several & ~differs).sum()))
