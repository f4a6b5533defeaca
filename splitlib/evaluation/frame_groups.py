"""Groups of frames that resemble one another: the units that intervals draw and figures list."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from splitlib.inputs.frames.frame_source import LabelsSource
from splitlib.split.core.groups import number_pairs

Numbers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class FrameGroups:
    """The groups of n frames.

    Attributes:
        kind: "block", "frame" or "video".
        number: (n,) int64, the group of each frame, from 0 without holes.
        video: The key of the video of each group.
        first: The first number that a frame of the group may have in its video; 0 for videos.
        are_split: Whether the split kept no larger groups together. Animals, sessions or identities
            hold several videos, which resemble one another.
    """

    kind: str
    number: Numbers
    video: Sequence[str]
    first: Sequence[int]
    are_split: bool = True


def groups_of(source: LabelsSource, kind: str, block_length: int | None) -> FrameGroups:
    """The groups of the frames of a split, as the split made them.

    Args:
        source: The frames.
        kind: `groups` of reports/split.json. For what is neither "block" nor "frame", a video is a
            group here: tracks lie within one, and other groups hold several.
        block_length: That of reports/split.json, in frames of video; None without blocks.
    """
    moments, rows = source.reader.labels.moments, source.reader.indices
    keys = source.reader.labels.recordings.keys
    lengths = {"block": block_length or 1, "frame": 1}
    length = lengths.get(kind)
    time = moments.time[rows]
    part = time // length if length else np.zeros_like(time)
    number, first = number_pairs(moments.recording[rows], part)
    return FrameGroups(
        kind=kind if length else "video",
        number=number,
        video=[keys[at] for at in moments.recording[rows][first].tolist()],
        first=(part[first] * (length or 1)).tolist(),
        are_split=kind in (*lengths, "video", "track"),
    )


def video_groups_of(source: LabelsSource) -> FrameGroups:
    """The videos of the frames of a split."""
    return groups_of(source, "video", None)
