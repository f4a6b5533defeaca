"""An assignment in the making, and how far it is from the ideal."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from splitlib.split.core.groups import Groups
from splitlib.split.core.profiles import Profiles

FREE = -1
"""In `held`: the group may go to any split. In `split`: the group is not placed yet."""

NEVER = np.iinfo(np.int64).max
"""The harm of moves that are not allowed."""


@dataclass(eq=False)
class Placement:
    """Where groups are so far.

    Attributes:
        profiles: The rows of each value in each group.
        asked: (s,) int64, rows asked of each split; the last split is for the unassigned.
        groups: The groups.
        held: (g,) int64, fixed splits, or `FREE`.
        split: (g,) int64, the split of each group so far, or `FREE`.
        n_free: (s, k) int64, groups of each kind in each split that are not fixed.
        n_groups: (s,) int64, groups in each split.
        off: (s, v) int64, in units of 1/scale rows: the rows that each split has of each value,
            minus its part of all rows of the value that have been placed so far.
    """

    profiles: Profiles
    asked: NDArray[np.int64]
    groups: Groups
    held: NDArray[np.int64]

    def __post_init__(self) -> None:
        n, n_splits = max(1, int(self.asked.sum())), len(self.asked)
        # a product of a group's counts and `off` has to fit into int64
        self.scale = max(1, min(2**16, 2**60 // (n * n * 2 * int(self.profiles.weight[0]))))
        self.part = self.asked * self.scale // n
        self.part[np.argmax(self.asked)] += self.scale - self.part.sum()
        self.bins = np.flatnonzero(self.asked > 0)  # a split of size 0 takes no free group
        self.split = self.held.copy()
        self.optional = np.isin(np.arange(n_splits), self.held)
        self.optional[-1] = True
        # of equal sizes in the order of the keys, of equal keys the lower group first
        self.order = np.lexsort((self.groups.key, -self.groups.size))
        free = self.order[self.held[self.order] == FREE]
        self.by_kind = free[np.argsort(self.profiles.kind[free], kind="stable")]
        kinds = np.arange(self.profiles.n_kinds + 1)
        self.kind_bounds = np.searchsorted(self.profiles.kind[self.by_kind], kinds)
        self.count_anew()

    def count_anew(self) -> NDArray[np.int64]:
        """Set `n_free`, `n_groups` and `off` from `split`; (s, v) int64, rows of each value."""
        profiles = self.profiles
        n_groups = self._table(self.split != FREE)
        self.n_free = n_groups - self._table(self.held != FREE)
        self.n_groups: NDArray[np.int64] = n_groups.sum(axis=1)
        counts = np.zeros((len(self.asked), profiles.n_values), np.int64)
        for s, of_kind in enumerate(n_groups):
            np.add.at(counts[s], profiles.value, of_kind[profiles.owner] * profiles.count)
        self.off = counts * self.scale - self.part[:, np.newaxis] * counts.sum(axis=0)
        return counts

    def _table(self, chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
        """(s, k) int64, how many of the chosen groups are of each kind in each split."""
        shape = len(self.asked), self.profiles.n_kinds
        cell = self.split[chosen] * shape[1] + self.profiles.kind[chosen]
        return np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape)

    def members(self, source: int, kind: int, n: int) -> NDArray[np.int64]:
        """The first n free groups of a kind in a split."""
        alike = self.by_kind[self.kind_bounds[kind] : self.kind_bounds[kind + 1]]
        chosen: NDArray[np.int64] = alike[self.split[alike] == source][:n]
        return chosen

    def n_spare(self) -> NDArray[np.int64]:
        """(s,) int64, groups that each split can give; a split that needs a group keeps one."""
        return self.n_groups - ~self.optional

    def may_move(self) -> NDArray[np.bool_]:
        """(t, s, k) bool, whether a group of a kind may go to split t from split s."""
        spare = (self.n_free > 0) & (self.n_spare() > 0)[:, np.newaxis]
        takes = (self.asked > 0)[:, np.newaxis] & ~np.eye(len(self.asked), dtype=np.bool_)
        return takes[:, :, np.newaxis] & spare

    def harm_of_moves(self) -> NDArray[np.int64]:
        """(t, s, k) int64, half of what a move adds to the imbalance, in 1/scale; or `NEVER`."""
        profiles = self.profiles
        pulls = np.array([profiles.pull(off[profiles.value]) for off in self.off])
        harm: NDArray[np.int64] = pulls[:, np.newaxis] - pulls + profiles.square * self.scale
        harm[~self.may_move()] = NEVER
        return harm

    def harm(self, kind: int, source: int, to: int, n: int) -> int:
        """The harm of moving n groups of a kind at once, in the units of `harm_of_moves`."""
        rows = self.profiles.rows(kind)
        value, weighted = self.profiles.value[rows], self.profiles.weighted[rows]
        pull = int(((self.off[to, value] - self.off[source, value]) * weighted).sum())
        return n * pull + n * n * int(self.profiles.square[kind]) * self.scale

    def move(self, group: NDArray[np.int64], to: int) -> None:
        """Move free groups of one kind from one split to another."""
        kind, source, n = int(self.profiles.kind[group[0]]), int(self.split[group[0]]), len(group)
        rows = self.profiles.rows(kind)
        value, count = self.profiles.value[rows], self.profiles.count[rows] * self.scale
        for s, change in ((source, -n), (to, n)):
            self.off[s, value] += change * count
            self.n_free[s, kind] += change
            self.n_groups[s] += change
        self.split[group] = to

    def imbalance(self) -> int:
        """The imbalance in units of 1/scale, so that whole numbers are enough."""
        rows = (self.off // self.scale).astype(object)  # whole rows, as objects of any size
        return int((self.off.astype(object) * rows * self.profiles.weight).sum())

    def room(self) -> int:
        """How far the imbalance is below that of a fair draw, in units of 1/scale."""
        return self.profiles.fair_imbalance() * self.scale - self.imbalance()
