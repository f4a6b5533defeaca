"""Distances in frames of video: how near held-out frames are to frames that were trained on."""

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
        nearest: (n,) int64, row of that training frame, -1 for none.
    """

    rows: Frames
    distance: Frames
    nearest: Frames

    @property
    def known(self) -> Frames:
        """The distances of frames whose video is trained on."""
        return self.distance[self.distance >= 0]

    def n_nearer(self, frames: int) -> int:
        """How many frames are nearer than some frames of video."""
        return int((self.known < frames).sum())


def distances(splits: AuditedSplits) -> dict[str, Distances]:
    """Per held-out split the distances to the training split."""
    train = splits.rows(0)
    found = {}
    for at in splits.held_out:
        rows = splits.rows(at)
        distance, nearest = nearest_frames(
            (splits.video[rows], splits.frame_idx[rows]),
            (splits.video[train], splits.frame_idx[train]),
        )
        nearest[nearest >= 0] = train[nearest[nearest >= 0]]
        found[splits.names[at]] = Distances(rows, distance, nearest)
    return found


def nearest_frames(
    frames: tuple[Frames, Frames], others: tuple[Frames, Frames]
) -> tuple[Frames, Frames]:
    """The nearest frame of the same video among others.

    Args:
        frames: Video and frame_idx, (n,) each.
        others: Video and frame_idx, (m,) each.

    Returns:
        (n,) int64 distance in frames, and (n,) int64 its row in `others`; -1 where the video has
        none.

    Example:
        >>> frames = (np.array([0, 0, 1]), np.array([4, 9, 4]))
        >>> others = (np.array([0, 0]), np.array([2, 8]))
        >>> [result.tolist() for result in nearest_frames(frames, others)]
        [[2, 1, -1], [0, 1, -1]]
    """
    (video, frame_idx), (other_video, other_idx) = frames, others
    distance, nearest = np.full(len(video), -1), np.full(len(video), -1)
    order = np.lexsort((other_idx, other_video))
    sorted_video, sorted_idx = other_video[order], other_idx[order]
    by_video = np.argsort(video, kind="stable")
    for at in np.unique(video).tolist():
        first, last = np.searchsorted(sorted_video, [at, at + 1])
        if first == last:
            continue
        rows = by_video[slice(*np.searchsorted(video[by_video], [at, at + 1]))]
        after = np.searchsorted(sorted_idx[first:last], frame_idx[rows]) + first
        sides = np.stack([np.maximum(after - 1, first), np.minimum(after, last - 1)])
        away = np.abs(sorted_idx[sides] - frame_idx[rows])
        side = away.argmin(axis=0)
        columns = np.arange(len(rows))
        distance[rows] = away[side, columns]
        nearest[rows] = order[sides[side, columns]]
    return distance, nearest


def labelling_step(video: Frames, frame_idx: Frames) -> float:
    """Median distance of neighbouring labeled frames of a video; 0 where no video has two."""
    order = np.lexsort((frame_idx, video))
    steps, same_video = np.diff(frame_idx[order]), np.diff(video[order]) == 0
    within = steps[same_video & (steps > 0)]  # 0 for the rows of one frame
    return float(np.median(within)) if len(within) else 0.0
