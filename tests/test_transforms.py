"""Crops, augmentation, confidence maps: against plain numpy, called directly and in Dataset.map."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from splitlib.inputs.augmentation import (
    Augmentation,
    Flip,
    draw_warps,
    frame_seed,
    mirrored_nodes,
    swap_mirrored,
    unchanged_warps,
)
from splitlib.inputs.centered_instances import CenteredInstances
from splitlib.inputs.confidence_maps import make_confidence_maps
from splitlib.inputs.instance_crops import (
    crop_instances,
    crop_offsets,
    instance_centroids,
    points_in_crops,
)

Floats = NDArray[np.float32]

RNG = np.random.default_rng(7)
IMAGE = RNG.integers(0, 256, (40, 52, 3), dtype=np.uint8)


def direct(function: Callable[..., Any], *args: Any) -> Any:  # noqa: ANN401
    return function(*args).numpy()


def in_map(function: Callable[..., Any], *args: Any) -> Any:  # noqa: ANN401
    dataset = tf.data.Dataset.from_tensors(args).map(function)
    return next(iter(dataset)).numpy()


ways = pytest.mark.parametrize("call", [direct, in_map], ids=["direct", "in Dataset.map"])


# --- confidence maps ------------------------------------------------------------------------------


def plain_confidence_maps(points: Floats, size: int, stride: int, sigma: float) -> Floats:
    grid = np.arange(0, size, stride)
    maps = np.zeros((len(points), len(grid), len(grid), points.shape[1]), np.float32)
    for i, node in np.ndindex(points.shape[:2]):
        px, py = points[i, node].astype(np.float64)
        if np.isnan(px) or np.isnan(py):
            continue
        for row, y in enumerate(grid):
            for column, x in enumerate(grid):
                squared = (x - px) ** 2 + (y - py) ** 2
                maps[i, row, column, node] = np.exp(-squared / (2 * sigma**2))
    return maps


coordinates = st.floats(-8, 24, width=32) | st.just(np.nan) | st.integers(0, 16).map(float)
POINT_SETS = hnp.arrays(np.float32, (2, 3, 2), elements=coordinates)


@ways
@given(POINT_SETS, st.sampled_from([(16, 1), (16, 2), (15, 4)]), st.floats(0.5, 5))
def test_confidence_maps_equal_plain_numpy(
    call: Callable[..., Any], points: Floats, shape: tuple[int, int], sigma: float
) -> None:
    size, stride = shape
    maps = call(
        lambda p: make_confidence_maps(p, image_size=size, output_stride=stride, sigma=sigma),
        points,
    )
    assert maps.dtype == np.float32
    np.testing.assert_allclose(maps, plain_confidence_maps(points, size, stride, sigma), atol=2e-6)


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


# --- crops ----------------------------------------------------------------------------------------


def plain_crop(image: NDArray[np.uint8], centre: Floats, warp: Floats, size: int) -> Floats:
    """One crop, pixel by pixel."""
    back = np.linalg.inv(warp.astype(np.float64))
    crop = np.zeros((size, size, image.shape[-1]))
    for row, column in np.ndindex(size, size):
        middle = (size - 1) / 2
        x, y = back @ [column - middle, row - middle] + centre
        left, top = int(np.floor(x)), int(np.floor(y))
        for px, py in ((left, top), (left + 1, top), (left, top + 1), (left + 1, top + 1)):
            if 0 <= px < image.shape[1] and 0 <= py < image.shape[0]:
                crop[row, column] += (1 - abs(x - px)) * (1 - abs(y - py)) * image[py, px]
    return (crop / 255).astype(np.float32)


def turned(degrees: float, scale: float = 1.0, mirror: float = 1.0) -> Floats:
    cos, sin = scale * np.cos(np.radians(degrees)), scale * np.sin(np.radians(degrees))
    return np.array([[cos * mirror, -sin], [sin * mirror, cos]], np.float32)


warps = st.builds(turned, st.floats(-180, 180), st.floats(0.6, 1.6), st.sampled_from([1.0, -1.0]))
centres = st.tuples(st.floats(-10, 60, width=32), st.floats(-10, 50, width=32))


@ways
@settings(max_examples=25)
@given(st.lists(st.tuples(centres, warps), min_size=0, max_size=3))
def test_crops_equal_plain_numpy(
    call: Callable[..., Any], drawn: list[tuple[tuple[float, float], Floats]]
) -> None:
    centroids = np.array([centre for centre, _ in drawn], np.float32).reshape(-1, 2)
    matrices = np.array([warp for _, warp in drawn], np.float32).reshape(-1, 2, 2)
    crops = call(lambda i, c, w: crop_instances(i, c, w, 9), IMAGE, centroids, matrices)
    assert crops.shape == (len(drawn), 9, 9, 3)
    assert crops.dtype == np.float32
    for crop, centre, warp in zip(crops, centroids, matrices, strict=True):
        np.testing.assert_allclose(crop, plain_crop(IMAGE, centre, warp, 9), atol=1e-4)


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


CENTROIDS: dict[str, tuple[list[list[float]], int | None, list[float]]] = {
    "the mean of all": ([[0, 0], [4, 2], [2, 4]], None, [2, 2]),
    "of those that are there": ([[0, 0], [np.nan, np.nan], [2, 4]], None, [1, 2]),
    "half a point is none": ([[0, 0], [8, np.nan], [2, 4]], None, [1, 2]),
    "the anchor": ([[0, 0], [4, 2], [2, 4]], 1, [4, 2]),
    "the mean without an anchor": ([[0, 0], [np.nan, np.nan], [2, 4]], 1, [1, 2]),
}


@ways
@pytest.mark.parametrize(("points", "anchor", "expected"), CENTROIDS.values(), ids=CENTROIDS)
def test_centroids(
    call: Callable[..., Any], points: list[list[float]], anchor: int | None, expected: list[float]
) -> None:
    instances = np.array([points], np.float32)
    found = call(lambda instances: instance_centroids(instances, anchor), instances)
    np.testing.assert_allclose(found, [expected])


# --- augmentation ---------------------------------------------------------------------------------


def seed_of(epoch: int = 0, video: int = 0, frame: int = 0, seed: int = 42) -> tf.Tensor:
    return frame_seed(
        seed, epoch, {"video_ind": tf.constant(video), "frame_ind": tf.constant(frame)}
    )


def test_the_draws_of_a_frame_never_change() -> None:
    # Pinned: another number here means that the same params train another model.
    assert seed_of(epoch=3, video=1, frame=250).numpy().tolist() == [6087029083091259100, 250]
    drawn, flipped = draw_warps(Augmentation(180, (0.9, 1.1), "horizontal"), 2, seed_of())
    expected = [[[0.05565, 0.919414], [0.919414, -0.05565]]]
    expected += [[[-0.548099, 0.81593], [0.81593, 0.548099]]]
    np.testing.assert_allclose(drawn, expected, atol=1e-5)
    assert flipped.numpy().tolist() == [True, True]


def test_seed_epoch_video_and_frame_each_change_the_draws() -> None:
    seeds = [seed_of(), seed_of(epoch=1), seed_of(video=1), seed_of(frame=1), seed_of(seed=43)]
    drawn = {draw_warps(Augmentation(180), 1, seed)[0].numpy().tobytes() for seed in seeds}
    assert len(drawn) == len(seeds)
    assert seed_of(video=1, frame=2).numpy().tolist() != seed_of(video=2, frame=1).numpy().tolist()


@given(
    st.floats(0, 180),
    st.tuples(st.floats(0.5, 1), st.floats(1, 2)),
    st.sampled_from(["none", "horizontal", "vertical"]),
    st.integers(0, 2**40),
)
def test_draws_keep_to_their_ranges(
    rotation: float,
    scale: tuple[float, float],
    flip: Flip,
    seed: int,
) -> None:
    drawn, flipped = draw_warps(Augmentation(rotation, scale, flip), 50, seed_of(seed=seed))
    flips = flipped.numpy()
    # A flip is a mirror image of a warp that is none: take the mirror away, a warp remains.
    mirror = {"none": np.eye(2), "horizontal": np.diag([-1, 1]), "vertical": np.diag([1, -1])}[flip]
    plain = np.where(flips[:, None, None], drawn @ mirror, drawn)
    angles = np.degrees(np.arctan2(plain[:, 1, 0], plain[:, 0, 0]))
    factors = np.hypot(plain[:, 0, 0], plain[:, 1, 0])
    # No stretch and no shear: a turn and a factor are all.
    again = np.array([turned(a, f) for a, f in zip(angles, factors, strict=True)])
    np.testing.assert_allclose(plain, again, atol=1e-5)
    assert (abs(angles) <= rotation + 1e-3).all()
    assert (factors > scale[0] - 1e-5).all()
    assert (factors < scale[1] + 1e-5).all()
    assert flips.any() == (flip != "none")
    assert not flips.all()


def test_a_positive_angle_turns_clockwise_in_the_image() -> None:
    ahead = tf.constant([[[10.0, 5.0]]])  # to the right of the centroid
    points = points_in_crops(ahead, tf.constant([[5.0, 5.0]]), turned(90)[None], 21)
    np.testing.assert_allclose(points[0, 0], [10, 15], atol=1e-5)  # below it: y points down


@given(
    st.tuples(centres, warps), hnp.arrays(np.float32, (4, 2), elements=st.floats(-7, 7, width=32))
)
def test_points_follow_the_pixels(drawn: tuple[Any, Floats], offsets: Floats) -> None:
    # The image holds its own coordinates, so a crop shows where each of its pixels came from.
    (x, y), warp = (30.0 + drawn[0][0] / 10, 20.0 + drawn[0][1] / 10), drawn[1]
    columns, rows = np.meshgrid(np.arange(64), np.arange(48))
    image = np.stack([4 * columns, 5 * rows], axis=-1).astype(np.uint8)
    centroid = np.array([[x, y]], np.float32)
    crop = crop_instances(image, centroid, warp[None], 15)[0].numpy() * 255 / [4, 5]
    points = points_in_crops((centroid[0] + offsets)[None], centroid, warp[None], 15)[0].numpy()
    for point, (px, py) in zip(centroid[0] + offsets, points, strict=True):
        column, row = int(np.round(px)), int(np.round(py))
        if 0 <= column < 15 and 0 <= row < 15:
            shift = np.linalg.inv(warp) @ [column - px, row - py]
            np.testing.assert_allclose(crop[row, column], point + shift, atol=1e-2)


def test_missing_points_stay_missing() -> None:
    points = tf.constant([[[1.0, 2.0], [np.nan, np.nan]]])
    moved = points_in_crops(points, tf.constant([[1.0, 2.0]]), turned(30)[None], 9)
    np.testing.assert_array_equal(np.isnan(moved), np.isnan(points))


def test_flipped_crops_swap_symmetric_nodes() -> None:
    points = tf.reshape(tf.range(16, dtype=tf.float32), (2, 4, 2))
    mirrored = mirrored_nodes(4, [(1, 3)])
    swapped = swap_mirrored(points, tf.constant([True, False]), mirrored).numpy()
    assert swapped[0].tolist() == points.numpy()[0, [0, 3, 2, 1]].tolist()
    assert swapped[1].tolist() == points.numpy()[1].tolist()


@pytest.mark.parametrize(("flip", "axis"), [("horizontal", 1), ("vertical", 0)])
def test_a_flip_mirrors_the_crop_and_its_points(flip: str, axis: int) -> None:
    seed = next(s for s in map(seed_of, range(20)) if draw_warps(FLIPS[flip], 1, s)[1][0])
    crops = CenteredInstances(16, 2, 2.5, augmentation=FLIPS[flip], mirrored_nodes=(0, 2, 1))
    frame = frame_of(1)
    plain, flipped = crops(frame), crops(frame, seed)
    mirror = np.flip(plain["instance_image"][0], axis=axis)
    np.testing.assert_allclose(flipped["instance_image"][0], mirror, atol=1e-4)
    expected = plain["instance_points"].numpy()[0, [0, 2, 1]]
    expected[:, 1 - axis] = 15 - expected[:, 1 - axis]
    np.testing.assert_allclose(flipped["instance_points"][0], expected, atol=1e-4)


# --- frames to instances --------------------------------------------------------------------------

FLIPS: dict[str, Augmentation] = {
    "horizontal": Augmentation(flip="horizontal"),
    "vertical": Augmentation(flip="vertical"),
}
AUGMENTED = CenteredInstances(16, 2, 2.5, augmentation=Augmentation(180, (0.9, 1.1), "horizontal"))


def frame_of(n_instances: int, frame_ind: int = 30) -> dict[str, tf.Tensor]:
    """A frame as LabelsReader yields one, with three nodes, one missing in the first instance."""
    rng = np.random.default_rng(frame_ind)
    instances = rng.uniform(5, 35, (n_instances, 3, 2)).astype(np.float32)
    instances[:1, 2] = np.nan
    frame = {
        "image": IMAGE,
        "raw_image_size": np.array(IMAGE.shape, np.int32),
        "example_ind": np.int64(frame_ind + 100),
        "video_ind": np.int32(1),
        "frame_ind": np.int64(frame_ind),
        "scale": np.ones(2, np.float32),
        "instances": instances,
        "skeleton_inds": np.zeros(n_instances, np.int32),
        "track_inds": np.arange(n_instances, dtype=np.int32),
        "n_tracks": np.int32(3),
    }
    return {key: tf.constant(value) for key, value in frame.items()}


def frames(n_instances: list[int]) -> tf.data.Dataset:
    """Frames as a dataset whose shapes tell neither the image's size nor how many instances."""
    examples = [frame_of(n, frame_ind) for frame_ind, n in enumerate(n_instances)]
    known = {key: tf.TensorSpec(value.shape, value.dtype) for key, value in examples[0].items()}
    spec = known | {
        "image": tf.TensorSpec((None, None, 3), tf.uint8),
        "instances": tf.TensorSpec((None, 3, 2), tf.float32),
        "skeleton_inds": tf.TensorSpec((None,), tf.int32),
        "track_inds": tf.TensorSpec((None,), tf.int32),
    }
    return tf.data.Dataset.from_generator(lambda: examples, output_signature=spec)


