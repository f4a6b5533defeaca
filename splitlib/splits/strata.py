"""Whole groups to splits, so that every split looks like the whole.

A stratum is a property of a row, such as its video or its number of animals. Each value of each
property should have the same share in every split. What is made small is the imbalance: the sum of
squares, over splits and values, of the rows that a split has of a value minus the rows that it
should have. All rows together count as one more value, as much as all properties together.

Three steps: groups that are alike are dealt in proportion; the others go, large ones first, to the
split that the rows placed so far leave most in want; then single groups move while that lowers the
imbalance, and at last while it brings the sizes closer to those asked. All sums are whole numbers,
so that every machine does the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from splitlib.errors import SplitError
from splitlib.splits.assign import UNASSIGNED, check_sizes
from splitlib.splits.groups import Groups
from splitlib.splits.profiles import Profiles, profiles_of

FREE = -1
"""In `fixed`: a group that may go to any split."""

MOST_SWEEPS, MOST_TRIED = 12, 300
"""Rounds of single moves, and groups tried in a round: the best first. More rounds gain less than
one group in a million rows, and the time of a round grows with the rows."""


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
          off by less than one group. (Moves alone give 8/3, and closing the sizes the rest.)
        - Any properties: the imbalance is never above the sum over the groups of their own squared
          counts: about what a fair draw has on average. As a rule it is a small part of that.
        - No move of one free group brings the sizes closer to those asked, unless it would break
          the promise above or take the only group of a split. Sizes count rows, not groups.
        - Every split with a size above 0 gets a group, one with size 0 no free one.
        - Independent of the order of rows and videos.

    Example:
        >>> import numpy as np
        >>> from splitlib.splits.groups import frame_groups
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
    search = _Search(profiles_of(groups, strata), asked, groups, held)
    search.deal_alike()
    search.place_rest()
    search.fill_empty()
    for _ in range(MOST_SWEEPS):
        if not search.improve():
            break
    while search.close_sizes():
        pass
    return np.where(search.split == len(sizes), UNASSIGNED, search.split)


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


@dataclass(eq=False)
class _Search:
    """An assignment in the making, and how far it is from the ideal.

    Attributes:
        profiles: What each group counts for.
        asked: (s,) int64, rows asked of each split; the last are the unassigned.
        groups: The groups.
        held: (g,) int64, fixed splits, or `FREE`.
        split: (g,) int64, the split of each group so far, or `FREE`.
        off: (s, v) int64, in units of 1/scale rows: what each split has of each value, minus its
            part of what has been placed so far.
    """

    profiles: Profiles
    asked: NDArray[np.int64]
    groups: Groups
    held: NDArray[np.int64]

    def __post_init__(self) -> None:
        n = max(1, int(self.asked.sum()))
        # products of a group's counts and `off` have to stay in int64
        self.scale = max(1, min(2**16, 2**60 // (n * n * 2 * int(self.profiles.weight[0]))))
        self.part = self.asked * self.scale // n
        self.part[np.argmax(self.asked)] += self.scale - self.part.sum()
        self.bins = np.flatnonzero(self.asked > 0)  # a split of size 0 takes no free group
        self.split = self.held.copy()
        is_last = np.arange(len(self.asked)) == len(self.asked) - 1
        self.optional = np.isin(np.arange(len(self.asked)), self.held) | is_last
        # of equal sizes in the order of the keys, of equal keys the lower group first
        self.order = np.lexsort((self.groups.key, -self.groups.size))
        self.count_anew()

    def count_anew(self) -> None:
        """Set `off` from `split`."""
        split, profiles = self.split[self.profiles.group], self.profiles
        n_values, n_splits = profiles.n_values, len(self.asked)
        placed = split != FREE
        cell = split[placed] * n_values + profiles.value[placed]
        # the weights of bincount are floats, exact to 2**53
        counts = np.bincount(cell, profiles.count[placed], n_splits * n_values).astype(np.int64)
        counts = counts.reshape(n_splits, n_values)
        self.off = counts * self.scale - self.part[:, np.newaxis] * counts.sum(axis=0)

    def deal_alike(self) -> None:
        """Groups of one profile go to the splits in proportion, as far as that comes out even."""
        free = self.order[self.split[self.order] == FREE]
        kind = np.unique(self.profiles.kind[free], return_inverse=True)[1]
        by_kind = np.argsort(kind, kind="stable")
        n_alike = np.bincount(kind)
        start = np.cumsum(n_alike) - n_alike
        position = np.arange(len(free)) - start[kind[by_kind]]
        n_alike = n_alike[kind[by_kind]]
        taken = np.zeros(len(free), np.int64)
        for s in self.bins:
            share = n_alike * self.part[s] // self.scale
            here = (position >= taken) & (position < taken + share)
            self.split[free[by_kind[here]]] = s
            taken += share
        self.count_anew()

    def place_rest(self) -> None:
        """One group after the other to the split that wants it most; of equals the first.

        A loop in Python over lists: single numbers are slow in numpy. Groups that are alike never
        come here but for a few.
        """
        off, part = self.off.tolist(), self.part.tolist()
        bins = self.bins.tolist()
        for group in self.order[self.split[self.order] == FREE].tolist():
            entries = self.profiles.entries(group)
            for value, count, _ in entries:
                for s in bins:
                    off[s][value] -= part[s] * count
            want = [sum([w * off[s][value] for value, _, w in entries]) for s in bins]
            best = bins[want.index(min(want))]
            for value, count, _ in entries:
                off[best][value] += self.scale * count
            self.split[group] = best
        self.off = np.array(off, np.int64).reshape(self.off.shape)

    def fill_empty(self) -> None:
        """Splits that got no group take the one that harms least."""
        for s in self.bins:
            if self.optional[s] or (self.split == s).any():
                continue
            harm = self.harm_of_moves()[s]
            harm[~self.may_leave()] = np.iinfo(np.int64).max
            self.move(int(np.argmin(harm)), int(s))

    def improve(self) -> bool:
        """Move groups while that lowers the imbalance; whether one was moved."""
        harm = self.harm_of_moves()
        harm[:, ~self.may_leave()] = 0
        best, least = np.argmin(harm, axis=0), harm.min(axis=0)
        todo = np.flatnonzero(least < 0)
        moved = False
        for group in todo[np.lexsort((self.groups.key[todo], least[todo]))][:MOST_TRIED].tolist():
            moved |= self.move_if_better(group, int(best[group]))
        return moved

    def close_sizes(self) -> bool:
        """Move the group that brings the sizes closest at the least harm; whether one did."""
        size, n_splits = self.groups.size, len(self.asked)
        miss = np.bincount(self.split, size, n_splits).astype(np.int64) - self.asked
        source = miss[self.split]
        gain = abs(source) - abs(source - size) + (abs(miss) - abs(np.add.outer(size, miss))).T
        gain[:, ~self.may_leave()] = 0
        gain[self.asked == 0] = 0
        gain[self.split, np.arange(len(size))] = 0
        if gain.max(initial=0) <= 0:
            return False
        harm = self.harm_of_moves()
        room = (self.profiles.fair_imbalance() * self.scale - self.imbalance()) // 2
        gain[harm > room] = 0
        best = gain.max(initial=0)
        if best <= 0:
            return False
        harm[gain < best] = np.iinfo(np.int64).max
        to, group = np.unravel_index(np.argmin(harm), harm.shape)
        self.move(int(group), int(to))
        return True

    def imbalance(self) -> int:
        """In units of 1/scale, so that whole numbers do."""
        rows = (self.off // self.scale).astype(object)  # whole rows, and beyond int64 if need be
        return int((self.off.astype(object) * rows * self.profiles.weight).sum())

    def may_leave(self) -> NDArray[np.bool_]:
        """(g,) groups that are free, and not the only one of a split that needs one."""
        n_groups = np.bincount(self.split, minlength=len(self.asked))
        can_spare: NDArray[np.bool_] = (n_groups > 1) | self.optional
        may: NDArray[np.bool_] = (self.held == FREE) & can_spare[self.split]
        return may

    def harm_of_moves(self) -> NDArray[np.int64]:
        """(s, g) int64, half of what a move adds to the imbalance, in units of 1/scale.

        0 for staying; the largest number for splits that take no group.
        """
        harm = np.full((len(self.asked), len(self.split)), np.iinfo(np.int64).max)
        pull = self.profiles.pull
        here = pull(self.off[self.split[self.profiles.group], self.profiles.value])
        for s in self.bins:
            there = pull(self.off[s][self.profiles.value])
            harm[s] = there - here + self.profiles.square * self.scale
        harm[self.split, np.arange(len(self.split))] = 0
        return harm

    def move_if_better(self, group: int, to: int) -> bool:
        """Move a group if that still lowers the imbalance."""
        source = self.split[group]
        if not self.optional[source] and np.count_nonzero(self.split == source) == 1:
            return False
        rows = slice(*self.profiles.bounds[group : group + 2])
        value, weighted = self.profiles.value[rows], self.profiles.weighted[rows]
        pull = ((self.off[to, value] - self.off[source, value]) * weighted).sum()
        if pull + self.profiles.square[group] * self.scale >= 0:
            return False
        self.move(group, to)
        return True

    def move(self, group: int, to: int) -> None:
        """Move a group."""
        rows = slice(*self.profiles.bounds[group : group + 2])
        value, count = self.profiles.value[rows], self.profiles.count[rows] * self.scale
        self.off[self.split[group], value] -= count
        self.off[to, value] += count
        self.split[group] = to
