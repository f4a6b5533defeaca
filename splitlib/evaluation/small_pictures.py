"""Small gray pictures of frames, by which a frame of an unknown video finds its nearest one."""

from dataclasses import replace

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from splitlib.inputs.frames.frame_source import LabelsSource
from splitlib.inputs.input_fn import SplitInputs

SIDE = 32
"""Cells of a picture along each axis."""

BATCH = 64
"""Small pictures that leave the graph at a time."""


def small_pictures(inputs: SplitInputs, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
    """(n, SIDE, SIDE) uint8, the mean gray of cells, of the frames at (n,) rows of a split."""
    assert isinstance(inputs.source, LabelsSource)
    if not len(rows):
        return np.zeros((0, SIDE, SIDE), np.uint8)
    chosen = replace(inputs, source=inputs.source.only(rows))
    frames = chosen.raw_frames(training=False, keys=("image",))
    batches = frames.map(lambda frame: _small(frame["image"])).batch(BATCH)
    return np.concatenate([batch.numpy() for batch in batches])


def _small(image: tf.Tensor) -> tf.Tensor:
    white = 255.0 if image.dtype == tf.uint8 else 1.0
    gray = tf.reduce_mean(tf.cast(image, tf.float32), axis=-1, keepdims=True) * (255.0 / white)
    cells = tf.image.resize(gray, (SIDE, SIDE), tf.image.ResizeMethod.AREA)
    return tf.cast(tf.round(tf.clip_by_value(cells[..., 0], 0.0, 255.0)), tf.uint8)
