"""Whole groups to splits, so that the sizes are as asked.

The groups stand in the order of their keys, a fair shuffle. Each split but the largest takes from
its front what fits; the largest keeps the rest. Then `refine` closes what is left open. Choosing by
rank first keeps the choice fair: a search for exact sizes alone would prefer groups of some sizes.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from splitlib.errors import SplitError
from splitlib.split.core.groups import Groups
from splitlib.split.core.refine import refine

UNASSIGNED = -1
"""The split number of groups that no split takes."""


def assign_exact(
    groups: Groups, sizes: Sequence[int], *, may_be_empty: Sequence[bool] | None = None
) -> NDArray[np.int64]:
    """The split of each group: sizes as asked where whole groups allow it, else the closest found.

    Args:
        groups: What must stay together.
        sizes: Frames asked for each split, >= 0; a sum below the number of frames leaves frames
            unassigned.
        may_be_empty: For each split whether it may stay without a group although frames are asked
            for it, because it has others already. None: no split may.

    Returns:
        (g,) int64, the split number of each group, or -1 (`UNASSIGNED`).

    Raises:
        SplitError: sizes are negative or sum to more than there are frames, or fewer groups than
            splits with a size above 0.

    Notes:
        - Groups of one row each: the sizes are exact. In the order of `groups.key` the last split
          comes first, then the one before it; the largest takes the rest. So a test split as the
          last stays the same when train and val trade frames.
        - Groups of any size: every split with a size above 0 gets a group, one with size 0 gets
          none. No move of one group and no swap of two brings the sizes closer to those asked, and
          neither does another deal of the smallest groups: of nineteen to two splits, of twelve to
          three (see `refine`; unassigned frames, if any, count as a split). So up to that many
          groups the result is as close as can be. It is exact where small groups are plenty.
        - If no split is asked to be smaller than the largest group, then none is off by more than
          (s - 1) / s of the largest group, for s splits as above: half of it for two.
        - Few groups of different sizes may have only one closest assignment, whatever the seed.
        - Independent of the order of rows and videos.

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
    # inside, the unassigned frames are one more split, the last
    target = np.array([*sizes, n_rows - sum(sizes)], dtype=np.int64)
    order = _ranked(groups.key)
    size = groups.size[order]
    ranked = refine(size, _fill(size, target, optional), target, optional)
    split = np.empty_like(ranked)
    split[order] = np.where(ranked == len(sizes), UNASSIGNED, ranked)
    return split


def _ranked(key: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Groups in the order of their keys, of equal keys the lower group first."""
    order = np.argsort(key)  # several times faster than a stable sort, and keys hardly ever tie
    ranked = key[order]
    if (ranked[1:] == ranked[:-1]).any():
        return np.argsort(key, kind="stable")
    return order


def check_sizes(
    n_groups: int, n_rows: int, sizes: Sequence[int], optional: NDArray[np.bool_]
) -> None:
    """Refuse sizes that no assignment of whole groups can give.

    Args:
        n_groups: Groups to assign.
        n_rows: Rows in them.
        sizes: Rows asked for each split.
        optional: (s,) or longer, which splits may stay without a group.

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


def _fill(
    size: NDArray[np.int64], target: NDArray[np.int64], optional: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """First fit: (g,) the split of each ranked group; unassigned is the last split."""
    largest, unassigned = int(np.argmax(target)), len(target) - 1
    turns = [s for s in (*reversed(range(unassigned)), unassigned) if s != largest and target[s]]
    split = np.full(len(size), largest, dtype=np.int64)
    for turn, s in enumerate(turns):
        free = np.flatnonzero(split == largest)
        later = [*turns[turn + 1 :], largest]
        n_later = sum(not optional[other] for other in later)  # each needs a group
        taken = _first_fit(size, free, int(target[s]), len(free) - n_later)
        if len(taken) == 0 and not optional[s]:
            taken = free[[np.argmin(size[free])]]  # all are too large: the least of them
        split[taken] = s
    return split


def _first_fit(
    size: NDArray[np.int64], free: NDArray[np.int64], room: int, most: int
) -> NDArray[np.int64]:
    """The free groups, in their order, that fit into `room` one after another, `most` at most.

    Works in runs of groups that all fit, so that the loop is short even for many groups: after a
    run the group that stopped it, and all that are as large, are out.
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
