"""Whole groups are assigned to splits so that every split looks like the whole.

A stratum is a property of a row, such as its video or its number of animals. Each value of each
property should have the same share in every split. The imbalance measures how far this fails: the
sum of squares, over splits and values, of the rows that a split has of a value minus the rows that
it should have. All rows together count as one more value, as much as all properties together.

Groups are dealt first, then moved:

1. Groups that are alike are dealt in proportion, as far as that leaves no remainder.
2. Each of the other groups, large ones first, goes to the split that lacks its values most. Each
   *cell*, the groups of one size that agree in all properties that are constant within a group, is
   dealt in proportion as well: with sizes of 80, 10 and 10 %, ten equal blocks of a video are dealt
   eight, one and one.
3. Groups that agree in all properties that are constant within a group, such as two blocks of a
   video, are swapped. If they are of one size, the swap changes only what varies within them.
4. Groups are moved while that lowers the imbalance, and at last while it brings the sizes closer to
   those asked.

All sums are whole numbers, so that every machine does the same.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from splitlib.errors import SplitError
from splitlib.split.core.exact import UNASSIGNED, check_sizes
from splitlib.split.core.groups import Groups
from splitlib.split.core.placement import FREE, NEVER, Placement
from splitlib.split.core.profiles import profiles_of
from splitlib.split.core.refine import off_target
from splitlib.split.core.swaps import swap_neighbours

MOST_SWEEPS, MOST_TRIED = 12, 300
"""Rounds of moves, and moves tried per round, the best first. The time of a round grows with the
kinds of groups, and more rounds gain less than one group in a million rows."""

SHARED = 16
"""Sizes that are off by many groups are closed in at least this many moves."""


def assign_strata(
    groups: Groups,
    sizes: Sequence[int],
    strata: Sequence[NDArray[np.int64]],
    *,
    fixed: NDArray[np.int64] | None = None,
) -> NDArray[np.int64]:
    """The split of each group: sizes as asked, and each value with the same share in all splits.

    Args:
        groups: The rows that must stay together.
        sizes: Rows asked for each split, >= 0; a sum below the number of rows leaves some over.
        strata: For each property (n,) int64, its value in each row.
        fixed: (g,) int64, the split of groups that are placed already, else -1 (`FREE`).

    Returns:
        (g,) int64, the split of each group, or -1 (`UNASSIGNED`).

    Raises:
        SplitError: As for `assign_exact`; or a column has another length than there are rows.

    Notes:
        - With one property that is constant within each group (such as the video of a block), no
          split is off by more than four times the largest group in any value. (Moves alone keep
          within 8/3 of it, and closing the sizes adds the rest.) As a rule a split is off by less
          than one group, and by none if groups of one size can be dealt without a remainder.
        - With any properties, the imbalance is at most the sum over the groups of their own squared
          counts, which is about the average of a fair draw. As a rule it is a small part of that.
        - No move of one free group brings the sizes closer to those asked, unless the move would
          break the promise above or take the only group of a split. Sizes count rows, not groups.
        - Every split with a size above 0 gets a group, and one with size 0 gets no free group.
        - The result does not depend on the order of rows and videos.

    Example:
        >>> import numpy as np
        >>> from splitlib.split.core.groups import frame_groups
        >>> video, idx = np.array([0, 0, 0, 0, 1, 1, 1, 1]), np.arange(8)
        >>> groups = frame_groups(42, ["a.mp4", "b.mp4"], video, idx)
        >>> split = assign_strata(groups, [4, 2, 2], [video])[groups.group]
        >>> [np.bincount(video[split == number]).tolist() for number in range(3)]
        [[2, 2], [1, 1], [1, 1]]
    """
    n = int(groups.size.sum())
    for column in strata:
        if len(column) != n:
            msg = f"a stratum has {len(column)} values, expected one for each of the {n} rows"
            raise SplitError(msg)
    held = np.full(len(groups.size), FREE) if fixed is None else fixed
    check_sizes(int((held == FREE).sum()), n, sizes, np.isin(np.arange(len(sizes)), held))
    asked = np.array([*sizes, n - sum(sizes)], np.int64)  # the last split is for the unassigned
    placed = Placement(profiles_of(groups, strata), asked, groups, held)
    _deal_alike(placed)
    rest = placed.order[placed.split[placed.order] == FREE]
    _place_rest(placed, rest)
    _fill_empty(placed)
    swap_neighbours(placed, rest)
    _move_while_better(placed)
    while _close_sizes(placed):
        pass
    return np.where(placed.split == len(sizes), UNASSIGNED, placed.split)


def _quotas(placed: Placement, number: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """(s, n) int64, how many groups of each of n sorts each split may still take in proportion.

    `number` is (g,) int64, the sort of each group, from 0.
    """
    here = placed.split != FREE
    has = np.zeros((len(placed.asked), n), np.int64)
    np.add.at(has, (placed.split[here], number[here]), 1)
    n_all, left = (np.bincount(column, minlength=n) for column in (number, number[~here]))
    shares = placed.asked[:, np.newaxis] * n_all // max(1, int(placed.asked.sum()))
    quota: NDArray[np.int64] = np.maximum(0, shares - has)
    quota[placed.asked == 0] = 0
    # if a split holds more than its part, the others cannot all have theirs
    wanted = np.maximum(1, quota.sum(axis=0))
    return np.where(wanted > left, quota * left // wanted, quota)


def _deal_alike(placed: Placement) -> None:
    """Deal groups of one kind to the splits in proportion, as far as that leaves no remainder."""
    kind = placed.profiles.kind[placed.by_kind]
    position = np.arange(len(kind)) - placed.kind_bounds[kind]
    end = np.cumsum(_quotas(placed, placed.profiles.kind, placed.profiles.n_kinds), axis=0)
    for s in reversed(range(len(placed.asked))):
        placed.split[placed.by_kind[position < end[s, kind]]] = s
    placed.count_anew()


def _place_rest(placed: Placement, rest: NDArray[np.int64]) -> None:
    """Give one group after the other to the split that lacks its values most; of equals the first.

    As long as the group's cell has quotas left, only splits with a quota take part. This is a loop
    over lists, since single numbers are slow in numpy. Few of many groups that are alike get here.
    """
    profiles = placed.profiles
    cell = profiles.cell[profiles.kind]
    room = _quotas(placed, cell, int(cell.max(initial=-1)) + 1).T.tolist()
    counts = placed.count_anew()
    has, whole = counts.tolist(), counts.sum(axis=0).tolist()
    scale, part, bins = placed.scale, placed.part.tolist(), placed.bins.tolist()
    columns = (profiles.value, profiles.count, profiles.weighted)
    entries = list(zip(*(column.tolist() for column in columns), strict=True))
    bounds = profiles.bounds.tolist()
    for group, kind, place in zip(
        rest.tolist(), profiles.kind[rest].tolist(), cell[rest].tolist(), strict=True
    ):
        own = entries[bounds[kind] : bounds[kind + 1]]
        for value, count, _ in own:
            whole[value] += count
        due = sum([weighted * whole[value] for value, _, weighted in own])
        choice = [s for s in bins if room[place][s]] or bins
        # the rows that each split would have beyond its part, without the group
        over = [
            scale * sum([weighted * has[s][value] for value, _, weighted in own]) - part[s] * due
            for s in choice
        ]
        best = choice[over.index(min(over))]
        for value, count, _ in own:
            has[best][value] += count
        room[place][best] -= room[place][best] > 0
        placed.split[group] = best
    placed.count_anew()


def _fill_empty(placed: Placement) -> None:
    """Give each split that got no group the one that harms least."""
    for s in placed.bins.tolist():
        if not placed.optional[s] and not placed.n_groups[s]:
            harm = placed.harm_of_moves()[s]
            source, kind = np.unravel_index(np.argmin(harm), harm.shape)
            placed.move(placed.members(int(source), int(kind), 1), s)


def _move_while_better(placed: Placement) -> None:
    """Make rounds of moves: `MOST_SWEEPS` at most, and more only until the promise is kept."""
    for _ in range(MOST_SWEEPS):
        if not _improve(placed):
            return
    while placed.room() < 0 and _improve(placed):
        pass


def _improve(placed: Placement) -> bool:
    """Move groups while that lowers the imbalance, and say whether one was moved."""
    harm = placed.harm_of_moves()
    to, least = np.argmin(harm, axis=0), harm.min(axis=0)
    source, kind = np.nonzero(least < 0)
    moved = False
    for at in np.argsort(least[source, kind], kind="stable")[:MOST_TRIED].tolist():
        s, k = int(source[at]), int(kind[at])
        moved |= _move_what_pays(placed, k, s, int(to[s, k]))
    return moved


def _move_what_pays(placed: Placement, kind: int, source: int, to: int) -> bool:
    """Move as many groups of a kind as lower the imbalance most, and say whether any were moved."""
    one = placed.harm(kind, source, to, 1)
    most = min(int(placed.n_free[source, kind]), int(placed.n_spare()[source]))
    if one >= 0 or most < 1:
        return False
    square = int(placed.profiles.square[kind]) * placed.scale
    best = (square - one) // (2 * square)  # n * (one - square) + n * n * square is least here
    placed.move(placed.members(source, kind, min(max(best, 1), most)), to)
    return True


def _close_sizes(placed: Placement) -> bool:
    """Move groups that bring the sizes closest at the least harm; False if no move brings any."""
    size = placed.profiles.size
    miss = off_target(placed.groups.size, placed.split, placed.asked)
    less = np.abs(miss)[:, np.newaxis] - np.abs(miss[:, np.newaxis] - size)
    more = np.abs(miss)[:, np.newaxis] - np.abs(miss[:, np.newaxis] + size)
    gain = np.where(placed.may_move(), less + more[:, np.newaxis], 0)
    if gain.max(initial=0) <= 0:
        return False
    harm, room = placed.harm_of_moves(), placed.room() // 2
    gain[harm > room] = 0
    best = gain.max(initial=0)
    if best <= 0:
        return False
    harm[gain < best] = NEVER
    to, source, kind = (int(at) for at in np.unravel_index(np.argmin(harm), harm.shape))
    # if much is missing, a kind gives only a part, so that no kind pays for all
    fit = min(miss[source], -miss[to]) // (SHARED * size[kind])
    n_moved = max(1, min(int(fit), int(placed.n_free[source, kind]), int(placed.n_spare()[source])))
    if placed.harm(kind, source, to, n_moved) > room:
        n_moved = 1
    placed.move(placed.members(source, kind, n_moved), to)
    return True
