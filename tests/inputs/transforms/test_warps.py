"""Random turns, factors and flips: what is drawn, and that points follow the pixels."""

from collections.abc import Sequence
from typing import Any

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
    eighths,
    few,
    float_frame_of,
    parametrize_ways,
    plain_sample,
    seed_of,
    small_images,
    turned,
    warp_matrices,
)

from splitlib.inputs.transforms.draws import WARPS, draw, instance_seeds
from splitlib.inputs.transforms.warps import (
    Flip,
    WarpFrames,
    WarpRanges,
    draw_warps,
    inverse,
    mirrored_nodes,
    swap_mirrored,
    unchanged_warps,
    warp_image,
)

# --- what is drawn --------------------------------------------------------------------------------


def test_the_draws_of_a_seed_never_change() -> None:
    # Pinned: another number here means that the same params train another model.
    drawn, flipped = draw_warps(
        WarpRanges(180, (0.9, 1.1), "horizontal"), instance_seeds(seed_of(43), 2)
    )
    expected = [[[0.947587, -0.39256], [0.39256, 0.947587]]]
    expected += [[[0.851934, 0.626967], [0.626967, -0.851934]]]
    np.testing.assert_allclose(drawn, expected, atol=1e-5)
    assert flipped.numpy().tolist() == [False, True]


def factors_and_angles(
    warps: Floats, flips: NDArray[np.bool_], flip: Flip
) -> tuple[Floats, Floats]:
    """Take the mirror image away, which comes first: a turn and a factor remain, and no shear."""
    mirror = {"none": np.eye(2), "horizontal": np.diag([-1, 1]), "vertical": np.diag([1, -1])}[flip]
    plain = np.where(flips[:, None, None], warps @ mirror, warps)
    angles = np.degrees(np.arctan2(plain[:, 1, 0], plain[:, 0, 0]))
    factors = np.hypot(plain[:, 0, 0], plain[:, 1, 0])
    again = [turned(angle, factor) for angle, factor in zip(angles, factors, strict=True)]
    np.testing.assert_allclose(plain, again, atol=1e-5)
    return factors, angles


flips = st.sampled_from(["none", "horizontal", "vertical"])


@given(
    st.floats(0, 180),
    st.tuples(st.floats(0.5, 1), st.floats(1, 2)),
    flips,
    st.integers(-(2**63), 2**63 - 1),
)
def test_draws_keep_to_their_ranges(
    rotation: float, scale: tuple[float, float], flip: Flip, seed: int
) -> None:
    drawn, flipped = draw_warps(
        WarpRanges(rotation, scale, flip), instance_seeds(seed_of(seed), 50)
    )
    factors, angles = factors_and_angles(drawn.numpy(), flipped.numpy(), flip)
    assert (abs(angles) <= rotation + 1e-3).all()
    assert (factors > scale[0] - 1e-5).all()
    assert (factors < scale[1] + 1e-5).all()
    assert flipped.numpy().any() == (flip != "none")
    assert not flipped.numpy().all()


@pytest.mark.parametrize("flip", ["horizontal", "vertical"])
def test_all_of_a_range_is_drawn_evenly(flip: Flip) -> None:
    drawn, flipped = draw_warps(WarpRanges(90, (0.5, 1.5), flip), instance_seeds(seed_of(1), 4000))
    factors, angles = factors_and_angles(drawn.numpy(), flipped.numpy(), flip)
    for share in ((angles + 90) / 180, factors - 0.5):
        counts, _ = np.histogram(share, bins=10, range=(0, 1))
        assert abs(counts - 400).max() < 5 * 20  # five standard deviations
    assert abs(flipped.numpy().sum() - 2000) < 5 * 32


@given(st.floats(0, 180), flips, st.integers(-(2**63), 2**63 - 1), st.integers(1, 20))
def test_a_warp_is_the_same_to_the_bit_wherever_it_stands_in_a_batch(
    rotation: float, flip: Flip, seed: int, first: int
) -> None:
    ranges = WarpRanges(rotation, (0.9, 1.1), flip)
    seeds = instance_seeds(seed_of(seed), 37)
    drawn, _ = draw_warps(ranges, seeds)
    np.testing.assert_array_equal(draw_warps(ranges, seeds[first:])[0], drawn[first:])
    np.testing.assert_array_equal(inverse(drawn[first:]), inverse(drawn)[first:])


