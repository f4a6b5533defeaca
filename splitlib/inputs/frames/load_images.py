"""Reading the images of frames, from the labels file or from their videos.

Gray and RGB images that are embedded in the labels are taken as they are. Those of other kinds, and
all other pixels, become PNG, which loses nothing, so that one way of decoding serves all. Memory
holds the images up to a budget. Beyond the budget, all images go into one file, in the order in
which they are read, and are read again from there.
"""

import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from splitlib.convert.pictures import WHITE_16, asks_to_be_turned, decode_picture
from splitlib.convert.source_frames import SourceVideos, video_backend
from splitlib.convert.turned import Size
from splitlib.errors import ImageError, VideoNotFoundError
from splitlib.inputs.frames.image_decoder import ImageDecoder
from splitlib.inputs.frames.image_headers import ImageHeader, image_header
from splitlib.inputs.frames.images import EncodedImages, Frames, TemporaryFolder
from splitlib.inputs.frames.record_files import ReadRecord, RecordFiles, RecordWriter
from splitlib.inputs.graph.tensors import on_cpu
from splitlib.labels import Labels
from splitlib.progress import tracked
from splitlib.slp.frames_at_hand import missing_names
from splitlib.slp.png import encode_png
from splitlib.slp.ranges import rows_by
from splitlib.slp.stored_images import Image, missing_images

CHUNK = 256
"""Embedded images read at a time, beside those that are kept. Larger chunks save little time."""

FASTEST = 1
"""Compression of images that only live as long as the reader."""


def load_images(
    frames: Frames,
    *,
    video_folders: Sequence[Path] = (),
    memory_budget: int | None = None,
    white: int = WHITE_16,
) -> EncodedImages:
    """Read the encoded images of frames; a frame that is repeated is read again.

    Videos of frames that are not embedded are looked for in `video_folders`. Images of more bytes
    than `memory_budget` are all written into a temporary file; None for no limit. `white` is the
    level that becomes 1 in images of more than 8 bits.

    Raises:
        ImageError: A frame has no image: it is not embedded, and cannot be read from its video.
        VideoNotFoundError: A plain video is not found.
        VideoMismatchError: A file that is found is not the video that was labeled.
        MissingExtraError: Frames of a plain video are needed, and its reader is not installed.
        LabelsFileError: The labels file was changed since it was loaded.
    """
    collected = _Collected(frames, memory_budget)
    stored = _stored_images(frames, video_folders)
    for row, image in tracked(stored, "images", total=len(frames)):
        collected.add(row, image)
    return collected.finish(white)


@dataclass(frozen=True)
class _Stored:
    """A stored image, encoded or as pixels, with what its bytes do not say."""

    content: Image
    is_bgr: bool = False
    to_grayscale: bool = False
    stated: Size | None = None  # height and width that the labels state

    def encoded(self) -> tuple[bytes, ImageHeader]:
        """The image as a graph decodes it, and its header.

        Raises:
            ImageError: The image is damaged, or of a kind that is not read right.
        """
        content = self.content
        if isinstance(content, bytes):
            header = image_header(content)
            if header.is_plain and not (header.has_exif and asks_to_be_turned(io.BytesIO(content))):
                return content, header
            content = decode_picture(io.BytesIO(content), self.stated)
        encoded = encode_png(content, level=FASTEST)
        header = image_header(encoded)
        # pixels with opacity, or two channels, are encoded again without it
        return (encoded, header) if header.is_plain else replace(self, content=encoded).encoded()


def _stored_images(frames: Frames, video_folders: Sequence[Path]) -> Iterator[tuple[int, _Stored]]:
    """The row and image of each frame, in the order in which they are read fastest."""
    sources = SourceVideos(frames.labels, video_folders)
    absent = missing_images(frames.labels.source, frames.video, frames.frame_idx)
    for at, of_video in rows_by(frames.video).items():
        rows = of_video[np.argsort(frames.frame_idx[of_video], kind="stable")]
        yield from _embedded_images(frames, at, rows[~absent[rows]])
        yield from _video_images(frames, at, rows[absent[rows]], sources)


def _embedded_images(
    frames: Frames, at: int, rows: NDArray[np.int64]
) -> Iterator[tuple[int, _Stored]]:
    labels = frames.labels
    grayscale = video_backend(labels, at).get("grayscale") is True
    stated = _stated_size(labels, at)
    for start in range(0, len(rows), CHUNK):
        chunk = rows[start : start + CHUNK]
        images = labels.read_images(frames.video[chunk], frames.frame_idx[chunk])
        is_bgr = labels.images[at].channel_order == "BGR"
        for row, image in zip(chunk.tolist(), images, strict=True):
            # pixels are RGB: only encoders change the order of the channels
            yield row, _Stored(image, is_bgr and isinstance(image, bytes), grayscale, stated)


