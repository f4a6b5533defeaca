"""Patches around instances: cut out as plain numpy does, and large enough for every crop."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from drawn import tries
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from slow import slow
from transform_examples import IMAGE, Call, Floats, few, frame_of, parametrize_ways, seed_of

from splitlib.inputs.transforms.draws import instance_seeds
from splitlib.inputs.transforms.instance_crops import InstanceCrops
from splitlib.inputs.transforms.instance_patches import (
    WORD,
    InstancePatches,
    cut_patches,
    word_length,
)
from splitlib.inputs.transforms.warps import WarpRanges, draw_warps, inverse


def plain_patch(image: NDArray[Any], corner: NDArray[Any], size: tuple[int, int]) -> NDArray[Any]:
    """One patch, pixel by pixel."""
    patch = np.zeros((*size, image.shape[-1]), image.dtype)
    for row, column in np.ndindex(size):
        x, y = column + int(corner[0]), row + int(corner[1])
        if 0 <= x < image.shape[1] and 0 <= y < image.shape[0]:
            patch[row, column] = image[y, x]
    return patch


corners = st.tuples(st.integers(-20, 20), st.integers(-60, 60))


@parametrize_ways
@few
@given(
    st.lists(corners, max_size=4),
    st.sampled_from([1, 2, 4]),
    st.integers(1, 9),
    st.integers(1, 9),
    st.sampled_from([np.uint8, np.float32]),
)
def test_patches_equal_plain_numpy(
    call: Call, places: list[tuple[int, int]], word: int, height: int, words: int, kind: type
) -> None:
    image: NDArray[Any] = IMAGE.astype(kind)  # 52 pixels wide
    size = (height, words * word)
    at = np.array(places, np.int32).reshape(-1, 2) * [word, 1]
    patches = call(lambda i, c: cut_patches(i, c, size, word), image, at.astype(np.int32))
    assert patches.dtype == kind
    assert patches.shape == (len(places), *size, 3)
    for patch, corner in zip(patches, at, strict=True):
        np.testing.assert_array_equal(patch, plain_patch(image, corner, size))


FAR: dict[str, tuple[float, float]] = {
    "far to the right": (1e6, 5),
    "farther than whole numbers go": (-3e38, 3e38),
    "nowhere": (np.nan, np.nan),
    "below": (5, 2e9),
}


@parametrize_ways
def test_far_from_the_image_patches_and_crops_are_black(call: Call) -> None:
    frame = frame_of(5) | {"centroids": tf.constant([*FAR.values(), (20.0, 20.0)])}
    ranges = WarpRanges(180, (0.5, 2.0))

    def crops(frame: dict[str, tf.Tensor]) -> tf.Tensor:
        patches = InstancePatches(16, 1.0, ranges)(frame)
        return InstanceCrops(16, 1.0, ranges)(patches)["instance_image"]

    *far, near = call(crops, frame)
    assert {place: crop.any() for place, crop in zip(FAR, far, strict=True)} == dict.fromkeys(
        FAR, False
    )
    assert near.any()


@parametrize_ways
@pytest.mark.parametrize("word", [slow(1), slow(2), 4])
def test_crops_are_the_same_however_many_pixels_are_copied_at_once(call: Call, word: int) -> None:
    ranges = WarpRanges(180, (0.9, 1.1))

    def crops(frame: dict[str, tf.Tensor], word: int = word) -> tf.Tensor:
        patches = InstancePatches(16, 1.0, ranges, word)(frame)
        return InstanceCrops(16, 1.0, ranges)(patches)["instance_image"]

    np.testing.assert_allclose(
        call(crops, frame_of(3)), crops(frame_of(3), 1).numpy(), rtol=0, atol=1e-6
    )


rotations = st.sampled_from([0.0, 10.0, 44.0, 45.0, 46.0, 90.0, 180.0]) | st.floats(0, 180)
scales = st.tuples(st.floats(0.3, 1), st.floats(1, 2))


@tries(100)
@given(
    st.integers(1, 40),
    st.floats(0.3, 2),
    rotations,
    scales,
    st.sampled_from([1, 16]),
    st.tuples(st.floats(-50, 80), st.floats(-50, 80)),
    st.integers(0, 2**40),
)
def test_a_patch_holds_all_that_its_crop_may_show(
    size: int,
    scale: float,
    rotation: float,
    factors: tuple[float, float],
    word: int,
    centre: tuple[float, float],
    seed: int,
) -> None:
    ranges = WarpRanges(rotation, factors, "horizontal")
    around = InstancePatches(size, scale, ranges, word)
    image = tf.zeros([32, 32, 1], tf.uint8)
    frame = frame_of(1) | {"image": image, "centroids": tf.constant([centre])}
    corner = around(frame)["patch_corner"].numpy()[0]
    back = inverse(draw_warps(ranges, instance_seeds(seed_of(seed), 20))[0] * scale).numpy()
    half = (size - 1) / 2
    ends: Floats = np.array([[x, y] for x in (-half, half) for y in (-half, half)], np.float32)
    places = np.array(centre, np.float32) - corner + np.einsum("nij,kj->nki", back, ends)
    height, width = around.patch_size
    assert width % word == 0
    assert places.min() >= 0
    # and the neighbour on the other side
    assert (np.floor(places) + 1 < [width, height]).all()


def test_a_patch_is_not_much_larger_than_what_its_crop_shows() -> None:
    assert InstancePatches(64).patch_size[0] < 64 + 8
    assert InstancePatches(64, 1.0, WarpRanges(180)).patch_size[0] < 64 * 2**0.5 + 8
    assert InstancePatches(64, 2.0).patch_size[0] < 32 + 8


@pytest.mark.parametrize(
    ("widths", "expected"), [([384], WORD), ([384, 1288], 8), ([1023], 1), ([], WORD)]
)
def test_words_divide_every_width(widths: list[int], expected: int) -> None:
    assert word_length(widths) == expected


def test_gray_patches_become_coloured_where_that_is_asked_for() -> None:
    gray = frame_of(2) | {"image": tf.constant(IMAGE[..., :1])}
    plain, coloured = (
        InstancePatches(16, channels=channels)(gray)["instance_patch"].numpy()
        for channels in (None, 3)
    )
    assert plain.shape[-1] == 1
    assert coloured.dtype == np.uint8
    np.testing.assert_array_equal(coloured, np.repeat(plain, 3, axis=-1))
