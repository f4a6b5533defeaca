"""Splits in the order of time: each video trains with its past, and is tested on its future."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from splitlib.errors import SplitError
from splitlib.params import SplitParams
from splitlib.params.rules import AUTO
from splitlib.split.core.lock import FREE

GROUPS = ("block", "frame")
"""`split.groups` that hold frames of one short time. Others would reach from the past to the
future."""


def check_by_time(params: SplitParams) -> None:
    """Refuse params that contradict an order in time.

    Raises:
        SplitError: They do.
    """
    problems = {
        f"groups: {params.groups} holds frames of all times together; use groups: frame": (
            params.groups not in GROUPS
        ),
        "stratify draws frames of all times; leave it at auto": params.stratify not in (AUTO, ()),
        "lock keeps frames where they are, and the future moves as labels grow; use one of them": (
            params.lock
        ),
        "n_folds tests every frame once, and only the last can be the future; use one of them": (
            params.n_folds
        ),
    }
    for message, found in problems.items():
        if found:
            msg = f"split.assignment: chronological splits each video by time, but split.{message}"
            raise SplitError(msg)


def place_by_time(
    video: NDArray[np.int64],
    time: NDArray[np.int64],
    asked: Sequence[int],
    held: NDArray[np.int64],
) -> NDArray[np.int64]:
    """The split of each frame: of each video first the splits with low numbers.

    Each video is cut at the same shares, those of the sizes. A cut lies between two frames of
    a video. Of a video with few frames, a split may so get none.

    Args:
        video: (n,) int64, a number for each video.
        time: (n,) int64, place of the frame in its video.
        asked: Frames that are to be placed in each split; a sum below the number of frames that
            are not decided leaves the last frames of each video.
        held: (n,) int64, the split of frames that is decided, else -1.

    Returns:
        (n,) int64, the split, -1 for none.

    Example:
        >>> time = np.array([5, 0, 1, 2, 3, 9])
        >>> place_by_time(np.zeros(6, np.int64), time, [4, 1, 1], np.full(6, -1)).tolist()
        [1, 0, 0, 0, 0, 2]
    """
    free = np.flatnonzero(held == FREE)
    order = free[np.lexsort((time[free], video[free]))]
    sorted_video, sorted_time = video[order], time[order]
    is_new_video = np.diff(sorted_video, prepend=-1) != 0
    start = np.maximum.accumulate(np.where(is_new_video, np.arange(len(order)), 0))
    size = np.bincount(sorted_video, minlength=1)[sorted_video]
    # rows of one frame of video share the place of the first
    is_new = is_new_video | (np.diff(sorted_time, prepend=-1) != 0)
    place = np.maximum.accumulate(np.where(is_new, np.arange(len(order)), 0)) - start
    ends = np.cumsum(asked) * size[:, np.newaxis] / max(1, len(order))
    # a frame is where its middle is
    split = held.copy()
    split[order] = (place[:, np.newaxis] + 0.5 > ends).sum(axis=1)
    split[split == len(asked)] = FREE
    return split
