"""Confidence maps: against plain numpy, and against SLEAP's three generators."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from slow import slow
from transform_examples import (
    SLEAP,
    Call,
    Floats,
    few,
    is_missing,
    parametrize_ways,
    plain_bell,
    point_sets,
    sleap_frame,
    with_unknown_sizes,
)

from splitlib.inputs.transforms.confidence_maps import (
    CentroidConfidenceMaps,
    ConfidenceMaps,
    InstanceConfidenceMaps,
    make_confidence_maps,
    make_multi_confidence_maps,
)
from splitlib.inputs.transforms.transform import Transform

SLEAP_SIGMA = 1.5  # in cells of the map, as SLEAP counts it


def plain_maps(points: Floats, height: int, width: int, stride: int, sigma: float) -> Floats:
    """Of one instance, cell by cell."""
    rows, columns = range(0, height, stride), range(0, width, stride)
    maps = np.zeros((len(rows), len(columns), len(points)), np.float32)
    for node, point in enumerate(points):
        if is_missing(point):
            continue
        for row, y in enumerate(rows):
            for column, x in enumerate(columns):
                maps[row, column, node] = plain_bell(point, x, y, sigma)
    return maps


def plain_multi_maps(
    instances: Floats, height: int, width: int, stride: int, sigma: float
) -> Floats:
    brightest = plain_maps(np.full(instances.shape[1:], np.nan), height, width, stride, sigma)
    for points in instances:
        brightest = np.maximum(brightest, plain_maps(points, height, width, stride, sigma))
    return brightest


SIZES = st.sampled_from([(16, 12, 1), (16, 20, 2), (15, 9, 4), (3, 5, 8)])
SIGMAS = st.floats(0.5, 5)


@parametrize_ways
@few
@given(point_sets(3), SIZES, SIGMAS)
def test_maps_of_crops_equal_plain_numpy(
    call: Call, points: Floats, size: tuple[int, int, int], sigma: float
) -> None:
    height, width, stride = size
    crops = np.zeros((len(points), height, width, 1), np.float32)
    maps = call(
        InstanceConfidenceMaps(stride, sigma), {"instance_image": crops, "instance_points": points}
    )["instance_confidence_maps"]
    assert maps.dtype == np.float32
    assert len(maps) == len(points)
    for drawn, of_instance in zip(maps, points, strict=True):
        expected = plain_maps(of_instance, height, width, stride, sigma)
        np.testing.assert_allclose(drawn, expected, atol=2e-6)


@parametrize_ways
@few
@given(point_sets(3), SIZES, SIGMAS)
def test_maps_of_frames_equal_plain_numpy(
    call: Call, points: Floats, size: tuple[int, int, int], sigma: float
) -> None:
    height, width, stride = size
    frame = {"image": np.zeros((height, width, 1), np.uint8), "instances": points}
    maps = call(ConfidenceMaps(stride, sigma), frame)["confidence_maps"]
    assert maps.dtype == np.float32
    np.testing.assert_allclose(
        maps, plain_multi_maps(points, height, width, stride, sigma), atol=2e-6
    )


@parametrize_ways
@few
@given(point_sets(1), SIZES, SIGMAS)
def test_maps_of_centroids_equal_plain_numpy(
    call: Call, points: Floats, size: tuple[int, int, int], sigma: float
) -> None:
    height, width, stride = size
    frame = {"image": np.zeros((height, width, 3), np.uint8), "centroids": points[:, 0]}
    maps = call(CentroidConfidenceMaps(stride, sigma), frame)["centroid_confidence_maps"]
    np.testing.assert_allclose(
        maps, plain_multi_maps(points, height, width, stride, sigma), atol=2e-6
    )


# --- SLEAP ----------------------------------------------------------------------------------------

parametrize_strides = pytest.mark.parametrize("stride", [slow(1), 2, slow(4)])


def ours(stride: int) -> float:
    """SLEAP's sigma in pixels of the image, as we count it."""
    return SLEAP_SIGMA * stride


@parametrize_ways
@parametrize_strides
def test_maps_of_one_instance_equal_those_of_sleap(call: Call, stride: int) -> None:
    frame = sleap_frame() | {"instances": SLEAP["in/instances"][:1]}
    maps = call(ConfidenceMaps(stride, ours(stride)), frame)["confidence_maps"]
    expected = SLEAP[f"SingleInstanceConfidenceMapGenerator/stride{stride}/confidence_maps"]
    np.testing.assert_allclose(maps, expected, atol=2e-6)


@parametrize_ways
@parametrize_strides
def test_maps_of_several_instances_equal_those_of_sleap(call: Call, stride: int) -> None:
    maps = call(ConfidenceMaps(stride, ours(stride)), sleap_frame())["confidence_maps"]
    expected = SLEAP[f"MultiConfidenceMapGenerator/stride{stride}/confidence_maps"]
    np.testing.assert_allclose(maps, expected, atol=2e-6)


@parametrize_ways
@parametrize_strides
def test_maps_of_centroids_equal_those_of_sleap(call: Call, stride: int) -> None:
    frame = sleap_frame() | {"centroids": SLEAP["InstanceCentroidFinder/midpoint/centroids"]}
    maps = call(CentroidConfidenceMaps(stride, ours(stride)), frame)["centroid_confidence_maps"]
    name = f"MultiConfidenceMapGenerator/centroids_stride{stride}/centroid_confidence_maps"
    np.testing.assert_allclose(maps, SLEAP[name], atol=2e-6)


