"""Whole groups to splits, so that every split looks like the whole.

A stratum is a property of a row, such as its video or its number of animals. Each value of each
property should have the same share in every split. What is made small is the imbalance: the sum of
squares, over splits and values, of the rows that a split has of a value minus the rows that it
should have. All rows together count as one more value, as much as all properties together.

Groups are dealt first, then moved:

1. Groups that are alike are dealt in proportion, as far as that comes out even.
2. The others go, large ones first, to the split that the rows placed so far leave most in want. But
   each *cell*, groups of one size that agree in all properties that do not vary within a group, is
   dealt in proportion too: of ten blocks of a video eight, one and one, whatever else is in them.
3. Groups that agree in all properties that do not vary within them swap, such as two blocks of a
   video: of one size, they even out what does vary and leave the rest as it is.
4. Groups move while that lowers the imbalance, and at last while it brings the sizes closer to
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
from splitlib.split.core.swaps import swap_neighbours

MOST_SWEEPS, MOST_TRIED = 12, 300
"""Rounds of moves, and moves tried in a round: the best first. More rounds gain less than one group
in a million rows, and the time of a round grows with the kinds of groups."""

SHARED = 16
"""Moves, at least, that close sizes that are off by many groups."""


def assign_strata(
    groups: Groups,
    sizes: Sequence[int],
    strata: Sequence[NDArray[np.int64]],
    *,
    fixed: NDArray[np.int64] | None = None,
) -> NDArray[np.int64]:
    """The split of each group: sizes as asked, and each stratum with the same share in all.

    Args:
        groups: What must stay together.
        sizes: Rows asked for each split, >= 0; a sum below the number of rows leaves some over.
        strata: For each property (n,) int64, its value in each row.
        fixed: (g,) int64, the split of groups that are placed already, else -1 (`FREE`).

    Returns:
        (g,) int64, the split of each group, or -1 (`UNASSIGNED`).

    Raises:
        SplitError: As for `assign_exact`, and for a column of another length than there are rows.

    Notes:
        - One property that is the same throughout each group (a video, under groups in a video):
          no split is off by more than four times the largest group in any value. As a rule it is
          off by less than one group, and by none where groups of one size come out even. (Moves
          alone give 8/3, and closing the sizes the rest.)
        - Any properties: the imbalance is never above the sum over the groups of their own squared
          counts: about what a fair draw has on average. As a rule it is a small part of that.
        - No move of one free group brings the sizes closer to those asked, unless it would break
          the promise above or take the only group of a split. Sizes count rows, not groups.
        - Every split with a size above 0 gets a group, one with size 0 no free one.
        - Independent of the order of rows and videos.

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
    held = np.full(len(groups.size), FREE) if fixed is None else fixed
    _check(groups, sizes, strata, held, n)
    asked = np.array([*sizes, n - sum(sizes)], np.int64)  # the last: unassigned
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


def _check(
    groups: Groups,
    sizes: Sequence[int],
    strata: Sequence[NDArray[np.int64]],
    held: NDArray[np.int64],
    n: int,
) -> None:
    for column in strata:
        if len(column) != n:
            msg = f"a stratum has {len(column)} values, expected one for each of the {n} rows"
            raise SplitError(msg)
    has_some = np.isin(np.arange(len(sizes)), held)
    check_sizes(int((held == FREE).sum()), n, sizes, has_some)


