"""What first fit leaves open is closed: a few groups change their split until the sizes are met.

Two functions take turns until neither helps. `_exchange` moves a group, or swaps two, between a
split with too many rows and one with too few. It looks at the sizes that occur, not at every group,
so it is fast for many groups. `_deal_anew` takes the smallest groups into the hand and tries every
way to deal them. Single swaps get stuck with few groups, and few groups have few enough deals.

Here the last split is for unassigned groups, and groups are in rank order. A split is off by its
rows minus its target. The distance, the sum of |off|, is made small.
"""

import math
from itertools import product

import numpy as np
from numpy.typing import NDArray

MAX_DEALS = 600_000
"""Deals that are tried at most: 19 groups to two splits, 12 to three, 9 to four.

Time and memory grow with this number; 600,000 deals take some 30 ms and 40 MB. The closest deal of
15 groups to three splits would take 14 million; without it the sizes miss by a few rows in 10,000.
"""


def refine(
    size: NDArray[np.int64],
    split: NDArray[np.int64],
    target: NDArray[np.int64],
    optional: NDArray[np.bool_] | None = None,
) -> NDArray[np.int64]:
    """A split of each group, closer to the targets or as close as before.

    Args:
        size: (g,) int64, rows of each group in rank order, >= 1.
        split: (g,) int64, the split of each group so far. Every split that has a target above 0
            and is not optional holds a group, and keeps one; a split with target 0 holds none.
        target: (s,) int64, rows asked of each split; the sum is that of `size`.
        optional: (s,) bool, which splits may have no group. None: only the last.

    Returns:
        (g,) int64. No move of one group and no swap of two brings it closer to the targets, and
        with few groups (`MAX_DEALS`) no other assignment is closer.

    Example:
        >>> import numpy as np
        >>> refine(np.array([3, 2, 4]), np.array([0, 0, 1]), np.array([6, 3, 0])).tolist()
        [1, 0, 0]
    """
    split = split.copy()
    if optional is None:
        optional = np.arange(len(target)) == len(target) - 1
    while True:
        while _exchange(size, split, target, optional):
            pass
        distance = np.abs(off_target(size, split, target)).sum()
        if distance == 0:
            return split
        dealt = _deal_anew(size, split, target, optional)
        if np.abs(off_target(size, dealt, target)).sum() >= distance:
            return split
        split = dealt


def off_target(
    size: NDArray[np.int64], split: NDArray[np.int64], target: NDArray[np.int64]
) -> NDArray[np.int64]:
    """(s,) int64, by how many rows each split is above its target."""
    # the weights of bincount are floats, exact to 2**53
    return np.bincount(split, size, len(target)).astype(np.int64) - target


def _exchange(
    size: NDArray[np.int64],
    split: NDArray[np.int64],
    target: NDArray[np.int64],
    optional: NDArray[np.bool_],
) -> bool:
    """Make the exchange that brings `split` closest to the targets; False if no exchange does."""
    off = off_target(size, split, target)
    best = (0, 0, 0, 0, 0)
    for a, b in product(np.flatnonzero(off > 0).tolist(), np.flatnonzero(off < 0).tolist()):
        given = np.unique(size[split == a])
        returned = np.append(0, np.unique(size[split == b]))  # 0 first: rather a move than a swap
        net = given - returned[:, np.newaxis]
        gain = off[a] - off[b] - np.abs(off[a] - net) - np.abs(off[b] + net)
        if not optional[a] and np.count_nonzero(split == a) == 1:
            gain[0] = 0  # its only group may be swapped, not moved
        i, j = np.unravel_index(np.argmax(gain), gain.shape)
        if gain[i, j] > best[0]:
            best = (int(gain[i, j]), a, b, int(given[j]), int(returned[i]))
    gained, a, b, size_given, size_returned = best
    # of the size given, the last group in rank goes; of the size returned, the first comes back
    goes = np.flatnonzero((split == a) & (size == size_given))[-1:]
    comes = np.flatnonzero((split == b) & (size == size_returned))[:1]
    split[goes], split[comes] = b, a
    return gained > 0


def _deal_anew(
    size: NDArray[np.int64],
    split: NDArray[np.int64],
    target: NDArray[np.int64],
    optional: NDArray[np.bool_],
) -> NDArray[np.int64]:
    """The closest of all deals of the smallest groups; of equals the first in rank order."""
    bins = np.flatnonzero(target)  # a split with target 0 takes part in no deal
    n_dealt = min(len(size), int(math.log(MAX_DEALS, max(len(bins), 2))))
    hand = np.sort(np.argsort(size, kind="stable")[:n_dealt])
    held = np.bincount(np.delete(split, hand), np.delete(size, hand), len(target))[bins]
    filled = _all_deals(size[hand], held.astype(np.int64))
    distance = np.abs(filled - target[bins]).sum(axis=1)
    allowed = ((filled > 0) | optional[bins]).all(axis=1)
    best = np.argmin(np.where(allowed, distance, np.iinfo(np.int64).max))
    dealt = split.copy()
    dealt[hand] = bins[np.array(np.unravel_index(best, (len(bins),) * n_dealt))]
    return dealt


def _all_deals(hand: NDArray[np.int64], held: NDArray[np.int64]) -> NDArray[np.int64]:
    """(s ** h, s) int64, rows in each of s splits for every way to deal h groups to them.

    The number of a deal, written with h digits of base s, names the split of each group.
    """
    filled = held[np.newaxis]
    for size in hand:
        one_each = size * np.eye(len(held), dtype=np.int64)
        filled = (filled[:, np.newaxis] + one_each).reshape(-1, len(held))
    return filled
