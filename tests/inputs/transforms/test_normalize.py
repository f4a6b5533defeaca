"""Pixels from 0 to 1: against plain numpy, and against SLEAP's Normalizer."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from transform_examples import SLEAP, Call, Floats, few, in_map_of_unknown_sizes, parametrize_ways

from splitlib.inputs.transforms.normalize import Normalize, to_channels

GRAY = (0.2989, 0.587, 0.114)


def plain_normalized(image: NDArray[np.uint8], channels: int | None) -> Floats:
    """Pixel by pixel; of two channels the second is opacity, of four the last."""
    kept = image.shape[-1] if channels is None else channels
    normalized = np.zeros((*image.shape[:-1], kept), np.float32)
    for at in np.ndindex(image.shape[:-1]):
        pixel = image[at] / 255
        if channels in (None, len(pixel)):
            normalized[at] = pixel
        elif channels == 1:
            normalized[at] = pixel[0] if len(pixel) < 3 else np.dot(pixel[:3], GRAY)
        else:
            normalized[at] = pixel[0] if len(pixel) < 3 else pixel[:3]
    return normalized


images = hnp.arrays(
    np.uint8, st.tuples(st.integers(1, 4), st.integers(1, 4), st.sampled_from([1, 2, 3, 4]))
)


@parametrize_ways
@few
@given(images, st.sampled_from([None, 1, 3]))
def test_normalized_images_equal_plain_numpy(
    call: Call, image: NDArray[np.uint8], channels: int | None
) -> None:
    normalized = call(Normalize(channels), {"image": image})["image"]
    assert normalized.dtype == np.float32
    np.testing.assert_allclose(normalized, plain_normalized(image, channels), atol=1e-6)


def with_any_channels(image: tf.Tensor) -> tf.Tensor:
    return tf.compat.v1.placeholder_with_default(image, [None, None, None])


@few
@given(images, st.sampled_from([1, 3]))
def test_channels_that_only_the_image_knows_are_converted_as_well(
    image: NDArray[np.uint8], channels: int
) -> None:
    def convert(image: tf.Tensor) -> tf.Tensor:
        return Normalize(channels)({"image": with_any_channels(image)})["image"]

    dataset = tf.data.Dataset.from_tensors(image).map(convert)
    assert dataset.element_spec.shape.as_list() == [None, None, channels]
    expected = plain_normalized(image, channels)
    np.testing.assert_allclose(next(iter(dataset)), expected, atol=1e-6)


SLEAPS: dict[str, tuple[str, int | None, str]] = {
    "as they are": ("in/image_rgb_u8", None, "Normalizer/rgb8x8/default/image"),
    "gray": ("in/image_rgb_u8", 1, "Normalizer/rgb8x8/ensure_grayscale-True/image"),
    "RGB": ("in/image_u8", 3, "Normalizer/gray8x8/ensure_rgb-True/image"),
}


@parametrize_ways
@pytest.mark.parametrize(("image", "channels", "expected"), SLEAPS.values(), ids=SLEAPS)
def test_normalized_images_equal_those_of_sleap(
    call: Call, image: str, channels: int | None, expected: str
) -> None:
    normalized = call(Normalize(channels), {"image": SLEAP[image][:8, :8]})["image"]
    np.testing.assert_allclose(normalized, SLEAP[expected], rtol=0, atol=1e-6)


@parametrize_ways
def test_black_is_0_and_white_is_1(call: Call) -> None:
    image = np.array([0, 255], np.uint8)[None, :, None]
    assert call(Normalize(), {"image": image})["image"].ravel().tolist() == [0.0, 1.0]


def test_gray_keeps_what_lies_between_whole_steps() -> None:
    image = np.array([[[10, 20, 30], [11, 20, 30], [10, 20, 31]]], np.uint8)
    gray = Normalize(1)({"image": tf.constant(image)})["image"].numpy().ravel() * 255
    expected = [18.149, 18.4479, 18.263]
    np.testing.assert_allclose(gray, expected, atol=1e-4)


@parametrize_ways
def test_numbers_from_0_to_1_stay_as_they_are(call: Call) -> None:
    image = np.linspace(0, 1, 12, dtype=np.float32).reshape(2, 2, 3)
    np.testing.assert_array_equal(call(Normalize(), {"image": image})["image"], image)


@parametrize_ways
@pytest.mark.parametrize("channels", [None, 1, 3])
def test_a_batch_is_normalized_as_its_images(call: Call, channels: int | None) -> None:
    images = SLEAP["in/image_rgb_u8"][:12].reshape(2, 6, 56, 3)
    batch = call(Normalize(channels, key="crops"), {"crops": images})["crops"]
    each = [call(Normalize(channels), {"image": image})["image"] for image in images]
    np.testing.assert_array_equal(batch, each)


@pytest.mark.parametrize("channels", [1, 3])
def test_the_channels_are_known_before_data_flows(channels: int) -> None:
    def known(image: Any) -> tf.Tensor:  # noqa: ANN401
        converted = to_channels(image, channels)
        assert converted.shape.as_list() == [None, None, channels]
        return converted

    for stored in (1, 3):
        in_map_of_unknown_sizes(known, np.zeros((2, 2, stored), np.uint8))
