"""Groups: the frames that a split never tears apart.

A labels file may hold one frame of video in several rows, and neighbouring frames are near copies
of one another. Rows that would leak from one split into another form a group: a video frame, a
block of video, or a whole video. An assignment needs the size and the rank key of each group.
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

    Groups are numbered by video key, then by place in the video. So the number of a group does not
    depend on the order of rows or videos, and settles ties of `key`.

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
    *,
    names: Sequence[str] | None = None,
) -> Groups:
    """One group for each frame of video, with all rows that hold it.

    Args:
        seed: Any whole number; decides the ranks.
        video_keys: The key of each video. Equal keys are one video.
        video: (n,) int64, index into `video_keys`.
        frame_idx: (n,) int64, number of the frame in its video, >= 0.
        names: What each video gives to the ranks in the place of its key. Names need not be unique.

    Example:
        >>> import numpy as np
        >>> groups = frame_groups(42, ["a.mp4"], np.array([0, 0, 0]), np.array([7, 3, 7]))
        >>> groups.group.tolist(), groups.size.tolist()
        ([1, 0, 1], [1, 2])
    """
    return _numbered_groups(seed, video_keys, video, frame_idx, names, domain="frame")


def block_groups(
    seed: int,
    video_keys: Sequence[str],
    video: NDArray[np.int64],
    frame_idx: NDArray[np.int64],
    *,
    block_length: int,
    names: Sequence[str] | None = None,
) -> Groups:
    """One group for each block of video that holds a frame.

    Blocks are fixed windows of video time, frame_idx // block_length, so frames that are labeled
    later never move a frame to another block. The other arguments are those of `frame_groups`.

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
    number = frame_idx // block_length
    return _numbered_groups(seed, video_keys, video, number, names, domain="block")


def video_groups(
    seed: int,
    video_keys: Sequence[str],
    video: NDArray[np.int64],
    *,
    names: Sequence[str] | None = None,
) -> Groups:
    """One group for each video that holds a frame; the arguments are those of `frame_groups`.

    Example:
        >>> import numpy as np
        >>> video_groups(42, ["b.mp4", "a.mp4"], np.array([0, 1, 0])).group.tolist()
        [1, 0, 1]
    """
    return _numbered_groups(seed, video_keys, video, np.zeros_like(video), names, domain="video")


def column_groups(seed: int, values: Sequence[str], value: NDArray[np.int64]) -> Groups:
    """One group for each value of a video, such as an animal; a group may span several videos.

    `values` holds the value of each video, and `value`, (n,) int64, is an index into `values`.

    Example:
        >>> import numpy as np
        >>> column_groups(42, ["m2", "m1", "m2"], np.array([0, 1, 2])).group.tolist()
        [1, 0, 1]
    """
    return _numbered_groups(seed, values, value, np.zeros_like(value), None, domain="column")


def video_ranks(video_keys: Sequence[str]) -> NDArray[np.int64]:
    """(n_videos,) int64, videos numbered from 0 in the order of their keys, normalised.

    The numbers have no holes, and equal keys have equal numbers.

    Example:
        >>> video_ranks(["b.mp4", "a.mp4", "b.mp4"]).tolist()
        [1, 0, 1]
    """
    names = [normal_key(key) for key in video_keys]
    ranks = {name: rank for rank, name in enumerate(sorted(set(names)))}
    return np.array([ranks[name] for name in names], dtype=np.int64)


def subset(groups: Groups, chosen: NDArray[np.bool_]) -> tuple[Groups, NDArray[np.bool_]]:
    """The groups with True in `chosen`, (g,) bool, numbered anew; and their rows as (n,) bool.

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


def number_pairs(
    first: NDArray[np.int64], second: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Number the different pairs of two columns, such as video and frame_idx, in ascending order.

    Returns:
        (n,) int64, the number of each row's pair, from 0; and (g,) int64, the first row of each
        pair.

    Example:
        >>> import numpy as np
        >>> number, row = number_pairs(np.array([1, 0, 1]), np.array([5, 9, 5]))
        >>> number.tolist(), row.tolist()
        ([1, 0, 1], [1, 0])
    """
    falls = (first[1:] < first[:-1]) | ((first[1:] == first[:-1]) & (second[1:] < second[:-1]))
    is_new = np.ones(len(first), np.bool_)
    if not falls.any():  # as in most files
        is_new[1:] = (first[1:] != first[:-1]) | (second[1:] != second[:-1])
        return np.cumsum(is_new) - 1, np.flatnonzero(is_new)
    order = np.lexsort((second, first))
    first, second = first[order], second[order]
    is_new[1:] = (first[1:] != first[:-1]) | (second[1:] != second[:-1])
    number = np.empty(len(order), np.int64)
    number[order] = np.cumsum(is_new) - 1
    return number, order[is_new]


def _numbered_groups(
    seed: int,
    video_keys: Sequence[str],
    video: NDArray[np.int64],
    number: NDArray[np.int64],
    names: Sequence[str] | None,
    *,
    domain: str,
) -> Groups:
    """One group for each pair of video key and number."""
    group, head = number_pairs(video_ranks(video_keys)[video], number)
    key = frame_keys(seed, names or video_keys, video[head], number[head], domain=domain)
    return Groups(group, np.bincount(group), key)
