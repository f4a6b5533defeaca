"""Metrics: figures that can be checked by hand, and SLEAP's formula for OKS."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from splitlib.evaluation.core.metrics import (
    ErrorSummary,
    fraction_within,
    point_distances,
    pose_metrics,
    summarize_errors,
)
from splitlib.evaluation.core.similarity import (
    OKS_STDDEV,
    keypoint_similarity,
    pairwise_similarity,
)

Floats = NDArray[np.float64]
NAN = [np.nan, np.nan]

TRUTH = np.array([[[0, 0], [10, 0], [10, 10]], [[0, 0], NAN, [4, 0]]], np.float64)
PREDICTED = np.array([[[3, 4], [10, 0], NAN], [[0, 0], [7, 7], [4, 10]]], np.float64)


HALF, WHOLE = np.array([[[1.0, np.nan]]]), np.array([[[1.0, 1.0]]])
DISTANCES = {
    "found, missed and unlabelled": (TRUTH, PREDICTED, [[5, 0, np.inf], [0, np.nan, 10]]),
    "half a label is none": (HALF, WHOLE, [[np.nan]]),
    "half a prediction is none": (WHOLE, HALF, [[np.inf]]),
}


@pytest.mark.parametrize(("truth", "predicted", "expected"), DISTANCES.values(), ids=DISTANCES)
def test_distances_tell_unlabelled_from_missed(
    truth: Floats, predicted: Floats, expected: list[list[float]]
) -> None:
    np.testing.assert_array_equal(point_distances(truth, predicted), expected)


SUMMARIES = {
    "found, missed and unlabelled": (
        [5, 0, np.inf, 0, np.nan, 10],
        (5, 1, 3.75, 2.5, 6.25, 8.5, pytest.approx(9.25)),
    ),
    "one point": ([2], (1, 0, 2, 2, 2, 2, 2)),
    "missed alone": ([np.inf, np.inf], (2, 2, *[None] * 5)),
    "unlabelled alone": ([np.nan], (0, 0, *[None] * 5)),
    "nothing": ([], (0, 0, *[None] * 5)),
}


@pytest.mark.parametrize(("distances", "expected"), SUMMARIES.values(), ids=SUMMARIES)
def test_summaries(distances: list[float], expected: tuple[Any, ...]) -> None:
    assert summarize_errors(np.array(distances, np.float64)) == ErrorSummary(*expected)


FRACTIONS: dict[str, tuple[list[float], list[float], list[float | None]]] = {
    "a miss is wrong at any radius": ([0, 3, np.inf, np.nan], [1, 3, 1e9], [1 / 3, 2 / 3, 2 / 3]),
    "exactly at the radius is right": ([2], [1.999, 2], [0, 1]),
    "unlabelled alone": ([np.nan], [1, 2], [None, None]),
}


@pytest.mark.parametrize(("distances", "radii", "expected"), FRACTIONS.values(), ids=FRACTIONS)
def test_fractions_within_radii(
    distances: list[float], radii: list[float], expected: list[float | None]
) -> None:
    assert fraction_within(np.array(distances), radii) == expected


def plain_similarity(truth: Floats, predicted: Floats, stddev: float) -> float:
    """OKS of one instance by SLEAP's formula (`sleap.nn.evals.compute_oks`), node by node."""
    labelled = [node for node in range(len(truth)) if not np.isnan(truth[node]).any()]
    box = truth[labelled]
    area = float(np.prod(box.max(axis=0) - box.min(axis=0))) + np.spacing(1)
    total = 0.0
    for node in labelled:
        if not np.isnan(predicted[node]).any():
            squared = float(((truth[node] - predicted[node]) ** 2).sum())
            total += float(np.exp(-squared / (2 * area * (2 * stddev) ** 2)))
    return total / len(labelled)


coordinates = st.floats(-50, 50) | st.just(np.nan)
INSTANCES = hnp.arrays(np.float64, (3, 4, 2), elements=coordinates)


@given(INSTANCES, INSTANCES)
def test_similarity_follows_sleaps_formula(truth: Floats, nudge: Floats) -> None:
    predicted = truth + nudge / 50
    similarity = keypoint_similarity(truth, predicted, stddev=0.1)
    for i, found in enumerate(similarity):
        placed = truth[i][~np.isnan(truth[i]).any(axis=-1)]
        if not len(placed) or not np.prod(placed.max(axis=0) - placed.min(axis=0)):
            assert np.isnan(found)
        else:
            assert found == pytest.approx(plain_similarity(truth[i], predicted[i], 0.1), abs=1e-9)


