"""Sizes of splits, against SLEAP 1.3.3's answers and against exact arithmetic."""

import json
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from real_files import shared_path

from splitlib.errors import SplitError
from splitlib.split.core.sizes import split_sizes, train_val_sizes

# n, fractions, sizes
SIZES: dict[str, tuple[int, list[Any], tuple[int, ...]]] = {
    "the usual three": (100, [0.8, 0.1, 0.1], (80, 10, 10)),
    "no float noise": (100, [0.07, 0.55, 0.29], (7, 55, 29)),
    "rounded up": (10, [0.55], (6,)),
    "rest is unused below a sum of 1": (10, [0.5, 0.1], (5, 1)),
    "excess from the one rounded up most": (12, [0.8, 0.1, 0.1], (10, 1, 1)),
    "of equals the last gives": (3, [0.5, 0.5], (2, 1)),
    "of three equals the last two give": (4, [1 / 3, 1 / 3, 1 / 3], (2, 1, 1)),
    "none gives its only frame": (10, [0.98, 0.01, 0.01], (8, 1, 1)),
    "excess although the sum is below 1": (11, [0.8, 0.1, 0.05], (9, 1, 1)),
    "-1 is the rest": (10, [0.25, -1, 0.25], (3, 4, 3)),
    "-1 alone": (7, [-1], (7,)),
    "-1 gets one frame at least": (10, [0.999, -1], (9, 1)),
    "-1 of the share that is left": (4, [0.7, 0.2, -1], (2, 1, 1)),
    "0 is empty": (5, [0.0, 1.0, -0.0], (0, 5, 0)),
    "as many frames as splits": (3, [0.8, 0.1, 0.1], (1, 1, 1)),
    "no frames": (0, [0.8, 0.1, 0.1], (0, 0, 0)),
    "ratios that no float holds": (6, [1 / 6, 5 / 6], (1, 5)),
    "sevenths": (7, [1 / 7, 2 / 7, 4 / 7], (1, 2, 4)),
    "too small for a ratio": (10, [1e-12, -1], (1, 9)),
    "whole numbers": (4, [1, 0], (4, 0)),
    "numpy float64": (10, list(np.array([0.5, -1.0])), (5, 5)),
    "numpy float32": (10, list(np.array([0.1, 0.9], np.float32)), (1, 9)),
    "numpy int64": (10, list(np.array([1, 0])), (10, 0)),
}


@pytest.mark.parametrize(("n", "fractions", "sizes"), SIZES.values(), ids=SIZES.keys())
def test_sizes(n: int, fractions: list[Any], sizes: tuple[int, ...]) -> None:
    assert split_sizes(n, fractions) == sizes


def test_an_array_and_a_tuple_of_fractions_give_the_sizes_of_a_list() -> None:
    assert split_sizes(10, np.array([0.5, 0.2, -1])) == split_sizes(10, (0.5, 0.2, -1)) == (5, 2, 3)  # type: ignore[arg-type]


REFUSED: dict[str, tuple[int, Any, str]] = {
    "no fractions": (10, [], "expected a list of fractions"),
    "a number": (10, 0.5, "expected a list of fractions"),
    "a text": (10, "0.5", "expected a list of fractions"),
    "a set": (10, {0.5}, "expected a list of fractions"),
    "a dict": (10, {"train": 0.5}, "expected a list of fractions"),
    "None": (10, None, "expected a list of fractions"),
    "a table": (10, np.array([[0.5, 0.5]]), "expected a list of fractions"),
    "an array of no dimension": (10, np.array(0.5), "expected a list of fractions"),
    "a text inside": (10, ["0.5", 0.5], r"got '0.5' \(str\)"),
    "None inside": (10, [None, 0.5], r"got None \(NoneType\)"),
    "a bool": (10, [True], r"got True \(bool\)"),
    "a numpy bool": (10, [np.True_], r"\(bool\)"),
    "NaN": (10, [0.5, math.nan], "or -1 for all that is left, got nan"),
    "infinity": (10, [math.inf], "got inf"),
    "negative": (10, [-0.5, 0.5], "got -0.5"),
    "above 1": (10, [1.1], "got 1.1"),
    "counts": (10, [3, 7], "got 3"),
    "two rests": (10, [-1, 0.5, -1], "only one can be -1"),
    "a sum above 1": (10, [0.6, 0.5], "sum of at most 1, got 1.1"),
    "a sum just above 1": (10, [0.9, 0.1, 1e-9], "sum of at most 1, got 1.000000001"),
    "a rest of nothing": (10, [0.5, 0.5, -1], "so that -1 has something left, got 1"),
    "a rest of less than nothing": (10, [0.9, 0.2, -1], "so that -1 has something left, got 1.1"),
    "fewer frames than splits": (2, [0.8, 0.1, 0.1], "expected at least 3 frames.*found 2"),
    "fewer frames than splits of a small sum": (1, [0.1, 0.1], "at least 2 frames.*found 1"),
    "a rest of no frames": (0, [0.5, -1], "expected at least 1 frames.*found 0"),
}


