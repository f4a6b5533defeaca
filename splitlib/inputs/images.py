"""Encoded images of frames, and how a graph decodes them."""

import shutil
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from splitlib.errors import ImageError
from splitlib.inputs.tensors import on_cpu
from splitlib.labels import Labels


@dataclass(frozen=True, eq=False)
class Frames:
    """Frames of the videos of labels.

    Attributes:
        labels: The labels.
        video: (n,) int64, position in the list of videos.
        frame_idx: (n,) int64, frame of the video.
    """

    labels: Labels
    video: NDArray[np.int64]
    frame_idx: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.video)

    def name(self, row: int) -> str:
        """A frame as messages call it."""
        return f"video {self.labels.videos[self.video[row]].key}: frame {self.frame_idx[row]}"


class TemporaryFolder:
    """A folder that is removed with the last object that refers to this one."""

    def __init__(self) -> None:
        self.path = Path(mkdtemp(prefix="splitlib-images-"))
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)


class InMemory:
    """Byte strings in memory, given by their rows, for `Dataset.map`."""

    def __init__(self, contents: Sequence[bytes]) -> None:
        """Prepare the tensor that the graph refers to."""
        self.contents = on_cpu(list(contents), tf.string)

    def __call__(self, row: tf.Tensor) -> tf.Tensor:
        """() string."""
        return tf.gather(self.contents, row)


@dataclass(frozen=True, eq=False)
class EncodedImages:
    """Encoded images of frames.

    Attributes:
        frames: The n frames.
        read: From a row to the encoded image, in memory or in a file, for `Dataset.map`.
        folder: The folder of this file, which lasts as long as this object, or as a dataset that
            decodes from it; None where there is no file.
        size: (n, 3) int32, height, width and channels of the decoded images.
        stored_channels: (n,) int32, channels of the encoded images. Of several, the first is kept
            where `size` says one.
        is_bgr: (n,) bool, whether their colours are in the order of OpenCV.
        problems: What is wrong with the images that cannot be decoded, by row.
        n_bytes: Bytes of the encoded images in memory.
    """

    frames: Frames
    read: Callable[[tf.Tensor], tf.Tensor]
    folder: TemporaryFolder | None
    size: NDArray[np.int32]
    stored_channels: NDArray[np.int32]
    is_bgr: NDArray[np.bool_]
    problems: Mapping[int, str]
    n_bytes: int

    @property
    def shape(self) -> tuple[int | None, int | None, int | None]:
        """Height, width and channels of all images, None where they differ or there is none."""
        height, width, channels = (_common(column) for column in self.size.T)
        return (height, width, channels)

    def check_headers(self) -> None:
        """Make sure that all images look sound, without decoding them.

        Raises:
            ImageError: Some do not; the message names every one.
        """
        if self.problems:
            raise self._error(self.problems)

    def check_pixels(self) -> None:
        """Decode all images, some at a time.

        Raises:
            ImageError: Some do not decode; the message names every one.
        """
        rows = np.setdiff1d(np.arange(len(self.frames)), list(self.problems))
        dataset = tf.data.Dataset.from_tensor_slices(rows.astype(np.int64))
        decoded = dataset.map(self._decoded_row, num_parallel_calls=tf.data.AUTOTUNE)
        sound = np.fromiter(decoded.ignore_errors().as_numpy_iterator(), np.int64)
        problems = dict(self.problems)
        for row in np.setdiff1d(rows, sound).tolist():
            try:
                self._decoded_row(tf.constant(row, tf.int64))
            except tf.errors.InvalidArgumentError as err:
                problems[row] = err.message.rpartition("}}")[2].strip()
        if problems:
            raise self._error(problems)

    def decode(self, row: tf.Tensor) -> tf.Tensor:
        """Decode an image; made for `Dataset.map`.

        Args:
            row: Scalar, position in `frames`.

        Returns:
            (height, width, channels) uint8, RGB or grayscale.
        """
        contents = self.read(row)
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

    def sizes(self, row: tf.Tensor) -> tf.Tensor:
        """(3,) int32 height, width and channels of an image."""
        return tf.gather(self._size, row)

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

    def _decoded_row(self, row: tf.Tensor) -> tf.Tensor:
        image = self.decode(row)
        same = tf.reduce_all(tf.shape(image) == self.sizes(row))
        with tf.control_dependencies([tf.debugging.Assert(same, ["another size"])]):
            return tf.identity(row)

    def _error(self, problems: Mapping[int, str]) -> ImageError:
        lines = [f"  {self.frames.name(row)}: {problems[row]}" for row in sorted(problems)]
        msg = (
            f"{self.frames.labels.path}: {len(lines)} of {len(self.frames)} images cannot be"
            " decoded; restore the file, or remove these frames:\n" + "\n".join(lines)
        )
        return ImageError(msg)


def _common(values: NDArray[Any]) -> int | None:
    """The value that all have, None for several or none."""
    distinct = np.unique(values)
    return int(distinct[0]) if len(distinct) == 1 else None