@given(INSTANCES, INSTANCES)
def test_similarities_of_all_pairs_are_those_of_each(truth: Floats, found: Floats) -> None:
    pairs = pairwise_similarity(truth, found)
    for at in range(len(found)):
        alone = np.broadcast_to(found[at], truth.shape)
        np.testing.assert_array_equal(pairs[:, at], keypoint_similarity(truth, alone))


def test_similarity_by_hand() -> None:
    truth = np.array([[[0, 0], [20, 0], [20, 10]]], np.float64)
    spread = 2 * OKS_STDDEV * np.sqrt(200)  # a distance of one spread leaves exp(-1/2)
    predicted = truth + np.array([[spread, 0], [0, 0], NAN])
    expected = (np.exp(-0.5) + 1 + 0) / 3
    assert keypoint_similarity(truth, predicted) == pytest.approx([expected])


@pytest.mark.parametrize("error", [0.0, 0.01, 50.0])
def test_an_instance_of_one_node_has_no_similarity_and_no_part_in_the_mean(error: float) -> None:
    one = np.array([[[5, 5], NAN, NAN]], np.float64)
    assert np.isnan(keypoint_similarity(one, one + error)).all()
    assert pose_metrics(one, one + error, node_names=["a", "b", "c"], radii=(1,)).oks is None
    both = np.concatenate([one, TRUTH[:1]])
    of_the_other = keypoint_similarity(TRUTH[:1], TRUTH[:1] + 1)
    metrics = pose_metrics(both, both + np.array([[[error]], [[1]]]), node_names="abc", radii=(1,))
    assert metrics.oks == pytest.approx(of_the_other.mean())


@given(INSTANCES, st.floats(0.1, 10), st.tuples(st.floats(-100, 100), st.floats(-100, 100)))
def test_similarity_does_not_depend_on_scale_or_place(
    truth: Floats, scale: float, shift: tuple[float, float]
) -> None:
    # On a box without area any error counts as a miss, and rounding is an error.
    truth = np.concatenate([truth, [[[0, 0], [40, 30], NAN, NAN]]])
    corners = np.broadcast_to([[0.0, 0.0], [30.0, 30.0]], (4, 2, 2))
    truth = np.concatenate([truth, corners], axis=1)
    predicted = truth + 0.5
    moved = keypoint_similarity(truth * scale + shift, predicted * scale + shift)
    np.testing.assert_allclose(moved, keypoint_similarity(truth, predicted), atol=1e-6)


def test_all_figures_of_a_set_of_predictions() -> None:
    metrics = pose_metrics(TRUTH, PREDICTED, node_names=["head", "wing", "tail"], radii=(1, 5))
    assert metrics.overall == summarize_errors(np.array([5, 0, np.inf, 0, 10]))
    assert metrics.nodes == {
        "head": ErrorSummary(2, 0, 2.5, 2.5, 3.75, 4.5, 4.75),
        "wing": ErrorSummary(1, *[0] * 6),
        "tail": ErrorSummary(2, 1, *[10] * 5),
    }
    assert metrics.pck == {1: 2 / 5, 5: 3 / 5}
    assert metrics.oks == pytest.approx(np.nanmean(keypoint_similarity(TRUTH, PREDICTED)))


NOTHING = np.zeros((0, 3, 2))
FIGURES = {
    "nothing, without a warning": (NOTHING, ErrorSummary(0, 0, *[None] * 5), None),
    "perfect": (TRUTH, ErrorSummary(5, *[0] * 6), 1.0),
}


@pytest.mark.parametrize(("points", "overall", "best"), FIGURES.values(), ids=FIGURES)
def test_figures_of_predictions_that_are_the_truth(
    points: Floats, overall: ErrorSummary, best: float | None
) -> None:
    metrics = pose_metrics(points, points, node_names=["head", "wing", "tail"], radii=(0, 1))
    assert metrics.overall == overall
    assert metrics.pck == {0: best, 1: best}
    assert metrics.oks == best
