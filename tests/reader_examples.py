"""Examples of a reader, and labels to read, for the tests of the reader."""

import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import tensorflow as tf
from numpy.typing import NDArray
from synthetic_labels import HEIGHT, WIDTH, MadeFrame, MadeLabels, small_package

from splitlib.inputs.frames.reader import LabelsReader
from splitlib.labels import Labels
from splitlib.slp.create import EmbeddedVideo

Example = dict[str, Any]
Pixels = NDArray[np.uint8]

KEYS = [
    "image",
    "raw_image_size",
    "example_ind",
    "video_ind",
    "frame_ind",
    "scale",
    "instances",
    "skeleton_inds",
    "track_inds",
    "n_tracks",
]


def examples(dataset: tf.data.Dataset) -> list[Example]:
    return list(dataset.as_numpy_iterator())


def read(reader: LabelsReader) -> list[Example]:
    return examples(reader.make_dataset())


def as_bytes(found: Iterable[Example]) -> list[dict[str, bytes]]:
    """Examples that can be compared, NaN included."""
    return [{key: np.asarray(value).tobytes() for key, value in e.items()} for e in found]


def package(folder: Path, **options: object) -> Labels:
    """Six frames of two videos with embedded images."""
    return Labels.load(small_package(**options).write(folder / "labels.slp"))


def coloured(seed: int, *, size: tuple[int, int] = (HEIGHT, WIDTH)) -> Pixels:
    return np.random.default_rng(seed).integers(0, 255, (*size, 3), dtype=np.uint8)


def encoded(pixels: Pixels, kind: str = "png", mode: str = "RGB") -> bytes:
    buffer = io.BytesIO()
    PIL.Image.fromarray(pixels).convert(mode).save(buffer, format=kind)
    return buffer.getvalue()


def video_of(
    images: list[bytes],
    *,
    size: tuple[int, int] = (HEIGHT, WIDTH),
    channels: int = 3,
    source: str = "top.mp4",
    channel_order: str | None = "RGB",
) -> EmbeddedVideo:
    return EmbeddedVideo(
        images=images,
        frame_numbers=np.arange(len(images)),
        height=size[0],
        width=size[1],
        channels=channels,
        source_filename=source,
        channel_order=channel_order,
    )


def reader_of(folder: Path, *videos: EmbeddedVideo, format_id: float = 1.4) -> LabelsReader:
    """A reader of every frame of some videos."""
    frames = tuple(
        MadeFrame(at, int(frame))
        for at, video in enumerate(videos)
        for frame in video.frame_numbers
    )
    made = MadeLabels(frames, options={"videos": list(videos)}, format_id=format_id)
    return LabelsReader(Labels.load(made.write(folder / "labels.slp")))
