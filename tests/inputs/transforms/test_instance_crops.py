"""Instances cut out of frames: against plain numpy, and against SLEAP's InstanceCropper."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from drawn import tries
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from slow import slow
from transform_examples import (
    IMAGE,
    SLEAP,
    Call,
    Example,
    Floats,
    crop_instances,
    crops_of,
    few,
    frame_of,
    parametrize_ways,
    plain_sample,
    seed_of,
    sleap_frame,
    turned,
    warp_matrices,
)

from splitlib.inputs.transforms.centroids import InstanceCentroids
from splitlib.inputs.transforms.draws import instance_seeds
from splitlib.inputs.transforms.instance_crops import InstanceCrops, points_in_crops
from splitlib.inputs.transforms.instance_patches import InstancePatches
from splitlib.inputs.transforms.resize import unscaled
from splitlib.inputs.transforms.warps import Flip, WarpRanges, draw_warps, unchanged_warps

# --- crops ----------------------------------------------------------------------------------------


def plain_crop(image: NDArray[Any], centre: Floats, warp: Floats, size: int) -> Floats:
    """One crop, pixel by pixel."""
    back = np.linalg.inv(warp.astype(np.float64))
    crop = np.zeros((size, size, image.shape[-1]))
    middle = (size - 1) / 2
    for row, column in np.ndindex(size, size):
        x, y = back @ [column - middle, row - middle] + centre
        crop[row, column] = plain_sample(image, x, y)
    return (crop / 255).astype(np.float32)


centres = st.tuples(st.integers(-80, 480), st.integers(-80, 400)).map(
    lambda place: (place[0] / 8, place[1] / 8)
)


@parametrize_ways
@few
@given(st.lists(st.tuples(centres, warp_matrices), max_size=3))
def test_crops_equal_plain_numpy(
    call: Call, drawn: list[tuple[tuple[float, float], Floats]]
) -> None:
    centroids = np.array([centre for centre, _ in drawn], np.float32).reshape(-1, 2)
    matrices = np.array([warp for _, warp in drawn], np.float32).reshape(-1, 2, 2)
    crops = call(lambda i, c, w: crop_instances(i, c, w, 9), IMAGE, centroids, matrices)
    assert crops.shape == (len(drawn), 9, 9, 3)
    assert crops.dtype == np.float32
    for crop, centre, warp in zip(crops, centroids, matrices, strict=True):
        np.testing.assert_allclose(crop, plain_crop(IMAGE, centre, warp, 9), atol=2e-5)


@pytest.mark.parametrize(
    ("size", "centre"), [(9, (20, 14)), (8, (20.5, 14.5))], ids=["odd size", "even size"]
)
def test_an_unchanged_crop_at_whole_pixels_is_a_piece_of_the_image(
    size: int, centre: tuple[float, float]
) -> None:
    unchanged, _ = unchanged_warps(1)
    crop = crop_instances(IMAGE, tf.constant([centre], tf.float32), unchanged, size)[0]
    left, top = (int(c - (size - 1) / 2) for c in centre)
    piece = IMAGE[top : top + size, left : left + size]
    np.testing.assert_array_equal(crop, piece.astype(np.float32) / np.float32(255))


def test_outside_of_the_image_a_crop_is_black() -> None:
    unchanged, _ = unchanged_warps(2)
    white = np.full((10, 10, 1), 255, np.uint8)
    crops = crop_instances(white, tf.constant([[0.0, 0.0], [99.0, 4.0]]), unchanged, 5).numpy()
    np.testing.assert_array_equal(crops[0, ..., 0], np.outer([0, 0, 1, 1, 1], [0, 0, 1, 1, 1]))
    assert not crops[1].any()


def test_a_positive_angle_turns_clockwise_in_the_crop() -> None:
    ahead = tf.constant([[[10.0, 5.0]]])  # to the right of the centroid
    points = points_in_crops(ahead, tf.constant([[5.0, 5.0]]), turned(90)[None], 21)
    np.testing.assert_allclose(points[0, 0], [10, 15], atol=1e-5)  # below it: y points down


@tries(20)
@given(centres, warp_matrices, st.lists(st.tuples(st.floats(-7, 7), st.floats(-7, 7)), min_size=4))
def test_points_follow_the_pixels(
    centre: tuple[float, float], warp: Floats, offsets: list[tuple[float, float]]
) -> None:
    # The image holds its own coordinates, so a crop shows where each of its pixels came from.
    columns, rows = np.meshgrid(np.arange(64), np.arange(48))
    image = np.stack([4 * columns, 5 * rows], axis=-1).astype(np.uint8)
    centroid = np.array([[30 + centre[0] / 10, 20 + centre[1] / 10]], np.float32)
    before = centroid + np.array(offsets, np.float32)
    crop = crop_instances(image, centroid, warp[None], 15)[0].numpy() * 255 / [4, 5]
    points = points_in_crops(before[None], centroid, warp[None], 15)[0].numpy()
    for point, (px, py) in zip(before, points, strict=True):
        column, row = int(np.round(px)), int(np.round(py))
        if 0 <= column < 15 and 0 <= row < 15:
            shift = np.linalg.inv(warp) @ [column - px, row - py]
            np.testing.assert_allclose(crop[row, column], point + shift, atol=1e-2)


def test_missing_points_stay_missing() -> None:
    points = tf.constant([[[1.0, 2.0], [np.nan, np.nan]]])
    moved = points_in_crops(points, tf.constant([[1.0, 2.0]]), turned(30)[None], 9)
    np.testing.assert_array_equal(np.isnan(moved), np.isnan(points))


# --- SLEAP ----------------------------------------------------------------------------------------


def samples_inside(centroids: Floats, size: int, height: int, width: int) -> NDArray[np.bool_]:
    """(n, size, size): which pixels of crops are taken from between pixels of the image."""
    steps = np.arange(size) - (size - 1) / 2
    x, y = (centroids[:, axis, None] + steps for axis in (0, 1))
    in_x, in_y = (x > 0) & (x < width - 1), (y > 0) & (y < height - 1)
    inside: NDArray[np.bool_] = in_y[:, :, None] & in_x[:, None, :]
    return inside


@parametrize_ways
@pytest.mark.parametrize(
    ("image", "white", "atol"),
    [("image_f32", 1, 1e-5), ("image_u8", 255, 1.01 / 255), ("image_rgb_u8", 255, 1.01 / 255)],
    ids=["numbers", "pixels, which SLEAP cuts off to whole ones", "colours, likewise"],
)
def test_crops_inside_of_the_image_equal_those_of_sleap(
    call: Call, image: str, white: float, atol: float
) -> None:
    centroids = SLEAP["in/centroids"]
    inside = samples_inside(centroids, 16, 40, 56)
    warps = np.tile(np.eye(2, dtype=np.float32), (len(centroids), 1, 1))
    pixels = SLEAP[f"in/{image}"]
    crops = call(lambda i, c, w: crop_instances(i, c, w, 16), pixels, centroids, warps)
    sleaps = SLEAP[f"cropping/crop_bboxes_16x16_{image}"]
    assert inside.sum() > 600
    np.testing.assert_allclose(crops[inside], sleaps[inside] / white, rtol=0, atol=atol)


def test_between_the_border_and_outside_crops_blend_with_black_and_those_of_sleap_are_black() -> (
    None
):
    centroids = SLEAP["in/centroids"][2:3]  # x from -5, y from -4.25: no whole rows
    unchanged, _ = unchanged_warps(1)
    crop = crop_instances(SLEAP["in/image_f32"], centroids, unchanged, 16)[0, 4, 5:, 0]
    sleaps = SLEAP["cropping/crop_bboxes_16x16_image_f32"][2, 4, 5:, 0]  # a quarter above row 0
    assert not sleaps.any()
    np.testing.assert_allclose(crop, 0.75 * SLEAP["in/image_f32"][0, :11, 0], atol=1e-5)


@parametrize_ways
def test_instances_equal_those_of_sleap(call: Call) -> None:
    found = {key: sleap_frame()[key][:2] for key in ("instances", "skeleton_inds", "track_inds")}
    frame = sleap_frame() | found | {"image": tf.constant(SLEAP["in/image_f32"])}
    crops = call(lambda frame: crops_of(InstanceCentroids()(frame), 17), frame)
    sleaps = {
        key.rpartition("/")[2]: value
        for key, value in SLEAP.items()
        if key.startswith("InstanceCropper/17x17_f32/")
    }
    centroids = SLEAP["InstanceCentroidFinder/midpoint/centroids"][:2]
    inside = samples_inside(centroids, 17, 40, 56)
    assert inside.mean() > 0.6
    images, expected = crops["instance_image"], sleaps["instance_image"]
    np.testing.assert_allclose(images[inside], expected[inside], rtol=0, atol=1e-5)
    np.testing.assert_allclose(crops["instance_points"], sleaps["center_instance"], atol=1e-5)
    np.testing.assert_allclose(crops["crop_offset"], sleaps["bbox"][:, [1, 0]], atol=1e-5)
    assert crops["instance_ind"].tolist() == sleaps["center_instance_ind"].tolist()
    assert crops["track_ind"].tolist() == sleaps["track_ind"].tolist()


# --- frames to instances --------------------------------------------------------------------------

RANGES = WarpRanges(180, (0.9, 1.1), "horizontal", (0, 2, 1))


def varied(frame: Example) -> Example:
    return crops_of(frame, ranges=RANGES)


@parametrize_ways
def test_each_instance_becomes_a_crop_with_what_its_frame_tells(call: Call) -> None:
    frame = frame_of(3) | {"skeleton_inds": tf.constant([2, 0, 1])}
    crops = call(crops_of, frame)
    assert crops["instance_ind"].tolist() == [0, 1, 2]
    assert crops["skeleton_ind"].tolist() == [2, 0, 1]
    assert crops["track_ind"].tolist() == [0, 1, 2]
    assert crops["example_ind"].tolist() == [130] * 3
    assert crops["video_ind"].tolist() == [1] * 3
    assert crops["frame_ind"].tolist() == [30] * 3
    assert crops["frame_seed"].tolist() == [[30, 1], [30, 2], [30, 3]]
    assert crops["scale"].tolist() == [[1, 0.5]] * 3
    types = {key: crops[key].dtype for key in ("example_ind", "instance_ind", "scale")}
    assert types == {"example_ind": np.int64, "instance_ind": np.int32, "scale": np.float32}


def test_the_keys_of_the_frame_are_replaced_by_those_of_its_instances() -> None:
    made = {"instance_image", "instance_points", "crop_offset", "scale"}
    of_instances = {"instance_ind", "skeleton_ind", "track_ind"}
    kept = {"example_ind", "video_ind", "frame_ind", "frame_seed"}
    assert set(crops_of(frame_of(2))) == made | of_instances | kept
    only_needed = {key: frame_of(2)[key] for key in InstancePatches(16).input_keys}
    assert set(crops_of(only_needed)) == made | of_instances


def frames(n_instances: list[int]) -> tf.data.Dataset:
    """Frames as a dataset that knows neither the image's size nor how many instances there are."""
    examples = [frame_of(n, frame_ind) for frame_ind, n in enumerate(n_instances)]
    per_instance = {"instances", "centroids", "skeleton_inds", "track_inds"}

    def spec(key: str, value: tf.Tensor) -> tf.TensorSpec:
        known = value.shape.as_list()
        if key == "image":
            known[:2] = [None, None]
        return tf.TensorSpec([None, *known[1:]] if key in per_instance else known, value.dtype)

    signature = {key: spec(key, value) for key, value in examples[0].items()}
    return tf.data.Dataset.from_generator(lambda: examples, output_signature=signature)


