"""Intervals by bootstrap, and the figures of a resampled split."""

from dataclasses import replace

import numpy as np
import pytest
from drawn import tries
from drawn_animals import evaluated_splits, split_of
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from splitlib.evaluation.core.evaluated import Evaluated
from splitlib.evaluation.core.intervals import FEWEST_GROUPS, intervals
from splitlib.evaluation.core.metrics import point_distances, pose_metrics
from splitlib.evaluation.core.precision import detections_of
from splitlib.evaluation.core.resampled import ResampledFigures

RADII = (1.0, 4.0)
NODES = tuple("abcd")


@tries(40)
@given(evaluated_splits())
def test_where_every_image_counts_once_the_figures_are_the_plain_ones(
    evaluated: Evaluated,
) -> None:
    figures = ResampledFigures(evaluated, RADII)(np.ones(len(evaluated.row), np.int64))
    plain = pose_metrics(evaluated.truth, evaluated.found, node_names=NODES, radii=RADII)
    precision = detections_of(evaluated).precision()
    assert figures["oks"] == pytest.approx(plain.oks)
    assert figures["map"] == (precision.mean if precision else None)
    for radius in RADII:
        assert figures[f"pck.within_{radius:g}_px"] == plain.pck[radius]
    # a percentile of counts is a distance that is there; the plain one lies between two
    distances = point_distances(evaluated.truth, evaluated.found)
    found = np.sort(distances[np.isfinite(distances)])
    for name, share in (("median", 50), ("p90", 90)):
        value = figures[f"error_px.{name}"]
        if not len(found):
            assert value is None
            continue
        assert value == np.percentile(found, share, method="inverted_cdf")


@tries(30)
@given(evaluated_splits(), st.integers(0, 99))
def test_counting_images_is_repeating_them(evaluated: Evaluated, seed: int) -> None:
    times = np.random.default_rng(seed).integers(0, 3, len(evaluated.row))
    rows = np.repeat(np.arange(len(evaluated.image)), times[evaluated.image])
    repeated = replace(
        evaluated,
        image=evaluated.image[rows],
        truth=evaluated.truth[rows],
        found=evaluated.found[rows],
        score=evaluated.score[rows],
    )
    counted = ResampledFigures(evaluated, RADII)(times)
    plain = ResampledFigures(repeated, RADII)(np.ones_like(times))
    names = [name for name in counted if "." in name]
    assert {name: counted[name] for name in names} == {name: plain[name] for name in names}


def errors_of(n_groups: int, n_each: int, spread: float) -> tuple[Evaluated, NDArray[np.int64]]:
    """Instances of one node whose error is that of their group, and a little of their own."""
    rng = np.random.default_rng(5)
    group = np.repeat(np.arange(n_groups), n_each)
    error = 5 + spread * rng.normal(size=n_groups)[group] + 0.1 * rng.normal(size=len(group))
    truth = np.zeros((len(group), 1, 2))
    return split_of(truth, np.stack([error, np.zeros_like(error)], axis=1)[:, None]), group


def width(n_groups: int, n_each: int, spread: float) -> float:
    evaluated, group = errors_of(n_groups, n_each, spread)
    found = intervals(ResampledFigures(evaluated, RADII), group)
    assert found is not None
    low, high = found["error_px.median"]
    return high - low


def test_groups_that_differ_make_intervals_wide_however_many_frames_they_have() -> None:
    assert width(8, 50, 1.0) > 5 * width(400, 1, 0.0)
    assert width(8, 50, 1.0) == pytest.approx(width(8, 10, 1.0), rel=0.3)
    assert width(200, 2, 1.0) < 0.6 * width(20, 20, 1.0)


def test_an_interval_holds_the_figure_and_is_the_same_again() -> None:
    evaluated, group = errors_of(12, 20, 1.0)
    figures = ResampledFigures(evaluated, RADII)
    found = intervals(figures, group)
    assert found is not None
    assert found == intervals(figures, group)
    plain = figures(np.ones(len(group), np.int64))
    for name, (low, high) in found.items():
        value = plain[name]
        assert value is not None
        assert low <= value <= high
    assert "map" not in found  # one node has no area


def test_too_few_groups_have_no_interval() -> None:
    evaluated, group = errors_of(FEWEST_GROUPS - 1, 20, 1.0)
    assert intervals(ResampledFigures(evaluated, RADII), group) is None
