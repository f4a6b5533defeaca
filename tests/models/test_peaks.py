"""Peaks: what confidence maps are made from is found again."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from splitlib.inputs.transforms.confidence_maps import make_confidence_maps
from splitlib.models.peaks import find_peaks

Floats = NDArray[np.float32]


def found(maps: Floats, stride: int = 1, threshold: float = 0.2) -> tuple[Floats, Floats]:
    points, confidence = find_peaks(
        tf.constant(maps, tf.float32), output_stride=stride, threshold=threshold
    )
    return points.numpy(), confidence.numpy()


def map_of(rows: list[list[float]]) -> Floats:
    return np.array(rows, np.float32)[None, :, :, None]


# At least a pixel of the map away from the border of 64 pixels, at every stride.
inner = st.floats(4, 56, width=32)


@given(
    hnp.arrays(np.float32, (2, 3, 2), elements=inner),
    st.sampled_from([1, 2, 4]),
    st.floats(1.0, 2.0),
)
def test_points_come_back_from_their_maps(points: Floats, stride: int, spread: float) -> None:
    maps = make_confidence_maps(
        tf.constant(points), image_size=64, output_stride=stride, sigma=spread * stride
    )
    back, confidence = found(maps, stride)
    np.testing.assert_allclose(back, points, atol=2e-3 * stride)
    assert (confidence > 0.75).all()


@pytest.mark.parametrize("x", [0.0, 0.4, 62.0, 63.0])
def test_at_the_border_the_place_stays_on_the_grid(x: float) -> None:
    points = tf.constant([[[x, 20.3]]], tf.float32)
    maps = make_confidence_maps(points, image_size=64, output_stride=2, sigma=2.5)
    back, _ = found(maps, 2)
    np.testing.assert_allclose(back[0, 0], [2 * min(round(x / 2), 31), 20.3], atol=5e-3)


def test_a_missing_node_is_not_found() -> None:
    points = tf.constant([[[np.nan, np.nan], [9.0, 9.0]]], tf.float32)
    maps = make_confidence_maps(points, image_size=16, output_stride=2, sigma=2.5)
    back, confidence = found(maps, 2)
    assert np.isnan(back[0, 0]).all()
    assert confidence[0, 0] == 0
    np.testing.assert_allclose(back[0, 1], [9, 9], atol=1e-3)


@pytest.mark.parametrize(("threshold", "is_found"), [(0.3, True), (0.31, False)])
def test_below_the_threshold_nothing_is_found_and_the_confidence_is_told(
    threshold: float, is_found: bool
) -> None:
    faint = map_of([[0.1, 0.1, 0.1], [0.1, 0.3, 0.1], [0.1, 0.1, 0.1]])
    points, confidence = found(faint, threshold=threshold)
    assert np.isfinite(points).all() == is_found
    assert confidence[0, 0] == np.float32(0.3)


SHAPES = {
    "a single pixel": ([[0, 0, 0], [0, 1, 0], [0, 0, 0]], (1, 1)),
    "a plain": ([[1, 1, 1], [1, 1, 1], [1, 1, 1]], (0, 0)),
    "a ridge": ([[0, 0, 0], [0.5, 1, 1], [0, 0, 0]], (1.5, 1)),
    "two tops: the first": ([[0.1, 1, 0.1], [0.1, 0.1, 0.1], [0.1, 1, 0.1]], (1, 0)),
    "negative neighbours": ([[-1, -1, -1], [-1, 0.9, -1], [-1, -1, -1]], (1, 1)),
    "a corner": ([[1, 0.5, 0], [0.5, 0.2, 0], [0, 0, 0]], (0, 0)),
    "one row": ([[0.2, 0.9, 0.2]], (1, 0)),
    "one pixel in all": ([[0.7]], (0, 0)),
}


@pytest.mark.parametrize(("rows", "expected"), SHAPES.values(), ids=SHAPES)
def test_any_map_gives_a_place_within_half_a_pixel_of_its_top(
    rows: list[list[float]], expected: tuple[float, float]
) -> None:
    points, _ = found(map_of(rows))
    np.testing.assert_allclose(points[0, 0], expected, atol=1e-6)


@given(hnp.arrays(np.float32, (2, 5, 4, 3), elements=st.floats(-1, 1, width=32)))
def test_no_map_moves_a_point_further_than_half_a_pixel(maps: Floats) -> None:
    points, confidence = found(maps, threshold=-2)
    flat = maps.reshape(2, -1, 3)
    rows, columns = np.divmod(flat.argmax(axis=1), 4)
    assert (abs(points - np.stack([columns, rows], axis=-1)) <= 0.5 + 1e-5).all()
    np.testing.assert_array_equal(confidence, flat.max(axis=1))


def test_peaks_are_found_inside_of_a_dataset_too() -> None:
    maps = make_confidence_maps(
        tf.constant([[[9.3, 5.2]]]), image_size=16, output_stride=2, sigma=2.5
    )
    dataset = tf.data.Dataset.from_tensors(maps).map(lambda m: find_peaks(m, output_stride=2))
    points, _ = next(iter(dataset))
    np.testing.assert_allclose(points, [[[9.3, 5.2]]], atol=5e-3)
