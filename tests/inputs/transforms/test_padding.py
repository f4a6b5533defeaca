"""Padded images and padded lists of instances: against plain numpy, and against SLEAP's sizes."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from transform_examples import (
    SLEAP,
    Call,
    Floats,
    few,
    frame_of,
    parametrize_ways,
    point_sets,
    small_images,
    with_unknown_sizes,
)

from splitlib.inputs.transforms.padding import PadInstances, PadToStride, padding

# --- images ---------------------------------------------------------------------------------------


def plain_padded(image: NDArray[np.uint8], stride: int, height: int, width: int) -> Floats:
    rows, columns = max(height, image.shape[0]), max(width, image.shape[1])
    while rows % stride:
        rows += 1
    while columns % stride:
        columns += 1
    padded = np.zeros((rows, columns, image.shape[2]))
    padded[: image.shape[0], : image.shape[1]] = image
    return padded.astype(image.dtype)


@parametrize_ways
@few
@given(small_images, st.sampled_from([1, 2, 4, 8]), st.sampled_from([(0, 0), (7, 9), (8, 16)]))
def test_padded_images_equal_plain_numpy(
    call: Call, image: NDArray[np.uint8], stride: int, least: tuple[int, int]
) -> None:
    padded = call(PadToStride(stride, *least), {"image": image})["image"]
    expected = plain_padded(image, stride, *least)
    assert padded.dtype == image.dtype
    np.testing.assert_array_equal(padded, expected)


@parametrize_ways
@pytest.mark.parametrize("stride", [16, 32])
def test_padded_images_equal_those_of_sleap(call: Call, stride: int) -> None:
    padded = call(PadToStride(stride), {"image": SLEAP["in/image_u8"]})["image"]
    np.testing.assert_array_equal(padded, SLEAP[f"resizing/pad_to_stride_{stride}_u8"])


def test_the_sizes_of_padding_are_those_of_sleap() -> None:
    for height, width, stride, bottom, right in SLEAP["resizing/find_padding_for_stride"].tolist():
        assert padding(height, stride) - height == bottom
        assert padding(width, stride) - width == right


@parametrize_ways
def test_a_batch_is_padded_as_its_images(call: Call) -> None:
    images = SLEAP["in/image_rgb_u8"].reshape(2, 20, 56, 3)
    batch = call(PadToStride(16), {"image": images})["image"]
    each = [call(PadToStride(16), {"image": image})["image"] for image in images]
    np.testing.assert_array_equal(batch, each)


SHAPES: dict[str, tuple[PadToStride, list[int | None]]] = {
    "of height and width": (PadToStride(16, 40, 56), [48, 64, 1]),
    "of the height alone": (PadToStride(16, 40), [48, None, 1]),
    "of none": (PadToStride(16), [None, None, 1]),
}


@pytest.mark.parametrize(("pad", "shape"), SHAPES.values(), ids=SHAPES)
def test_the_size_is_known_where_it_was_given(pad: PadToStride, shape: list[int | None]) -> None:
    def padded(image: tf.Tensor) -> tf.Tensor:
        return pad({"image": with_unknown_sizes(image)})["image"]

    dataset = tf.data.Dataset.from_tensors(SLEAP["in/image_u8"])
    assert dataset.map(padded).element_spec.shape.as_list() == shape


# --- instances ------------------------------------------------------------------------------------


@parametrize_ways
@few
@given(point_sets(3), st.integers(3, 5))
def test_padded_instances_equal_plain_numpy(call: Call, points: Floats, n: int) -> None:
    padded = call(PadInstances(n), {"instances": points})
    assert padded["instances"].shape == (n, 3, 2)
    for at in range(n):
        expected = points[at] if at < len(points) else np.full((3, 2), np.nan)
        np.testing.assert_array_equal(padded["instances"][at], expected)
    assert padded["instance_mask"].tolist() == [at < len(points) for at in range(n)]


@parametrize_ways
def test_what_else_there_is_per_instance_is_padded_too(call: Call) -> None:
    frame = frame_of(2)
    padded = call(PadInstances(3), frame)
    np.testing.assert_array_equal(padded["centroids"][:2], frame["centroids"])
    assert np.isnan(padded["centroids"][2]).all()
    assert padded["skeleton_inds"].tolist() == [0, 0, -1]
    assert padded["track_inds"].tolist() == [0, 1, -1]
    for key in set(frame) - {"instances", "centroids", "skeleton_inds", "track_inds"}:
        np.testing.assert_array_equal(padded[key], frame[key])


def test_frames_with_any_number_of_instances_make_dense_batches() -> None:
    frames = [frame_of(n, frame_ind) for frame_ind, n in enumerate([0, 3, 1])]
    spec = {key: with_any_number(value) for key, value in frames[0].items()}
    dataset = tf.data.Dataset.from_generator(lambda: frames, output_signature=spec)
    (batch,) = dataset.map(PadInstances(3)).batch(3).as_numpy_iterator()
    assert batch["instances"].shape == (3, 3, 3, 2)
    assert batch["instance_mask"].sum(axis=1).tolist() == [0, 3, 1]


def with_any_number(value: tf.Tensor) -> tf.TensorSpec:
    """Without instances only their axis has the length 0."""
    return tf.TensorSpec([n or None for n in value.shape], value.dtype)


def test_the_number_of_instances_is_known_before_data_flows() -> None:
    def padded(frame: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        return PadInstances(4)(tf.nest.map_structure(with_unknown_sizes, frame))

    spec = tf.data.Dataset.from_tensors(frame_of(2)).map(padded).element_spec
    shapes = {key: spec[key].shape.as_list() for key in ("instances", "centroids", "instance_mask")}
    assert shapes == {"instances": [4, 3, 2], "centroids": [4, 2], "instance_mask": [4]}
