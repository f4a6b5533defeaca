"""Assignment: whole groups, sizes as asked or the closest, whatever the order of the file."""

import itertools
from collections.abc import Iterator

import numpy as np
import pytest
from drawn import tries
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from splitlib.errors import SplitError
from splitlib.split.core.exact import UNASSIGNED, assign_exact
from splitlib.split.core.groups import Groups, block_groups, frame_groups
from splitlib.split.core.refine import refine
from splitlib.split.core.sizes import split_sizes

Column = NDArray[np.int64]


def groups_of(sizes: list[int], seed: int = 0) -> Groups:
    """Groups of these sizes with random keys."""
    key = np.random.default_rng(seed).permutation(len(sizes)).astype(np.uint64)
    size = np.array(sizes, np.int64)
    return Groups(group=np.repeat(np.arange(len(sizes)), size), size=size, key=key)


def filled(groups: Groups, split: Column, n_splits: int) -> list[int]:
    """Rows in each split."""
    return [int(groups.size[split == number].sum()) for number in range(n_splits)]


def distance(groups: Groups, split: Column, sizes: list[int]) -> int:
    """Rows too many and too few over all splits and the unassigned."""
    asked = [*sizes, int(groups.size.sum()) - sum(sizes)]
    got = [*filled(groups, split, len(sizes)), int(groups.size[split == UNASSIGNED].sum())]
    return sum(abs(a - b) for a, b in zip(asked, got, strict=True))


def least_distance(groups: Groups, sizes: list[int]) -> int:
    """The distance of the best of all assignments that are allowed."""
    asked = np.array([*range(len(sizes)), UNASSIGNED])
    needed = {number for number, size in enumerate(sizes) if size > 0}
    barred = {number for number, size in enumerate(sizes) if size == 0}
    return min(
        distance(groups, np.array(split), sizes)
        for split in itertools.product(asked.tolist(), repeat=len(groups.size))
        if needed <= set(split) and not barred & set(split)
    )


@st.composite
def problems(
    draw: st.DrawFn, most_groups: int, most_rows: int, least_groups: int = 1
) -> tuple[Groups, list[int]]:
    """Groups, and sizes of one to three splits that they can fill."""
    group_sizes = draw(
        st.lists(st.integers(1, most_rows), min_size=least_groups, max_size=most_groups)
    )
    n_rows = sum(group_sizes)
    cuts = sorted(draw(st.lists(st.integers(0, n_rows), min_size=1, max_size=3)))
    sizes = [high - low for low, high in itertools.pairwise([0, *cuts])]
    while sum(size > 0 for size in sizes) > len(group_sizes):
        sizes[sizes.index(max(sizes))] = 0
    return groups_of(group_sizes, draw(st.integers(0, 99))), sizes


# group sizes, sizes asked, sizes got
CASES: dict[str, tuple[list[int], list[int], list[int]]] = {
    "equal groups": ([10] * 10, [80, 10, 10], [80, 10, 10]),
    "sizes between groups": ([10] * 10, [78, 11, 11], [80, 10, 10]),
    "one odd group is needed": ([10, 10, 10, 10, 3], [33, 10], [33, 10]),
    "all groups too large for a split": ([10, 20, 30], [57, 3], [50, 10]),
    "one group for each split": ([5, 1, 1], [5, 1, 1], [5, 1, 1]),
    "the largest split is not the first": ([10] * 10, [10, 20, 70], [10, 20, 70]),
    "an empty split": ([10] * 5, [40, 0, 10], [40, 0, 10]),
    "all splits empty": ([10] * 5, [0, 0], [0, 0]),
    "some unassigned": ([10] * 10, [50, 20], [50, 20]),
    "most unassigned": ([10] * 10, [10, 20], [10, 20]),
    "the only group goes to a split": ([10], [1], [10]),
    "later splits find a group": ([1, 1, 8], [4, 3, 3], [8, 1, 1]),
    "no groups, nothing asked": ([], [0, 0, 0], [0, 0, 0]),
    "one split": ([3, 4], [7], [7]),
}


@pytest.mark.parametrize(("group_sizes", "asked", "got"), CASES.values(), ids=CASES.keys())
@pytest.mark.parametrize("seed", range(5))
def test_sizes(group_sizes: list[int], asked: list[int], got: list[int], seed: int) -> None:
    groups = groups_of(group_sizes, seed)
    split = assign_exact(groups, asked)
    assert filled(groups, split, len(asked)) == got


REFUSED: dict[str, tuple[list[int], list[int], str]] = {
    "fewer groups than splits": ([50, 50], [80, 10, 10], "3 splits.*only 2 groups.*block_length"),
    "no groups": ([], [1], "sum to at most 0 frames"),
    "more than there is": ([5, 5], [8, 3], r"at most 10 frames, got \[8, 3\]"),
    "negative": ([5, 5], [8, -3], r"got \[8, -3\]"),
}


