"""Profiles: how many rows of each value of each property a group holds.

Groups of one profile are of one kind: it makes no difference which of them is moved. A million
frames are of a few thousand kinds, so a search over kinds is fast.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from splitlib.split.core.groups import Groups
from splitlib.split.core.hashing import mix


@dataclass(frozen=True, eq=False)
class Profiles:
    """The profiles of g groups of k kinds, as m entries that are not 0.

    Value 0 stands for all rows together, and weighs as much as all properties. Kinds are numbered
    by a hash of their entries, so independently of the order of rows. If two profiles ever share
    their 64 bits, their groups count as alike.

    Attributes:
        kind: (g,) int64, the kind of each group.
        bounds: (k + 1,) int64, where the entries of each kind start and end.
        value: (m,) int64, values of all properties, numbered one property after the other.
        count: (m,) int64, rows, >= 1.
        weight: (v,) int64, the weight of each value.
        is_mixed: (v,) bool, whether the property of the value varies within a group.
    """

    kind: NDArray[np.int64]
    bounds: NDArray[np.int64]
    value: NDArray[np.int64]
    count: NDArray[np.int64]
    weight: NDArray[np.int64]
    is_mixed: NDArray[np.bool_]

    @property
    def n_kinds(self) -> int:
        """Kinds of groups."""
        return len(self.bounds) - 1

    @property
    def n_values(self) -> int:
        """Values of all properties."""
        return len(self.weight)

    @cached_property
    def owner(self) -> NDArray[np.int64]:
        """(m,) int64, the kind of each entry."""
        return np.repeat(np.arange(self.n_kinds), np.diff(self.bounds))

    @cached_property
    def weighted(self) -> NDArray[np.int64]:
        """(m,) int64, count times weight."""
        return self.count * self.weight[self.value]

    @cached_property
    def square(self) -> NDArray[np.int64]:
        """(k,) int64, the weighted sum of squared counts."""
        return self.pull(self.count)

    @cached_property
    def size(self) -> NDArray[np.int64]:
        """(k,) int64, rows in a group of each kind."""
        return self.count[self.bounds[:-1]]  # value 0 comes first

    @cached_property
    def cell(self) -> NDArray[np.int64]:
        """(k,) int64, equal for kinds of one size that agree in all properties that are not mixed.

        A swap of two groups of one cell leaves sizes and those properties as they are.
        """
        return self._alike(self.count)

    @cached_property
    def neighbourhood(self) -> NDArray[np.int64]:
        """(k,) int64, as `cell`, but for kinds of any size."""
        return self._alike(np.ones_like(self.count))

    def _alike(self, count: NDArray[np.int64]) -> NDArray[np.int64]:
        """(k,) int64, equal for kinds that have equal `count` in all entries that are not mixed."""
        word = np.where(self.is_mixed[self.value], np.uint64(0), _words(self.value, count))
        return np.unique(self._sums(word), return_inverse=True)[1].astype(np.int64)

    @property
    def plain_weight(self) -> int:
        """The weight of all values of a group that are not mixed, which is the same for all."""
        value = self.value[self.owner == 0]
        return int(self.weight[value[~self.is_mixed[value]]].sum())

    @cached_property
    def mixed(self) -> NDArray[np.int64]:
        """(k, w) int64, the counts of the w mixed values that several kinds have."""
        chosen = self.is_mixed & self._is_shared
        entry = np.flatnonzero(chosen[self.value])
        column = np.cumsum(chosen)[self.value[entry]] - 1
        table = np.zeros((self.n_kinds, np.count_nonzero(chosen)), np.int64)
        table[self.owner[entry], column] = self.count[entry]
        return table

    @cached_property
    def lone_square(self) -> NDArray[np.int64]:
        """(k,) int64, the sum of squared counts of the mixed values that no other kind has.

        Thousands of videos of a few animals are such values, too many for a table.
        """
        lone = (self.is_mixed & ~self._is_shared)[self.value]
        result = np.zeros(self.n_kinds, np.int64)
        np.add.at(result, self.owner[lone], self.count[lone] ** 2)
        return result

    @cached_property
    def _is_shared(self) -> NDArray[np.bool_]:
        """(v,) bool, whether several kinds have a value."""
        return np.bincount(self.value, minlength=self.n_values) > 1

    def pull(self, column: NDArray[np.int64]) -> NDArray[np.int64]:
        """(k,) int64, the weighted sum of a column of the entries, for each kind."""
        return self._sums(column * self.weighted)

    def _sums(self, column: NDArray[Any]) -> NDArray[Any]:
        """(k,), the sum of a column of the entries, for each kind."""
        return np.add.reduceat(column, self.bounds[:-1]) if len(column) else column

    def rows(self, kind: int) -> slice:
        """Where the entries of a kind are."""
        return slice(int(self.bounds[kind]), int(self.bounds[kind + 1]))

    def fair_imbalance(self) -> int:
        """The imbalance that no assignment should exceed: the sum of the squares of all groups."""
        n_alike = np.bincount(self.kind, minlength=self.n_kinds)
        return int((self.square.astype(object) * n_alike).sum())


def profiles_of(groups: Groups, strata: Sequence[NDArray[np.int64]]) -> Profiles:
    """The profiles of groups; a stratum is (n,) int64, the value of a property in each row.

    Example:
        >>> import numpy as np
        >>> groups = Groups(np.array([0, 0, 1]), np.array([2, 1]), np.zeros(2, np.uint64))
        >>> profiles = profiles_of(groups, [np.array([7, 9, 9])])
        >>> profiles.size[profiles.kind].tolist(), profiles.mixed[profiles.kind].tolist()
        ([2, 1], [[1], [1]])
    """
    group, value, count, is_mixed = _entries(groups, strata)
    word = np.zeros(len(groups.size), np.uint64)
    np.add.at(word, group, _words(value, count))
    _, head, kind = np.unique(word, return_index=True, return_inverse=True)
    # the first group of each kind gives the entries of the kind
    number = np.full(len(groups.size), -1)
    number[head] = np.arange(len(head))
    entry = np.flatnonzero(number[group] >= 0)
    entry = entry[np.argsort(number[group[entry]], kind="stable")]
    bounds = np.searchsorted(number[group[entry]], np.arange(len(head) + 1))
    weight = np.ones(len(is_mixed), np.int64)
    weight[0] = max(1, len(strata))
    return Profiles(kind.astype(np.int64), bounds, value[entry], count[entry], weight, is_mixed)


def _entries(
    groups: Groups, strata: Sequence[NDArray[np.int64]]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Group, value and rows of each pair of group and value that occurs; and `is_mixed`."""
    n_groups = len(groups.size)
    parts = [(np.arange(n_groups), np.zeros(n_groups, np.int64), groups.size)]
    is_mixed = np.zeros(1, np.bool_)
    for stratum in strata:
        values, value = np.unique(stratum, return_inverse=True)
        cell, count = np.unique(groups.group * len(values) + value, return_counts=True)
        group, value = np.divmod(cell, max(1, len(values)))
        parts.append((group, value + len(is_mixed), count))
        is_mixed = np.append(is_mixed, np.full(len(values), len(group) > n_groups))
    group, value, count = (np.concatenate(part) for part in zip(*parts, strict=True))
    return group, value, count, is_mixed


def _words(value: NDArray[np.int64], count: NDArray[np.int64]) -> NDArray[np.uint64]:
    """A hash of each entry; a sum of hashes does not depend on the order of the entries."""
    return mix(value.astype(np.uint64) + mix(count.astype(np.uint64)))
