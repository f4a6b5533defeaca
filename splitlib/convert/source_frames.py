"""Frames of the videos that labels name, wherever they are found."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from splitlib.convert.pictures import Pixels
from splitlib.convert.video_frames import read_video_frames
from splitlib.errors import ImageError, VideoNotFoundError
from splitlib.labels import Labels
from splitlib.progress import tracked
from splitlib.slp.video_files import find_file, find_video
from splitlib.slp.videos import backend_of

_HDF5_SUFFIXES = (".h5", ".hdf5", ".slp")


def read_source_frames(
    labels: Labels,
    video: int,
    frame_idx: NDArray[np.int64],
    video_folders: Sequence[str | Path] = (),
) -> Iterator[Pixels]:
    """Read frames from the video that labels name.

    Embedded frames are read from the video that they were taken from. Channels are as SLEAP gives
    them: the labels say whether a video is grayscale. If they say nothing, a video is grayscale if
    its first frame has equal channels. Pictures are turned if they ask for it (EXIF) and the labels
    state the size of the turned picture.

    The video is a position in `labels.videos`, the frames are (n,) int64, ascending. Videos are
    looked for in `video_folders` besides the folder of the labels.

    Yields:
        (height, width, channels) uint8, or uint16 for more than 8 bits, RGB or grayscale.

    Raises:
        VideoNotFoundError: The video is not found.
        ImageError: A frame cannot be read.
        MissingExtraError: No library that reads the video is installed.
    """
    named, folders = labels.videos[video], (labels.path.parent, *video_folders)
    options = _options(labels, video)
    try:
        if len(named.filenames) > 1:
            images, positions = _find_images(named.filenames, frame_idx, folders)
            yield from read_video_frames(images, positions, **options)
        else:
            file = find_video(named.filenames, folders)
            yield from read_video_frames(file, frame_idx, **options)
    except (VideoNotFoundError, ImageError) as err:
        msg = f"{labels.path}: video {named.key}: {err}"
        raise type(err)(msg) from err


def video_backend(labels: Labels, video: int) -> dict[str, Any]:
    """How the labels say that a video is read, with the names and values of SLEAP and sleap-io."""
    return backend_of(labels.source.videos_json[video])


def _options(labels: Labels, video: int) -> dict[str, Any]:
    """How the labels say that a video is to be read."""
    named = labels.videos[video]
    if named.is_embedded:
        images = labels.images.get(video)
        channels = images.shape[2] if images else 0
        return {"grayscale": channels == 1 if channels else None, "size": named.size}
    backend = video_backend(labels, video)
    grayscale = backend.get("grayscale")
    if not named.filenames or not named.filenames[0].lower().endswith(_HDF5_SUFFIXES):
        return {"grayscale": grayscale, "size": named.size}
    return {
        "dataset": named.dataset,
        "grayscale": bool(grayscale),  # SLEAP keeps the channels of HDF5 frames
        "input_format": backend.get("input_format") or "channels_last",
        "convert_range": bool(backend.get("convert_range", True)),
    }


def _find_images(
    filenames: Sequence[str], frame_idx: NDArray[np.int64], folders: Sequence[str | Path]
) -> tuple[list[Path], NDArray[np.int64]]:
    """The files of the wanted images, and their positions among these files.

    The first image of the list comes first if it is there. It decides on grayscale, so that all
    subsets of the labels agree.
    """
    if frame_idx.max(initial=0) >= len(filenames):
        msg = f"there is no image {frame_idx.max()}, the list has {len(filenames)} images"
        raise ImageError(msg)
    wanted = tracked(frame_idx, "images found", total=len(frame_idx))
    paths = [find_file(filenames[frame], folders) for frame in wanted]
    with suppress(VideoNotFoundError):
        return [find_file(filenames[0], folders), *paths], np.arange(1, len(paths) + 1)
    return paths, np.arange(len(paths))
