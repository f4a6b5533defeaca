"""Whole groups are assigned to splits so that the sizes are as asked.

The order of the keys is a fair shuffle of the groups. In this order each split takes the first
groups that fit, and the largest split keeps the rest. Then `refine` closes what is left open. This
keeps the choice fair, whereas a search for exact sizes alone would prefer groups of some sizes.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from splitlib.errors import SplitError
from splitlib.split.core.groups import Groups
from splitlib.split.core.refine import refine

UNASSIGNED = -1
"""The split number of groups that are in no split."""


def assign_exact(
    groups: Groups, sizes: Sequence[int], *, may_be_empty: Sequence[bool] | None = None
) -> NDArray[np.int64]:
    """The split of each group: sizes as asked if whole groups allow it, else the closest found.

    Args:
        groups: The frames that must stay together.
        sizes: Frames asked for each split, >= 0; a sum below the number of frames leaves frames
            unassigned.
        may_be_empty: Which splits may get no group although frames are asked for them, because they
            hold others already. None: no split.

    Returns:
        (g,) int64, the split number of each group, or -1 (`UNASSIGNED`).

    Raises:
        SplitError: Sizes are negative or sum to more than there are frames, or there are fewer
            groups than splits with a size above 0.

    Notes:
        - Groups of one row each give exact sizes. The last split takes the first groups in the
          order of `groups.key`, the split before it the next, and the largest the rest. So a test
          split as the last stays the same when train and val trade frames.
        - With groups of any size, every split with a size above 0 gets a group, and one with size 0
          gets none. No move of one group, no swap of two, and no other deal of the smallest groups
          (nineteen to two splits, twelve to three; see `refine`) brings the sizes closer to those
          asked. Unassigned frames, if any, count as a split. So up to that many groups no
          assignment is closer. Plenty of small groups give exact sizes.
        - If every split asks for at least the size of the largest group, no split is off by more
          than (s - 1) / s of that size, for s splits as above: half of it for two.
        - Few groups of different sizes may have only one closest assignment, whatever the seed.
        - The result does not depend on the order of rows and videos.

    Example:
        >>> import numpy as np
        >>> from splitlib.split.core.groups import block_groups
        >>> frame_idx = np.array([0, 1, 2, 10, 11, 20, 30, 31])
        >>> groups = block_groups(42, ["a.mp4"], np.zeros(8, np.int64), frame_idx, block_length=10)
        >>> assign_exact(groups, [5, 2, 1]).tolist()
        [0, 0, 2, 1]
    """
    n_rows = int(groups.size.sum())
    optional = np.array([*(may_be_empty or [False] * len(sizes)), True])
    check_sizes(len(groups.size), n_rows, sizes, optional)
    # from here on the unassigned frames are one more split, the last
    target = np.array([*sizes, n_rows - sum(sizes)], dtype=np.int64)
    if (groups.size == 1).all():
        single = _fill_with_single_rows(groups.key, target)
        return np.where(single == len(sizes), UNASSIGNED, single)
    order = _ranked(groups.key)
    size = groups.size[order]
    ranked = refine(size, _fill(size, target, optional), target, optional)
    split = np.empty_like(ranked)
    split[order] = np.where(ranked == len(sizes), UNASSIGNED, ranked)
    return split


def _ranked(key: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Groups in the order of their keys; of equal keys the lower group comes first."""
    order = np.argsort(key)  # several times faster than a stable sort, and keys hardly ever tie
    is_tied = (np.diff(key[order]) == 0).any()
    return np.argsort(key, kind="stable") if is_tied else order


def check_sizes(
    n_groups: int, n_rows: int, sizes: Sequence[int], optional: NDArray[np.bool_]
) -> None:
    """Refuse sizes that no assignment of whole groups can give; `optional` splits need no group.

    Raises:
        SplitError: As for `assign_exact`.
    """
    if any(size < 0 for size in sizes) or sum(sizes) > n_rows:
        msg = f"expected sizes of 0 or more that sum to at most {n_rows} frames, got {list(sizes)}"
        raise SplitError(msg)
    needed = sum(size > 0 and not free for size, free in zip(sizes, optional, strict=False))
    if n_groups < needed:
        msg = (
            f"{needed} splits need at least one group of frames each, but the {n_rows} frames form "
            f"only {n_groups} groups that must stay together. Make the groups smaller (a smaller "
            f"block_length, or groups: frame), or ask for fewer splits"
        )
        raise SplitError(msg)


def _fill_with_single_rows(key: NDArray[np.uint64], target: NDArray[np.int64]) -> NDArray[np.int64]:
    """What `_fill` and `refine` give for groups of one row each, whose order need not be known.

    Who comes before a border is found several times faster than the order of all.
    """
    largest, turns = _turns(target)
    split = np.full(len(key), largest, dtype=np.int64)
    borders = np.cumsum(target[turns])
    order = np.argpartition(key, borders) if turns else np.zeros(0, np.int64)
    if any((key[order[:end]] == key[order[end]]).any() for end in borders.tolist()):
        order = _ranked(key)  # equal keys on both sides of a border
    for s, rows in zip(turns, np.split(order, borders), strict=False):
        split[rows] = s
    return split


def _turns(target: NDArray[np.int64]) -> tuple[int, list[int]]:
    """The largest split, and the others in the order in which they take groups."""
    largest, unassigned = int(np.argmax(target)), len(target) - 1
    order = (*reversed(range(unassigned)), unassigned)
    return largest, [s for s in order if s != largest and target[s]]


def _fill(
    size: NDArray[np.int64], target: NDArray[np.int64], optional: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """First fit: (g,) the split of each ranked group; the last split is for unassigned groups."""
    largest, turns = _turns(target)
    split = np.full(len(size), largest, dtype=np.int64)
    for turn, s in enumerate(turns):
        free = np.flatnonzero(split == largest)
        later = [*turns[turn + 1 :], largest]
        n_later = sum(not optional[other] for other in later)  # each needs a group
        taken = _first_fit(size, free, int(target[s]), len(free) - n_later)
        if len(taken) == 0 and not optional[s]:
            taken = free[[np.argmin(size[free])]]  # all are too large, so take the smallest
        split[taken] = s
    return split


def _first_fit(
    size: NDArray[np.int64], free: NDArray[np.int64], room: int, most: int
) -> NDArray[np.int64]:
    """The free groups, in their order, that fit into `room` one after another, at most `most`.

    The loop takes runs of groups that all fit, so it is short even for many groups: the group that
    ends a run, and all groups as large, fit into no later run.
    """
    taken = [free[:0]]
    while True:
        free = free[size[free] <= room]
        filled = np.cumsum(size[free])
        n_run = min(int(np.searchsorted(filled, room, side="right")), most)
        if n_run == 0:
            return np.concatenate(taken)
        taken.append(free[:n_run])
        room -= int(filled[n_run - 1])
        most -= n_run
        free = free[n_run:]
