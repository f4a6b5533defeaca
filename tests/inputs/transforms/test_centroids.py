"""Centroids: against plain numpy, and against SLEAP's InstanceCentroidFinder."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from transform_examples import (
    SLEAP,
    Call,
    Floats,
    few,
    is_missing,
    parametrize_ways,
    point_sets,
    sleap_frame,
)

from splitlib.inputs.transforms.centroids import InstanceCentroids, instance_centroids


def plain_centroid(points: Floats, anchor: int | None) -> list[float]:
    if anchor is not None and not is_missing(points[anchor]):
        return [float(value) for value in points[anchor]]
    there = [point for point in points if not is_missing(point)]
    if not there:
        return [np.nan, np.nan]
    xs, ys = [float(x) for x, _ in there], [float(y) for _, y in there]
    return [(min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2]


@parametrize_ways
@few
@given(point_sets(4), st.sampled_from([None, 0, 3]))
def test_centroids_equal_plain_numpy(call: Call, points: Floats, anchor: int | None) -> None:
    found = call(InstanceCentroids(anchor), {"instances": points})["centroids"]
    expected = np.array([plain_centroid(p, anchor) for p in points], np.float32).reshape(-1, 2)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, expected)


MISSING = [np.nan, np.nan]
TABLE: dict[str, tuple[list[list[float]], int | None, list[float]]] = {
    "the middle of the box, not of the points": ([[0, 0], [4, 2], [1, 4]], None, [2, 2]),
    "of those that are there": ([[0, 0], MISSING, [2, 4]], None, [1, 2]),
    "half a point is none": ([[0, 0], [8, np.nan], [2, 4]], None, [1, 2]),
    "the anchor": ([[0, 0], [4, 3], [2, 4]], 1, [4, 3]),
    "the middle without an anchor": ([[0, 0], MISSING, [2, 4]], 1, [1, 2]),
    "half an anchor is none": ([[0, 0], [8, np.nan], [2, 4]], 1, [1, 2]),
    "a single point": ([MISSING, [3, 5], MISSING], None, [3, 5]),
    "no point, no centroid": ([MISSING, MISSING, MISSING], 1, MISSING),
}


@parametrize_ways
@pytest.mark.parametrize(("points", "anchor", "expected"), TABLE.values(), ids=TABLE)
def test_centroids(
    call: Call, points: list[list[float]], anchor: int | None, expected: list[float]
) -> None:
    found = call(lambda p: instance_centroids(p, anchor), np.array([points], np.float32))
    np.testing.assert_array_equal(found, [expected])


@parametrize_ways
@pytest.mark.parametrize(("case", "anchor"), [("midpoint", None), ("anchor_neck", 1)])
def test_centroids_equal_those_of_sleap(call: Call, case: str, anchor: int | None) -> None:
    found = call(InstanceCentroids(anchor), sleap_frame())["centroids"]
    np.testing.assert_array_equal(found, SLEAP[f"InstanceCentroidFinder/{case}/centroids"])


@parametrize_ways
@pytest.mark.parametrize(
    ("anchor", "case"),
    [
        (None, "centroids/find_points_bbox_midpoint_edge_cases"),
        (0, "InstanceCentroidFinder/anchor_nose_edge_cases/centroids"),
    ],
)
def test_outside_of_the_image_centroids_equal_those_of_sleap(
    call: Call, anchor: int | None, case: str
) -> None:
    found = call(lambda p: instance_centroids(p, anchor), SLEAP["in/edge_cases"])
    np.testing.assert_array_equal(found[:7], SLEAP[case][:7])  # the last has points by half


def test_sleap_counts_a_point_by_half_and_we_do_not() -> None:
    points = SLEAP["in/edge_cases"][7:]
    assert points[0, 3].tolist() == [pytest.approx(np.nan, nan_ok=True), 12]
    sleaps = SLEAP["centroids/find_points_bbox_midpoint_edge_cases"][7]
    assert sleaps.tolist() == [31.5, 15.5]  # y from 12, whose x is missing, to 19
    assert instance_centroids(points).numpy().tolist() == [[31.5, 17.5]]


@parametrize_ways
def test_batches_have_the_centroids_of_their_frames(call: Call) -> None:
    frames = SLEAP["in/edge_cases"].reshape(2, 4, 5, 2)
    batch = call(lambda p: instance_centroids(p, 2), frames)
    each = [call(lambda p: instance_centroids(p, 2), points) for points in frames]
    np.testing.assert_array_equal(batch, each)
