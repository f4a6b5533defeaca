"""Distances in frames of video between held-out frames and training frames."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from splitlib.audit.audited_splits import AuditedSplits
from splitlib.memory.nearest_frames import nearest_frames

Frames = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Distances:
    """Distance of each frame of a held-out split to the nearest training frame of its video.

    Attributes:
        rows: (n,) int64, rows of the frames in the splits.
        distance: (n,) int64, in frames; -1 where no frame of the video is trained on.
        nearest: (n,) int64, row of the nearest training frame, -1 for none.
    """

    rows: Frames
    distance: Frames
    nearest: Frames

    @property
    def known(self) -> Frames:
        """The distances of frames whose video is trained on."""
        return self.distance[self.distance >= 0]

    def n_nearer(self, frames: int) -> int:
        """How many frames are nearer to training than a number of frames of video."""
        return int((self.known < frames).sum())


def distances(splits: AuditedSplits) -> dict[str, Distances]:
    """The distances to the training split, by name of the held-out split."""
    train = splits.rows(0)
    others = splits.video[train], splits.frame_idx[train]
    found = {}
    for at in splits.held_out:
        rows = splits.rows(at)
        distance, nearest = nearest_frames((splits.video[rows], splits.frame_idx[rows]), others)
        found[splits.names[at]] = Distances(rows, distance, np.append(train, -1)[nearest])
    return found


def labelling_step(video: Frames, frame_idx: Frames) -> float:
    """Median distance of neighbouring labeled frames of a video; 0 if no video has two frames."""
    order = np.lexsort((frame_idx, video))
    steps, same_video = np.diff(frame_idx[order]), np.diff(video[order]) == 0
    within = steps[same_video & (steps > 0)]  # rows of one frame are 0 apart
    return float(np.median(within)) if len(within) else 0.0
