"""Numbers drawn from the seeds of frames and instances: hashes, many at once.

Each number follows from its seed, what it is for and its place in the draw, so it is the same in
whatever batch its frame or instance comes.
"""

import numpy as np
import tensorflow as tf

from splitlib.inputs.graph.graph_hash import mix, step, uint64
from splitlib.split.core import hashing

WARPS, INTENSITIES = range(2)
"""What numbers are drawn for: those of two transforms are unrelated."""

USES = 16
"""More than there are things to draw for."""


def draw(seeds: tf.Tensor, use: int, n: int) -> tf.Tensor:
    """Draw n numbers for each seed, evenly from 0 to 1.

    Args:
        seeds: (..., 2) int64, as of `frame_seed` or `instance_seeds`.
        use: What they are for: `WARPS` or `INTENSITIES`.
        n: How many.

    Returns:
        (..., n) float32 in [0, 1), multiples of 2**-24.
    """
    one, other = tf.unstack(tf.bitcast(seeds, tf.uint64), axis=-1)
    state = step(one, other * uint64(USES) + uint64(use))
    # the generator of `mix` (splitmix64): its state goes on by GAMMA from number to number
    places = tf.constant(np.arange(1, n + 1, dtype=np.uint64) * np.uint64(hashing.GAMMA))
    numbers = mix(state[..., None] + places)
    return tf.cast(tf.bitwise.right_shift(numbers, uint64(40)), tf.float32) * 2.0**-24


def instance_seeds(frame_seed: tf.Tensor, n: tf.Tensor | int) -> tf.Tensor:
    """The seeds of the n instances of a frame.

    Args:
        frame_seed: (2,) int64, the frame's.
        n: How many instances.

    Returns:
        (n, 2) int64: the second number counts from 1.
    """
    counted = tf.range(1, tf.cast(n, tf.int64) + 1)
    return tf.stack([tf.fill(tf.shape(counted), frame_seed[0]), counted], axis=-1)
