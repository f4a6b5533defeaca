"""Turning labels with plain videos into labels with embedded frames."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from splitlib.convert.source_frames import SourceVideos
from splitlib.files import atomic_path
from splitlib.labels import Labels
from splitlib.progress import Advance, progress_bar
from splitlib.slp.create import EmbeddedVideo
from splitlib.slp.embed_frames import write_with_images
from splitlib.slp.png import encode_png


def embed(labels: Labels, path: str | Path, *, video_folders: Sequence[str | Path] = ()) -> None:
    """Write labels with the labeled frames of their plain videos embedded.

    Everything in the labels is kept. The frames are PNG, so nothing is lost. Colours are stored in
    the order that every version of SLEAP reads (BGR), and the file says so. The file holds the keys
    of the embedded videos instead of their paths.

    Videos whose frames are embedded already, and videos without labeled frames, stay as they are.
    Suggested frames that are not labeled are not embedded.

    Args:
        labels: The labels.
        path: The file to write; replaced as a whole, or left as it is where writing fails.
        video_folders: Where to look for videos besides the folder of the labels.

    Raises:
        VideoNotFoundError: A video is not found.
        VideoMismatchError: A file that is found is not the video that was labeled.
        ImageError: A labeled frame cannot be read.
        MissingExtraError: No library that reads the videos is installed.
        UnsupportedFormatError: The labels hold something that cannot be written faithfully.
    """
    with atomic_path(path) as partial, TemporaryDirectory(dir=partial.parent) as folder:
        plain = Path(folder) / "labels.slp"
        labels.save(plain)
        write_with_images(plain, partial, _embedded_videos(labels, video_folders))


def _embedded_videos(
    labels: Labels, video_folders: Sequence[str | Path]
) -> Iterator[tuple[int, EmbeddedVideo]]:
    """The plain videos with labeled frames. Only one at a time is in memory."""
    wanted = {
        at: np.unique(labels.frame_idx[labels.video == at])
        for at in np.unique(labels.video).tolist()
        if not labels.videos[at].is_embedded
    }
    sources = SourceVideos(labels, video_folders)
    with progress_bar("frames", total=sum(map(len, wanted.values()))) as advance:
        for at, frame_idx in wanted.items():
            frames = sources.read(at, frame_idx)
            yield at, _embedded_video(labels.videos[at].key, frame_idx, frames, advance)


def _embedded_video(
    key: str, frame_idx: NDArray[np.int64], frames: Iterator[NDArray[np.uint8]], advance: Advance
) -> EmbeddedVideo:
    images = []
    for frame in frames:
        height, width, channels = frame.shape
        images.append(encode_png(frame[..., ::-1] if channels == 3 else frame))
        advance(1)
    return EmbeddedVideo(
        images=images,
        frame_numbers=frame_idx,
        height=height,
        width=width,
        channels=channels,
        source_filename=key,
        channel_order="BGR" if channels == 3 else "RGB",
    )
