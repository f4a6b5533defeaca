"""Frames of a labels file or of a film, a batch at a time: never all images at once."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from splitlib.convert.media import SUFFIXES
from splitlib.convert.pictures import WHITE_16
from splitlib.convert.source_frames import SourceVideos
from splitlib.convert.video_frames import VideoFile, frames_of, open_video
from splitlib.errors import ImageError, PredictionError, VideoNotFoundError
from splitlib.inference.frame_choice import FrameChoice
from splitlib.inputs.frames.images import Frames
from splitlib.inputs.frames.load_images import load_images
from splitlib.labels import Labels
from splitlib.slp.create import media_row
from splitlib.slp.frames_at_hand import missing_names
from splitlib.slp.ranges import rows_by
from splitlib.slp.rows_from_outside import rows_from_outside
from splitlib.slp.stored_images import missing_images

Images = NDArray[np.uint8] | NDArray[np.float32]
"""(..., height, width, channels), gray or RGB; floats are shares of white."""

CHUNK = 64
"""Embedded images that are read at a time. Larger chunks save little time."""


@dataclass(frozen=True, eq=False)
class FrameBatch:
    """Frames of one size.

    Attributes:
        video: (n,) int64, position in the list of videos.
        frame_idx: (n,) int64, frame of the video.
        images: (n, height, width, channels) uint8, or float32 from 0 to 1 of more than 8 bits.
    """

    video: NDArray[np.int64]
    frame_idx: NDArray[np.int64]
    images: Images


class ImageSource(Protocol):
    """Frames to predict on."""

    @property
    def name(self) -> str:
        """The file, for messages."""

    @property
    def video(self) -> NDArray[np.int64]:
        """(n,) int64, position of the video of each frame in `video_rows`."""

    @property
    def frame_idx(self) -> NDArray[np.int64]:
        """(n,) int64, frame of the video."""

    def images(self, white: int) -> Iterator[tuple[int, Images]]:
        """Each frame once: its row and its image. `white` is the level of 16 bits that is 1."""

    def video_rows(self) -> list[dict[str, Any]]:
        """The rows of videos_json for a labels file with predictions."""

    def uses(self, path: Path) -> bool:
        """Whether frames are read from a file."""


def frame_batches(source: ImageSource, size: int, white: int | None) -> Iterator[FrameBatch]:
    """The frames of a source in batches of `size` at most; a batch has images of one shape."""
    rows: list[int] = []
    images: list[Images] = []
    for row, image in source.images(white or WHITE_16):
        differs = images and (image.shape, image.dtype) != (images[0].shape, images[0].dtype)
        if differs or len(rows) == size:
            yield _batch(source, rows, images)
            rows, images = [], []
        rows.append(row)
        images.append(image)
    if rows:
        yield _batch(source, rows, images)


def _batch(source: ImageSource, rows: list[int], images: Sequence[Images]) -> FrameBatch:
    together: Any = np.stack(images)  # of one type
    return FrameBatch(source.video[rows], source.frame_idx[rows], together)


def open_source(
    path: Path, choice: FrameChoice, video_folders: Sequence[Path] = ()
) -> "LabelsFrames | FilmFrames":
    """The frames of a file that are to be predicted on.

    Raises:
        PredictionError: The file is of another kind, or there is no such frame.
        VideoNotFoundError: There is no such film, or the labels name one that is not found.
        SplitlibError: The file cannot be read.
    """
    if path.suffix.lower() in SUFFIXES:
        return FilmFrames.open(path, choice)
    if path.suffix.lower() == ".slp":
        return LabelsFrames.load(path, choice, video_folders)
    kinds = ", ".join(SUFFIXES)
    msg = (
        f"{path}: expected a labels file (.slp) or a film ({kinds}); labels of other formats and"
        " folders of pictures become a .slp file by splitlib convert"
    )
    raise PredictionError(msg)


@dataclass(frozen=True, eq=False)
class FilmFrames:
    """Frames of a film without labels."""

    path: Path
    film: VideoFile
    frame_idx: NDArray[np.int64]

    @classmethod
    def open(cls, path: Path, choice: FrameChoice) -> "FilmFrames":
        """Open a film. All frames are to be predicted on, or those that are chosen.

        Raises:
            VideoNotFoundError: There is no such file.
            ImageError: It cannot be opened.
            PredictionError: It has no such frame.
        """
        if not path.is_file():
            msg = f"{path}: there is no such video; name a film or a labels file"
            raise VideoNotFoundError(msg)
        film = open_video(path)
        return cls(path, film, choice.among(np.arange(film.num_frames), str(path)))

    @property
    def name(self) -> str:
        """The file."""
        return str(self.path)

    @property
    def video(self) -> NDArray[np.int64]:
        """(n,) int64, zeros."""
        return np.zeros(len(self.frame_idx), np.int64)

    def images(self, white: int) -> Iterator[tuple[int, Images]]:
        """Each frame once; as SLEAP does, the first frame tells whether the film is gray."""
        pixels = frames_of(self.film, self.path, self.frame_idx)
        for row, image in enumerate(pixels):
            yield row, _shares(image, white)

    def video_rows(self) -> list[dict[str, Any]]:
        """The film by its whole path, with the size that it states."""
        first = next(frames_of(self.film, self.path, self.frame_idx[:1]))
        path = Path(os.path.abspath(self.path)).as_posix()  # noqa: PTH100 - resolve follows links
        return [dict(media_row(path, [self.film.num_frames, *first.shape]))]

    def uses(self, path: Path) -> bool:
        """Whether it is the film."""
        return _is_same(path, self.path)


@dataclass(frozen=True, eq=False)
class LabelsFrames:
    """Frames of the videos of a labels file, in the order of the videos."""

    labels: Labels
    video: NDArray[np.int64]
    frame_idx: NDArray[np.int64]
    sources: SourceVideos

    @classmethod
    def load(
        cls, path: Path, choice: FrameChoice, video_folders: Sequence[Path] = ()
    ) -> "LabelsFrames":
        """Read labels. Labeled frames are to be predicted on, or those that are chosen.

        Raises:
            LabelsFileError: The labels cannot be read.
            PredictionError: There is no such frame.
            VideoNotFoundError: A video or picture is missing; the message names them.
        """
        labels = Labels.load(path)
        columns = choice.of_labels(labels)
        frames = cls(labels, *columns, SourceVideos(labels, video_folders))
        frames._check_videos()
        return frames

    @property
    def name(self) -> str:
        """The labels file."""
        return str(self.labels.path)

    def images(self, white: int) -> Iterator[tuple[int, Images]]:
        """Each frame once, embedded ones of a video first."""
        absent = missing_images(self.labels.source, self.video, self.frame_idx)
        for at, rows in rows_by(self.video).items():
            yield from self._embedded(rows[~absent[rows]], white)
            rows = rows[absent[rows]]
            pixels = self.sources.read(at, self.frame_idx[rows]) if len(rows) else ()
            for row, image in zip(rows.tolist(), pixels, strict=True):
                yield row, _shares(image, white)

    def _embedded(self, rows: NDArray[np.int64], white: int) -> Iterator[tuple[int, Images]]:
        for start in range(0, len(rows), CHUNK):
            chunk = rows[start : start + CHUNK]
            frames = Frames(self.labels, self.video[chunk], self.frame_idx[chunk])
            images = load_images(frames, white=white)
            images.check_headers()
            for at, row in enumerate(chunk.tolist()):
                place = tf.constant(at, tf.int64)
                try:
                    yield row, images.decoder(images.read(place), place).numpy()
                except tf.errors.OpError as err:
                    msg = f"{self.name}: {frames.name(at)}: the image cannot be decoded"
                    raise ImageError(msg) from err

    def video_rows(self) -> list[dict[str, Any]]:
        """The videos of the labels; embedded frames are those of the labels file."""
        return rows_from_outside(self.labels.source)

    def uses(self, path: Path) -> bool:
        """Whether it is the labels file, or one of its videos."""
        names = [name for video in self.labels.videos for names in video.chain for name in names]
        found = (self.sources.search.found(name) for name in names)
        return any(_is_same(path, file) for file in (self.labels.path, *found) if file)

    def _check_videos(self) -> None:
        absent = missing_images(self.labels.source, self.video, self.frame_idx)
        search = self.sources.search
        names = missing_names(search, self.video[absent], self.frame_idx[absent])
        if names:
            shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if names[3:] else "")
            msg = (
                f"{self.name}: videos or pictures are missing: {shown}\nThey were looked for in"
                f" {search.places}\nPut them there, or name their folder: --videos FOLDER"
            )
            raise VideoNotFoundError(msg)


def _shares(image: NDArray[Any], white: int) -> Images:
    """Pixels of 8 bits as they are, others as shares of white."""
    if image.dtype == np.uint8:
        return image.astype(np.uint8, copy=False)
    return image.astype(np.float32) / np.float32(white)


def _is_same(one: Path, other: Path) -> bool:
    return one.exists() and other.exists() and one.samefile(other)