def test_shapes_and_types_of_an_example_are_known_before_any_data_flows() -> None:
    dataset = frames([2]).map(CenteredInstances(16, 2, 2.5)).unbatch()
    assert dataset.element_spec == {
        "instance_image": tf.TensorSpec((16, 16, 3), tf.float32),
        "instance_points": tf.TensorSpec((3, 2), tf.float32),
        "instance_confidence_maps": tf.TensorSpec((8, 8, 3), tf.float32),
        "crop_offset": tf.TensorSpec((2,), tf.float32),
        "instance_ind": tf.TensorSpec((), tf.int32),
        "skeleton_ind": tf.TensorSpec((), tf.int32),
        "track_ind": tf.TensorSpec((), tf.int32),
        "example_ind": tf.TensorSpec((), tf.int64),
        "video_ind": tf.TensorSpec((), tf.int32),
        "frame_ind": tf.TensorSpec((), tf.int64),
    }


def test_each_instance_becomes_an_example_and_an_empty_frame_none() -> None:
    dataset = frames([2, 0, 1]).map(CenteredInstances(16, 2, 2.5)).unbatch()
    told = [tuple(int(e[k]) for k in INDICES) for e in dataset]
    assert told == [(100, 1, 0, 0, 0, 0), (100, 1, 0, 1, 0, 1), (102, 1, 2, 0, 0, 0)]


