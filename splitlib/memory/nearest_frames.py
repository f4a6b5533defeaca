"""The nearest frame of the same video among others."""

import numpy as np
from numpy.typing import NDArray

Frames = NDArray[np.int64]


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