@parametrize_ways
@parametrize_strides
def test_maps_of_crops_equal_those_of_sleap(call: Call, stride: int) -> None:
    name = f"InstanceConfidenceMapGenerator/all_instances-False_stride{stride}"
    crops = {
        "instance_image": np.zeros((2, 20, 24, 1), np.uint8),
        "instance_points": SLEAP[f"{name}/center_instance"],
    }
    maps = call(InstanceConfidenceMaps(stride, ours(stride)), crops)["instance_confidence_maps"]
    np.testing.assert_allclose(maps, SLEAP[f"{name}/instance_confidence_maps"], atol=2e-6)


@parametrize_ways
def test_half_a_point_is_as_dark_as_in_sleap(call: Call) -> None:
    points = SLEAP["in/edge_cases"][7]
    maps = call(
        lambda p: make_confidence_maps(p, image_size=(40, 56), output_stride=2, sigma=1.5), points
    )
    np.testing.assert_allclose(maps, SLEAP["confmaps/make_confmaps_half_nan_stride2"], atol=2e-6)
    assert not maps[..., [0, 3]].any()


def edge_case_maps(instances: Floats) -> Floats:
    maps: Floats = make_multi_confidence_maps(
        instances, image_size=(40, 56), output_stride=4, sigma=6.0
    ).numpy()
    return maps


def test_instances_at_the_border_equal_those_that_sleap_draws() -> None:
    takes_part = SLEAP["takes_part"][:, 5].astype(bool)  # confidence maps at stride 4
    maps = edge_case_maps(SLEAP["in/edge_cases"][takes_part])
    expected = SLEAP["MultiConfidenceMapGenerator/edge_cases_stride4/confidence_maps"]
    np.testing.assert_allclose(maps, expected, atol=2e-6)


def test_instances_outside_of_the_image_are_drawn_and_sleap_leaves_them_out() -> None:
    maps = edge_case_maps(SLEAP["in/edge_cases"])
    sleaps = SLEAP["MultiConfidenceMapGenerator/edge_cases_stride4/confidence_maps"]
    assert (maps >= sleaps - 2e-6).all()
    left_of_the_image = edge_case_maps(SLEAP["in/edge_cases"][1:2])
    assert left_of_the_image.max() > 0.8
    assert (maps >= left_of_the_image).all()
    assert (sleaps[:, 0] < left_of_the_image[:, 0] - 0.1).any()


# --- what a map promises --------------------------------------------------------------------------


def one_map(x: float, y: float) -> Floats:
    points = tf.constant([[[x, y]]], tf.float32)
    maps: Floats = make_confidence_maps(points, image_size=8, output_stride=2, sigma=2.5).numpy()
    return maps[0, ..., 0]


def test_the_peak_is_one_exactly_where_the_point_is_on_the_grid() -> None:
    on_grid = one_map(4, 6)
    assert on_grid[3, 2] == 1.0
    assert np.count_nonzero(on_grid == 1.0) == 1
    assert one_map(4.5, 6).max() < 1.0
    assert one_map(5, 6).max() < 1.0  # a pixel of the image, but between two of the map


@pytest.mark.parametrize("point", [(np.nan, np.nan), (np.nan, 4), (4, np.nan)])
def test_a_missing_point_leaves_its_map_dark(point: tuple[float, float]) -> None:
    assert not one_map(*point).any()


def test_sigma_is_in_pixels_of_the_image_whatever_the_stride() -> None:
    points = tf.constant([[[8.0, 8.0]]])
    fine = make_confidence_maps(points, image_size=16, output_stride=1, sigma=2.5)
    coarse = make_confidence_maps(points, image_size=16, output_stride=4, sigma=2.5)
    np.testing.assert_array_equal(coarse, fine[:, ::4, ::4])


@parametrize_ways
def test_without_instances_the_maps_are_dark(call: Call) -> None:
    frame = {"image": np.zeros((8, 12, 1), np.uint8), "instances": np.zeros((0, 3, 2), np.float32)}
    maps = call(ConfidenceMaps(2, 2.5), frame)["confidence_maps"]
    assert maps.shape == (4, 6, 3)
    assert not maps.any()


BATCHED = {
    "confidence_maps": ConfidenceMaps(4, 6.0),
    "centroid_confidence_maps": CentroidConfidenceMaps(4, 6.0),
}


@parametrize_ways
@pytest.mark.parametrize(("key", "make"), BATCHED.items(), ids=BATCHED)
def test_a_batch_has_the_maps_of_its_frames(call: Call, key: str, make: Transform) -> None:
    frames = {
        "image": np.zeros((2, 15, 20, 1), np.uint8),
        "instances": SLEAP["in/edge_cases"].reshape(2, 4, 5, 2),
        "centroids": SLEAP["in/edge_cases"][:, 0].reshape(2, 4, 2),
    }
    batch = call(make, frames)[key]
    for at in range(2):
        one = make({name: tf.constant(values[at]) for name, values in frames.items()})[key]
        np.testing.assert_allclose(batch[at], one, atol=1e-6)


def test_the_size_of_maps_is_known_where_that_of_the_image_is() -> None:
    known = tf.data.Dataset.from_tensors(sleap_frame())
    spec = known.map(ConfidenceMaps(4, 6.0)).element_spec["confidence_maps"]
    assert spec.shape.as_list() == [10, 14, 5]
    unknown = known.map(lambda frame: tf.nest.map_structure(with_unknown_sizes, frame))
    spec = unknown.map(ConfidenceMaps(4, 6.0)).element_spec["confidence_maps"]
    assert spec.shape.as_list() == [None, None, 5]