INDICES = ("example_ind", "video_ind", "frame_ind", "instance_ind", "skeleton_ind", "track_ind")


def test_the_crop_offset_leads_back_to_the_frame() -> None:
    frame = frame_of(3)
    crops = CenteredInstances(16, 2, 2.5)(frame)
    back = crops["instance_points"] + crops["crop_offset"][:, None]
    np.testing.assert_allclose(back, frame["instances"], atol=1e-4)
    middle = instance_centroids(frame["instances"]) - crop_offsets(
        instance_centroids(frame["instances"]), 16
    )
    np.testing.assert_allclose(middle, np.full((3, 2), 7.5), atol=1e-5)


def test_confidence_maps_show_the_points_of_the_crop_even_when_augmented() -> None:
    crops = AUGMENTED(frame_of(3), seed_of())
    expected = plain_confidence_maps(crops["instance_points"].numpy(), 16, 2, 2.5)
    np.testing.assert_allclose(crops["instance_confidence_maps"], expected, atol=2e-6)
    assert not crops["instance_confidence_maps"][0, ..., 2].numpy().any()  # the missing node


def test_without_a_seed_nothing_is_augmented() -> None:
    plain = CenteredInstances(16, 2, 2.5)(frame_of(2))
    for key, value in AUGMENTED(frame_of(2)).items():
        np.testing.assert_array_equal(value, plain[key])


