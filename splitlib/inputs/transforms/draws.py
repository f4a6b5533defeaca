"""Numbers drawn from the seeds of frames and instances: hashes, many at once.

Each number follows from its seed, its use and its place in the draw. So it does not depend on the
batch in which its frame or instance comes.
"""

import numpy as np
import tensorflow as tf

from splitlib.inputs.graph.graph_hash import mix, step, uint64
from splitlib.split.core import hashing

WARPS, INTENSITIES = range(2)
"""Uses of numbers, one for each transform: numbers of different uses are unrelated."""

USES = 16
"""Upper bound of the uses: `draw` hashes number * USES + use, which differs between uses."""


def draw(seeds: tf.Tensor, use: int, n: int) -> tf.Tensor:
    """Draw n numbers for each seed, evenly from 0 to 1.

    Seeds are (..., 2) int64, as of `frame_seed` or `instance_seeds`; uses are `WARPS` and
    `INTENSITIES`.

    Returns:
        (..., n) float32 in [0, 1), multiples of 2**-24.
    """
    one, other = tf.unstack(tf.bitcast(seeds, tf.uint64), axis=-1)
    state = step(one, other * uint64(USES) + uint64(use))
    # as the generator splitmix64, which `mix` is from: GAMMA is added to its state for each number
    places = tf.constant(np.arange(1, n + 1, dtype=np.uint64) * np.uint64(hashing.GAMMA))
    numbers = mix(state[..., None] + places)
    return tf.cast(tf.bitwise.right_shift(numbers, uint64(40)), tf.float32) * 2.0**-24


def instance_seeds(frame_seed: tf.Tensor, n: tf.Tensor | int) -> tf.Tensor:
    """Make seeds for the n instances of a frame, whose own seed is (2,) int64.

    Returns:
        (n, 2) int64: the first number of the frame's seed, and a count from 1.
    """
    counted = tf.range(1, tf.cast(n, tf.int64) + 1)
    return tf.stack([tf.fill(tf.shape(counted), frame_seed[0]), counted], axis=-1)
