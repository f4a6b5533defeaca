"""The frames to split, as columns."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from splitlib.labels import Labels
from splitlib.params import LabelsParams
from splitlib.split.video_names import stored_paths

SPLITS = ("train", "val", "test")
TRAIN, VAL, TEST = range(3)


@dataclass(frozen=True, eq=False)
class Examples:
    """The frames to split, as columns.

    Attributes:
        video_keys: The key of each video of the labels.
        video: (n,) int64, index into `video_keys`.
        frame_idx: (n,) int64.
        n_instances: (n,) int64, instances that count under the filters.
        track_row: (m,) int64, for each such instance with a track the example that holds it.
        track: (m,) int64, the track of each of these instances.
        video_paths: The stored paths of each video, by which patterns find it; [] for keys alone.
    """

    video_keys: list[str]
    video: NDArray[np.int64]
    frame_idx: NDArray[np.int64]
    n_instances: NDArray[np.int64]
    track_row: NDArray[np.int64]
    track: NDArray[np.int64]
    video_paths: list[tuple[str, ...]] = field(default_factory=list)


def examples_of(labels: Labels, filters: LabelsParams, indices: NDArray[np.int64]) -> Examples:
    """The columns of the examples at these positions of the labels."""
    columns = labels.columns
    counted = columns.instances_that_count(
        user_instances_only=filters.user_instances_only, with_track_only=filters.with_track_only
    )
    number = np.full(len(labels), -1)
    number[indices] = np.arange(len(indices))
    row = number[columns.instance_frame]
    counted &= row >= 0
    tracked = counted & (columns.track >= 0)
    return Examples(
        video_keys=[video.key for video in labels.videos],
        video=labels.video[indices],
        frame_idx=labels.frame_idx[indices],
        n_instances=np.bincount(row[counted], minlength=len(indices)),
        track_row=row[tracked],
        track=columns.track[tracked].astype(np.int64),
        video_paths=[stored_paths(video) for video in labels.videos],
    )