@pytest.mark.parametrize(("n", "fractions", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_impossible_fractions_are_refused_with_the_reason(
    n: int, fractions: Sequence[float], message: str
) -> None:
    with pytest.raises(SplitError, match=message):
        split_sizes(n, fractions)


@st.composite
def percentages(draw: st.DrawFn) -> list[int]:
    """Whole percentages that sum to 100 at most."""
    cuts = sorted(draw(st.lists(st.integers(0, 100), min_size=1, max_size=5)))
    return [high - low for low, high in zip([0, *cuts], cuts, strict=False)]


@given(percentages(), st.integers(5, 2000))
def test_sizes_are_shares_rounded_up_less_the_excess(percents: list[int], n: int) -> None:
    sizes = split_sizes(n, [percent / 100 for percent in percents])
    asked = [-(-percent * n // 100) for percent in percents]
    assert sum(sizes) == min(sum(asked), n)
    for size, ceiling in zip(sizes, asked, strict=True):
        assert min(ceiling, 1) <= size <= ceiling


@given(percentages(), st.integers(5, 2000))
def test_no_split_gives_a_frame_while_another_is_further_above_its_share(
    percents: list[int], n: int
) -> None:
    sizes = split_sizes(n, [percent / 100 for percent in percents])
    above = [100 * size - percent * n for size, percent in zip(sizes, percents, strict=True)]
    gave = [i for i, size in enumerate(sizes) if size < -(-percents[i] * n // 100)]
    could = [i for i, size in enumerate(sizes) if size > 1]
    assert all(above[other] <= above[i] + 100 for i in gave for other in could)


@given(percentages(), st.integers(5, 2000), st.integers(0, 4))
def test_a_rest_takes_all_frames_that_the_others_leave(
    percents: list[int], n: int, at: int
) -> None:
    fractions = [percent / 100 for percent in percents]
    if sum(percents) == 100:
        fractions[percents.index(max(percents))] = 0.0
    fractions.insert(at, -1)
    if n >= sum(fraction != 0 for fraction in fractions):
        sizes = split_sizes(n, fractions)
        assert sum(sizes) == n
        assert all((size > 0) == (f != 0) for size, f in zip(sizes, fractions, strict=True))


TRAIN_VAL: dict[str, tuple[int, Any, tuple[int, int]]] = {
    "a tenth": (100, 0.1, (90, 10)),
    "a half to the even number": (25, 0.1, (23, 2)),
    "the next half to the even number": (35, 0.1, (31, 4)),
    "one frame at least for validation": (10, 0.001, (9, 1)),
    "one frame at least for training": (10, 0.999, (1, 9)),
    "nothing asked for validation": (10, 0, (9, 1)),
    "all asked for validation": (10, 1.0, (1, 9)),
    "two frames": (2, 0.1, (1, 1)),
    "the only frame is in both": (1, 0.1, (1, 1)),
    "numpy float32": (100, np.float32(0.1), (90, 10)),
}


@pytest.mark.parametrize(("n", "fraction", "sizes"), TRAIN_VAL.values(), ids=TRAIN_VAL.keys())
def test_train_val_sizes(n: int, fraction: float, sizes: tuple[int, int]) -> None:
    assert train_val_sizes(n, fraction) == sizes


TRAIN_VAL_REFUSED: dict[str, tuple[int, Any, str]] = {
    "no frames": (0, 0.1, "need at least one labeled frame, found none"),
    "above 1": (10, 1.5, "validation_fraction: expected a number from 0 to 1, got 1.5"),
    "negative": (10, -0.1, "got -0.1"),
    "-1 is no rest here": (10, -1, "expected a number from 0 to 1, got -1"),
    "NaN": (10, math.nan, "got nan"),
    "None": (10, None, "got None"),
    "a text": (10, "0.1", "got '0.1'"),
    "a bool": (1, True, "got True"),
}


@pytest.mark.parametrize(
    ("n", "fraction", "message"), TRAIN_VAL_REFUSED.values(), ids=TRAIN_VAL_REFUSED.keys()
)
def test_impossible_validation_fractions_are_refused(n: int, fraction: float, message: str) -> None:
    with pytest.raises(SplitError, match=message):
        train_val_sizes(n, fraction)


# --- SLEAP 1.3.3 ---


def oracle_entries(function: str) -> Iterator[tuple[str, int, Any]]:
    answers = json.loads(shared_path("oracle/sizes.json").read_text())[function]
    for arguments, by_n in answers.items():
        for n, answer in by_n.items():
            yield arguments, int(n), answer


def in_range(shares: list[Any]) -> bool:
    """Whether the fractions are such as the documentation of split_labels allows."""
    if not shares or any(isinstance(share, float) for share in shares):  # NaN and infinity
        return False
    fixed = [share for share in shares if share != -1]
    n_rests = len(shares) - len(fixed)
    sound = all(0 <= share <= 1 for share in fixed) and n_rests <= 1
    return sound and (sum(fixed) < 1 if n_rests else sum(fixed) <= 1)


def exact_ceilings(shares: list[Fraction], n: int) -> list[int]:
    """The documented sizes, from the decimal text of the fractions; no excess taken back."""
    sizes = [math.ceil(share * n) for share in shares]
    if -1 in shares:
        rest = shares.index(Fraction(-1))
        sizes[rest] = max(n - (sum(sizes) - sizes[rest]), 1)
    return sizes


def kind_of_answer(arguments: str, n: int, answer: object) -> str:
    """How our answer relates to that of SLEAP; asserts that it is right."""
    shares = json.loads(arguments, parse_float=Fraction, parse_int=Fraction)
    fractions = json.loads(arguments)
    sleap_raises = isinstance(answer, dict)
    if not in_range(shares):
        with pytest.raises(SplitError):
            split_sizes(n, fractions)
        return "both raise" if sleap_raises else "SLEAP answers what is out of range"
    exact = exact_ceilings(shares, n)
    if sum(size > 0 for size in exact) > n:
        with pytest.raises(SplitError):
            split_sizes(n, fractions)
        assert sleap_raises
        return "both raise: fewer frames than splits that need one"
    sizes = list(split_sizes(n, fractions))
    if sum(exact) > n:
        assert sleap_raises
        assert sum(sizes) == n
        assert all(min(e, 1) <= size <= e for size, e in zip(sizes, exact, strict=True))
        return "SLEAP raises, we take the excess back"
    assert sizes == exact
    assert not sleap_raises
    return "same sizes" if sizes == answer else "SLEAP is off from float noise"


def test_sizes_are_those_of_sleap_but_for_listed_kinds_of_deviation() -> None:
    kinds = Counter(kind_of_answer(*entry) for entry in oracle_entries("split_labels"))
    assert kinds == {
        "same sizes": 3481,
        "both raise": 1319,
        "both raise: fewer frames than splits that need one": 140,
        "SLEAP raises, we take the excess back": 1554,
        "SLEAP is off from float noise": 5,
        "SLEAP answers what is out of range": 151,  # [], NaN; and n = 0, where all products are 0
    }


def test_train_val_sizes_are_those_of_sleap() -> None:
    kinds: Counter[str] = Counter()
    for argument, n, answer in oracle_entries("split_labels_train_val"):
        fraction = json.loads(argument)
        is_number = isinstance(fraction, int | float) and not isinstance(fraction, bool)
        if is_number and 0 <= fraction <= 1 and n > 0:
            assert list(train_val_sizes(n, fraction)) == answer
            kinds["same sizes"] += 1
        else:
            with pytest.raises(SplitError):
                train_val_sizes(n, fraction)
            kinds["both raise" if isinstance(answer, dict) else "SLEAP answers"] += 1
    assert kinds == {
        "same sizes": 1932,
        "both raise": 381,
        "SLEAP answers": 557,  # fractions out of range, taken as 0 or 1; anything for n = 1
    }
