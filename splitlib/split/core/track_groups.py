"""Groups of frames that show one animal: frames that share a track, or identity, stay together."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from splitlib.split.core.groups import Groups, frame_groups, number_pairs, video_ranks
from splitlib.split.core.hashing import frame_keys


def track_groups(
    seed: int,
    video_keys: Sequence[str],
    video: NDArray[np.int64],
    frame_idx: NDArray[np.int64],
    *,
    row: NDArray[np.int64],
    track: NDArray[np.int64],
    names: Sequence[str] | None = None,
) -> Groups:
    """One group for all frames of a video that tracks join, directly or through other frames.

    A frame without a track is a group of its own. The first frame of a group gives the group's key.

    The first four arguments and `names` are those of `frame_groups`. Each instance that has a track
    gives an entry of `row`, (m,) int64, the row of its frame, and of `track`, (m,) int64, its
    track. The same number in another video is another track.

    Example:
        >>> import numpy as np
        >>> idx, row, track = np.arange(5), np.array([0, 1, 1, 2, 4]), np.array([3, 3, 8, 8, 5])
        >>> track_groups(42, ["a"], idx * 0, idx, row=row, track=track).group.tolist()
        [0, 0, 0, 1, 2]
    """
    number, _ = number_pairs(video_ranks(video_keys)[video[row]], track)
    where = (seed, video_keys, video, frame_idx)
    return linked_groups(*where, row=row, number=number, domain="track", names=names)


def linked_groups(
    seed: int,
    video_keys: Sequence[str],
    video: NDArray[np.int64],
    frame_idx: NDArray[np.int64],
    *,
    row: NDArray[np.int64],
    number: NDArray[np.int64],
    domain: str,
    names: Sequence[str] | None = None,
) -> Groups:
    """One group for all frames that hold one thing, directly or through other frames.

    As `track_groups`, but for things that may be in several videos, such as identities: `number`
    is (m,) int64, from 0, what each row of `row` holds. `domain` tells the keys of such groups from
    those of others.

    Example:
        >>> import numpy as np
        >>> video, idx, row = np.array([0, 1, 1]), np.arange(3), np.array([0, 1])
        >>> where = (42, ["a", "b"], video, idx)
        >>> linked_groups(*where, row=row, number=row * 0, domain="identity").group.tolist()
        [0, 0, 1]
    """
    frames = frame_groups(seed, video_keys, video, frame_idx)
    n_numbers = int(number.max(initial=-1)) + 1
    root = _components(len(frames.size), n_numbers, frames.group[row], number)
    roots, group = np.unique(root[frames.group], return_inverse=True)
    first = np.unique(frames.group, return_index=True)[1][roots]  # a row of each root's frame
    key = frame_keys(seed, names or video_keys, video[first], frame_idx[first], domain=domain)
    return Groups(group, np.bincount(group), key)


def _components(
    n_frames: int, n_tracks: int, frame: NDArray[np.int64], track: NDArray[np.int64]
) -> NDArray[np.int64]:
    """(n_frames,) int64, the first frame of each frame's component.

    Each round spreads the lowest label of a track to its frames and to the frames that their labels
    name, then follows labels of labels. So the number of rounds grows with the logarithm of the
    longest chain.
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


def sets_held(n: int, row: NDArray[np.int64], number: NDArray[np.int64]) -> NDArray[np.int64]:
    """(n,) int64, a number for the set of things that each of n frames holds; 0 for the empty set.

    `row` and `number` are those of `linked_groups`; a frame may hold a thing several times.

    Example:
        >>> import numpy as np
        >>> sets_held(4, np.array([0, 1, 1, 2, 2]), np.array([7, 7, 9, 9, 7])).tolist()
        [1, 2, 2, 0]
    """
    _, first = number_pairs(row, number)
    row, number = row[first], number[first]
    start = np.searchsorted(row, row)
    place = np.arange(len(row)) - start  # of a thing among those of its frame
    code = np.zeros(n, np.int64)
    for at in range(int(place.max(initial=-1)) + 1):
        here = place == at
        longer = np.zeros(n, np.int64)
        longer[row[here]] = number[here] + 1
        code, _ = number_pairs(code, longer)
    return code
