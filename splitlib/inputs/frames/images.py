"""Encoded images of frames, and how a graph decodes them."""

import shutil
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from splitlib.errors import ImageError
from splitlib.inputs.frames.image_decoder import ImageDecoder
from splitlib.inputs.graph.tensors import on_cpu
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

    @cached_property
    def decoder(self) -> ImageDecoder:
        """What decodes them."""
        return ImageDecoder(self.size, self.stored_channels, self.is_bgr)

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
        problems = {**self.problems, **self.decoder.failing(rows, self.read)}
        if problems:
            raise self._error(problems)

    def decode(self, row: tf.Tensor) -> tf.Tensor:
        """Decode an image; made for `Dataset.map`.

        Args:
            row: Scalar, position in `frames`.

        Returns:
            (height, width, channels) uint8, RGB or grayscale.
        """
        return self.decoder(self.read(row), row)

    def sizes(self, row: tf.Tensor) -> tf.Tensor:
        """(3,) int32 height, width and channels of an image."""
        return self.decoder.sizes(row)

    def _error(self, problems: Mapping[int, str]) -> ImageError:
        lines = [f"  {self.frames.name(row)}: {problems[row]}" for row in sorted(problems)]
        msg = (
            f"{self.frames.labels.path}: {len(lines)} of {len(self.frames)} images cannot be"
            " decoded; restore the file, or remove these frames:\n" + "\n".join(lines)
        )
        return ImageError(msg)
