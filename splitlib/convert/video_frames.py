"""Frames of a video file, of a list of images, or of an HDF5 file."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from splitlib.convert.extras import UNREADABLE, import_extra
from splitlib.convert.labeled_video import LabeledVideo
from splitlib.convert.media import SUFFIXES, MediaFile
from splitlib.errors import ImageError

_WITHOUT_ALPHA = {2: 1, 4: 3}


class VideoFile(Protocol):
    """The methods that `MediaFile` and the video backends of sleap-io have in common."""

    @property
    def num_frames(self) -> int:
        """The number of frames."""

    @property
    def img_shape(self) -> tuple[int, int, int]:
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
) -> Iterator[NDArray[np.uint8]]:
    """Read frames of a video, or of a list of images.

    av reads compressed videos, and sleap-io everything else. If av is not installed, sleap-io reads
    compressed videos with the libraries that it finds, and may give a neighbour of a frame.

    Args:
        paths: The video file, or one file for each image.
        frame_idx: (n,) int64, best ascending: videos are slow to read in any other order.
        dataset: The frames in an HDF5 file; None looks for them.
        grayscale: Whether to keep the first channel only; None keeps one channel if the first and
            the last channel of frame 0 are equal.
        input_format: Axes of HDF5 frames: "channels_last", or "channels_first" as SLEAP means it,
            (channels, width, height).
        convert_range: Whether frames with no value above 1 are stretched to 0 .. 255.
        labeled: What the labels state of the video; None to take any video.

    Yields:
        (height, width, channels) uint8, 1 or 3 channels, RGB, for each of `frame_idx`.

    Raises:
        VideoMismatchError: The video is not the one that was labeled; said before the first frame.
        ImageError: A frame cannot be read, or does not fit into 8 bits; the message names it.
        MissingExtraError: Neither library is installed.
    """
    with closing(_open(paths, dataset, input_format)) as video:
        if labeled is not None:
            _check(video, paths, labeled)
        if grayscale is None:
            first = _read_frame(video, 0, paths)
            grayscale = np.array_equal(first[..., 0], first[..., -1])
        for frame in frame_idx.tolist():
            image = _as_bytes(_read_frame(video, frame, paths), convert_range, frame, paths)
            yield np.ascontiguousarray(image[..., :1] if grayscale else image)


def _open(paths: Path | Sequence[Path], dataset: str | None, input_format: str) -> VideoFile:
    try:
        if isinstance(paths, Path) and paths.suffix.lower() in SUFFIXES and find_spec("av"):
            return MediaFile(paths)
        names = str(paths) if isinstance(paths, Path) else [str(path) for path in paths]
        backend: VideoFile = import_extra("sleap_io").VideoBackend.from_filename(
            names, dataset=dataset, grayscale=False, input_format=input_format
        )
    except UNREADABLE as err:
        raise _unreadable(paths, None, err) from err
    return backend


def _check(video: VideoFile, paths: Path | Sequence[Path], labeled: LabeledVideo) -> None:
    """Compare size and length with what the labels state; only images of a list are decoded."""
    if not isinstance(paths, Path):
        n_decisive = 1 if labeled.begins_with_first else len(paths)
        images = (_read_frame(video, at, paths) for at in range(n_decisive))
        labeled.check_size((image.shape[:2] for image in images), paths[0])
        return
    try:
        is_subset = bool(getattr(video, "frame_map", None))  # a package: frames have gaps
        n_frames = None if is_subset else video.num_frames
        size = video.img_shape[:2] if labeled.size else (0, 0)
    except UNREADABLE as err:
        raise _unreadable(paths, None, err) from err
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
    what = "it cannot be opened as a video" if frame is None else f"frame {frame} cannot be read"
    return ImageError(f"{_name(paths, frame)}: {what}: {str(err) or type(err).__name__}")


def _name(paths: Path | Sequence[Path], frame: int | None) -> str:
    return str(paths if isinstance(paths, Path) else paths[frame or 0])


def _as_bytes(
    image: NDArray[Any], convert_range: bool, frame: int, paths: Path | Sequence[Path]
) -> NDArray[np.uint8]:
    if convert_range and image.max(initial=0) <= 1:  # HDF5Video.get_frame of sleap/io/video.py
        image = image * 255
    if image.dtype != np.uint8 and not ((image >= 0) & (image <= 255)).all():
        msg = (
            f"{_name(paths, frame)}: frame {frame} has {image.dtype} values from {image.min()} to"
            f" {image.max()}, expected 0 to 255; save the video with 8 bits"
        )
        raise ImageError(msg)
    return image.astype(np.uint8)
