"""Patches of several frames at once are those of each frame by itself."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from splitlib.inference.top_down import patches_of
from splitlib.inputs.transforms.instance_patches import cut_patches

SIZE = (7, 5)


# in a graph, tensorflow 2.21 would lose an axis if the corners were stacked
@pytest.mark.parametrize("in_graph", [False, True])
@given(seed=st.integers(0, 2**32 - 1))
def test_patches_of_a_batch_are_those_of_each_frame(in_graph: bool, seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, m = rng.integers(1, 5), rng.integers(0, 9)
    images = rng.integers(1, 255, (n, 11, 13, 2)).astype(np.uint8)
    image = rng.integers(0, n, m)
    corners = rng.integers(-40, 40, (m, 2)).astype(np.int32)
    run = tf.function(patches_of, autograph=False) if in_graph else patches_of
    found = run(tf.constant(images), tf.constant(image), tf.constant(corners), SIZE).numpy()
    assert found.shape == (m, *SIZE, 2)
    for patch, at, corner in zip(found, image, corners, strict=True):
        alone = cut_patches(tf.constant(images[at]), tf.constant(corner[None]), SIZE)[0]
        np.testing.assert_array_equal(patch, alone)