def test_shapes_and_types_of_an_instance_are_known_before_data_flows() -> None:
    assert frames([2]).map(varied).unbatch().element_spec == {
        "instance_image": tf.TensorSpec((16, 16, 3), tf.float32),
        "instance_points": tf.TensorSpec((3, 2), tf.float32),
        "crop_offset": tf.TensorSpec((2,), tf.float32),
        "instance_ind": tf.TensorSpec((), tf.int32),
        "skeleton_ind": tf.TensorSpec((), tf.int32),
        "track_ind": tf.TensorSpec((), tf.int32),
        "scale": tf.TensorSpec((2,), tf.float32),
        "example_ind": tf.TensorSpec((), tf.int64),
        "video_ind": tf.TensorSpec((), tf.int32),
        "frame_ind": tf.TensorSpec((), tf.int64),
        "frame_seed": tf.TensorSpec((2,), tf.int64),
    }


def test_each_instance_becomes_an_example_and_an_empty_frame_none() -> None:
    dataset = frames([2, 0, 1]).map(crops_of).unbatch()
    told = [tuple(int(e[k]) for k in ("frame_ind", "instance_ind", "track_ind")) for e in dataset]
    assert told == [(0, 0, 0), (0, 1, 1), (2, 0, 0)]


@parametrize_ways
@pytest.mark.parametrize(
    ("scale", "as_sleap"), [(0.5, False), slow(1.0, False), slow(1.5, False), slow(0.5, True)]
)
def test_offset_and_scale_lead_back_to_the_video(call: Call, scale: float, as_sleap: bool) -> None:
    frame = frame_of(3) | {"scale": tf.ones(2)}
    crops = call(lambda frame: crops_of(frame, 16, scale, as_sleap=as_sleap), frame)
    in_scaled_frame = crops["instance_points"] + crops["crop_offset"][:, None]
    border = 0 if as_sleap else 0.5
    expected = (frame["instances"] + border) * scale - border
    np.testing.assert_allclose(in_scaled_frame, expected, atol=1e-4)
    np.testing.assert_allclose(crops["scale"], np.full((3, 2), scale))
    back = unscaled(in_scaled_frame, crops["scale"][:, None], as_sleap=as_sleap)
    np.testing.assert_allclose(back, frame["instances"], atol=1e-4)


