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
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from splitlib.slp.embedded import EmbeddedImages
from splitlib.slp.tables import Table
from splitlib.slp.videos import Video

_DATASET = re.compile(r"/?video([0-9]{1,9})(/|$)")


def dataset_number(video: Video) -> int | None:
    """K of a video that is stored in `video<K>/video`, None for any other."""
    match = _DATASET.match(video.dataset or "")
    return int(match.group(1)) if match else None


@dataclass(frozen=True, eq=False)
class VideoNumbers:
    """How the numbers of videos are to be read.

    Attributes:
        videos: The videos of the file.
        images: The embedded images per list position.
        are_positions: Whether the numbers are list positions; else those of videos in
            `video<K>/video` are K, and those of other videos list positions.
    """

    videos: Sequence[Video]
    images: Mapping[int, EmbeddedImages]
    are_positions: bool

    def positions(
        self, numbers: NDArray[np.int64], frame_idx: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """List positions of the videos of frames.

        Args:
            numbers: (n,) as in the file.
            frame_idx: (n,) frames of these videos.

        Returns:
            (n,) int64, -1 where a number names no video.
        """
        if self.are_positions:
            return np.where((numbers >= 0) & (numbers < len(self.videos)), numbers, -1)
        by_dataset, by_position = self._candidates(numbers)
        # One number may name both an embedded video and one that is not: the image tells.
        is_dataset = (by_position < 0) | self.has_image(by_dataset, frame_idx)
        return np.where(is_dataset, by_dataset, by_position)

    def is_ambiguous(self, numbers: NDArray[np.int64]) -> bool:
        """Whether a number may name two videos."""
        by_dataset, by_position = self._candidates(numbers)
        return bool(((by_dataset >= 0) & (by_position >= 0)).any())

    def has_image(
        self, positions: NDArray[np.int64], frame_idx: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """(n,) whether frames of videos have an image of their own."""
        result = np.zeros(len(positions), bool)
        for at, images in self.images.items():
            here = positions == at
            result[here] = images.rows_of(frame_idx[here]) >= 0
        return result

    def _candidates(
        self, numbers: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Videos whose dataset has the number, and other videos at this position; -1 for none."""
        used, inverse = np.unique(numbers, return_inverse=True)
        keys = [dataset_number(video) for video in self.videos]
        of_dataset = {key: at for at, key in enumerate(keys) if key is not None}
        of_position = {at: at for at, key in enumerate(keys) if key is None}
        by_dataset = np.array([of_dataset.get(n, -1) for n in used.tolist()], np.int64)
        by_position = np.array([of_position.get(n, -1) for n in used.tolist()], np.int64)
        return by_dataset[inverse], by_position[inverse]


def video_positions(
    table: Table,
    column: str,
    frame_idx: NDArray[np.int64],
    numbers: VideoNumbers,
) -> NDArray[np.int64]:
    """The list position of the video of each row.

    Args:
        table: The table with the numbers.
        column: The column with the number of the video.
        frame_idx: (n,) its frame numbers.
        numbers: How they are to be read.

    Returns:
        (n,) int64 positions in the list of videos.

    Raises:
        LabelsFileError: A row names a video that is not there.
    """
    found = table.ints(column)
    positions = numbers.positions(found, frame_idx)
    if (positions < 0).any():
        row = int(np.argmax(positions < 0))
        n_videos = len(numbers.videos)
        raise table.error(row, f"{column} is {found[row]}, but there are {n_videos} videos")
    return positions


def read_video_numbers(
    frames: Table,
    frame_idx: NDArray[np.int64],
    videos: Sequence[Video],
    images: Mapping[int, EmbeddedImages],
    path: Path,
) -> VideoNumbers:
    """Decide how the numbers of videos in a file are to be read.

    Args:
        frames: The table /frames.
        frame_idx: (n,) int64, its frame numbers.
        videos: The videos of the file.
        images: The embedded images per list position.
        path: The labels file, for messages.
    """
    numbers = frames.ints("video")
    as_positions = VideoNumbers(videos, images, are_positions=True)
    as_datasets = VideoNumbers(videos, images, are_positions=False)
    if all(dataset_number(video) in (None, at) for at, video in enumerate(videos)):
        return as_positions
    one, other = (way.positions(numbers, frame_idx) for way in (as_positions, as_datasets))
    if (one == other).all() or (other < 0).any():
        return as_positions
    gain = int(as_datasets.has_image(other, frame_idx).sum())
    gain -= int(as_positions.has_image(one, frame_idx).sum())
    if (one >= 0).all() and gain == 0:
        _warn(path, "they are read as positions, as SLEAP does")
    if (one >= 0).all() and gain <= 0:
        return as_positions
    if as_datasets.is_ambiguous(numbers):
        _warn(path, "they are read as numbers where the dataset has an image of the frame")
    return as_datasets


def _warn(path: Path, reading: str) -> None:
    warnings.warn(
        f"{path}: the numbers of the videos in /frames may be positions in the list of videos or"
        f" numbers of their datasets; {reading}",
        stacklevel=3,
    )
