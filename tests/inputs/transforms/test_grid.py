"""Drawing many instances: as one after the other, by a graph that does not grow with them."""

from functools import reduce

import numpy as np
import pytest
import tensorflow as tf
from transform_examples import Call, parametrize_ways

from splitlib.inputs.transforms.grid import UNROLLED, over_instances


def draw(points: tf.Tensor) -> tf.Tensor:
    """(..., 1, 2, n_nodes): a drawing whose sum depends on the order of its parts."""
    return tf.linalg.matrix_transpose(tf.exp(points))[..., None, :, :]


def over(instances: tf.Tensor) -> tf.Tensor:
    return over_instances(draw, tf.add, lambda all_of: tf.reduce_sum(all_of, axis=-4), instances)


def instances_of(n: int) -> tf.Tensor:
    points = np.random.default_rng(n).normal(0, 5, (3, n, 7, 2))
    return tf.constant(points, tf.float32)


@parametrize_ways
@pytest.mark.parametrize("n", [1, UNROLLED, UNROLLED + 1, 40])
def test_all_are_drawn_one_after_the_other(call: Call, n: int) -> None:
    instances = instances_of(n)
    expected = reduce(tf.add, [draw(instances[:, at]) for at in range(n)])
    np.testing.assert_allclose(call(over, instances), expected, rtol=1e-5)


def test_the_graph_is_as_large_for_many_as_for_some() -> None:
    def size(n: int) -> int:
        function = tf.function(over).get_concrete_function(instances_of(n))
        inner = function.graph.as_graph_def().library.function
        return len(function.graph.get_operations()) + sum(len(each.node_def) for each in inner)

    assert size(2) < size(UNROLLED)
    assert size(UNROLLED + 1) == size(300)
