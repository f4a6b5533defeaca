"""Frames of the videos that labels name, wherever they are found."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from splitlib.convert.labeled_video import LabeledVideo
from splitlib.convert.pictures import Pixels
from splitlib.convert.video_frames import read_video_frames
from splitlib.errors import ImageError, VideoMismatchError, VideoNotFoundError
from splitlib.labels import Labels
from splitlib.progress import tracked
from splitlib.slp.video_files import VideoSearch
from splitlib.slp.videos import HDF5_SUFFIXES, backend_of


@dataclass(frozen=True, eq=False)
class SourceVideos:
    """The videos that labels name, wherever they are found.

    All videos are looked for together, once, so that no file is taken for two of them.

    Attributes:
        labels: The labels.
        video_folders: Where to look besides the folder of the labels.
    """

    labels: Labels
    video_folders: Sequence[str | Path] = ()

    @cached_property
    def search(self) -> VideoSearch:
        """The search for their files."""
        return VideoSearch(self.labels.videos, (self.labels.path.parent, *self.video_folders))

    def read(self, video: int, frame_idx: NDArray[np.int64]) -> Iterator[Pixels]:
        """Read frames of a video, as `read_source_frames` does.

        Raises:
            ImageError, VideoNotFoundError, VideoMismatchError, MissingExtraError: As it says.
        """
        named, options = self.labels.videos[video], _options(self.labels, video)
        labeled = self._labeled(video, frame_idx)
        try:
            if len(named.filenames) > 1:
                images, positions = _find_images(named.filenames, frame_idx, self.search)
                self.search.check_own_file(video)
                labeled = replace(labeled, begins_with_first=len(images) > len(positions))
                yield from read_video_frames(images, positions, labeled=labeled, **options)
            else:
                file = self.search.find(video)
                yield from read_video_frames(file, frame_idx, labeled=labeled, **options)
        except (VideoNotFoundError, VideoMismatchError, ImageError) as err:
            msg = f"{labeled.name}: {err}"
            raise type(err)(msg) from err

    def _labeled(self, video: int, frame_idx: NDArray[np.int64]) -> LabeledVideo:
        """What the labels state of a video of which some frames are asked for."""
        labels, named = self.labels, self.labels.videos[video]
        path = repr(named.filenames[0]) if named.filenames else "it"
        return LabeledVideo(
            name=f"{labels.path}: video {named.key}",
            searched=f"{path} was looked for in {self.search.places}",
            size=named.size,
            n_frames=named.n_frames,
            is_least=named.is_embedded,
            last_asked=int(frame_idx.max(initial=-1)),
            last_labeled=int(labels.source.last_labeled[video]),
        )


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

    The file has to be the video that was labeled: it has the size that the labels state, and all
    frames that they label. Images of a list may have several sizes. The first image has the size
    that the labels state; where it is missing, one of the images that are asked for has it.

    The video is a position in `labels.videos`, the frames are (n,) int64, ascending. Videos are
    looked for in `video_folders` besides the folder of the labels. Whoever reads several videos
    makes one `SourceVideos`, which looks for all of them once.

    Yields:
        (height, width, channels) uint8, or uint16 for more than 8 bits, RGB or grayscale.

    Raises:
        VideoNotFoundError: The video is not found.
        VideoMismatchError: The file that is found is not the video that was labeled, or is found
            for another video, too.
        ImageError: A frame cannot be read.
        MissingExtraError: No library that reads the video is installed.
    """
    return SourceVideos(labels, video_folders).read(video, frame_idx)


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
    if not named.filenames or not named.filenames[0].lower().endswith(HDF5_SUFFIXES):
        return {"grayscale": grayscale, "size": named.size}
    return {
        "dataset": named.dataset,
        "grayscale": bool(grayscale),  # SLEAP keeps the channels of HDF5 frames
        "input_format": backend.get("input_format") or "channels_last",
        "convert_range": bool(backend.get("convert_range", True)),
    }


def _find_images(
    filenames: Sequence[str], frame_idx: NDArray[np.int64], search: VideoSearch
) -> tuple[list[Path], NDArray[np.int64]]:
    """The files of the wanted images, and their positions among these files.

    The first image of the list comes first if it is there. It decides on grayscale, so that all
    subsets of the labels agree.
    """
    if frame_idx.max(initial=0) >= len(filenames):
        msg = f"there is no image {frame_idx.max()}, the list has {len(filenames)} images"
        raise ImageError(msg)
    wanted = tracked(frame_idx, "images found", total=len(frame_idx))
    paths = [search.find_file(filenames[frame]) for frame in wanted]
    with suppress(VideoNotFoundError):
        return [search.find_file(filenames[0]), *paths], np.arange(1, len(paths) + 1)
    return paths, np.arange(len(paths))
