"""Swaps of groups that differ only in their size and in what varies within a group."""

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from splitlib.split.core.placement import Placement

MOST_ROUNDS, MOST_SWAPS = 8, 100
"""Rounds, each with other partners for a group, and swaps tried per round, the best first."""


def swap_neighbours(placed: Placement, groups: NDArray[np.int64]) -> None:
    """Swap neighbours between two splits while that lowers the imbalance.

    Neighbours are groups that agree in the properties that do not vary within a group, such as
    blocks of one video (`Profiles.neighbourhood`). A swap of two neighbours of one size leaves
    sizes and these properties as they are.

    `placed` is changed in place. `groups` is (n,) int64, the groups that may be swapped, in an
    order that depends on their sizes and keys alone.
    """
    place = placed.profiles.neighbourhood[placed.profiles.kind[groups]]
    by_place = np.argsort(place, kind="stable")
    groups, place = groups[by_place], place[by_place]
    for turn in range(MOST_ROUNDS):
        for a, b in combinations(placed.bins.tolist(), 2):
            _swap(placed, *_partners(placed.split[groups], groups, place, a, b, turn))


def _partners(
    split: NDArray[np.int64],
    groups: NDArray[np.int64],
    place: NDArray[np.int64],
    a: int,
    b: int,
    turn: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Groups of split a, and for each a neighbour in split b, another one in each turn."""
    in_a, in_b = np.flatnonzero(split == a), np.flatnonzero(split == b)
    of_a, of_b = place[in_a], place[in_b]
    first, last = (np.searchsorted(of_b, of_a, side=side) for side in ("left", "right"))
    number = np.arange(len(in_a)) - np.searchsorted(of_a, of_a)
    has = last > first
    first, n_there, number = first[has], (last - first)[has], number[has]
    return groups[in_a[has]], groups[in_b[first + (number + turn) % n_there]]


def _swap(placed: Placement, ones: NDArray[np.int64], others: NDArray[np.int64]) -> None:
    """Swap the pairs that lower the imbalance, the best first; each pair is checked anew."""
    if not len(ones):
        return
    a, b = int(placed.split[ones[0]]), int(placed.split[others[0]])
    harm, kinds = _harm(placed, ones, others, a, b), placed.profiles.kind
    better = np.flatnonzero(harm < 0)
    for at in better[np.argsort(harm[better], kind="stable")][:MOST_SWAPS].tolist():
        one, other = ones[at : at + 1], others[at : at + 1]
        if placed.split[one[0]] == a and placed.split[other[0]] == b:
            harm_there = placed.harm(int(kinds[one[0]]), a, b, 1)
            placed.move(one, b)
            harm_back = placed.harm(int(kinds[other[0]]), b, a, 1)
            # the swap, or the first move undone
            placed.move(other if harm_there + harm_back < 0 else one, a)


def _harm(
    placed: Placement, ones: NDArray[np.int64], others: NDArray[np.int64], a: int, b: int
) -> NDArray[np.int64]:
    """(n,) int64, half of what each swap adds to the imbalance, in units of 1/scale."""
    profiles = placed.profiles
    one, other = profiles.kind[ones], profiles.kind[others]
    pull = profiles.pull((placed.off[a] - placed.off[b])[profiles.value])
    longer = profiles.size[other] - profiles.size[one]
    change = profiles.mixed[other] - profiles.mixed[one]
    square = profiles.plain_weight * longer**2 + (change**2).sum(axis=1)  # mixed values weigh 1
    square += np.where(one != other, profiles.lone_square[one] + profiles.lone_square[other], 0)
    harm: NDArray[np.int64] = pull[other] - pull[one] + square * placed.scale
    return harm
