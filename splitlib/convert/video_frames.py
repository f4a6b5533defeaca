"""Frames of a video file, of a list of images, or of an HDF5 file."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from splitlib.convert.labeled_video import LabeledVideo
from splitlib.convert.levels import as_pixels, check_gray
from splitlib.convert.libraries import UNREADABLE, import_library
from splitlib.convert.media import SUFFIXES, MediaFile
from splitlib.convert.picture_files import PictureFiles, are_pictures
from splitlib.convert.pictures import Pixels
from splitlib.convert.turned import Size
from splitlib.errors import ImageError

_WITHOUT_ALPHA = {2: 1, 4: 3}


class VideoFile(Protocol):
    """The methods that `MediaFile` and the video backends of sleap-io have in common."""

    @property
    def num_frames(self) -> int:
        """The number of frames."""

    @property
    def img_shape(self) -> tuple[int, ...]:
        """(height, width, channels) of the frames."""

    def get_frame(self, frame_idx: int) -> NDArray[Any]:
        """A frame, (height, width, channels)."""

    def close(self) -> None:
        """Close the file."""


def read_video_frames(
    paths: Path | Sequence[Path],
    frame_idx: NDArray[np.int64],
    *,
    dataset: str | None = None,
    grayscale: bool | None = None,
    input_format: str = "channels_last",
    convert_range: bool = False,
    labeled: LabeledVideo | None = None,
    size: Size | None = None,
) -> Iterator[Pixels]:
    """Read frames of a video, or of a list of images.

    Pillow reads pictures, av compressed videos, and sleap-io everything else. If av is not
    installed, sleap-io reads compressed videos with the libraries that it finds, may give a
    neighbour of a frame, and gives 8 bits of more.

    Args:
        paths: The video file, or one file for each image.
        frame_idx: (n,) int64, best ascending: videos are slow to read in any other order.
        dataset: The frames in an HDF5 file; None looks for them.
        grayscale: Whether to keep the first channel only; None keeps one channel if the first and
            the last channel of frame 0 are equal.
        input_format: Axes of HDF5 frames: "channels_last", or "channels_first" as SLEAP means it,
            (channels, width, height).
        convert_range: Whether frames with no value above 1 are stretched to 0 .. 255.
        size: Height and width as the labels state them, by which pictures are turned.
        labeled: What the labels state of the video; None to take any video.

    Yields:
        (height, width, channels) uint8, or uint16 for more than 8 bits, 1 or 3 channels, RGB, for
        each of `frame_idx`. Gray pictures among coloured ones have 1 channel.

    Raises:
        VideoMismatchError: The video is not the one that was labeled; said before the first frame.
        ImageError: A frame cannot be read, or is of a kind that is not read right; the message
            names it.
        MissingExtraError: The library that reads the video is not installed.
    """
    with closing(open_video(paths, dataset, input_format, size)) as video:
        if labeled is not None:
            _check(video, paths, labeled)
        yield from frames_of(
            video, paths, frame_idx, grayscale=grayscale, convert_range=convert_range
        )


def frames_of(
    video: VideoFile,
    paths: Path | Sequence[Path],
    frame_idx: NDArray[np.int64],
    *,
    grayscale: bool | None = None,
    convert_range: bool = False,
) -> Iterator[Pixels]:
    """Read frames of a video that is open, as `read_video_frames` does; it stays open.

    Raises:
        ImageError: A frame cannot be read, or is of a kind that is not read right.
    """
    is_stated = grayscale is not None
    if grayscale is None:
        first = _read_frame(video, 0, paths)
        grayscale = np.array_equal(first[..., 0], first[..., -1])
    for frame in frame_idx.tolist():
        image = _read_frame(video, frame, paths)
        with _named(paths, frame):
            pixels = as_pixels(image, convert_range=convert_range)
            if grayscale and not is_stated:
                check_gray(pixels)
        yield pixels[..., :1].copy() if grayscale else pixels


def open_video(
    paths: Path | Sequence[Path],
    dataset: str | None = None,
    input_format: str = "channels_last",
    size: Size | None = None,
) -> VideoFile:
    """Open a video or a list of images; arguments are as of `read_video_frames`.

    Raises:
        ImageError: It cannot be opened.
        MissingExtraError: The library that reads it is not installed.
    """
    if are_pictures(paths):
        return PictureFiles(paths, size)
    try:
        if isinstance(paths, Path) and paths.suffix.lower() in SUFFIXES:
            return MediaFile(paths, size)
        names = str(paths) if isinstance(paths, Path) else [str(path) for path in paths]
        backend: VideoFile = import_library("sleap_io").VideoBackend.from_filename(
            names, dataset=dataset, grayscale=False, input_format=input_format
        )
    except UNREADABLE as err:
        raise _unreadable(paths, None, err) from err
    return backend


def _check(video: VideoFile, paths: Path | Sequence[Path], labeled: LabeledVideo) -> None:
    """Compare size and length with what the labels state; only pictures are decoded for it."""
    if not isinstance(paths, Path):
        n_decisive = 1 if labeled.begins_with_first else len(paths)
        images = (_read_frame(video, at, paths) for at in range(n_decisive))
        labeled.check_size((image.shape[:2] for image in images), paths[0])
        return
    try:
        is_subset = bool(getattr(video, "frame_map", None))  # a package: frames have gaps
        n_frames = None if is_subset else video.num_frames
        size = video.img_shape[:2] if labeled.size and not are_pictures(paths) else ()
    except UNREADABLE as err:
        raise _unreadable(paths, None, err) from err
    if labeled.size and size in ((), labeled.size[::-1]):  # a frame tells whether it was turned
        size = _read_frame(video, 0, paths).shape[:2]
    labeled.check_size([size], paths)
    if n_frames is not None:
        labeled.check_length(n_frames, paths)


def _read_frame(video: VideoFile, frame: int, paths: Path | Sequence[Path]) -> NDArray[Any]:
    try:
        image = np.asarray(video.get_frame(frame))
    except UNREADABLE as err:
        raise _unreadable(paths, frame, err) from err
    if image.ndim == 2:
        image = image[..., None]
    channels = image.shape[-1]
    return image[..., : _WITHOUT_ALPHA.get(channels, channels)]


def _unreadable(paths: Path | Sequence[Path], frame: int | None, err: BaseException) -> ImageError:
    what = "cannot be opened as a video" if frame is None else "cannot be read"
    return ImageError(f"{_name(paths, frame)} {what}: {str(err) or type(err).__name__}")


def _name(paths: Path | Sequence[Path], frame: int | None) -> str:
    """A file and a subject for what follows: a picture by its file, a frame of a film by number."""
    if not isinstance(paths, Path):
        return f"{paths[frame or 0]}: it"
    return f"{paths}: it" if frame is None else f"{paths}: frame {frame}"


@contextmanager
def _named(paths: Path | Sequence[Path], frame: int) -> Iterator[None]:
    """Name the frame in an error of this block."""
    try:
        yield
    except ImageError as err:
        msg = f"{_name(paths, frame)} {err}"
        raise ImageError(msg) from err
