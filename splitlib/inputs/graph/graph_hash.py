"""The hash of `splitlib.split.core.hashing` in a graph: whole numbers, equal everywhere."""

import numpy as np
import tensorflow as tf

from splitlib.split.core import hashing


def mix(z: tf.Tensor) -> tf.Tensor:
    """`splitlib.split.core.hashing.mix` as a graph: uint64 to uint64, products wrap at 64 bits."""
    z = (z ^ tf.bitwise.right_shift(z, uint64(30))) * uint64(hashing.MIX_1)
    z = (z ^ tf.bitwise.right_shift(z, uint64(27))) * uint64(hashing.MIX_2)
    return z ^ tf.bitwise.right_shift(z, uint64(31))


def step(state: tf.Tensor, number: tf.Tensor) -> tf.Tensor:
    """The state with one more number mixed in: 1, 2 is not 2, 1.

    Args:
        state: (...) uint64.
        number: (...) uint64.

    Returns:
        (...) uint64.
    """
    gamma = uint64(hashing.GAMMA)
    return mix(state ^ mix(number * gamma + gamma))


def uint64(number: int | np.uint64) -> tf.Tensor:
    """() uint64."""
    return tf.constant(int(number), tf.uint64)