def _stated_size(labels: Labels, at: int) -> Size | None:
    """The size of the source video as the labels state it, or else that of the embedded images."""
    images = labels.images.get(at)
    height, width, _ = images.shape if images else (0, 0, 0)
    return labels.videos[at].size or ((height, width) if height and width else None)


def _video_images(
    frames: Frames, at: int, rows: NDArray[np.int64], sources: SourceVideos
) -> Iterator[tuple[int, _Stored]]:
    if not len(rows):
        return
    labels = frames.labels
    try:
        pixels = sources.read(at, frames.frame_idx[rows])
        for row, image in zip(rows.tolist(), pixels, strict=True):
            yield row, _Stored(image)
    except VideoNotFoundError as err:
        if not labels.videos[at].is_embedded:
            raise _all_missing(frames, sources, err) from err
        listed = ", ".join(map(str, frames.frame_idx[rows].tolist()))
        msg = (
            f"{labels.path}: video {labels.videos[at].key}: no image is embedded for frame"
            f" {listed}, and the source video cannot be used: {err}"
        )
        raise ImageError(msg) from err


def _all_missing(
    frames: Frames, sources: SourceVideos, first: VideoNotFoundError
) -> VideoNotFoundError:
    """An error that names all films and pictures that are missing, and not the first alone."""
    source = frames.labels.source
    absent = np.flatnonzero(missing_images(source, frames.video, frames.frame_idx))
    names = missing_names(sources.search, frames.video[absent], frames.frame_idx[absent])
    if len(names) < 2:
        return first
    msg = (
        f"{frames.labels.path}: {len(names)} videos or pictures are missing: {', '.join(names)}\n"
        f"They were looked for in {sources.search.places}.\n"
        "Put them there, name their folder (--videos of commands), or go on without their frames:"
        " labels.missing: skip in params.yaml."
    )
    return VideoNotFoundError(msg)


class _Collected:
    """Images as they arrive, in any order."""

    def __init__(self, frames: Frames, memory_budget: int | None) -> None:
        n = len(frames)
        self.frames = frames
        self.memory_budget = math.inf if memory_budget is None else memory_budget
        self.contents = [b""] * n
        self.spool: _Spool | None = None
        self.size = np.zeros((n, 3), np.int32)
        self.stored_channels = np.zeros(n, np.int32)
        self.is_bgr = np.zeros(n, bool)
        self.is_deep = np.zeros(n, bool)
        self.problems: dict[int, str] = {}
        self.n_bytes = 0

    def add(self, row: int, image: _Stored) -> None:
        try:
            encoded, (height, width, channels, bits, *_) = image.encoded()
        except ImageError as err:
            self.problems[row] = str(err)
            return
        self.size[row] = height, width, 1 if image.to_grayscale else channels
        self.stored_channels[row] = channels
        self.is_bgr[row] = image.is_bgr and channels == 3
        self.is_deep[row] = bits > 8
        self._keep(row, encoded)

    def _keep(self, row: int, encoded: bytes) -> None:
        if self.spool is not None:
            self.spool.write(row, encoded)
            return
        self.contents[row] = encoded
        self.n_bytes += len(encoded)
        if self.n_bytes > self.memory_budget:
            self.spool = _Spool(len(self.contents))
            for held, content in enumerate(self.contents):
                if content:
                    self.spool.write(held, content)
                self.contents[held] = b""
            self.n_bytes = 0

    def finish(self, white: int) -> EncodedImages:
        facts = (self.size, self.stored_channels, self.is_bgr, self.is_deep)
        in_memory = partial(tf.gather, on_cpu(self.contents, tf.string))
        return EncodedImages(
            frames=self.frames,
            read=in_memory if self.spool is None else self.spool.reading(),
            folder=None if self.spool is None else self.spool.folder,
            decoder=ImageDecoder(*facts, white),
            problems=self.problems,
            n_bytes=self.n_bytes,
        )


class _Spool:
    """Images in one temporary file, in the order in which they came."""

    def __init__(self, n: int) -> None:
        self.folder = TemporaryFolder()
        self.path = str(self.folder.path / "images.tfrecord")
        self.writer = RecordWriter(self.path)
        self.offset = np.zeros(n, np.int64)

    def write(self, row: int, content: bytes) -> None:
        self.offset[row] = self.writer.write(content)

    def reading(self) -> ReadRecord:
        self.writer.close()
        return ReadRecord(RecordFiles((self.path,), np.zeros_like(self.offset), self.offset))
