"""Turning labels with plain videos into labels with embedded frames."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from splitlib.convert.pictures import Pixels
from splitlib.convert.source_frames import SourceVideos
from splitlib.files import atomic_path, temporary_beside
from splitlib.labels import Labels
from splitlib.progress import Advance, progress_bar
from splitlib.slp.create import EmbeddedVideo
from splitlib.slp.embed_frames import write_with_images
from splitlib.slp.png import encode_png
from splitlib.slp.ranges import rows_by
from splitlib.slp.videos import path_parts, video_keys


class Source(NamedTuple):
    """A video that frames are taken from: its file or the pictures of its list, and its length."""

    filename: str | list[str]
    n_frames: int | None


def embed(labels: Labels, path: str | Path, *, video_folders: Sequence[str | Path] = ()) -> None:
    """Write labels with the labeled frames of their plain videos embedded.

    Everything in the labels is kept. The frames are PNG, so nothing is lost. Colours are stored in
    the order that every version of SLEAP reads (BGR), and the file says so. The file holds the keys
    of the embedded videos instead of their paths, and the names of pictures with their folder.

    Videos whose frames are embedded already, and videos without labeled frames, stay as they are.
    Suggested frames that are not labeled are not embedded.

    A file at `path` is replaced as a whole, or left as it is where writing fails. Videos are looked
    for in `video_folders` besides the folder of the labels.

    Raises:
        VideoNotFoundError: A video is not found.
        VideoMismatchError: A file that is found is not the video that was labeled.
        ImageError: A labeled frame cannot be read.
        MissingExtraError: No library that reads the videos is installed.
        UnsupportedFormatError: The labels hold something that cannot be written faithfully.
    """
    with atomic_path(path) as partial, temporary_beside(path) as folder:
        plain = folder / "labels.slp"
        labels.save(plain)
        write_with_images(plain, partial, _embedded_videos(labels, video_folders))


def _embedded_videos(
    labels: Labels, video_folders: Sequence[str | Path]
) -> Iterator[tuple[int, EmbeddedVideo]]:
    """The plain videos with labeled frames. Only one at a time is in memory."""
    wanted = {
        at: np.unique(labels.frame_idx[rows])
        for at, rows in rows_by(labels.video).items()
        if not labels.videos[at].is_embedded
    }
    videos, sources = SourceVideos(labels, video_folders), _portable_sources(labels)
    with progress_bar("frames", total=sum(map(len, wanted.values()))) as advance:
        for at, frame_idx in wanted.items():
            yield at, _embedded_video(sources[at], frame_idx, videos.read(at, frame_idx), advance)


def _portable_sources(labels: Labels) -> list[Source]:
    """What each video is called in a file that holds its frames: no folders of a machine.

    A film is called by its key, and a picture by its folder and name, which say what it shows.
    """
    sources = [Source(video.key, video.n_frames) for video in labels.videos]
    names = {at: labels.videos[at].pictures for at in labels.recordings.pictures}
    folders = sorted({_folder(name) for pictures in names.values() for name in pictures})
    short = dict(zip(folders, video_keys(folders), strict=True)) | {"": ""}
    for at, pictures in names.items():
        portable = [f"{short[_folder(name)]}/{path_parts(name)[-1]}" for name in pictures]
        sources[at] = Source([name.removeprefix("/") for name in portable], len(pictures))
    return sources


def _folder(name: str) -> str:
    return "/".join(path_parts(name)[:-1])


def _embedded_video(
    source: Source,
    frame_idx: NDArray[np.int64],
    frames: Iterator[Pixels],
    advance: Advance,
) -> EmbeddedVideo:
    images, height, width, channels = [], 0, 0, 1
    for frame in frames:
        height, width = frame.shape[:2]
        channels = max(channels, frame.shape[2])  # gray pictures may lie among coloured ones
        images.append(encode_png(frame[..., ::-1] if frame.shape[2] == 3 else frame))
        advance(1)
    return EmbeddedVideo(
        images=images,
        frame_numbers=frame_idx,
        height=height,
        width=width,
        channels=channels,
        source_filename=source.filename,
        n_frames=source.n_frames,
        channel_order="BGR" if channels == 3 else "RGB",
    )
