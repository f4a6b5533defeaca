"""The hash of `splitlib.split.core.hashing` in a graph: whole numbers, equal on every machine."""

import numpy as np
import tensorflow as tf

from splitlib.split.core import hashing


def mix(z: tf.Tensor) -> tf.Tensor:
    """`splitlib.split.core.hashing.mix` in a graph: uint64 to uint64, products wrap at 64 bits."""
    z = (z ^ tf.bitwise.right_shift(z, uint64(30))) * uint64(hashing.MIX_1)
    z = (z ^ tf.bitwise.right_shift(z, uint64(27))) * uint64(hashing.MIX_2)
    return z ^ tf.bitwise.right_shift(z, uint64(31))


def step(state: tf.Tensor, number: tf.Tensor) -> tf.Tensor:
    """The state after one more number, all (...) uint64. The order of numbers changes the state."""
    gamma = uint64(hashing.GAMMA)
    return mix(state ^ mix(number * gamma + gamma))


def uint64(number: int | np.uint64) -> tf.Tensor:
    """() uint64."""
    return tf.constant(int(number), tf.uint64)