@pytest.mark.parametrize(("group_sizes", "asked", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_impossible_is_refused(
    group_sizes: list[int], asked: list[int], message: str
) -> None:
    with pytest.raises(SplitError, match=message):
        assign_exact(groups_of(group_sizes), asked)


@given(problems(most_groups=60, most_rows=1))
def test_single_frames_are_split_exactly_in_slices_of_the_rank_order(
    problem: tuple[Groups, list[int]],
) -> None:
    groups, sizes = problem
    split = assign_exact(groups, sizes)[np.argsort(groups.key)]
    assert filled(groups, split, len(sizes)) == sizes
    assert sum(split[1:] != split[:-1]) < sum(np.bincount(split + 1) > 0)


def test_the_test_split_stays_when_train_and_val_trade_frames() -> None:
    groups = groups_of([1] * 100)
    splits = [assign_exact(groups, sizes) for sizes in ([80, 10, 10], [60, 30, 10], [70, 0, 10])]
    test = [np.flatnonzero(split == 2).tolist() for split in splits]
    assert test[0] == test[1] == test[2]


@given(problems(most_groups=12, most_rows=20))
def test_a_split_has_groups_exactly_when_frames_are_asked_for_it(
    problem: tuple[Groups, list[int]],
) -> None:
    groups, sizes = problem
    split = assign_exact(groups, sizes)
    assert set(split.tolist()) - {UNASSIGNED} == {n for n, size in enumerate(sizes) if size > 0}


@given(problems(most_groups=7, most_rows=30))
def test_few_groups_come_as_close_to_the_sizes_as_any_assignment(
    problem: tuple[Groups, list[int]],
) -> None:
    groups, sizes = problem
    assert distance(groups, assign_exact(groups, sizes), sizes) == least_distance(groups, sizes)


@given(
    st.lists(st.integers(1, 1000), min_size=12, max_size=12),
    st.lists(st.integers(0, 2), min_size=9, max_size=9),
)
@tries(25)
def test_twelve_groups_meet_three_sizes_that_they_can_meet(
    group_sizes: list[int], somewhere: list[int]
) -> None:
    groups = groups_of(group_sizes)
    sizes = filled(groups, np.array([0, 1, 2, *somewhere]), 3)
    assert filled(groups, assign_exact(groups, sizes), 3) == sizes


@given(st.lists(st.integers(1, 50), min_size=100, max_size=200), st.integers(0, 9))
def test_many_groups_of_many_sizes_meet_the_sizes(group_sizes: list[int], seed: int) -> None:
    groups = groups_of([*group_sizes, 1, 1], seed)
    sizes = list(split_sizes(sum(group_sizes) + 2, [0.8, 0.1, 0.1]))
    assert filled(groups, assign_exact(groups, sizes), 3) == sizes


@given(
    st.lists(st.sampled_from([6, 10, 15, 30]), min_size=14, max_size=40),
    st.lists(st.integers(30, 60), min_size=1, max_size=2),
    st.booleans(),
)
def test_no_split_is_off_by_more_than_its_part_of_the_largest_group(
    group_sizes: list[int], small: list[int], unassigned: bool
) -> None:
    groups, rest = groups_of([30, *group_sizes]), sum(group_sizes) + 30 - sum(small)
    sizes = small if unassigned else [max(rest, 30), *small]
    assume(sum(sizes) <= groups.size.sum())
    got = filled(groups, assign_exact(groups, sizes), len(sizes))
    n_splits = len(small) + 1
    off = [abs(a - b) for a, b in zip(got, sizes, strict=True)]
    assert max(off) <= 30 * (n_splits - 1) / n_splits


def neighbours(split: Column, numbers: list[int]) -> Iterator[Column]:
    """All assignments that one move or one swap makes."""
    for one in range(len(split)):
        for number in numbers:
            yield np.where(np.arange(len(split)) == one, number, split)
    for one, other in itertools.combinations(range(len(split)), 2):
        swapped = split.copy()
        swapped[[one, other]] = split[[other, one]]
        yield swapped


@given(problems(least_groups=20, most_groups=25, most_rows=10**6))
@tries(20)
def test_no_move_and_no_swap_comes_closer(problem: tuple[Groups, list[int]]) -> None:
    groups, sizes = problem
    split = assign_exact(groups, sizes)
    needed = [number for number, size in enumerate(sizes) if size > 0]
    found = distance(groups, split, sizes)
    for neighbour in neighbours(split, [*needed, UNASSIGNED]):
        assert not set(needed) <= set(neighbour.tolist()) or (
            distance(groups, neighbour, sizes) >= found
        )


rows = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 99)), min_size=10, max_size=60)


