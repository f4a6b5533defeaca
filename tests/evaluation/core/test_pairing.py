"""Which found instance belongs to which label."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from splitlib.evaluation.core.pairing import LEAST_RADIUS, instance_errors, pair_instances

Floats = NDArray[np.float64]
NAN = [np.nan, np.nan]
ANIMAL = np.array([[0, 0], [40, 0], [40, 30]], np.float64)  # a radius of 25 pixels

PAIRS: dict[str, tuple[list[Floats], list[Floats], list[int]]] = {
    "nothing found": ([ANIMAL], [], [-1]),
    "nothing labeled": ([], [ANIMAL], []),
    "the nearest": ([ANIMAL], [ANIMAL + 9, ANIMAL + 2], [1]),
    "each once": ([ANIMAL, ANIMAL + 5], [ANIMAL + 1], [0, -1]),
    "in any order": ([ANIMAL, ANIMAL + 50], [ANIMAL + 49, ANIMAL + 1], [1, 0]),
    "not beyond a radius": ([ANIMAL], [ANIMAL + 25], [-1]),
    "by one node": ([ANIMAL], [np.array([[1, 1], NAN, NAN])], [0]),
    "all rather than one": ([ANIMAL], [np.array([[0, 0], NAN, NAN]), ANIMAL + 5], [1]),
    "a single node": ([ANIMAL[:1]], [ANIMAL[:1] + np.array([LEAST_RADIUS - 1, 0])], [0]),
}


def stacked(instances: list[Floats]) -> Floats:
    return np.stack(instances) if instances else np.zeros((0, 3, 2))


@pytest.mark.parametrize(("truth", "found", "expected"), PAIRS.values(), ids=PAIRS)
def test_pairs(truth: list[Floats], found: list[Floats], expected: list[int]) -> None:
    assert pair_instances(stacked(truth), stacked(found)).tolist() == expected


@given(st.integers(0, 10_000), st.integers(1, 6))
def test_animals_apart_get_their_own_in_any_order(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    truth = ANIMAL + 100.0 * np.arange(n)[:, None, None]
    order = rng.permutation(n)
    found = truth[order] + rng.uniform(-3, 3, (n, 1, 2))
    np.testing.assert_array_equal(order[pair_instances(truth, found)], np.arange(n))


def test_the_error_of_an_instance_counts_a_radius_for_a_miss() -> None:
    found = np.stack([ANIMAL + np.array([3, 4]), np.array([[0, 0], NAN, [40, 30]]), ANIMAL + 1000])
    errors = instance_errors(np.stack([ANIMAL] * 3), found)
    np.testing.assert_allclose(errors, [5, 25 / 3, 25])
