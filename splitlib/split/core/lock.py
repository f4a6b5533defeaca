"""What an earlier split decided stays, and the rest is placed around it."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from splitlib.split.core.gap import TEST, TRAIN, VAL, gap_violations, near, on_one_line
from splitlib.split.core.groups import Groups, number_pairs

FREE = -1
"""The split of rows and groups that nothing has decided."""


def matching_rows(
    video: NDArray[np.int64],
    frame_idx: NDArray[np.int64],
    locked_video: NDArray[np.int64],
    locked_frame_idx: NDArray[np.int64],
) -> NDArray[np.int64]:
    """(n,) int64, for each row the first position of its frame among the locked ones, -1 for none.

    The columns are (n,) and (m,) int64; a video has the same number in both tables.

    Example:
        >>> import numpy as np
        >>> zero = np.zeros(2, np.int64)
        >>> matching_rows(zero, np.array([5, 6]), zero, np.array([6, 7])).tolist()
        [-1, 0]
    """
    n_locked = len(locked_video)
    number, head = number_pairs(
        np.concatenate([locked_video, video]), np.concatenate([locked_frame_idx, frame_idx])
    )
    found = head[number[n_locked:]]  # locked rows stand first, so a locked head is the match
    return np.where(found < n_locked, found, -1)


def follow_locked(
    groups: Groups, locked: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The split of groups that hold locked rows, and which of these groups the lock had torn.

    `locked` is (n,) int64, the split of locked rows, else -1.

    Returns:
        (g,) int64, the split that the rest of a group follows: the lowest one of its locked rows,
        so train before val before test; -1 without locked rows. And (g,) bool, True if the locked
        rows of a group are in several splits.

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

    Each split has `held` rows already. The sum is at most `n_free`. If the splits lack more rows
    than that, each gets the same part of what it lacks, and the first split that lacks rows gets
    what rounding leaves.

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
    """As `gap_violations`, but some rows come first: locked ones, or those of a test fold.

    Rows with True in `first`, (n,) bool, are left out only because of each other, so none of them
    if they are all of one split. Then the other rows give way to those that stay, and to each
    other.

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
    for number in (TRAIN, VAL, TEST):
        own = ~first & (split == number)
        others = np.sort(place[stays & (split != number)])
        out[own] = near(place[own], others, limit)
    left = ~first & ~out
    out[left] = gap_violations(video[left], frame_idx[left], split[left], gap)
    return out
