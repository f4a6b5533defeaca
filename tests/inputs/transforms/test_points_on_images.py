"""Points and images agree: a bright dot is found where its point says, after all that moves both.

Frames go through `Resize` and `WarpFrames`, instances through `InstancePatches` and
`InstanceCrops`. The dots are bells, whose place between pixels is the mean of all places, weighted
by brightness.
"""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from slow import slow
from transform_examples import Example, Floats, crops_of, few, seed_of

from splitlib.inputs.transforms.resize import Resize, sleap_offset
from splitlib.inputs.transforms.warps import Flip, WarpFrames, WarpRanges

HEIGHT, WIDTH = 121, 158
"""Of which no scale here, but for 2 and 1, makes whole numbers."""

SCALES = (0.25, 0.4, 0.75, 1.0, 2.0)
NEAR = 0.02
"""Pixels by which a dot may be off: what interpolation makes of a bell."""


def dot(x: float, y: float, scale: float) -> Floats:
    """(HEIGHT, WIDTH, 1) a bell that is some pixels wide after scaling."""
    sigma = 2 / scale
    columns, rows = np.arange(WIDTH) - x, np.arange(HEIGHT)[:, None] - y
    bell = np.exp(-(columns**2 + rows**2) / (2 * sigma**2))
    return bell[..., None].astype(np.float32)


def place_of(image: tf.Tensor) -> NDArray[np.float64]:
    """(x, y) of the dot in an image."""
    pixels: NDArray[np.float64] = np.asarray(image, np.float64)[..., 0]
    rows, columns = np.indices(pixels.shape)
    x, y = ((pixels * places).sum() / pixels.sum() for places in (columns, rows))
    return np.array([x, y], np.float64)


def frame_with_dot(x: float, y: float, scale: float, others: Floats, seed: int) -> Example:
    """A frame whose instances, one for each of `others`, all have the dot as first node."""
    n = len(others)
    instances = np.stack([np.tile(np.array([x, y], np.float32), (n, 1)), others], axis=1)
    return {
        "image": tf.constant(dot(x, y, scale)),
        "instances": tf.constant(instances),
        "centroids": tf.constant(instances.mean(axis=1)),
        "skeleton_inds": tf.zeros([n], tf.int32),
        "track_inds": tf.zeros([n], tf.int32),
        "scale": tf.ones(2),
        "frame_seed": seed_of(seed),
    }


def ranges_of(flip: Flip) -> WarpRanges:
    return WarpRanges(180, (0.8, 1.25), flip, (0, 1))


def frames_of(frame: Example, scale: float, flip: Flip, *, as_sleap: bool = False) -> Example:
    resized = Resize(scale, as_sleap=as_sleap)(frame)
    made: Example = WarpFrames(ranges_of(flip))(resized)
    return made


# in the middle, so that no turn and no flip leads it out of the image
xs, ys = st.floats(65, 92), st.floats(47, 74)
flips = st.sampled_from(["none", "horizontal", "vertical"])


@pytest.mark.parametrize("scale", SCALES)
@few
@given(xs, ys, flips, st.integers(0, 2**40))
def test_a_dot_in_a_frame_is_where_its_point_is(
    scale: float, x: float, y: float, flip: Flip, seed: int
) -> None:
    frame = frame_with_dot(x, y, scale, np.zeros((1, 2), np.float32), seed)
    made = frames_of(frame, scale, flip)
    np.testing.assert_allclose(place_of(made["image"]), made["instances"][0, 0], atol=NEAR)


CROPS = [(0.25, "horizontal"), (0.4, "none"), (1.0, "none"), (2.0, "vertical")]


@pytest.mark.parametrize(("scale", "flip"), [CROPS[0], *(slow(*case) for case in CROPS[1:])])
@few
@given(xs, ys, st.integers(0, 2**40))
def test_a_dot_in_a_crop_is_where_its_point_is(
    scale: float, flip: Flip, x: float, y: float, seed: int
) -> None:
    # centroids are half as far from the dot as these: some pixels of the crop in all directions
    others = np.random.default_rng(seed).uniform(-8, 8, (6, 2)) / scale + [x, y]
    frame = frame_with_dot(x, y, scale, others.astype(np.float32), seed)
    crops = crops_of(frame, 40, scale, ranges_of(flip))
    for image, points in zip(crops["instance_image"], crops["instance_points"], strict=True):
        np.testing.assert_allclose(place_of(image), points[0], atol=NEAR)


@pytest.mark.parametrize("scale", [0.25, slow(0.5), slow(2.0)])
@pytest.mark.parametrize("of", ["frames", "crops"])
def test_a_dot_is_beside_its_point_as_in_sleap_where_that_is_asked_for(
    of: str, scale: float
) -> None:
    frame = frame_with_dot(70.3, 61.8, scale, np.array([[75, 60]], np.float32), 0)
    frame["image"] = frame["image"][:120, :156]  # of which all scales make whole numbers
    if of == "frames":
        made = Resize(scale, as_sleap=True)(frame)
        image, point = made["image"], made["instances"][0, 0]
    else:
        made = crops_of(frame, 40, scale, as_sleap=True)
        image, point = made["instance_image"][0], made["instance_points"][0, 0]
    off = place_of(image) - point
    np.testing.assert_allclose(off, [(scale - 1) / 2] * 2, atol=NEAR)
    np.testing.assert_allclose(off, [-sleap_offset(scale) * scale] * 2, atol=NEAR)


@pytest.mark.parametrize("as_sleap", [False, True], ids=["exact", "sleap"])
@pytest.mark.parametrize("scale", [0.5, slow(0.25), slow(1.0)])
def test_crops_are_cut_out_of_the_scaled_frame_at_their_offset(
    scale: float, as_sleap: bool
) -> None:
    image = np.random.default_rng(1).random((120, 160, 1), np.float32)
    corners = np.array([[3, 5], [10, 2]])  # of the crops, in the scaled frame
    border = 0 if as_sleap else 0.5
    centroids = (corners + (9 - 1) / 2 + border) / scale - border
    frame = frame_with_dot(0, 0, 1, np.zeros((2, 2), np.float32), 0) | {
        "image": tf.constant(image),
        "centroids": tf.constant(centroids, tf.float32),
    }
    crops = crops_of(frame, 9, scale, as_sleap=as_sleap)
    np.testing.assert_allclose(crops["crop_offset"], corners, atol=1e-5)
    whole = Resize(scale, as_sleap=as_sleap)(frame)["image"].numpy()
    for crop, (x, y) in zip(crops["instance_image"], corners, strict=True):
        np.testing.assert_allclose(crop, whole[y : y + 9, x : x + 9], atol=1e-5)
