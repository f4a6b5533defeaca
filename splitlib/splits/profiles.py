"""Profiles: how many rows of each value of each property a group holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from splitlib.splits.groups import Groups
from splitlib.splits.hashing import mix


@dataclass(frozen=True, eq=False)
class Profiles:
    """The profiles of g groups, as m entries that are not 0.

    Value 0 stands for all rows together, and weighs as much as all properties.

    Attributes:
        bounds: (g + 1,) int64, where the entries of each group start and end.
        group: (m,) int64, ascending.
        value: (m,) int64, values of all properties, numbered on.
        count: (m,) int64, rows, >= 1.
        weight: (v,) int64, of each value.
    """

    bounds: NDArray[np.int64]
    group: NDArray[np.int64]
    value: NDArray[np.int64]
    count: NDArray[np.int64]
    weight: NDArray[np.int64]

    @property
    def n_values(self) -> int:
        """Values of all properties."""
        return len(self.weight)

    @cached_property
    def weighted(self) -> NDArray[np.int64]:
        """(m,) int64, count times weight."""
        return self.count * self.weight[self.value]

    @cached_property
    def square(self) -> NDArray[np.int64]:
        """(g,) int64, the weighted sum of squared counts."""
        return self.pull(self.count)

    @cached_property
    def kind(self) -> NDArray[np.uint64]:
        """(g,) uint64, equal for groups of one profile.

        A sum of hashes, so that the order of the entries is no matter. Should two profiles ever
        share one, the assignment is a little less even, and still keeps its promises.
        """
        entry = mix(self.value.astype(np.uint64) + mix(self.count.astype(np.uint64)))
        return np.add.reduceat(entry, self.bounds[:-1]) if len(entry) else entry

    def pull(self, column: NDArray[np.int64]) -> NDArray[np.int64]:
        """(g,) int64, the weighted sum of a column of the entries, for each group."""
        product = column * self.weighted
        return np.add.reduceat(product, self.bounds[:-1]) if len(product) else product

    def fair_imbalance(self) -> int:
        """The imbalance that no assignment should exceed: the squares of all groups."""
        return int(self.square.sum(dtype=object))

    def entries(self, group: int) -> list[tuple[int, int, int]]:
        """Value, count, and count times weight, for a group."""
        lists, bounds = self._lists
        return lists[bounds[group] : bounds[group + 1]]

    @cached_property
    def _lists(self) -> tuple[list[tuple[int, int, int]], list[int]]:
        columns = (self.value.tolist(), self.count.tolist(), self.weighted.tolist())
        return list(zip(*columns, strict=True)), self.bounds.tolist()


def profiles_of(groups: Groups, strata: Sequence[NDArray[np.int64]]) -> Profiles:
    """The profiles of groups under some properties.

    Args:
        groups: The groups of n rows.
        strata: For each property (n,) int64, its value in each row.

    Example:
        >>> import numpy as np
        >>> groups = Groups(np.array([0, 0, 1]), np.array([2, 1]), np.zeros(2, np.uint64))
        >>> profiles = profiles_of(groups, [np.array([7, 9, 9])])
        >>> [profiles.entries(group) for group in range(2)]
        [[(0, 2, 2), (1, 1, 1), (2, 1, 1)], [(0, 1, 1), (2, 1, 1)]]
    """
    n_groups = len(groups.size)
    columns = [(np.arange(n_groups), np.zeros(n_groups, np.int64), groups.size)]
    n_values = 1
    for stratum in strata:
        values, value = np.unique(stratum, return_inverse=True)
        cell, count = np.unique(groups.group * len(values) + value, return_counts=True)
        group, value = np.divmod(cell, max(1, len(values)))
        columns.append((group, value + n_values, count))
        n_values += len(values)
    group, value, count = (np.concatenate(parts) for parts in zip(*columns, strict=True))
    order = np.lexsort((value, group))
    weight = np.ones(n_values, np.int64)
    weight[0] = max(1, len(strata))
    bounds = np.searchsorted(group[order], np.arange(n_groups + 1))
    return Profiles(bounds, group[order], value[order], count[order], weight)
