"""Groups: the frames that a split never tears apart.

A frame of video may stand in several rows of a labels file; neighbouring frames are near copies of
one another. Rows that would leak from one split into another form a group: a video frame, a block
of video, a whole video. Groups carry what an assignment needs, their size and their rank key.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from splitlib.errors import SplitError
from splitlib.split.core.hashing import frame_keys, normal_key


@dataclass(frozen=True, eq=False)
class Groups:
    """A partition of n frame rows into g groups.

    Groups are numbered by video key, then by place in the video: the number of a group depends
    neither on the order of the rows nor on that of the videos, and so settles ties of `key`.

    Attributes:
        group: (n,) int64, the group of each row, 0 <= group < g.
        size: (g,) int64, the number of rows in each group, >= 1.
        key: (g,) uint64, by which groups are ranked; see `hashing`.
    """

    group: NDArray[np.int64]
    size: NDArray[np.int64]
    key: NDArray[np.uint64]


def frame_groups(
    seed: int,
    video_keys: Sequence[str],
    video: NDArray[np.int64],
    frame_idx: NDArray[np.int64],
) -> Groups:
    """One group for each frame of video, with all rows that hold it.

    Args:
        seed: Any whole number; decides the ranks.
        video_keys: The key of each video. Equal keys are one video.
        video: (n,) int64, index into `video_keys`.
        frame_idx: (n,) int64, number of the frame in its video, >= 0.

    Returns:
        As many groups as there are different pairs of video and frame_idx.

    Example:
        >>> import numpy as np
        >>> groups = frame_groups(42, ["a.mp4"], np.array([0, 0, 0]), np.array([7, 3, 7]))
        >>> groups.group.tolist(), groups.size.tolist()
        ([1, 0, 1], [1, 2])
    """
    return _numbered_groups(seed, video_keys, video, frame_idx, domain="frame")


def block_groups(
    seed: int,
    video_keys: Sequence[str],
    video: NDArray[np.int64],
    frame_idx: NDArray[np.int64],
    *,
    block_length: int,
) -> Groups:
    """One group for each block of video that holds a frame.

    Blocks are fixed windows of video time, frame_idx // block_length: frames that are labeled
    later never move a frame to another block.

    Args:
        seed: Any whole number; decides the ranks.
        video_keys: The key of each video. Equal keys are one video.
        video: (n,) int64, index into `video_keys`.
        frame_idx: (n,) int64, number of the frame in its video, >= 0.
        block_length: Frames of video in a block, >= 1.

    Raises:
        SplitError: block_length is below 1.

    Example:
        >>> import numpy as np
        >>> frame_idx = np.array([0, 9, 10, 11, 35])
        >>> groups = block_groups(42, ["a.mp4"], np.zeros(5, np.int64), frame_idx, block_length=10)
        >>> groups.group.tolist()
        [0, 0, 1, 1, 2]
    """
    if block_length < 1:
        msg = f"block_length: expected at least 1 frame of video, got {block_length}"
        raise SplitError(msg)
    return _numbered_groups(seed, video_keys, video, frame_idx // block_length, domain="block")


def video_groups(seed: int, video_keys: Sequence[str], video: NDArray[np.int64]) -> Groups:
    """One group for each video that holds a frame.

    Args:
        seed: Any whole number; decides the ranks.
        video_keys: The key of each video. Equal keys are one video.
        video: (n,) int64, index into `video_keys`.

    Example:
        >>> import numpy as np
        >>> video_groups(42, ["b.mp4", "a.mp4"], np.array([0, 1, 0])).group.tolist()
        [1, 0, 1]
    """
    return _numbered_groups(seed, video_keys, video, np.zeros_like(video), domain="video")


def column_groups(seed: int, values: Sequence[str], value: NDArray[np.int64]) -> Groups:
    """One group for each value of a column, such as an animal, whatever videos it is in.

    Args:
        seed: Any whole number; decides the ranks.
        values: The value of each video.
        value: (n,) int64, index into `values`, the video of each row.

    Example:
        >>> import numpy as np
        >>> column_groups(42, ["m2", "m1", "m2"], np.array([0, 1, 2])).group.tolist()
        [1, 0, 1]
    """
    return _numbered_groups(seed, values, value, np.zeros_like(value), domain="column")


def video_ranks(video_keys: Sequence[str]) -> NDArray[np.int64]:
    """Videos numbered by their keys, whatever their order in the file.

    Returns:
        (n_videos,) int64, dense from 0, ascending with the normalised key; equal keys, equal ranks.

    Example:
        >>> video_ranks(["b.mp4", "a.mp4", "b.mp4"]).tolist()
        [1, 0, 1]
    """
    names = [normal_key(key) for key in video_keys]
    ranks = {name: rank for rank, name in enumerate(sorted(set(names)))}
    return np.array([ranks[name] for name in names], dtype=np.int64)


def subset(groups: Groups, chosen: NDArray[np.bool_]) -> tuple[Groups, NDArray[np.bool_]]:
    """Some of the groups, numbered anew in their order, and (n,) bool, the rows in them.

    Args:
        groups: The groups of n rows.
        chosen: (g,) bool.

    Example:
        >>> import numpy as np
        >>> groups = Groups(np.array([0, 1, 2]), np.ones(3, np.int64), np.zeros(3, np.uint64))
        >>> some, rows = subset(groups, np.array([False, True, True]))
        >>> some.group.tolist(), rows.tolist()
        ([0, 1], [False, True, True])
    """
    number = np.cumsum(chosen) - 1
    rows = chosen[groups.group]
    return Groups(number[groups.group[rows]], groups.size[chosen], groups.key[chosen]), rows


def _numbered_groups(
    seed: int,
    video_keys: Sequence[str],
    video: NDArray[np.int64],
    number: NDArray[np.int64],
    *,
    domain: str,
) -> Groups:
    """One group for each pair of video key and number."""
    rank = video_ranks(video_keys)[video]
    order = _sorted_rows(rank, number)
    first = np.ones(len(order), dtype=np.bool_)
    first[1:] = _differs(rank[order]) | _differs(number[order])
    starts = np.flatnonzero(first)
    group = np.empty(len(order), dtype=np.int64)
    group[order] = np.cumsum(first) - 1
    head = order[starts]
    return Groups(
        group=group,
        size=np.diff(starts, append=len(order)),
        key=frame_keys(seed, video_keys, video[head], number[head], domain=domain),
    )


def _differs(column: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(n - 1,) bool, where a value differs from the one before it."""
    return np.not_equal(column[1:], column[:-1])


def _sorted_rows(rank: NDArray[np.int64], number: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows by rank, then number; most files are sorted so already."""
    same, falls = rank[1:] == rank[:-1], number[1:] < number[:-1]
    if not ((rank[1:] < rank[:-1]) | (same & falls)).any():
        return np.arange(len(rank))
    return np.lexsort((number, rank))
