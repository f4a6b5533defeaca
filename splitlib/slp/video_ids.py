"""The meaning of the numbers in `frames.video`.

SLEAP 1.x always writes the position in the list of videos. sleap-io writes the number of the image
dataset (`video<K>/video`) for a video that was embedded when it was saved. The two numbers agree in
most files. In other files readers differ, and labels end up with the images of another video:
sleap-io decides by the numbers that occur, so that its answer changes with the frames in the file
(talmolab/sleap-io#266, #268, #274).

Here the images decide: a file is read in the way that gives more labeled frames an image of their
own. If both ways explain a file equally well, it is read as SLEAP reads it, and a warning says so.
"""

import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from splitlib.slp.embedded import EmbeddedImages, have_image
from splitlib.slp.tables import Table
from splitlib.slp.videos import Video

_DATASET = re.compile(r"/?video([0-9]{1,9})(/|$)")


def dataset_number(video: Video) -> int | None:
    """K of a video that is stored in `video<K>/video`, None for any other video."""
    match = _DATASET.match(video.dataset or "")
    return int(match.group(1)) if match else None


@dataclass(frozen=True, eq=False)
class VideoNumbers:
    """How the numbers of videos are to be read.

    Attributes:
        videos: The videos of the file.
        images: The embedded images per list position.
        are_positions: Whether all numbers are list positions. If not, the number of a video in
            `video<K>/video` is K, and the number of any other video is its list position.
    """

    videos: Sequence[Video]
    images: Mapping[int, EmbeddedImages]
    are_positions: bool

    def positions(
        self, numbers: NDArray[np.int64], frame_idx: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """List positions of the videos of n frames, as (n,) int64; -1 where there is no such video.

        Frames are given as (n,) numbers of videos in the file and (n,) frames of these videos.
        """
        if self.are_positions:
            if not len(numbers) or (numbers.min() >= 0 and numbers.max() < len(self.videos)):
                return numbers
            return np.where((numbers >= 0) & (numbers < len(self.videos)), numbers, -1)
        by_dataset, by_position = self.candidates(numbers)
        # One number may name both an embedded video and another one: the image tells.
        is_dataset = (by_position < 0) | have_image(self.images, by_dataset, frame_idx)
        return np.where(is_dataset, by_dataset, by_position)

    def candidates(self, numbers: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """List positions by the number of a dataset, and of videos without one; -1 for none."""
        used, inverse = np.unique(numbers, return_inverse=True)
        keys = [dataset_number(video) for video in self.videos]
        of_dataset = {key: at for at, key in enumerate(keys) if key is not None}
        of_position = {at: at for at, key in enumerate(keys) if key is None}
        by_dataset = np.array([of_dataset.get(n, -1) for n in used.tolist()], np.int64)
        by_position = np.array([of_position.get(n, -1) for n in used.tolist()], np.int64)
        return by_dataset[inverse], by_position[inverse]


def video_positions(
    table: Table, column: str, frame_idx: NDArray[np.int64], numbers: VideoNumbers
) -> NDArray[np.int64]:
    """The list positions of the videos that a column of a table names, as (n,) int64.

    `frame_idx` is (n,) int64, the frames of these videos that the rows name.

    Raises:
        LabelsFileError: A row names a video that is not there.
    """
    positions = numbers.positions(table.ints(column), frame_idx)
    table.check(column, positions >= 0, f"but there are {len(numbers.videos)} videos")
    return positions


def read_video_numbers(
    frames: Table,
    frame_idx: NDArray[np.int64],
    videos: Sequence[Video],
    images: Mapping[int, EmbeddedImages],
    path: Path,
) -> VideoNumbers:
    """Decide how the numbers of videos in a file are to be read, by its table /frames.

    `frame_idx` is that column of the table, (n,) int64. `images` are given per list position.
    """
    numbers = frames.ints("video")
    as_positions = VideoNumbers(videos, images, are_positions=True)
    as_datasets = VideoNumbers(videos, images, are_positions=False)
    if all(dataset_number(video) in (None, at) for at, video in enumerate(videos)):
        return as_positions
    one, other = (way.positions(numbers, frame_idx) for way in (as_positions, as_datasets))
    if (one == other).all() or (other < 0).any():
        return as_positions
    before, after = (have_image(images, video, frame_idx).sum() for video in (one, other))
    gain = int(after) - int(before)
    if (one >= 0).all() and gain == 0:
        _warn(path, "they are read as positions, as SLEAP does")
    if (one >= 0).all() and gain <= 0:
        return as_positions
    by_dataset, by_position = as_datasets.candidates(numbers)
    if ((by_dataset >= 0) & (by_position >= 0)).any():
        _warn(path, "they are read as numbers where the dataset has an image of the frame")
    return as_datasets


def _warn(path: Path, reading: str) -> None:
    warnings.warn(
        f"{path}: the numbers of the videos in /frames may be positions in the list of videos or"
        f" numbers of their datasets; {reading}",
        stacklevel=3,
    )
