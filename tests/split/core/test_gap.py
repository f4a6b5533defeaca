"""The gap: kept afterwards, at the least cost, and paid by train first."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from splitlib.errors import SplitError
from splitlib.split.core.gap import gap_violations

Column = NDArray[np.int64]
Mask = NDArray[np.bool_]

TRAIN, VAL, TEST = 0, 1, 2


def in_conflict(video: Column, frame_idx: Column, split: Column, gap: int) -> Mask:
    """(n, n) bool: the two rows may not both stay."""
    same_video = video[:, np.newaxis] == video
    near = np.abs(frame_idx[:, np.newaxis] - frame_idx) <= gap
    other_split = split[:, np.newaxis] != split
    assigned = (split[:, np.newaxis] >= 0) & (split >= 0)
    conflict: Mask = same_video & near & other_split & assigned
    return conflict


@st.composite
def tables(
    draw: st.DrawFn, most_rows: int = 40, first_split: int = -1, n_videos: int = 3
) -> tuple[Column, Column, Column, int]:
    """Rows of a few short videos in splits, and a gap; the same frame may stand in several rows."""
    row = st.tuples(st.integers(0, n_videos - 1), st.integers(0, 25), st.integers(first_split, 2))
    table = np.array(draw(st.lists(row, max_size=most_rows)), np.int64).reshape(-1, 3)
    return table[:, 0], table[:, 1], table[:, 2], draw(st.integers(0, 6))


# splits of neighbouring frames as text (T train, v val, s test, . unassigned), gap, what is left
LINES: dict[str, tuple[str, int, str]] = {
    "train pays to val": ("TTTTvvvv", 2, "TT  vvvv"),
    "train pays to test": ("ssssTTTT", 1, "ssss TTT"),
    "val pays to test": ("vvvvssss", 1, "vvv ssss"),
    "the fewest pay": ("ssvvvvvvss", 1, "ss vvvv ss"),
    "the fewest pay, be they test": ("vvvsvvv", 2, "vvv vvv"),
    "a train frame stays where val went": ("Tvsss", 1, "T sss"),
    "a gap longer than the stretch": ("TTvTT", 5, "  v  "),
    "unassigned frames neither pay nor cost": ("T.v.s", 1, "T.v.s"),
    "no gap": ("TvsTvs", 0, "TvsTvs"),
    "one split alone": ("vvvv", 3, "vvvv"),
}
NUMBERS = {"T": TRAIN, "v": VAL, "s": TEST, ".": -1}


@pytest.mark.parametrize(("line", "gap", "left"), LINES.values(), ids=LINES.keys())
def test_stretches_of_video(line: str, gap: int, left: str) -> None:
    split = np.array([NUMBERS[letter] for letter in line])
    frame_idx = 100 + np.arange(len(line))
    out = gap_violations(np.zeros_like(split), frame_idx, split, gap)
    assert "".join(" " if gone else c for c, gone in zip(line, out, strict=True)) == left


@given(tables())
def test_the_gap_is_kept_afterwards(table: tuple[Column, Column, Column, int]) -> None:
    stays = ~gap_violations(*table)
    assert not in_conflict(*table)[np.ix_(stays, stays)].any()


@given(tables())
def test_every_row_left_out_was_needed(table: tuple[Column, Column, Column, int]) -> None:
    out = gap_violations(*table)
    assert in_conflict(*table)[np.ix_(out, ~out)].any(axis=1).all()


@given(tables())
def test_train_changes_nothing_for_val_and_test(
    table: tuple[Column, Column, Column, int],
) -> None:
    video, frame_idx, split, gap = table
    held = split >= VAL
    alone = gap_violations(video[held], frame_idx[held], split[held], gap)
    assert gap_violations(*table)[held].tolist() == alone.tolist()


def fewest_rows(conflict: Mask) -> int:
    """The least number of rows without which no conflict is left."""
    n = len(conflict)
    subsets = (set(s) for k in range(n + 1) for s in itertools.combinations(range(n), k))
    pairs = list(zip(*np.nonzero(conflict), strict=True))
    return next(len(s) for s in subsets if all(a in s or b in s for a, b in pairs))


@given(tables(most_rows=10, first_split=VAL, n_videos=2))
def test_val_and_test_lose_as_few_rows_as_possible(
    table: tuple[Column, Column, Column, int],
) -> None:
    assert gap_violations(*table).sum() == fewest_rows(in_conflict(*table))


@given(tables(), st.integers(0, 99))
def test_the_order_of_rows_and_videos_changes_nothing(
    table: tuple[Column, Column, Column, int], seed: int
) -> None:
    video, frame_idx, split, gap = table
    order = np.random.default_rng(seed).permutation(len(video))
    again = gap_violations(2 - video[order], frame_idx[order], split[order], gap)
    assert again.tolist() == gap_violations(*table)[order].tolist()


@given(tables())
def test_a_gap_of_0_leaves_out_only_frames_that_stand_in_several_splits(
    table: tuple[Column, Column, Column, int],
) -> None:
    video, frame_idx, split, _ = table
    torn = in_conflict(video, frame_idx, split, 0).any(axis=1)
    assert (gap_violations(video, frame_idx, split, 0) <= torn).all()


def test_rows_of_one_frame_are_left_out_together() -> None:
    video, frame_idx = np.zeros(5, np.int64), np.array([7, 8, 7, 8, 8])
    out = gap_violations(video, frame_idx, np.array([VAL, TEST, VAL, TEST, TEST]), 1)
    assert out.tolist() == [True, False, True, False, False]


@pytest.mark.parametrize("gap", [10**9, 10**30])
def test_a_gap_longer_than_all_videos_leaves_one_split_in_each(gap: int) -> None:
    video, frame_idx = np.array([0, 0, 1, 1]), np.array([0, 10**12, 0, 10**12])
    out = gap_violations(video, frame_idx, np.array([TRAIN, VAL, TRAIN, TRAIN]), gap)
    assert out.tolist() == [gap > 10**12, False, False, False]


def test_frame_numbers_near_the_largest_are_no_trouble() -> None:
    frame_idx = np.array([0, 2**63 - 2, 2**63 - 1])
    out = gap_violations(np.zeros(3, np.int64), frame_idx, np.array([TRAIN, TRAIN, TEST]), 1)
    assert out.tolist() == [False, True, False]


def test_no_rows_are_no_violations() -> None:
    none = np.array([], np.int64)
    assert gap_violations(none, none, none, 5).tolist() == []


def test_a_gap_below_0_is_refused() -> None:
    one = np.array([0])
    with pytest.raises(SplitError, match="gap: expected 0 or more frames of video, got -1"):
        gap_violations(one, one, one, -1)