@pytest.mark.parametrize("scale", [0.5, 1.0, 2.0])
def test_the_centroid_lies_in_the_middle_of_the_crop(scale: float) -> None:
    frame = frame_of(3) | {"centroids": frame_of(3)["instances"][:, 0]}
    points = crops_of(frame, 16, scale)["instance_points"]
    np.testing.assert_allclose(points[:, 0], np.full((3, 2), 7.5), atol=1e-5)


def test_crops_are_scaled_about_their_centroids() -> None:
    frame = frame_of(2)
    crops = crops_of(frame, 9, 0.75)["instance_image"]
    for crop, centre in zip(crops, frame["centroids"], strict=True):
        expected = plain_crop(IMAGE, centre.numpy(), turned(0, 0.75), 9)
        np.testing.assert_allclose(crop, expected, atol=1e-4)


@pytest.mark.parametrize(("flip", "axis"), [("horizontal", 1), ("vertical", 0)])
def test_a_flip_mirrors_the_crop_and_its_points(flip: Flip, axis: int) -> None:
    ranges = WarpRanges(flip=flip, mirrored_nodes=(0, 2, 1))

    def is_flipped(seed: tf.Tensor) -> bool:
        return bool(draw_warps(ranges, instance_seeds(seed, 1))[1][0])

    seed = next(s for s in map(seed_of, range(50)) if is_flipped(s))
    frame = frame_of(1) | {"frame_seed": seed}
    plain, flipped = crops_of(frame), crops_of(frame, ranges=ranges)
    mirror = np.flip(plain["instance_image"][0], axis=axis)
    np.testing.assert_allclose(flipped["instance_image"][0], mirror, atol=1e-4)
    expected = plain["instance_points"].numpy()[0, [0, 2, 1]]
    expected[:, 1 - axis] = 15 - expected[:, 1 - axis]
    np.testing.assert_allclose(flipped["instance_points"][0], expected, atol=1e-4)


