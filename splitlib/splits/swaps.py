"""Swaps of groups that can stand for one another, to even out what varies within a group."""

import numpy as np
from numpy.typing import NDArray

from splitlib.splits.placement import Placement

MOST_ROUNDS, MOST_SWAPS = 12, 300
"""Rounds, in each of which a group has another partner, and swaps tried in a round: the best."""


def swap_in_cells(placed: Placement, groups: NDArray[np.int64]) -> None:
    """Swap groups of one cell between two splits while that lowers the imbalance.

    Sizes, and properties that do not vary within a group, stay as they are (`Profiles.cell`).

    Args:
        placed: The groups; changed in place.
        groups: (n,) int64, the groups that may be swapped, in an order that depends on their sizes
            and keys alone.
    """
    profiles = placed.profiles
    if not profiles.is_mixed.any():
        return
    cell = profiles.cell[profiles.kind[groups]]
    by_cell = np.argsort(cell, kind="stable")
    groups, cell = groups[by_cell], cell[by_cell]
    bins = placed.bins.tolist()
    pairs = [(a, b) for place, a in enumerate(bins) for b in bins[place + 1 :]]
    for turn in range(MOST_ROUNDS):
        for a, b in pairs:
            _swap(placed, *_partners(placed.split[groups], groups, cell, a, b, turn))


def _partners(
    split: NDArray[np.int64],
    groups: NDArray[np.int64],
    cell: NDArray[np.int64],
    a: int,
    b: int,
    turn: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Groups of split a, and for each a group of split b in its cell: in each turn another."""
    in_a, in_b = np.flatnonzero(split == a), np.flatnonzero(split == b)
    first, last = (np.searchsorted(cell[in_b], cell[in_a], side=side) for side in ("left", "right"))
    place = np.arange(len(in_a)) - np.searchsorted(cell[in_a], cell[in_a])
    has = last > first
    first, n_there, place = first[has], (last - first)[has], place[has]
    return groups[in_a[has]], groups[in_b[first + (place + turn) % n_there]]


def _swap(placed: Placement, ones: NDArray[np.int64], others: NDArray[np.int64]) -> None:
    """Swap the pairs that lower the imbalance, the best first, as long as each still does."""
    if not len(ones):
        return
    a, b = int(placed.split[ones[0]]), int(placed.split[others[0]])
    harm = _harm(placed, ones, others, a, b)
    better = np.flatnonzero(harm < 0)
    for at in better[np.argsort(harm[better], kind="stable")][:MOST_SWAPS].tolist():
        one, other = ones[at : at + 1], others[at : at + 1]
        stay = placed.split[one[0]] == a and placed.split[other[0]] == b
        if stay and _harm(placed, one, other, a, b)[0] < 0:
            placed.move(one, b)
            placed.move(other, a)


def _harm(
    placed: Placement, ones: NDArray[np.int64], others: NDArray[np.int64], a: int, b: int
) -> NDArray[np.int64]:
    """(n,) int64, half of what each swap adds to the imbalance, in units of 1/scale."""
    profiles = placed.profiles
    change = profiles.mixed[profiles.kind[others]] - profiles.mixed[profiles.kind[ones]]
    between = (placed.off[a] - placed.off[b])[profiles.is_mixed]
    weight = profiles.weight[profiles.is_mixed]
    harm: NDArray[np.int64] = ((between + change * placed.scale) * change * weight).sum(axis=1)
    return harm
