"""Encoded images of frames."""

import weakref
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from splitlib.errors import ImageError
from splitlib.files import temporary_beside
from splitlib.inputs.frames.image_decoder import ImageDecoder
from splitlib.labels import Labels


@dataclass(frozen=True, eq=False)
class Frames:
    """Frames of the videos of labels."""

    labels: Labels  # the labels
    video: NDArray[np.int64]  # (n,) int64, position in the list of videos
    frame_idx: NDArray[np.int64]  # (n,) int64, frame of the video

    def __len__(self) -> int:
        return len(self.video)

    def name(self, row: int) -> str:
        """The name of a frame in messages."""
        return f"video {self.labels.videos[self.video[row]].key}: frame {self.frame_idx[row]}"


class TemporaryFolder:
    """A folder that is removed with the last object that refers to this one."""

    def __init__(self) -> None:
        stack = ExitStack()
        self.path = stack.enter_context(temporary_beside(Path(gettempdir(), "splitlib-images")))
        weakref.finalize(self, stack.close)


@dataclass(frozen=True, eq=False)
class EncodedImages:
    """Encoded images of frames."""

    frames: Frames  # the n frames
    read: Callable[[tf.Tensor], tf.Tensor]  # row to image, for `Dataset.map`; in memory or a file
    # of this file, or None; lasts as long as this object, or as a dataset that decodes from it
    folder: TemporaryFolder | None
    decoder: ImageDecoder  # decodes the images
    problems: Mapping[int, str]  # what is wrong with the images that cannot be decoded, by row
    n_bytes: int  # bytes of the encoded images in memory

    def check_headers(self) -> None:
        """Check that all images look sound, without decoding them.

        Raises:
            ImageError: Some images do not; the message names every one.
        """
        if self.problems:
            raise self._error(self.problems)

    def check_pixels(self) -> int:
        """Decode all images, some at a time.

        Returns:
            The largest level, of the 16 bits of a PNG where images have more than 8.

        Raises:
            ImageError: Some images do not decode; the message names every one.
        """
        rows = np.setdiff1d(np.arange(len(self.frames)), list(self.problems))
        decoded = self.decoder.decode_all(rows, self.read)
        if problems := {**self.problems, **decoded.problems}:
            raise self._error(problems)
        return decoded.brightest

    def _error(self, problems: Mapping[int, str]) -> ImageError:
        lines = [f"  {self.frames.name(row)}: {problems[row]}" for row in sorted(problems)]
        msg = (
            f"{self.frames.labels.path}: {len(lines)} of {len(self.frames)} images cannot be"
            " decoded; restore the file, or remove these frames:\n" + "\n".join(lines)
        )
        return ImageError(msg)
