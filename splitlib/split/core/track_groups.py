"""Groups of the frames that show one animal: frames that share a track stay together."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from splitlib.split.core.groups import Groups, frame_groups, video_ranks
from splitlib.split.core.hashing import frame_keys


def track_groups(
    seed: int,
    video_keys: Sequence[str],
    video: NDArray[np.int64],
    frame_idx: NDArray[np.int64],
    *,
    row: NDArray[np.int64],
    track: NDArray[np.int64],
) -> Groups:
    """One group for all frames of a video that are joined by tracks, directly or by way of others.

    Args:
        seed: Any whole number; decides the ranks.
        video_keys: The key of each video. Equal keys are one video.
        video: (n,) int64, index into `video_keys`.
        frame_idx: (n,) int64, number of the frame in its video, >= 0.
        row: (m,) int64, for each instance with a track the row of its frame.
        track: (m,) int64, its track. A track is one of a video: the same number in another video
            is another track.

    Returns:
        Groups; a frame without a track is one of its own. A group's key is that of its first frame.

    Example:
        >>> import numpy as np
        >>> idx, row, track = np.arange(5), np.array([0, 1, 1, 2, 4]), np.array([3, 3, 8, 8, 5])
        >>> track_groups(42, ["a"], idx * 0, idx, row=row, track=track).group.tolist()
        [0, 0, 0, 1, 2]
    """
    frames = frame_groups(seed, video_keys, video, frame_idx)
    n_frames = len(frames.size)
    head = np.empty(n_frames, np.int64)
    head[frames.group] = np.arange(len(video))  # a row of each frame
    tracks = np.stack([video_ranks(video_keys)[video[row]], track])
    node = np.unique(tracks, axis=1, return_inverse=True)[1].reshape(-1)
    root = _components(n_frames, int(node.max(initial=-1)) + 1, frames.group[row], node)
    roots, group = np.unique(root, return_inverse=True)
    first = head[roots]
    return Groups(
        group=group[frames.group],
        size=np.bincount(group, frames.size, len(roots)).astype(np.int64),
        key=frame_keys(seed, video_keys, video[first], frame_idx[first], domain="track"),
    )


def _components(
    n_frames: int, n_tracks: int, frame: NDArray[np.int64], track: NDArray[np.int64]
) -> NDArray[np.int64]:
    """(n_frames,) int64, the first frame of each frame's component.

    Labels spread from tracks to frames and to the frame that a label names, and labels of labels
    are followed: the number of rounds grows with the logarithm of the longest chain.
    """
    label = np.arange(n_frames)
    while True:
        lowest = np.full(n_tracks, n_frames)
        np.minimum.at(lowest, track, label[frame])
        spread = label.copy()
        np.minimum.at(spread, frame, lowest[track])
        np.minimum.at(spread, label[frame], lowest[track])
        spread = spread[spread]
        if (spread == label).all():
            return label
        label = spread
