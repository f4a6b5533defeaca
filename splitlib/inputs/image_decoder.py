"""Decoding images by a graph, whatever holds the bytes: one way, so that pixels never differ."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from splitlib.inputs.tensors import on_cpu


@dataclass(frozen=True, eq=False)
class ImageDecoder:
    """What has to be known of n encoded images to decode them.

    Attributes:
        size: (n, 3) int32, height, width and channels of the decoded images.
        stored_channels: (n,) int32, channels of the encoded images. Of several, the first is kept
            where `size` says one.
        is_bgr: (n,) bool, whether their colours are in the order of OpenCV.
    """

    size: NDArray[np.int32]
    stored_channels: NDArray[np.int32]
    is_bgr: NDArray[np.bool_]

    def __call__(self, contents: tf.Tensor, row: tf.Tensor) -> tf.Tensor:
        """Decode an image; made for `Dataset.map`.

        Args:
            contents: () string, a PNG or JPEG image.
            row: () int64, which of the n images it is.

        Returns:
            (height, width, channels) uint8, RGB or grayscale.
        """
        # Decodes PNG as well. Accurate, for the fast method differs between builds of libjpeg.
        image = tf.io.decode_jpeg(
            contents, channels=self._decoder_channels, dct_method="INTEGER_ACCURATE"
        )
        if self.is_bgr.all():
            image = tf.reverse(image, [-1])
        elif self.is_bgr.any():
            is_bgr = tf.gather(self._is_bgr, row)
            image = tf.cond(is_bgr, lambda: tf.reverse(image, [-1]), lambda: image)
        if (self.stored_channels != self.size[:, 2]).any():
            image = image[..., : tf.gather(self._size, row)[2]]
        return tf.ensure_shape(image, self.shape)

    @property
    def shape(self) -> tuple[int | None, int | None, int | None]:
        """Height, width and channels of all images, None where they differ or there is none."""
        height, width, channels = (_common(column) for column in self.size.T)
        return (height, width, channels)

    def sizes(self, row: tf.Tensor) -> tf.Tensor:
        """(3,) int32 height, width and channels of an image."""
        return tf.gather(self._size, row)

    def has_its_size(self, image: tf.Tensor, row: tf.Tensor) -> tf.Tensor:
        """The row again; fails where the decoded image is of another size than it should be."""
        same = tf.reduce_all(tf.shape(image) == self.sizes(row))
        with tf.control_dependencies([tf.debugging.Assert(same, ["another size"])]):
            return tf.identity(row)

    @cached_property
    def _size(self) -> tf.Tensor:
        return on_cpu(self.size, tf.int32)

    @cached_property
    def _is_bgr(self) -> tf.Tensor:
        return on_cpu(self.is_bgr, tf.bool)

    @property
    def _decoder_channels(self) -> int:
        """Channels to decode to; 0 for those that each image has."""
        channels = _common(self.stored_channels)
        return channels if channels in (1, 3) else 0


def failing_rows(
    rows: NDArray[np.int64], decoded_row: Callable[[tf.Tensor], tf.Tensor]
) -> dict[int, str]:
    """What is wrong with the images that do not decode.

    Args:
        rows: (n,) int64, the images to try, some at a time.
        decoded_row: Decodes the image of a row and gives the row back, as a graph.

    Returns:
        The message of the decoder, by row.
    """
    dataset = tf.data.Dataset.from_tensor_slices(rows.astype(np.int64))
    decoded = dataset.map(decoded_row, num_parallel_calls=tf.data.AUTOTUNE)
    sound = np.fromiter(decoded.ignore_errors().as_numpy_iterator(), np.int64)
    problems = {}
    for row in np.setdiff1d(rows, sound).tolist():
        try:
            decoded_row(tf.constant(row, tf.int64))
        except tf.errors.OpError as err:
            problems[row] = err.message.rpartition("}}")[2].strip()
    return problems


def _common(values: NDArray[Any]) -> int | None:
    """The value that all have, None for several or none."""
    distinct = np.unique(values)
    return int(distinct[0]) if len(distinct) == 1 else None
