"""Strata: the same shares in every split, within the bounds that are promised."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from splitlib.errors import SplitError
from splitlib.splits.groups import Groups
from splitlib.splits.profiles import profiles_of
from splitlib.splits.sizes import split_sizes
from splitlib.splits.strata import assign_strata

Column = NDArray[np.int64]
FRACTIONS = ([0.8, 0.1, 0.1], [0.5, 0.3, 0.2], [0.6, 0.4, 0], [0.4, 0.2, 0.2])


@st.composite
def problems(draw: st.DrawFn, *, pure: bool) -> tuple[Groups, list[Column], list[int]]:
    """Groups, one or two columns, and sizes."""
    size = np.array(draw(st.lists(st.integers(1, 9), min_size=4, max_size=60)), np.int64)
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    group = np.repeat(np.arange(len(size)), size)
    key = rng.permutation(len(size)).astype(np.uint64)
    n_values = draw(st.integers(1, 6))
    columns = [rng.integers(0, n_values, len(size))[group]]
    if not pure:
        columns.append(rng.integers(0, 3, len(group)))
    fractions = draw(st.sampled_from(FRACTIONS))
    return Groups(group, size, key), columns, list(split_sizes(len(group), fractions))


def off_by_value(
    groups: Groups, column: Column, sizes: list[int], split: Column
) -> NDArray[np.float64]:
    """How far each split is from its part of each value, in rows."""
    whole, rows = np.bincount(column), split[groups.group]
    parts = [np.bincount(column[rows == s], minlength=len(whole)) for s in range(len(sizes))]
    ideal = np.outer(sizes, whole) / len(column)
    result: NDArray[np.float64] = np.array(parts) - ideal
    return result


@given(problems(pure=True))
def test_a_value_is_off_by_four_times_the_largest_group_at_most(
    problem: tuple[Groups, list[Column], list[int]],
) -> None:
    groups, columns, sizes = problem
    split = assign_strata(groups, sizes, columns)
    off = off_by_value(groups, columns[0], sizes, split)
    assert np.abs(off).max() <= 4 * groups.size.max()


@given(problems(pure=False))
def test_the_imbalance_is_never_above_that_of_a_fair_draw(
    problem: tuple[Groups, list[Column], list[int]],
) -> None:
    groups, columns, sizes = problem
    split = assign_strata(groups, sizes, columns)
    everything = [(np.zeros_like(columns[0]), len(columns)), *((c, 1) for c in columns)]
    imbalance = sum(
        weight * (off_by_value(groups, column, sizes, split) ** 2).sum()
        for column, weight in everything
    )
    assert imbalance <= profiles_of(groups, columns).fair_imbalance() * 1.01


@given(problems(pure=False), st.integers(0, 99))
def test_the_order_of_rows_changes_nothing(
    problem: tuple[Groups, list[Column], list[int]], seed: int
) -> None:
    groups, columns, sizes = problem
    split = assign_strata(groups, sizes, columns)
    order = np.random.default_rng(seed).permutation(len(groups.group))
    shuffled = Groups(groups.group[order], groups.size, groups.key)
    again = assign_strata(shuffled, sizes, [column[order] for column in columns])
    assert again.tolist() == split.tolist()


@given(problems(pure=False))
def test_every_split_that_asks_for_rows_gets_a_group_and_no_other(
    problem: tuple[Groups, list[Column], list[int]],
) -> None:
    groups, columns, sizes = problem
    split = assign_strata(groups, sizes, columns)
    assert set(split.tolist()) - {-1} == {s for s, size in enumerate(sizes) if size}


@given(problems(pure=False), st.integers(0, 3))
def test_fixed_groups_stay(problem: tuple[Groups, list[Column], list[int]], n: int) -> None:
    groups, columns, sizes = problem
    fixed = np.full(len(groups.size), -1)
    fixed[:n] = 0
    assert assign_strata(groups, sizes, columns, fixed=fixed)[:n].tolist() == [0] * n


def test_single_frames_are_as_even_as_can_be_and_sizes_exact() -> None:
    value = np.repeat([0, 1, 2], [500, 300, 200])
    key = np.random.default_rng(0).permutation(1000).astype(np.uint64)
    groups = Groups(np.arange(1000), np.ones(1000, np.int64), key)
    split = assign_strata(groups, [800, 100, 100], [value])
    table = [np.bincount(value[split == s]).tolist() for s in range(3)]
    assert table == [[400, 240, 160], [50, 30, 20], [50, 30, 20]]


def test_a_column_of_another_length_is_refused() -> None:
    groups = Groups(np.arange(3), np.ones(3, np.int64), np.arange(3, dtype=np.uint64))
    with pytest.raises(SplitError, match="has 2 values, expected one for each of the 3 rows"):
        assign_strata(groups, [1, 1, 1], [np.zeros(2, np.int64)])
