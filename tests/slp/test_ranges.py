import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from splitlib.slp.ranges import among_frames, bounds, expand, gather, positions_of

PLAIN = np.dtype([("x", "<f8"), ("visible", "?")])
WITH_OBJECTS = np.dtype([("x", "<f8"), ("who", "O")])

ranges = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 4)), max_size=8)


def table(n: int, dtype: np.dtype[np.void] = PLAIN) -> NDArray[np.void]:
    rows = np.zeros(n, dtype)
    rows["x"] = np.arange(n)
    return rows


def start_and_end(pairs: list[tuple[int, int]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    start = np.array([first for first, _ in pairs], np.int64)
    return start, start + np.array([length for _, length in pairs], np.int64)


@given(ranges)
def test_expand_gives_the_rows_one_range_after_the_other(pairs: list[tuple[int, int]]) -> None:
    expected = [row for first, length in pairs for row in range(first, first + length)]
    assert expand(*start_and_end(pairs)).tolist() == expected


@given(ranges)
def test_gather_is_indexing_by_the_expanded_rows(pairs: list[tuple[int, int]]) -> None:
    rows = table(14)
    found = gather(rows, *start_and_end(pairs))
    np.testing.assert_array_equal(found, rows[expand(*start_and_end(pairs))])


@given(
    length=st.integers(0, 4),
    items=st.lists(st.integers(0, 4), max_size=6),
    offset=st.integers(0, 1),
    surplus=st.integers(0, 3),
)
def test_gather_of_equal_ranges_is_indexing_too(
    length: int, items: list[int], offset: int, surplus: int
) -> None:
    rows = table(6 * length + offset + surplus)
    start = np.array(items, np.int64) * length + offset
    found = gather(rows, start, start + length)
    np.testing.assert_array_equal(found, rows[expand(start, start + length)])
    assert found.dtype == PLAIN


@pytest.mark.parametrize("step", [1, 2, -1], ids=["contiguous", "strided", "reversed"])
def test_gather_takes_tables_however_they_lie_in_memory(step: int) -> None:
    rows = table(12)[::step]
    start = np.array([2, 0], np.int64)
    np.testing.assert_array_equal(gather(rows, start, start + 2), rows[[2, 3, 0, 1]])


def test_gather_takes_rows_with_texts() -> None:
    rows = table(4, WITH_OBJECTS)
    rows["who"] = ["a", "b", "c", "d"]
    start = np.array([2, 0], np.int64)
    assert gather(rows, start, start + 2)["who"].tolist() == ["c", "d", "a", "b"]


def test_gather_gives_rows_of_its_own() -> None:
    rows = table(4)
    found = gather(rows, np.array([0]), np.array([4]))
    found["x"] = -1
    assert rows["x"].tolist() == [0, 1, 2, 3]


@given(st.lists(st.integers(0, 9), max_size=9))
def test_bounds_are_running_sums(lengths: list[int]) -> None:
    expected = [sum(lengths[:at]) for at in range(len(lengths) + 1)]
    assert bounds(np.array(lengths, np.int64)).tolist() == expected


@given(st.permutations(range(8)), st.integers(0, 8))
def test_positions_of_inverts_a_selection(order: list[int], n: int) -> None:
    chosen = order[:n]
    expected = [chosen.index(row) if row in chosen else -1 for row in range(8)]
    assert positions_of(np.array(chosen, np.int64), 8).tolist() == expected


frames = st.lists(st.tuples(st.integers(-1, 3), st.integers(-1, 3)), max_size=8)


@given(frames, frames)
def test_among_frames_is_membership_of_pairs(
    ours: list[tuple[int, int]], others: list[tuple[int, int]]
) -> None:
    columns = [np.array(pairs, np.int64).reshape(-1, 2).T for pairs in (ours, others)]
    found = among_frames(*columns[0], *columns[1])
    assert found.tolist() == [pair in others for pair in ours]
