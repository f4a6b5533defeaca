"""Closing what first fit leaves open: a few groups change their split until the sizes are met.

Two means in turn, until neither helps. `_exchange` moves a group, or swaps two, between a split
with too many frames and one with too few; it looks at the sizes that occur, not at every group, so
it is fast for many groups. `_deal_anew` takes the smallest groups into the hand and tries every way
to deal them; few groups, where single swaps get stuck, are few enough to try everything.

Here splits are 0 .. s - 1, the last of them being the unassigned groups, and groups are in rank
order. A split is off by its frames minus its target; what is made small is the sum of |off|.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MAX_DEALS = 600_000
"""Deals that are tried at most: 19 groups to two splits, 12 to three, 9 to four.

Time and memory grow with it: this many take some 30 ms and 40 MB. The closest deal of 15 groups to
three splits would need 14 million; without, it is missed by a few frames in ten thousand.
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
        target: (s,) int64, rows asked of each split, with the sum of `size`.
        optional: (s,) which splits may be without a group. None: only the last.

    Returns:
        (g,) int64. No move of one group and no swap of two brings it closer to the targets; with
        few groups (`MAX_DEALS`) nothing does.

    Example:
        >>> import numpy as np
        >>> refine(np.array([3, 2, 4]), np.array([0, 0, 1]), np.array([6, 3, 0])).tolist()
        [1, 0, 0]
    """
    split = split.copy()
    if optional is None:
        optional = np.arange(len(target)) == len(target) - 1
    while True:
        while (best := _best_exchange(size, split, target, optional)) is not None:
            best.apply(size, split)
        distance = _distance(size, split, target)
        if distance == 0:
            return split
        dealt = _deal_anew(size, split, target, optional)
        if _distance(size, dealt, target) >= distance:
            return split
        split = dealt


@dataclass(frozen=True)
class _Exchange:
    """A group of `given` rows goes from one split to the other, for one of `returned` rows or 0."""

    gain: int
    source: int
    sink: int
    given: int
    returned: int

    def apply(self, size: NDArray[np.int64], split: NDArray[np.int64]) -> None:
        """Change `split` in place: the last in rank goes, the first in rank comes back."""
        given = np.flatnonzero((split == self.source) & (size == self.given))[-1]
        returned = np.flatnonzero((split == self.sink) & (size == self.returned))[:1]
        split[given], split[returned] = self.sink, self.source


def _best_exchange(
    size: NDArray[np.int64],
    split: NDArray[np.int64],
    target: NDArray[np.int64],
    optional: NDArray[np.bool_],
) -> _Exchange | None:
    """The exchange that brings the splits closest to their targets, if one does."""
    off = _off(size, split, target)
    pairs = [(a, b) for a in np.flatnonzero(off > 0) for b in np.flatnonzero(off < 0)]
    found = [_pair_exchange(size, split, off, optional, int(a), int(b)) for a, b in pairs]
    best = max(found, key=lambda exchange: exchange.gain, default=None)
    return best if best is not None and best.gain > 0 else None


def _pair_exchange(
    size: NDArray[np.int64],
    split: NDArray[np.int64],
    off: NDArray[np.int64],
    optional: NDArray[np.bool_],
    a: int,
    b: int,
) -> _Exchange:
    """The best exchange between split a, with too many frames, and b, with too few."""
    given = np.unique(size[split == a])
    returned = np.append(0, np.unique(size[split == b]))  # 0 first: rather a move than a swap
    net = given - returned[:, np.newaxis]
    gain = off[a] - off[b] - np.abs(off[a] - net) - np.abs(off[b] + net)
    if not optional[a] and np.count_nonzero(split == a) == 1:
        gain[0] = 0  # its only group may be swapped, not moved
    i, j = np.unravel_index(np.argmax(gain), gain.shape)
    return _Exchange(int(gain[i, j]), a, b, int(given[j]), int(returned[i]))


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


def _distance(size: NDArray[np.int64], split: NDArray[np.int64], target: NDArray[np.int64]) -> int:
    return int(np.abs(_off(size, split, target)).sum())


def _off(
    size: NDArray[np.int64], split: NDArray[np.int64], target: NDArray[np.int64]
) -> NDArray[np.int64]:
    """(s,) int64, by how many rows each split is above its target."""
    # the weights of bincount are floats, exact to 2**53
    return np.bincount(split, size, len(target)).astype(np.int64) - target
