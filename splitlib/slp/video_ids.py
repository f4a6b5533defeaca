"""What the number in `frames.video` means.

SLEAP 1.x always writes the position in the list of videos. sleap-io writes the number of the image
dataset (`video<K>/video`) where the video was embedded when it was saved. The two agree in most
files. Where they do not, readers differ, and labels end up with the images of another video:
sleap-io decides by which numbers occur, so that its answer changes with the frames in the file
(talmolab/sleap-io#266, #268, #274).

Here the images decide: the reading under which more labeled frames have an image of their own is
the right one. Where both explain the file equally well, it is read as SLEAP reads it, and a warning
says so.
"""

import re
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from splitlib.errors import LabelsFileError
from splitlib.slp.embedded import EmbeddedImages
from splitlib.slp.tables import Table
from splitlib.slp.videos import Video

_DATASET = re.compile(r"/?video(\d+)(/|$)")


def dataset_number(video: Video) -> int | None:
    """K of a video that is stored in `video<K>/video`, None for any other."""
    match = _DATASET.match(video.dataset or "")
    return int(match.group(1)) if match else None


def video_positions(
    frames: Table,
    column: str,
    videos: Sequence[Video],
    translation: NDArray[np.int64] | None,
    *,
    strict: bool = True,
) -> NDArray[np.int64]:
    """The list position of the video of each row.

    Args:
        frames: /frames or /negative_frames.
        column: The column with the number of the video.
        videos: The videos of the file.
        translation: What `translate` gave for /frames.
        strict: Whether a video that is not there is an error; else its position is -1.

    Returns:
        (n,) int64 positions in `videos`.

    Raises:
        LabelsFileError: A row names a video that is not there.
    """
    numbers = frames.ints(column)
    table = np.arange(len(videos)) if translation is None else translation
    known = (numbers >= 0) & (numbers < len(table))
    positions = np.where(known, table[np.where(known, numbers, 0)] if len(table) else -1, -1)
    if strict and (positions < 0).any():
        row = int(np.argmax(positions < 0))
        raise frames.error(row, f"{column} is {numbers[row]}, but there are {len(videos)} videos")
    return positions


def translate(
    frames: Table,
    frame_idx: NDArray[np.int64],
    videos: Sequence[Video],
    images: Mapping[int, EmbeddedImages],
    path: Path,
) -> NDArray[np.int64] | None:
    """Decide how the numbers in /frames are to be read.

    Args:
        frames: The table /frames.
        frame_idx: (n,) int64, its frame numbers.
        videos: The videos of the file.
        images: The embedded images per list position.
        path: The labels file, for messages.

    Returns:
        None where the numbers are list positions; else a lookup table from number to list position,
        -1 where a number names no video.

    Raises:
        LabelsFileError: Neither reading explains the file.
    """
    numbers = frames.ints("video")
    by_dataset = _lookup(videos)
    if by_dataset is None or not len(numbers):
        return None
    used = np.unique(numbers)
    positions_fit = bool(used[0] >= 0 and used[-1] < len(videos))
    datasets_fit = bool(
        used[0] >= 0 and used[-1] < len(by_dataset) and (by_dataset[used] >= 0).all()
    )
    if not positions_fit and not datasets_fit:
        msg = (
            f"{path}: /frames names the videos {used.tolist()}, which are neither positions in the"
            f" list of {len(videos)} videos nor numbers of their datasets"
        )
        raise LabelsFileError(msg)
    if positions_fit != datasets_fit:
        return None if positions_fit else by_dataset
    if (by_dataset[used] == used).all():
        return None
    as_positions = _frames_with_image(numbers, frame_idx, images)
    as_datasets = _frames_with_image(by_dataset[numbers], frame_idx, images)
    if as_positions == as_datasets:
        warnings.warn(
            f"{path}: the numbers of the videos in /frames may be positions in the list of videos"
            " or numbers of their datasets; they are read as positions, as SLEAP does",
            stacklevel=2,
        )
    return by_dataset if as_datasets > as_positions else None


def _lookup(videos: Sequence[Video]) -> NDArray[np.int64] | None:
    """From dataset number to list position; None where they are the same for all videos.

    A number that is no dataset's is a list position, as in sleap-io's reader.
    """
    numbers = [dataset_number(video) for video in videos]
    if all(number in (None, at) for at, number in enumerate(numbers)):
        return None
    known = {number: at for at, number in enumerate(numbers) if number is not None}
    size = max(len(videos), max(known) + 1)
    return np.array([known.get(at, at if at < len(videos) else -1) for at in range(size)])


def _frames_with_image(
    positions: NDArray[np.int64], frame_idx: NDArray[np.int64], images: Mapping[int, EmbeddedImages]
) -> int:
    """How many labeled frames have an image of their own under a reading."""
    return sum(
        int((images[at].rows_of(frame_idx[positions == at]) >= 0).sum())
        for at in np.unique(positions).tolist()
        if at in images
    )