@pytest.mark.parametrize("rotation", [0.0, 45.0, 90.0, 180.0])
def test_angles_are_as_exact_as_float32(rotation: float) -> None:
    seeds = instance_seeds(seed_of(3), 2000)
    drawn, _ = draw_warps(WarpRanges(rotation), seeds)
    shares = draw(seeds, WARPS, 3).numpy()[:, 0]
    angles = (np.float32(2) * shares - np.float32(1)) * np.float32(np.radians(rotation))
    angles = angles.astype(np.float64)
    np.testing.assert_array_equal(drawn[:, 0, 0], np.cos(angles).astype(np.float32))
    np.testing.assert_array_equal(drawn[:, 1, 0], np.sin(angles).astype(np.float32))


@pytest.mark.slow
def test_seeds_of_other_frames_draw_other_warps() -> None:
    drawn = {draw_warps(WarpRanges(180), seed_of(i)[None])[0].numpy().tobytes() for i in range(100)}
    assert len(drawn) == 100


RANGES: dict[str, tuple[WarpRanges, bool]] = {
    "nothing": (WarpRanges(), True),
    "nothing, of a skeleton with symmetries": (WarpRanges(mirrored_nodes=(0, 2, 1)), True),
    "rotation": (WarpRanges(rotation=1), False),
    "scale": (WarpRanges(scale=(1.0, 1.1)), False),
    "one other scale": (WarpRanges(scale=(2.0, 2.0)), False),
    "flip": (WarpRanges(flip="vertical"), False),
}


@pytest.mark.parametrize(("ranges", "changes_nothing"), RANGES.values(), ids=RANGES)
def test_ranges_know_whether_they_change_anything(
    ranges: WarpRanges, changes_nothing: bool
) -> None:
    assert ranges.changes_nothing == changes_nothing
    drawn, _ = draw_warps(ranges, instance_seeds(seed_of(1), 20))
    unchanged, flipped = unchanged_warps(20)
    assert np.array_equal(drawn, unchanged) == changes_nothing
    assert not flipped.numpy().any()


def test_where_nothing_changes_a_frame_stays_as_it_is_to_the_bit() -> None:
    frame = float_frame_of(2)
    warped = WarpFrames(WarpRanges())(frame)
    for key in frame:
        np.testing.assert_array_equal(warped[key], frame[key])


# --- images ---------------------------------------------------------------------------------------


def plain_warped(image: NDArray[Any], matrix: Floats, middle: Floats) -> NDArray[np.float64]:
    back = np.linalg.inv(matrix.astype(np.float64))
    warped = np.zeros(image.shape)
    for row, column in np.ndindex(image.shape[:2]):
        x, y = back @ (np.array([column, row]) - middle) + middle
        warped[row, column] = plain_sample(image, x, y)
    return warped


@parametrize_ways
@few
@given(small_images, warp_matrices, st.tuples(eighths, eighths))
def test_warped_images_equal_plain_numpy(
    call: Call, pixels: NDArray[np.uint8], matrix: Floats, middle: tuple[float, float]
) -> None:
    image, about = pixels.astype(np.float32) / 255, np.array(middle, np.float32)
    warped = call(warp_image, image, matrix, about)
    assert warped.dtype == np.float32
    np.testing.assert_allclose(warped, plain_warped(image, matrix, about), atol=1e-4)


def coordinates(height: int, width: int) -> Floats:
    """An image that holds its own coordinates: (x, y) / 64 in each pixel."""
    columns, rows = np.meshgrid(np.arange(width), np.arange(height))
    return (np.stack([columns, rows], axis=-1) / 64).astype(np.float32)


@parametrize_ways
@few
@given(st.integers(0, 2**40), flips)
def test_points_follow_the_pixels(call: Call, seed: int, flip: Flip) -> None:
    grid = np.stack(np.meshgrid(np.arange(3, 53, 7), np.arange(3, 37, 6)), axis=-1)
    points = grid.reshape(1, -1, 2).astype(np.float32) + np.float32(0.3)
    frame = {"image": coordinates(40, 56), "instances": points, "frame_seed": seed_of(seed)}
    warped = call(WarpFrames(WarpRanges(180, (0.7, 1.4), flip)), frame)
    n_shown = 0
    for before, (x, y) in zip(points[0], warped["instances"][0], strict=True):
        if 0 <= x <= 55 and 0 <= y <= 39:
            shown = plain_sample(warped["image"], x, y) * 64
            # the pixels around may lie outside of the image, where there are no coordinates
            if (warped["image"][int(y) : int(y) + 2, int(x) : int(x) + 2] > 0.03).all():
                np.testing.assert_allclose(shown, before, atol=0.02)
                n_shown += 1
    assert n_shown > 10