def test_order_and_threads_change_no_pixel() -> None:
    def crops(order: list[int], threads: int | None) -> dict[int, bytes]:
        dataset = tf.data.Dataset.from_tensor_slices(order).map(
            lambda i: {key: value[i] for key, value in stacked.items()}
        )
        mapped = dataset.map(
            lambda f: AUGMENTED(f, frame_seed(42, 0, f)), num_parallel_calls=threads
        )
        return {int(e["frame_ind"][0]): e["instance_image"].numpy().tobytes() for e in mapped}

    examples = [frame_of(2, i) for i in range(6)]
    stacked = {key: tf.stack([example[key] for example in examples]) for key in examples[0]}
    in_order = crops(list(range(6)), None)
    assert len(set(in_order.values())) == 6
    assert crops([3, 0, 5, 1, 4, 2], 4) == in_order


def test_the_graph_calls_no_python_and_no_stateful_chance() -> None:
    traced = tf.function(lambda f: AUGMENTED(f, frame_seed(42, 0, f)))
    graph = traced.get_concrete_function(frame_of(2)).graph.as_graph_def()
    kinds = {node.op for node in graph.node}
    kinds |= {node.op for function in graph.library.function for node in function.node_def}
    assert not {kind for kind in kinds if "PyFunc" in kind}
    assert all(kind.startswith("Stateless") for kind in kinds if "Random" in kind)
