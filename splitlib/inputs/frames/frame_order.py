"""The order of frames in an epoch, and the seeds of their augmentation: hashes, no generators.

Every number follows from the seed of the run, the epoch and the key of the frame. So all runs draw
the same numbers, for any number of threads and machines, in any order of the labels file. No number
depends on earlier numbers, so a run can resume anywhere.
"""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from splitlib.inputs.graph.graph_hash import mix, step, uint64
from splitlib.split.core import hashing

ORDER, AUGMENTATION, MIXING = range(3)
"""Purposes of chance, which keep the order of an epoch and the pixels of its frames unrelated."""


def frame_keys(
    video_keys: Sequence[str], video: NDArray[np.int64], frame_idx: NDArray[np.int64]
) -> NDArray[np.int64]:
    """A number for each frame that follows from its video's key and its place in the video.

    Frames are (n,) int64, an index into `video_keys` and the number in that video.

    Returns:
        (n,) int64, the bits of an unsigned hash in a type that every format can hold.
    """
    return hashing.frame_keys(0, video_keys, video, frame_idx, domain="input").view(np.int64)


def epoch_order(keys: tf.Tensor, seed: int, epoch: tf.Tensor) -> tf.Tensor:
    """The rows of all frames in the order of an epoch.

    Keys are (n,) int64, as of `frame_keys`, the seed of the run >= 0, the epoch () int64.

    Returns:
        (n,) int64, each row once. Frames with one key are copies and keep their order.
    """
    ranks = mix(tf.bitcast(keys, tf.uint64) ^ _salt(seed, epoch, ORDER))
    # argsort knows int64, which sorts the upper half of the hashes first: an order as good
    return tf.cast(tf.argsort(tf.bitcast(ranks, tf.int64), stable=True), tf.int64)


def frame_seed(key: tf.Tensor, seed: int, epoch: tf.Tensor) -> tf.Tensor:
    """The seed of a frame in an epoch; every epoch draws anew.

    The key is (...) int64, as of `frame_keys`; seed and epoch are as of `epoch_order`.

    Returns:
        (..., 2) int64, for `splitlib.inputs.transforms.draws`. The second number is 0 for the frame
        as a whole. The instances of the frame have other numbers.
    """
    state = mix(tf.bitcast(key, tf.uint64) ^ _salt(seed, epoch, AUGMENTATION))
    state = tf.bitcast(state, tf.int64)
    return tf.stack([state, tf.zeros_like(state)], axis=-1)


def mixing_seed(seed: int, epoch: tf.Tensor, part: tf.Tensor) -> tf.Tensor:
    """The seed of the buffer that mixes the instances of a part of an epoch, both () int64.

    Returns:
        () int64.
    """
    return tf.bitcast(step(_salt(seed, epoch, MIXING), tf.cast(part, tf.uint64)), tf.int64)


def _salt(seed: int, epoch: tf.Tensor, purpose: int) -> tf.Tensor:
    """() uint64 of seed, purpose and epoch, each mixed in by itself: 1, 2 is not 2, 1."""
    salt = step(step(uint64(0), uint64(seed)), uint64(purpose))
    return step(salt, tf.cast(epoch, tf.uint64))