def test_a_positive_angle_turns_clockwise_in_the_image() -> None:
    image = np.zeros((5, 5, 1), np.float32)
    image[2, 4] = 1  # to the right of the middle
    warped = warp_image(image, turned(90), [2.0, 2.0]).numpy()
    assert np.unravel_index(warped.argmax(), warped.shape)[:2] == (4, 2)  # below it


def test_what_comes_in_from_outside_is_black() -> None:
    smaller = warp_image(np.ones((9, 9, 1), np.float32), turned(0, 0.5), [4.0, 4.0]).numpy()
    assert (smaller[2:7, 2:7] == 1).all()
    assert smaller.sum() == 25


# --- frames ---------------------------------------------------------------------------------------

SYMMETRIC = mirrored_nodes(5, SLEAP["in/symmetric_inds"].tolist())


def seed_that_flips(ranges: WarpRanges, *, flips: bool = True) -> tf.Tensor:
    seeds = (seed_of(number) for number in range(50))
    return next(seed for seed in seeds if bool(draw_warps(ranges, seed[None])[1][0]) == flips)


@parametrize_ways
@pytest.mark.parametrize(
    ("flip", "case"), [("horizontal", "horizontal-True"), ("vertical", "horizontal-False")]
)
def test_flipped_frames_equal_those_of_sleap(call: Call, flip: Flip, case: str) -> None:
    ranges = WarpRanges(flip=flip, mirrored_nodes=SYMMETRIC)
    frame = {
        "image": SLEAP["in/image_u8"].astype(np.float32) / 255,
        "instances": SLEAP["in/instances"],
        "frame_seed": seed_that_flips(ranges),
    }
    flipped = call(WarpFrames(ranges), frame)
    image, instances = (SLEAP[f"RandomFlipper/{case}/{key}"] for key in ("image", "instances"))
    np.testing.assert_allclose(flipped["image"] * 255, image, atol=0.01)
    np.testing.assert_allclose(flipped["instances"], instances, atol=1e-4)


def test_flipped_frames_without_symmetries_equal_those_of_sleap() -> None:
    ranges = WarpRanges(flip="horizontal")
    points = tf.constant(SLEAP["in/instances"])
    frame = {"image": tf.zeros((40, 56, 1)), "instances": points}
    flipped = WarpFrames(ranges)(frame | {"frame_seed": seed_that_flips(ranges)})
    expected = SLEAP["RandomFlipper/no_symmetries/instances"]
    np.testing.assert_allclose(flipped["instances"], expected, atol=1e-4)


def test_every_other_frame_is_not_flipped() -> None:
    ranges = WarpRanges(flip="horizontal", mirrored_nodes=(1, 0, 2))
    frame = float_frame_of(2) | {"frame_seed": seed_that_flips(ranges, flips=False)}
    kept = WarpFrames(ranges)(frame)
    for key in ("image", "instances"):
        np.testing.assert_array_equal(kept[key], frame[key])


@few
@given(st.integers(0, 2**40))
def test_missing_points_stay_missing(seed: int) -> None:
    points = tf.constant([[[1.0, 2.0], [np.nan, np.nan], [4.0, 4.0]], [[np.nan, np.nan]] * 3])
    frame = {"image": tf.zeros((9, 9, 1)), "instances": points, "frame_seed": seed_of(seed)}
    warped = WarpFrames(WarpRanges(180, (0.5, 2.0), "horizontal"))(frame)["instances"]
    np.testing.assert_array_equal(np.isnan(warped), np.isnan(points))


# --- symmetric nodes ------------------------------------------------------------------------------

SYMMETRIES: dict[str, tuple[int, list[tuple[int, int]], tuple[int, ...]]] = {
    "none": (3, [], (0, 1, 2)),
    "a pair": (4, [(1, 3)], (0, 3, 2, 1)),
    "two pairs": (5, [(0, 1), (4, 3)], (1, 0, 2, 4, 3)),
    "a pair told twice": (3, [(1, 2), (2, 1)], (0, 2, 1)),
}


@pytest.mark.parametrize(("n", "pairs", "expected"), SYMMETRIES.values(), ids=SYMMETRIES)
def test_mirrored_nodes(n: int, pairs: Sequence[Sequence[int]], expected: tuple[int, ...]) -> None:
    assert mirrored_nodes(n, pairs) == expected


@parametrize_ways
def test_the_nodes_of_flipped_instances_swap_and_no_others(call: Call) -> None:
    points = np.arange(16, dtype=np.float32).reshape(2, 4, 2)
    swapped = call(lambda p, f: swap_mirrored(p, f, (0, 3, 2, 1)), points, np.array([True, False]))
    np.testing.assert_array_equal(swapped[0], points[0, [0, 3, 2, 1]])
    np.testing.assert_array_equal(swapped[1], points[1])
