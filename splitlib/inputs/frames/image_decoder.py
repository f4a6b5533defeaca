"""Decoding images by a graph, in one way for labels and exports, so that pixels never differ."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from splitlib.convert.pictures import WHITE_16
from splitlib.inputs.graph.tensors import as_written, on_cpu
from splitlib.progress import tracked


@dataclass(frozen=True)
class Decoded:
    """What came of decoding many images."""

    problems: dict[int, str]  # by row, what is wrong with an image
    brightest: int  # the largest level, of images of 16 bits if there are any


@dataclass(frozen=True, eq=False)
class ImageDecoder:
    """The facts that decoding n encoded images needs."""

    size: NDArray[np.int32]  # (n, 3) int32, height, width and channels of the decoded images
    # (n,) int32, of the encoded images; where `size` says one channel, the first of several is kept
    stored_channels: NDArray[np.int32]
    is_bgr: NDArray[np.bool_]  # (n,) bool, whether colours are in the order of OpenCV
    is_deep: NDArray[np.bool_]  # (n,) bool, whether the encoded image is a PNG of 16 bits
    white: int = WHITE_16  # the level of 16 bits that becomes 1

    def __call__(self, contents: tf.Tensor, row: tf.Tensor) -> tf.Tensor:
        """Decode a PNG or JPEG image, () string, for `Dataset.map`; its row is () int64.

        Returns:
            (height, width, channels) of `dtype`, RGB or grayscale. Floats are shares of white.
        """
        stored = _common(self.stored_channels)
        channels = stored if stored in (1, 3) else 0  # 0 for those that each image has
        image = self._levels(contents, row, channels)
        if self.is_bgr.all():
            image = tf.reverse(image, [-1])
        elif self.is_bgr.any():
            is_bgr = tf.gather(on_cpu(self.is_bgr, tf.bool), row)
            image = tf.cond(is_bgr, lambda: tf.reverse(image, [-1]), lambda: image)
        if (self.stored_channels != self.size[:, 2]).any():
            image = image[..., : tf.gather(self._size, row)[2]]
        return tf.ensure_shape(image, self.shape)

    def _levels(self, contents: tf.Tensor, row: tf.Tensor, channels: int) -> tf.Tensor:
        """The image as it is stored; levels of 16 bits become floats, and so do all beside them."""

        def shallow() -> tf.Tensor:
            # decode_jpeg decodes PNG as well. The fast method differs between builds of libjpeg.
            return tf.io.decode_jpeg(contents, channels=channels, dct_method="INTEGER_ACCURATE")

        def deep() -> tf.Tensor:
            levels = tf.io.decode_png(contents, channels=channels, dtype=tf.uint16)
            return tf.cast(levels, tf.float32) / self.white

        if not self.is_deep.any():
            return shallow()
        if self.is_deep.all():
            return deep()
        is_deep = tf.gather(on_cpu(self.is_deep, tf.bool), row)
        return tf.cond(is_deep, deep, lambda: tf.cast(shallow(), tf.float32) / 255)

    @property
    def dtype(self) -> tf.DType:
        """uint8, or float32 if an image has more than 8 bits."""
        return tf.float32 if self.is_deep.any() else tf.uint8

    @cached_property
    def shape(self) -> tuple[int | None, int | None, int | None]:
        """As of `common_shape`."""
        return common_shape(self.size)

    def sizes(self, row: tf.Tensor) -> tf.Tensor:
        """(3,) int32 height, width and channels of an image."""
        return tf.gather(self._size, row) if None in self.shape else tf.constant(self.shape)

    def decode_all(
        self, rows: NDArray[np.int64], read: Callable[[tf.Tensor], tf.Tensor]
    ) -> "Decoded":
        """Decode the images at (m,) int64 rows, some at a time.

        `read` leads from a row to the encoded image, as a graph.

        An image that cannot be read, does not decode, or has another size than `size` says, is a
        problem.
        """

        @as_written
        def decoded(row: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            image = self(read(row), row)
            same = tf.reduce_all(tf.shape(image) == self.sizes(row))
            with tf.control_dependencies([tf.debugging.Assert(same, ["another size"])]):
                # asks for pixels: a graph that needs only their known shape decodes nothing
                return tf.identity(row), tf.reduce_max(image)

        dataset = tf.data.Dataset.from_tensor_slices(rows.astype(np.int64))
        tried = dataset.map(decoded, num_parallel_calls=tf.data.AUTOTUNE).ignore_errors()
        decoding = tracked(tried.as_numpy_iterator(), "images decoded", total=len(rows))
        sound, brightest = [], 0.0
        for row, largest in decoding:
            sound.append(row)
            if self.is_deep[row] or not self.dtype.is_floating:
                brightest = max(brightest, float(largest))
        problems = {}
        for row in np.setdiff1d(rows, sound).tolist():
            try:
                decoded(tf.constant(row, tf.int64))
            except tf.errors.OpError as err:
                problems[row] = _reason(err)
        level = round(brightest * self.white) if self.dtype.is_floating else int(brightest)
        return Decoded(problems, level)

    @cached_property
    def _size(self) -> tf.Tensor:
        return on_cpu(self.size, tf.int32)


def _reason(error: tf.errors.OpError) -> str:
    """The message of an operation, without its place in the graph and the words of an assertion."""
    reason: str = error.message.rpartition("}}")[2].rpartition("Summarized data: ")[2].strip()
    return reason.removeprefix("b'").removesuffix("'")


def common_shape(size: NDArray[np.integer[Any]]) -> tuple[int | None, int | None, int | None]:
    """Height, width and channels of all n images, of (n, 3); None where they differ, or n is 0."""
    height, width, channels = (_common(column) for column in size.T)
    return (height, width, channels)


def _common(values: NDArray[Any]) -> int | None:
    """The only value among these, None for several values or none."""
    distinct = np.unique(values)
    return int(distinct[0]) if len(distinct) == 1 else None
