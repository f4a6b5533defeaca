"""Stable splits, folds, track groups, and what a lock decides."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from splitlib.errors import SplitError
from splitlib.split.core.folds import assign_folds, stable_folds
from splitlib.split.core.gap import gap_violations
from splitlib.split.core.groups import Groups, block_groups, frame_groups
from splitlib.split.core.hashing import frame_keys
from splitlib.split.core.lock import follow_locked, gap_violations_around, matching_rows, sizes_left
from splitlib.split.core.stable import assign_stable
from splitlib.split.core.track_groups import track_groups


@given(st.lists(st.integers(0, 2**64 - 1), max_size=30), st.integers(0, 30))
def test_stable_depends_on_the_key_alone(keys: list[int], n: int) -> None:
    key = np.array(keys, np.uint64)
    whole = assign_stable(key, [-1, 0.1, 0.2])
    assert assign_stable(key[:n], [-1, 0.1, 0.2]).tolist() == whole[:n].tolist()


def test_stable_sizes_are_near_those_asked() -> None:
    n = 20_000
    key = frame_keys(1, ["a"], np.zeros(n, np.int64), np.arange(n))
    split = assign_stable(key, [0.5, 0.2, 0.1])
    got = [(split == s).sum() for s in (-1, 0, 1, 2)]
    assert np.abs(np.array(got) - n * np.array([0.2, 0.5, 0.2, 0.1])).max() < 2 * np.sqrt(n / 4)


@pytest.mark.parametrize("fractions", [[1, 0, 0], [0, 1, 0], [0, 0, 1]])
def test_stable_gives_all_to_a_fraction_of_1(fractions: list[float]) -> None:
    key = np.array([0, 2**63, 2**64 - 1], np.uint64)
    assert assign_stable(key, fractions).tolist() == [fractions.index(1)] * 3


def test_stable_test_split_stays_when_train_and_val_trade_frames() -> None:
    key = frame_keys(1, ["a"], np.zeros(500, np.int64), np.arange(500))
    splits = [assign_stable(key, f) == 2 for f in ([0.8, 0.1, 0.1], [0.5, 0.4, 0.1])]
    assert (splits[0] == splits[1]).all()


@given(
    st.lists(st.integers(1, 9), min_size=5, max_size=30),
    st.integers(2, 5),
    st.booleans(),
)
def test_folds_hold_every_group_once_and_are_of_like_size(
    sizes: list[int], n_folds: int, with_strata: bool
) -> None:
    size = np.array(sizes, np.int64)
    group = np.repeat(np.arange(len(size)), size)
    groups = Groups(group, size, np.arange(len(size), dtype=np.uint64))
    fold = assign_folds(groups, n_folds, strata=[group % 2] if with_strata else [])
    rows = np.bincount(fold, size, n_folds)
    assert set(fold.tolist()) == set(range(n_folds))
    assert rows.max() - rows.min() <= 2 * size.max()


def test_leave_one_out_is_a_fold_for_each_group_in_the_order_of_keys() -> None:
    key = np.array([9, 3, 5], np.uint64)
    groups = Groups(np.arange(3), np.ones(3, np.int64), key)
    assert assign_folds(groups, "all").tolist() == [2, 0, 1]
    with pytest.raises(SplitError, match="n_folds of at most 3"):
        assign_folds(groups, 4)


@pytest.mark.parametrize("n_folds", [2, 3, 7, 1000])
def test_stable_folds_are_in_range(n_folds: int) -> None:
    key = np.array([0, 2**64 - 1], np.uint64)
    assert stable_folds(key, n_folds).tolist() == [0, n_folds - 1]


tracked = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 12), st.integers(0, 4)), max_size=20)


@given(tracked, st.integers(0, 99))
def test_frames_that_share_a_track_are_together_and_others_are_not(
    table: list[tuple[int, int, int]], seed: int
) -> None:
    frames = sorted({(v, i) for v, i, _ in table} | {(0, 20), (1, 20)})
    at = {frame: row for row, frame in enumerate(frames)}
    video, idx = np.array(frames).T
    row = np.array([at[v, i] for v, i, _ in table], np.int64)
    track = np.array([t for _, _, t in table], np.int64)
    groups = track_groups(1, ["a", "b"], video, idx, row=row, track=track)
    root = list(range(len(frames)))
    for _ in frames:
        for v, i, t in table:
            for w, j, u in table:
                if (v, t) == (w, u) or (v, i) == (w, j):
                    low = min(root[at[v, i]], root[at[w, j]])
                    root[at[v, i]] = root[at[w, j]] = low
    expected = np.array(root)
    assert ((groups.group[:, None] == groups.group) == (expected[:, None] == expected)).all()
    assert groups.size.tolist() == np.bincount(groups.group).tolist()
    order = np.random.default_rng(seed).permutation(len(frames))
    place = np.argsort(order)
    again = track_groups(1, ["b", "a"], 1 - video[order], idx[order], row=place[row], track=track)
    assert again.group.tolist() == groups.group[order].tolist()
    assert again.key.tolist() == groups.key.tolist()


def test_a_long_chain_of_tracks_is_one_group() -> None:
    idx = np.arange(3000)
    row, track = np.repeat(idx, 2)[1:-1], np.repeat(idx[:-1], 2)
    groups = track_groups(1, ["a"], idx * 0, idx, row=row, track=track)
    assert groups.size.tolist() == [3000]


def test_rows_of_one_frame_match_one_locked_frame() -> None:
    zero = np.zeros(3, np.int64)
    found = matching_rows(zero, np.array([7, 8, 7]), zero[:2], np.array([9, 7]))
    assert found.tolist() == [1, -1, 1]


def test_the_rest_of_a_torn_group_follows_train() -> None:
    groups = frame_groups(1, ["a"], np.zeros(4, np.int64), np.array([1, 1, 1, 2]))
    split, torn = follow_locked(groups, np.array([2, 0, -1, -1]))
    assert (split.tolist(), torn.tolist()) == ([0, -1], [True, False])


@pytest.mark.parametrize(
    ("asked", "held", "n_free", "left"),
    [
        ([80, 10, 10], [80, 10, 10], 0, [0, 0, 0]),
        ([80, 10, 10], [40, 5, 5], 50, [40, 5, 5]),
        ([80, 10, 10], [0, 0, 40], 60, [54, 6, 0]),
        ([50, 20, 10], [10, 0, 0], 90, [40, 20, 10]),
    ],
    ids=["nothing new", "all restored", "test has too much", "some stay unassigned"],
)
def test_what_is_left_goes_where_it_is_wanted(
    asked: list[int], held: list[int], n_free: int, left: list[int]
) -> None:
    got = sizes_left(asked, held, n_free)
    assert got == left or (sum(got) == sum(left) and abs(got[0] - left[0]) <= 1)


rows = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 25), st.integers(-1, 2), st.booleans()),
    max_size=30,
)


@given(rows, st.integers(0, 6))
def test_rows_that_come_first_pay_only_to_each_other_and_the_gap_is_kept(
    table: list[tuple[int, int, int, bool]], gap: int
) -> None:
    video, idx, split, is_first = np.array(table, np.int64).reshape(-1, 4).T
    first = is_first.astype(bool)
    out = gap_violations_around(video, idx, split, gap, first=first)
    alone = gap_violations(video[first], idx[first], split[first], gap)
    assert out[first].tolist() == alone.tolist()
    stays = ~out & (split >= 0)
    near = (video[:, None] == video) & (np.abs(idx[:, None] - idx) <= gap)
    assert not (near & (split[:, None] != split))[np.ix_(stays, stays)].any()


@given(rows, st.integers(0, 6))
def test_without_rows_that_come_first_the_gap_is_the_usual_one(
    table: list[tuple[int, int, int, bool]], gap: int
) -> None:
    video, idx, split, _ = np.array(table, np.int64).reshape(-1, 4).T
    out = gap_violations_around(video, idx, split, gap, first=np.zeros(len(idx), bool))
    assert out.tolist() == gap_violations(video, idx, split, gap).tolist()


def test_blocks_keep_their_stable_split_as_labels_grow() -> None:
    idx = np.arange(0, 5000, 3)
    blocks = block_groups(7, ["a"], idx * 0, idx, block_length=50)
    half = block_groups(7, ["a"], idx[::2] * 0, idx[::2], block_length=50)
    fractions = [0.8, 0.1, 0.1]
    before = assign_stable(half.key, fractions)[half.group]
    after = assign_stable(blocks.key, fractions)[blocks.group]
    assert before.tolist() == after[::2].tolist()