def _quotas(placed: Placement, number: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """(s, n) int64, groups that each split may still take of each sort without a remainder.

    Args:
        placed: The groups so far.
        number: (g,) int64, the sort of each group, from 0.
        n: Number of sorts.
    """
    here = placed.split != FREE
    has = np.zeros((len(placed.asked), n), np.int64)
    np.add.at(has, (placed.split[here], number[here]), 1)
    n_all, left = (np.bincount(column, minlength=n) for column in (number, number[~here]))
    shares = placed.asked[:, np.newaxis] * n_all // max(1, int(placed.asked.sum()))
    quota: NDArray[np.int64] = np.maximum(0, shares - has)
    quota[placed.asked == 0] = 0
    # where a split holds more than its part, the others cannot all have theirs
    wanted = np.maximum(1, quota.sum(axis=0))
    return np.where(wanted > left, quota * left // wanted, quota)


def _deal_alike(placed: Placement) -> None:
    """Groups of one kind go to the splits in proportion, as far as that comes out even."""
    kind = placed.profiles.kind[placed.by_kind]
    position = np.arange(len(kind)) - placed.kind_bounds[kind]
    end = np.cumsum(_quotas(placed, placed.profiles.kind, placed.profiles.n_kinds), axis=0)
    for s in reversed(range(len(placed.asked))):
        placed.split[placed.by_kind[position < end[s, kind]]] = s
    placed.count_anew()


def _place_rest(placed: Placement, rest: NDArray[np.int64]) -> None:
    """One group after the other to the split that wants it most; of equals the first.

    While its cell has quotas left, only to splits that have one. A loop in Python over lists:
    single numbers are slow in numpy. Groups that are alike never come here but for a few.
    """
    profiles = placed.profiles
    cell = profiles.cell[profiles.kind]
    room = _quotas(placed, cell, int(cell.max(initial=-1)) + 1).T.tolist()
    counts = placed.count_anew()
    has, whole = counts.tolist(), counts.sum(axis=0).tolist()
    scale, part, bins = placed.scale, placed.part.tolist(), placed.bins.tolist()
    entries: dict[int, list[tuple[int, int, int]]] = {}
    for group, kind, place in zip(
        rest.tolist(), profiles.kind[rest].tolist(), cell[rest].tolist(), strict=True
    ):
        if kind not in entries:
            rows = profiles.rows(kind)
            columns = (profiles.value[rows], profiles.count[rows], profiles.weighted[rows])
            entries[kind] = list(zip(*(column.tolist() for column in columns), strict=True))
        own = entries[kind]
        for value, count, _ in own:
            whole[value] += count
        due = sum([weighted * whole[value] for value, _, weighted in own])
        choice = [s for s in bins if room[place][s]] or bins
        # what each would have beyond its part, without the group
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
    """Splits that got no group take the one that harms least."""
    for s in placed.bins.tolist():
        if not placed.optional[s] and not placed.n_groups[s]:
            harm = placed.harm_of_moves()[s]
            source, kind = np.unravel_index(np.argmin(harm), harm.shape)
            placed.move(placed.members(int(source), int(kind), 1), s)


def _move_while_better(placed: Placement) -> None:
    """Rounds of moves: until the promise is kept, then for some rounds more."""
    for _ in range(MOST_SWEEPS):
        if not _improve(placed):
            return
    while not placed.is_fair() and _improve(placed):
        pass


def _improve(placed: Placement) -> bool:
    """Move groups while that lowers the imbalance; whether one was moved."""
    harm = placed.harm_of_moves()
    to, least = np.argmin(harm, axis=0), harm.min(axis=0)
    source, kind = np.nonzero(least < 0)
    moved = False
    for at in np.argsort(least[source, kind], kind="stable")[:MOST_TRIED].tolist():
        s, k = int(source[at]), int(kind[at])
        moved |= _move_what_pays(placed, k, s, int(to[s, k]))
    return moved


def _move_what_pays(placed: Placement, kind: int, source: int, to: int) -> bool:
    """Move as many groups of a kind as lower the imbalance most; whether any."""
    one = placed.harm(kind, source, to, 1)
    most = min(int(placed.n_free[source, kind]), int(placed.n_spare()[source]))
    if one >= 0 or most < 1:
        return False
    square = int(placed.profiles.square[kind]) * placed.scale
    best = (square - one) // (2 * square)  # where n * (one - square) + n * n * square is least
    placed.move(placed.members(source, kind, min(max(best, 1), most)), to)
    return True


def _close_sizes(placed: Placement) -> bool:
    """Move the groups that bring the sizes closest at the least harm; whether there were any."""
    size = placed.profiles.size
    n = placed.n_free.shape[0]
    miss = np.bincount(placed.split, placed.groups.size, n).astype(np.int64) - placed.asked
    less = np.abs(miss)[:, np.newaxis] - np.abs(miss[:, np.newaxis] - size)
    more = np.abs(miss)[:, np.newaxis] - np.abs(miss[:, np.newaxis] + size)
    gain = np.where(placed.may_move(), less + more[:, np.newaxis], 0)
    if gain.max(initial=0) <= 0:
        return False
    harm = placed.harm_of_moves()
    room = (placed.profiles.fair_imbalance() * placed.scale - placed.imbalance()) // 2
    gain[harm > room] = 0
    best = gain.max(initial=0)
    if best <= 0:
        return False
    harm[gain < best] = NEVER
    to, source, kind = (int(at) for at in np.unravel_index(np.argmin(harm), harm.shape))
    # of much that is missing one kind gives a part, so that no kind pays for all
    fit = min(miss[source], -miss[to]) // (SHARED * size[kind])
    n_moved = max(1, min(int(fit), int(placed.n_free[source, kind]), int(placed.n_spare()[source])))
    if placed.harm(kind, source, to, n_moved) > room:
        n_moved = 1
    placed.move(placed.members(source, kind, n_moved), to)
    return True
