"""Frames that are labeled in several files."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from splitlib.labels import Labels
from splitlib.split.core.groups import number_pairs
from splitlib.split.label_digests import label_digests


class SameFrames(NamedTuple):
    """Frames of which several files have labels.

    Attributes:
        rows: (n,) int64, the rows of the joined labels that hold such a frame, ascending.
        n_frames: How many frames these rows hold.
        n_equal: How many of the frames have the same labels wherever they are labeled.
    """

    rows: NDArray[np.int64]
    n_frames: int
    n_equal: int

    def __str__(self) -> str:
        """What a person has to know of them."""
        return (
            f"{self.n_frames} frames are labeled in two or more of the files, {self.n_equal} of"
            " them alike; all rows are kept, and each frame is in one split. Of versions of one"
            " file, name the latest alone"
        )


def same_frames(labels: Labels, file: NDArray[np.int64]) -> SameFrames:
    """The frames that several files label, given as (n_frames,) int64 file of each row."""
    recording, _, identity = labels.moments
    number, head = number_pairs(recording, identity)
    digest = label_digests(labels)
    several = np.zeros(len(head), bool)
    several[number[file != file[head[number]]]] = True
    differs = np.zeros(len(head), bool)
    differs[number[digest != digest[head[number]]]] = True
    n_frames = int(several.sum())
    return SameFrames(np.flatnonzero(several[number]), n_frames, int((several & ~differs).sum()))
