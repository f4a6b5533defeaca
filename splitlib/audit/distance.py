"""Distances in frames of video between held-out frames and training frames."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from splitlib.audit.audited_splits import AuditedSplits

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


def nearest_frames(
    frames: tuple[Frames, Frames], others: tuple[Frames, Frames]
) -> tuple[Frames, Frames]:
    """The nearest frame of the same video among others.

    Args:
        frames: Video and frame_idx, (n,) each.
        others: Video and frame_idx, (m,) each.

    Returns:
        (n,) int64 distance in frames, and (n,) int64 row of the nearest frame in `others`; -1 where
        `others` have no frame of the video.

    Example:
        >>> frames = (np.array([0, 0, 1]), np.array([4, 9, 4]))
        >>> others = (np.array([0, 0]), np.array([2, 8]))
        >>> [result.tolist() for result in nearest_frames(frames, others)]
        [[2, 1, -1], [0, 1, -1]]
    """
    (video, frame_idx), (other_video, other_idx) = frames, others
    n = len(video)
    order = np.lexsort((np.append(frame_idx, other_idx), np.append(video, other_video)))
    n_before = np.empty(len(order), np.int64)
    n_before[order] = np.cumsum(order >= n)
    # -1, for none, stands before the first and behind the last of the others
    sorted_others = np.concatenate([[-1], order[order >= n] - n, [-1]])
    sides = sorted_others[np.add.outer([0, 1], n_before[:n])]
    away = np.abs(np.append(other_idx, 0)[sides] - frame_idx)
    away[np.append(other_video, -1)[sides] != video] = np.iinfo(np.int64).max
    side, columns = away.argmin(axis=0), np.arange(n)
    distance, nearest = away[side, columns], sides[side, columns]
    is_none = distance == np.iinfo(np.int64).max
    return np.where(is_none, -1, distance), np.where(is_none, -1, nearest)


def labelling_step(video: Frames, frame_idx: Frames) -> float:
    """Median distance of neighbouring labeled frames of a video; 0 if no video has two frames."""
    order = np.lexsort((frame_idx, video))
    steps, same_video = np.diff(frame_idx[order]), np.diff(video[order]) == 0
    within = steps[same_video & (steps > 0)]  # rows of one frame are 0 apart
    return float(np.median(within)) if len(within) else 0.0
