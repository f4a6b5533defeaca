"""Scaled images and points: against plain numpy, and against SLEAP's Resizer."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from transform_examples import (
    SLEAP,
    Call,
    Floats,
    few,
    float_frame_of,
    parametrize_ways,
    point_sets,
    sleap_frame,
    small_images,
)

from splitlib.inputs.transforms.padding import PadToStride
from splitlib.inputs.transforms.resize import Resize, resize_image, resized, unscaled

SCALES = st.sampled_from([0.5, 0.75, 1.0, 1.5, 2.0])


def plain_resized(image: NDArray[Any], scale: float) -> NDArray[np.float64]:
    """Bilinear, pixel by pixel: pixels are squares, and the border goes on as it is."""
    height, width = (int(length * scale) for length in image.shape[:2])
    scaled = np.zeros((height, width, image.shape[2]))
    for row, column in np.ndindex(height, width):
        y = max((row + 0.5) * image.shape[0] / height - 0.5, 0)
        x = max((column + 0.5) * image.shape[1] / width - 0.5, 0)
        top, left = int(y), int(x)
        low, right = min(top + 1, image.shape[0] - 1), min(left + 1, image.shape[1] - 1)
        above = (1 - x % 1) * image[top, left] + x % 1 * image[top, right]
        below = (1 - x % 1) * image[low, left] + x % 1 * image[low, right]
        scaled[row, column] = (1 - y % 1) * above + y % 1 * below
    return scaled


def assert_cut_off_to(pixels: NDArray[np.uint8], exact: NDArray[np.float64]) -> None:
    """Pixels are cut off to whole numbers; of one that is whole, noise may make one less."""
    assert pixels.dtype == np.uint8
    assert ((pixels > exact - 1 - 1e-3) & (pixels < exact + 1e-3)).all()


@parametrize_ways
@few
@given(small_images.filter(lambda image: min(image.shape[:2]) > 1), SCALES)
def test_scaled_images_equal_plain_numpy(
    call: Call, image: NDArray[np.uint8], scale: float
) -> None:
    exact = plain_resized(image, scale)
    assert_cut_off_to(call(lambda i: resize_image(i, scale), image), exact)
    numbers = call(lambda i: resize_image(i, scale), image.astype(np.float32) / 255)
    assert numbers.dtype == np.float32
    np.testing.assert_allclose(numbers, exact / 255, atol=1e-5)


@parametrize_ways
@few
@given(point_sets(3), SCALES, st.integers(5, 9))
def test_points_and_the_scale_follow_the_image(
    call: Call, points: Floats, scale: float, width: int
) -> None:
    frame = {"image": np.zeros((8, width, 1), np.uint8), "instances": points}
    made = call(Resize(scale), frame | {"scale": np.array([1, 0.5], np.float32)})
    factors = np.array([made["image"].shape[1] / width, scale])  # 8 rows are whole at any scale
    expected = (points.astype(np.float64) + 0.5) * factors - 0.5
    np.testing.assert_allclose(made["instances"], expected, rtol=1e-6, atol=1e-5)
    np.testing.assert_allclose(made["scale"], factors * [1, 0.5], rtol=1e-6)
    back = unscaled(made["instances"].astype(np.float64), made["scale"] / [1, 0.5])
    np.testing.assert_allclose(back, points, atol=1e-4)


@parametrize_ways
@few
@given(point_sets(3), SCALES, st.integers(5, 9))
def test_points_and_the_scale_as_in_sleap_are_multiplied(
    call: Call, points: Floats, scale: float, width: int
) -> None:
    frame = {"image": np.zeros((8, width, 1), np.uint8), "instances": points}
    resize = Resize(scale, as_sleap=True)
    made = call(resize, frame | {"scale": np.array([1, 0.5], np.float32)})
    np.testing.assert_array_equal(made["instances"], points * scale)
    np.testing.assert_array_equal(made["scale"], [scale, 0.5 * scale])
    np.testing.assert_allclose(unscaled(made["instances"], scale, as_sleap=True), points)


@parametrize_ways
def test_at_scale_1_nothing_changes(call: Call) -> None:
    frame = float_frame_of(2)
    scaled = call(Resize(1.0), frame)
    for key in frame:
        np.testing.assert_array_equal(scaled[key], frame[key])


@parametrize_ways
@pytest.mark.parametrize(
    ("image", "scale", "expected"),
    [
        ("in/image_f32", 0.5, "resizing/resize_image_0.5_f32"),
        ("in/image_f32", 0.75, "resizing/resize_image_0.75_f32"),
    ],
)
def test_scaled_numbers_equal_those_of_sleap(
    call: Call, image: str, scale: float, expected: str
) -> None:
    scaled = call(lambda i: resize_image(i, scale), SLEAP[image])
    np.testing.assert_allclose(scaled, SLEAP[expected], rtol=0, atol=1e-6)


@parametrize_ways
@pytest.mark.parametrize("scale", [0.5, 0.75, 2.0])
def test_scaled_pixels_equal_those_of_sleap(call: Call, scale: float) -> None:
    scaled = call(lambda i: resize_image(i, scale), SLEAP["in/image_u8"])
    expected = SLEAP[f"resizing/resize_image_{scale}_u8"]
    assert scaled.dtype == expected.dtype
    assert scaled.shape == expected.shape
    # the whole part of a number that is whole but for noise may be one less
    np.testing.assert_allclose(scaled.astype(int), expected.astype(int), rtol=0, atol=1)
    assert np.mean(scaled == expected) > 0.99


@parametrize_ways
@pytest.mark.parametrize("scale", [0.5, 0.75, 2.0])
def test_scaled_and_padded_frames_equal_those_of_sleap(call: Call, scale: float) -> None:
    name = f"Resizer/scale{scale}_pad16"
    frame = call(lambda frame: PadToStride(16)(Resize(scale, as_sleap=True)(frame)), sleap_frame())
    np.testing.assert_allclose(frame["instances"], SLEAP[f"{name}/instances"], rtol=1e-6)
    np.testing.assert_array_equal(frame["scale"], SLEAP[f"{name}/scale"])
    if scale < 1:
        image = SLEAP[f"{name}/image"].astype(int)
        np.testing.assert_allclose(frame["image"].astype(int), image, rtol=0, atol=1)


def test_sizes_are_rounded_down_as_sleap_does() -> None:
    table = SLEAP["resizing/resized_length"]
    assert [resized(int(length), scale) for length, scale, _ in table] == table[:, 2].tolist()


@parametrize_ways
@few
@given(st.integers(2, 40), st.integers(2, 40), st.sampled_from([0.3, 0.5, 0.7, 1.1]))
def test_images_have_the_sizes_that_were_foretold(
    call: Call, height: int, width: int, scale: float
) -> None:
    height, width = height + 4, width + 4
    scaled = call(lambda i: resize_image(i, scale), np.zeros((height, width, 1), np.uint8))
    assert scaled.shape == (resized(height, scale), resized(width, scale), 1)


@parametrize_ways
def test_a_batch_is_scaled_as_its_images(call: Call) -> None:
    images = SLEAP["in/image_rgb_u8"].reshape(2, 20, 56, 3)
    batch = call(lambda i: resize_image(i, 0.75), images)
    each = [call(lambda i: resize_image(i, 0.75), image) for image in images]
    np.testing.assert_array_equal(batch, each)
