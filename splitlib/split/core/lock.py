"""What an earlier split decided stays; the rest is placed around it."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from splitlib.split.core.gap import gap_violations, near, on_one_line
from splitlib.split.core.groups import Groups

FREE = -1
"""The split of rows and groups that nothing has decided."""


def matching_rows(
    video: NDArray[np.int64],
    frame_idx: NDArray[np.int64],
    locked_video: NDArray[np.int64],
    locked_frame_idx: NDArray[np.int64],
) -> NDArray[np.int64]:
    """For each row the position of the same frame among the locked ones, -1 for none.

    Args:
        video: (n,) int64, equal for equal videos in both tables.
        frame_idx: (n,) int64.
        locked_video: (m,) int64.
        locked_frame_idx: (m,) int64; a frame that stands in several rows gives the first.

    Example:
        >>> import numpy as np
        >>> zero = np.zeros(2, np.int64)
        >>> matching_rows(zero, np.array([5, 6]), zero, np.array([6, 7])).tolist()
        [-1, 0]
    """
    n = len(video)
    position = np.concatenate([np.full(n, -1), np.arange(len(locked_video))])
    both_video = np.concatenate([video, locked_video])
    both_idx = np.concatenate([frame_idx, locked_frame_idx])
    order = np.lexsort((np.where(position < 0, len(position), position), both_idx, both_video))
    first = np.ones(len(order), np.bool_)
    first[1:] = (np.diff(both_video[order]) != 0) | (np.diff(both_idx[order]) != 0)
    head = position[order[np.flatnonzero(first)]]  # of each frame, the first locked row if any
    found = np.empty(len(order), np.int64)
    found[order] = head[np.cumsum(first) - 1]
    return found[:n]


def follow_locked(
    groups: Groups, locked: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Where groups go that hold locked rows, and which of them the lock had torn.

    Args:
        groups: The groups of n rows.
        locked: (n,) int64, the split of locked rows, else -1.

    Returns:
        (g,) int64, the split that the rest of a group follows: the lowest one of its locked rows,
        so train before val before test; -1 without locked rows. And (g,) bool, True where its
        locked rows are in several splits.

    Example:
        >>> import numpy as np
        >>> groups = Groups(np.array([0, 0, 1, 1]), np.array([2, 2]), np.zeros(2, np.uint64))
        >>> [column.tolist() for column in follow_locked(groups, np.array([2, -1, 2, 1]))]
        [[2, 1], [False, True]]
    """
    is_locked = locked >= 0
    high = int(locked.max(initial=0)) + 1
    lowest = np.full(len(groups.size), high)
    highest = np.full(len(groups.size), FREE)
    np.minimum.at(lowest, groups.group[is_locked], locked[is_locked])
    np.maximum.at(highest, groups.group[is_locked], locked[is_locked])
    return np.where(highest < 0, FREE, lowest), (highest >= 0) & (highest != lowest)


def sizes_left(asked: Sequence[int], held: Sequence[int], n_free: int) -> list[int]:
    """How many of the free rows each split should get, so that the sizes come close to those asked.

    Args:
        asked: Rows asked for each split.
        held: Rows that each split has already.
        n_free: Rows that are to be placed.

    Returns:
        Sizes with a sum of at most `n_free`. Where the splits lack more than there is, each gets
        the same part of what it lacks, and the first split gets what rounding leaves.

    Example:
        >>> sizes_left([80, 10, 10], [40, 5, 20], 35)
        [32, 3, 0]
    """
    lacking = [max(0, want - have) for want, have in zip(asked, held, strict=True)]
    if sum(lacking) <= n_free:
        return lacking
    left = [int(Fraction(lack * n_free, sum(lacking))) for lack in lacking]
    left[next(i for i, lack in enumerate(lacking) if lack)] += n_free - sum(left)
    return left


def gap_violations_around(
    video: NDArray[np.int64],
    frame_idx: NDArray[np.int64],
    split: NDArray[np.int64],
    gap: int,
    *,
    first: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """The rows to leave out for the gap, where some rows come first and pay only to each other.

    Args:
        video: (n,) int64, a number for each video.
        frame_idx: (n,) int64.
        split: (n,) int64, as for `gap_violations`.
        gap: Frames of video to keep unused between two splits, >= 0.
        first: (n,) bool, the rows that come first: locked ones, or those of a test fold.

    Returns:
        (n,) bool, True for rows to leave out. Rows that come first lose as `gap_violations` says,
        as if there were no others; so none where they are all of one split. Then the others.

    Raises:
        SplitError: gap is below 0.
    """
    out = np.zeros(len(video), np.bool_)
    out[first] = gap_violations(video[first], frame_idx[first], split[first], gap)
    order = np.lexsort((frame_idx, video))
    limit = min(gap, int(frame_idx.max(initial=0)))
    place = np.empty(len(video), np.int64)
    place[order] = on_one_line(video[order], frame_idx[order], limit)
    stays = first & ~out & (split >= 0)
    rest = ~first & (split >= 0)
    for number in np.unique(split[rest]).tolist():
        own = rest & (split == number)
        others = np.sort(place[stays & (split != number)])
        out[own] = near(place[own], others, limit)
    left = ~first & ~out
    out[left] = gap_violations(video[left], frame_idx[left], split[left], gap)
    return out


def counts(split: NDArray[np.int64], size: NDArray[Any], n_splits: int) -> list[int]:
    """Rows in each split, unassigned ones apart."""
    placed = split >= 0
    return [int(n) for n in np.bincount(split[placed], size[placed], n_splits)]
