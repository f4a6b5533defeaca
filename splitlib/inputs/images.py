"""The images of a reader's frames, encoded, and how a graph decodes them.

Images that are embedded in the labels are taken as they are. Those of plain videos, and pixels that
are embedded without an encoding, are turned into PNG here, which loses nothing, so that one way of
decoding serves all. They are held in memory up to a budget, and as files beyond it.
"""

import shutil
import weakref
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from splitlib.convert.source_frames import read_source_frames, video_backend
from splitlib.errors import ImageError, VideoNotFoundError
from splitlib.inputs.image_headers import image_size
from splitlib.labels import Labels
from splitlib.slp.images import missing_images
from splitlib.slp.png import encode_png

CHUNK = 256
"""Embedded images read at a time. More save little, and are held beside what is kept in memory."""

FASTEST = 1
"""Compression of images that only live as long as the reader."""


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


@dataclass(frozen=True, eq=False)
class EncodedImages:
    """Encoded images of frames.

    Attributes:
        frames: The n frames.
        contents: (n,) string tensor, the encoded images, or the paths of files that hold them.
        folder: The folder of these files, which lasts as long as this object, or as a dataset that
            decodes from it; None where there are no files.
        size: (n, 3) int32, height, width and channels of the decoded images.
        stored_channels: (n,) int32, channels of the encoded images. Of several, the first is kept
            where `size` says one.
        is_bgr: (n,) bool, whether their colours are in the order of OpenCV.
        problems: What is wrong with the images that cannot be decoded, by row.
        n_bytes: Bytes of the encoded images in memory.
    """

    frames: Frames
    contents: tf.Tensor
    folder: "_TemporaryFolder | None"
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
        contents = tf.gather(self.contents, row)
        if self.folder is not None:
            contents = tf.io.read_file(contents)
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


def load_images(
    frames: Frames, *, video_folders: Sequence[Path] = (), memory_budget: int | None = None
) -> EncodedImages:
    """Read the encoded images of frames.

    Args:
        frames: Each frame best once.
        video_folders: Where to look for the videos of frames that are not embedded.
        memory_budget: Bytes of encoded images to hold in memory; with more, all are written into a
            temporary folder. None for no limit.

    Raises:
        ImageError: A frame has no image: it is not embedded, and cannot be read from its video.
        VideoNotFoundError: A plain video is not to be found.
        MissingExtraError: Frames of a plain video are needed, and sleap-io is not installed.
        LabelsFileError: The labels file was changed since it was loaded.
    """
    collected = _Collected(frames, memory_budget)
    for row, image in _stored_images(frames, video_folders):
        collected.add(row, image)
    return collected.finish()


@dataclass(frozen=True)
class _Stored:
    """An encoded image, with what its bytes do not say."""

    encoded: bytes
    is_bgr: bool = False
    to_grayscale: bool = False


def _stored_images(frames: Frames, video_folders: Sequence[Path]) -> Iterator[tuple[int, _Stored]]:
    """The row and image of each frame, in the order in which they are read fastest."""
    absent = missing_images(frames.labels.source, frames.video, frames.frame_idx)
    for at in np.unique(frames.video).tolist():
        of_video = np.flatnonzero(frames.video == at)
        rows = of_video[np.argsort(frames.frame_idx[of_video], kind="stable")]
        yield from _embedded_images(frames, at, rows[~absent[rows]])
        yield from _video_images(frames, at, rows[absent[rows]], video_folders)


def _embedded_images(
    frames: Frames, at: int, rows: NDArray[np.int64]
) -> Iterator[tuple[int, _Stored]]:
    labels = frames.labels
    grayscale = video_backend(labels, at).get("grayscale") is True
    for start in range(0, len(rows), CHUNK):
        chunk = rows[start : start + CHUNK]
        images = labels.read_images(frames.video[chunk], frames.frame_idx[chunk])
        is_bgr = labels.images[at].channel_order == "BGR"
        for row, image in zip(chunk.tolist(), images, strict=True):
            if isinstance(image, bytes):
                yield row, _Stored(image, is_bgr, grayscale)
            else:  # pixels: the order of the channels is a matter of encoders
                yield row, _Stored(encode_png(image, level=FASTEST), False, grayscale)


def _video_images(
    frames: Frames, at: int, rows: NDArray[np.int64], video_folders: Sequence[Path]
) -> Iterator[tuple[int, _Stored]]:
    if not len(rows):
        return
    labels = frames.labels
    try:
        pixels = read_source_frames(labels, at, frames.frame_idx[rows], video_folders)
        for row, image in zip(rows.tolist(), pixels, strict=True):
            yield row, _Stored(encode_png(image, level=FASTEST))
    except VideoNotFoundError as err:
        if not labels.videos[at].is_embedded:
            raise
        listed = ", ".join(map(str, frames.frame_idx[rows].tolist()))
        msg = (
            f"{labels.path}: video {labels.videos[at].key}: frame {listed}: the image is not"
            f" embedded, and the source video cannot be used: {err}"
        )
        raise ImageError(msg) from err


class _TemporaryFolder:
    """A folder that is removed with the last object that refers to this one."""

    def __init__(self) -> None:
        self.path = Path(mkdtemp(prefix="splitlib-images-"))
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)


class _Collected:
    """Images as they arrive, in any order."""

    def __init__(self, frames: Frames, memory_budget: int | None) -> None:
        n = len(frames)
        self.frames = frames
        self.memory_budget = memory_budget
        self.contents = [b""] * n
        self.folder: _TemporaryFolder | None = None
        self.size = np.zeros((n, 3), np.int32)
        self.stored_channels = np.zeros(n, np.int32)
        self.is_bgr = np.zeros(n, bool)
        self.problems: dict[int, str] = {}
        self.n_bytes = 0

    def add(self, row: int, image: _Stored) -> None:
        try:
            height, width, channels = image_size(image.encoded)
        except ImageError as err:
            self.problems[row] = str(err)
            return
        self.size[row] = height, width, 1 if image.to_grayscale else channels
        self.stored_channels[row] = channels
        self.is_bgr[row] = image.is_bgr and channels == 3
        self._keep(row, image.encoded)

    def _keep(self, row: int, encoded: bytes) -> None:
        self.contents[row] = encoded
        self.n_bytes += len(encoded)
        if self.folder is not None:
            self._write(row)
        elif self.memory_budget is not None and self.n_bytes > self.memory_budget:
            self.folder = _TemporaryFolder()
            for held in range(len(self.contents)):
                self._write(held)

    def _write(self, row: int) -> None:
        assert self.folder is not None
        path = self.folder.path / str(row)
        path.write_bytes(self.contents[row])
        self.contents[row] = str(path).encode()

    def finish(self) -> EncodedImages:
        return EncodedImages(
            frames=self.frames,
            contents=on_cpu(self.contents, tf.string),
            folder=self.folder,
            size=self.size,
            stored_channels=self.stored_channels,
            is_bgr=self.is_bgr,
            problems=self.problems,
            n_bytes=0 if self.folder is not None else self.n_bytes,
        )


def _common(values: NDArray[Any]) -> int | None:
    """The value that all have, None for several or none."""
    distinct = np.unique(values)
    return int(distinct[0]) if len(distinct) == 1 else None


def on_cpu(values: object, dtype: tf.DType) -> tf.Tensor:
    """A tensor that the graphs of datasets refer to: they run on the CPU, and would copy others."""
    # init_scope: made while a graph is traced, it would belong to that graph and serve no other.
    with tf.init_scope(), tf.device("/cpu:0"):
        return tf.constant(values, dtype)
