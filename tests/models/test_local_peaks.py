"""Peaks of maps that show several instances, and which label each belongs to."""

import numpy as np
import pytest
import tensorflow as tf
from drawn import tries
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from splitlib.inputs.transforms.confidence_maps import make_multi_confidence_maps
from splitlib.models.peaks import find_peaks, find_scored_peaks

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
def test_every_node_of_drawn_maps_is_found(seed: int, n_instances: int) -> None:
    truth = far_apart(seed, 2, n_instances, 3)
    truth[0, 0, 1] = np.nan
    peaks, where, score = (
        out.numpy() for out in find_scored_peaks(maps_of(truth), output_stride=2)
    )
    image, instance, node = np.nonzero(~np.isnan(truth[..., 0]))
    expected = np.column_stack([image, node, truth[image, instance, node]])
    found = np.column_stack([where, peaks])
    np.testing.assert_allclose(_sorted(found), _sorted(expected), atol=0.05)
    assert (score > 0.5).all()


def _sorted(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    return rows[np.lexsort(np.round(rows[:, ::-1]).T)]


def test_of_one_instance_the_local_peak_is_the_highest() -> None:
    truth = far_apart(3, 4, 1, 5)
    highest, _ = find_peaks(maps_of(truth), output_stride=STRIDE)
    local, where, _ = find_scored_peaks(maps_of(truth), output_stride=STRIDE)
    assert where.numpy().tolist() == [[image, node] for image in range(4) for node in range(5)]
    np.testing.assert_allclose(local, tf.reshape(highest, [-1, 2]), atol=1e-5)


def test_empty_maps_have_no_peak_and_a_plateau_has_one() -> None:
    maps = np.zeros((1, 8, 8, 2), np.float32)
    maps[0, 3:5, 3:6, 1] = 0.9
    peaks, where, _ = find_scored_peaks(tf.constant(maps), output_stride=1)
    assert where.numpy().tolist() == [[0, 1]]
    assert peaks.numpy()[0].tolist() == pytest.approx([3, 3], abs=0.51)