@given(rows, st.integers(0, 99))
def test_the_order_of_rows_and_videos_changes_no_assignment(
    pairs: list[tuple[int, int]], seed: int
) -> None:
    video, frame_idx = np.array(pairs).T
    keys = ["d", "a", "c", "b"]
    order = np.random.default_rng(seed).permutation(len(pairs))
    sizes = split_sizes(len(pairs), [0.6, 0.2, 0.1])
    groups = block_groups(7, keys, video, frame_idx, block_length=4)
    again = block_groups(7, keys[::-1], 3 - video[order], frame_idx[order], block_length=4)
    if len(groups.size) >= 3:
        split = assign_exact(groups, sizes)[groups.group]
        assert assign_exact(again, sizes)[again.group].tolist() == split[order].tolist()


def test_groups_with_equal_keys_are_split_by_their_number() -> None:
    groups = Groups(np.arange(500), np.ones(500, np.int64), np.full(500, 7, np.uint64))
    groups.key[::50] = 8
    split = assign_exact(groups, [400, 60, 40])
    by_number = np.argsort(np.arange(500) % 50 == 0, kind="stable")
    assert split[by_number].tolist() == [2] * 40 + [1] * 60 + [0] * 400


def test_the_assignment_of_frames_is_pinned() -> None:
    video, frame_idx = np.array([0, 0, 0, 0, 0, 1, 1, 1, 1, 1]), np.arange(10)
    groups = frame_groups(42, ["a.mp4", "b.mp4"], video, frame_idx)
    assert assign_exact(groups, [8, 1, 1]).tolist() == [0, 1, 2, 0, 0, 0, 0, 0, 0, 0]


def test_the_assignment_of_blocks_of_many_sizes_is_pinned() -> None:
    video, frame_idx = np.repeat([0, 1], 20), np.tile(np.arange(20) ** 2, 2)
    groups = block_groups(42, ["a.mp4", "b.mp4"], video, frame_idx, block_length=30)
    split = assign_exact(groups, [30, 6, 4])
    assert "".join(map(str, split)) == "000100020110020100011200"


def test_the_closest_assignment_of_few_groups_is_pinned() -> None:
    size = np.array([9, 7, 7, 5, 4, 3, 8])
    groups = Groups(np.repeat(np.arange(7), size), size, np.arange(7, dtype=np.uint64))
    assert assign_exact(groups, [20, 12, 11]).tolist() == [0, 1, 0, 1, 0, 2, 2]


def test_over_many_seeds_each_group_is_as_often_in_test_as_its_equals() -> None:
    video, frame_idx = np.zeros(10, np.int64), np.arange(10)
    counts = np.zeros(10, np.int64)
    for seed in range(1000):
        groups = frame_groups(seed, ["a.mp4"], video, frame_idx)
        counts += assign_exact(groups, [8, 1, 1]) == 2
    assert np.abs(counts - 100).max() < 5 * np.sqrt(1000 * 0.1 * 0.9)


# group sizes in rank order, split of each, targets, refined
REFINED: dict[str, tuple[list[int], list[int], list[int], list[int]]] = {
    "a move": ([3, 2, 4], [0, 0, 0], [7, 2, 0], [0, 1, 0]),
    "a swap of the last there and the first here": (
        [2, 2, 3, 3],
        [0, 0, 1, 1],
        [5, 5, 0],
        [1, 0, 1, 0],
    ),
    "a move to the unassigned": ([3, 2, 4], [0, 0, 0], [7, 2], [0, 1, 0]),
    "a new deal, of equals the first in rank order": (
        [8, 4, 2, 8, 3, 5],
        [0, 1, 0, 0, 0, 0],
        [20, 10, 0],
        [0, 0, 1, 0, 1, 1],
    ),
    "nothing to gain": ([10, 10], [0, 1], [11, 9, 0], [0, 1]),
}


@pytest.mark.parametrize(
    ("size", "split", "target", "refined"), REFINED.values(), ids=REFINED.keys()
)
def test_refine(size: list[int], split: list[int], target: list[int], refined: list[int]) -> None:
    given_split = np.array(split)
    assert refine(np.array(size), given_split, np.array(target)).tolist() == refined
    assert given_split.tolist() == split  # the caller's array stays as it is


def test_moves_and_swaps_are_tried_again_after_a_new_deal() -> None:
    size = np.array([127, 127, 232, 150, 247, 131, 40, 250, 91, 25, 242, 269, 194, 229])
    dealt_once = np.array([0, 1, 2, 0, 2, 2, 0, 1, 2, 1, 0, 1, 0, 0])
    target = np.array([1881, 235, 238, 0])
    split = refine(size, dealt_once, target)
    off = np.abs(np.bincount(split, size, 4) - target).sum()
    for neighbour in neighbours(split, [0, 1, 2]):
        assert np.abs(np.bincount(neighbour, size, 4) - target).sum() >= off