def test_instances_of_a_frame_are_warped_apart_by_the_draws_of_its_seed() -> None:
    frame = frame_of(3)
    warps, _ = draw_warps(RANGES, instance_seeds(frame["frame_seed"], 3))
    crops = varied(frame)["instance_image"].numpy()
    for crop, centre, warp in zip(crops, frame["centroids"], warps, strict=True):
        np.testing.assert_allclose(
            crop, plain_crop(IMAGE, centre.numpy(), warp.numpy(), 16), atol=1e-4
        )
    assert len({warp.numpy().tobytes() for warp in warps}) == 3


def test_where_nothing_is_drawn_the_seed_is_not_needed() -> None:
    frame = frame_of(2)
    del frame["frame_seed"]
    assert "frame_seed" not in crops_of(frame)
    assert "frame_seed" in InstanceCrops(16, 1.0, RANGES).input_keys


@pytest.mark.slow
def test_order_and_threads_change_no_pixel() -> None:
    examples = [frame_of(2, i) for i in range(6)]
    stacked = {key: tf.stack([example[key] for example in examples]) for key in examples[0]}

    def frame_at(i: tf.Tensor) -> Example:
        return {key: value[i] for key, value in stacked.items()}

    def crops(order: list[int], threads: int | None) -> dict[int, bytes]:
        dataset = tf.data.Dataset.from_tensor_slices(order).map(frame_at)
        mapped = dataset.map(varied, num_parallel_calls=threads)
        return {int(e["frame_ind"][0]): e["instance_image"].numpy().tobytes() for e in mapped}

    in_order = crops(list(range(6)), None)
    assert len(set(in_order.values())) == 6
    assert crops([3, 0, 5, 1, 4, 2], 4) == in_order
