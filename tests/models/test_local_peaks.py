"""Peaks of maps that show several instances, and which label each belongs to."""

import numpy as np
import pytest
import tensorflow as tf
from drawn import tries
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from splitlib.inputs.transforms.confidence_maps import make_multi_confidence_maps
from splitlib.models.matching import MATCH_RADIUS, match_peaks
from splitlib.models.peaks import find_local_peaks, find_peaks

SIZE, STRIDE, SIGMA = (48, 64), 2, 2.5


def maps_of(instances: NDArray[np.float32]) -> tf.Tensor:
    return make_multi_confidence_maps(
        tf.constant(instances), image_size=SIZE, output_stride=STRIDE, sigma=SIGMA
    )


def far_apart(seed: int, n_images: int, n_instances: int, n_nodes: int) -> NDArray[np.float32]:
    """Instances whose nodes of one kind lie far from each other, and inside of the image."""
    rng = np.random.default_rng(seed)
    cells = rng.permuted(np.tile(np.arange(6), (n_images, n_nodes, 1)), axis=-1)[..., :n_instances]
    row, column = cells // 3, cells % 3
    points = np.stack([column * 20 + 8, row * 20 + 10], axis=-1) + rng.uniform(
        -2.5, 2.5, (*cells.shape, 2)
    )
    return np.swapaxes(points, 1, 2).astype(np.float32)


@tries(15)
@given(st.integers(0, 10_000), st.integers(1, 4))
def test_every_node_of_drawn_maps_is_found_and_given_back(seed: int, n_instances: int) -> None:
    truth = far_apart(seed, 2, n_instances, 3)
    truth[0, 0, 1] = np.nan
    peaks, where = find_local_peaks(maps_of(truth), output_stride=STRIDE)
    matched, n_extra = match_peaks(truth, peaks.numpy(), where.numpy())
    assert n_extra == 0
    np.testing.assert_allclose(matched, truth, atol=0.05)


def test_of_one_instance_the_local_peak_is_the_highest() -> None:
    truth = far_apart(3, 4, 1, 5)
    highest, _ = find_peaks(maps_of(truth), output_stride=STRIDE)
    local, where = find_local_peaks(maps_of(truth), output_stride=STRIDE)
    assert where.numpy().tolist() == [[image, node] for image in range(4) for node in range(5)]
    np.testing.assert_allclose(local, tf.reshape(highest, [-1, 2]), atol=1e-5)


def test_empty_maps_have_no_peak_and_a_plateau_has_one() -> None:
    maps = np.zeros((1, 8, 8, 2), np.float32)
    maps[0, 3:5, 3:6, 1] = 0.9
    peaks, where = find_local_peaks(tf.constant(maps), output_stride=1)
    assert where.numpy().tolist() == [[0, 1]]
    assert peaks.numpy()[0].tolist() == pytest.approx([3, 3], abs=0.51)


FAR = 40 + MATCH_RADIUS + 1
NOWHERE = [np.nan, np.nan]
MATCHES: dict[str, tuple[list[list[float]], list[list[float]], list[list[float]], int]] = {
    "given once and to the nearest": (
        [[10, 10], [12, 10], [40, 10]],
        [[11.5, 10], [FAR, 10]],
        [NOWHERE, [11.5, 10], NOWHERE],
        1,
    ),
    "in a frame without labels": ([NOWHERE], [[1, 1], [1, 1], [1, 1]], [NOWHERE], 3),
}


@pytest.mark.parametrize(("truth", "peaks", "expected", "n"), MATCHES.values(), ids=MATCHES)
def test_peaks_are_matched_and_those_left_are_extra(
    truth: list[list[float]], peaks: list[list[float]], expected: list[list[float]], n: int
) -> None:
    nodes = np.array(truth, np.float32)[None, :, None]  # instances of one node, in one image
    where = np.zeros((len(peaks), 2), np.int32)
    matched, n_extra = match_peaks(nodes, np.array(peaks, np.float32), where)
    np.testing.assert_array_equal(matched[0, :, 0], np.array(expected, np.float32))
    assert n_extra == n
