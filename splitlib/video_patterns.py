"""Videos by patterns of their keys: `*mouse3*`, or a key as it is."""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

import numpy as np
from numpy.typing import NDArray

from splitlib.errors import SplitError
from splitlib.splits.hashing import normal_key


def matching_videos(pattern: str, video_keys: Sequence[str]) -> NDArray[np.int64]:
    """Positions of the videos that a pattern names: the one with this key, else all that match it.

    `*` stands for any text, folders included, `?` for one letter, `[ab]` for one of these.

    Example:
        >>> matching_videos("*mouse3*", ["mouse1.mp4", "day2/mouse3.mp4"]).tolist()
        [1]
    """
    wanted, keys = normal_key(pattern), [normal_key(key) for key in video_keys]
    # a name with brackets means itself first
    exact = [at for at, key in enumerate(keys) if key == wanted]
    return np.array(
        exact or [at for at, key in enumerate(keys) if fnmatchcase(key, wanted)], np.int64
    )


def held_videos(
    hold_out: Mapping[str, Sequence[str]], video_keys: Sequence[str], splits: Sequence[str]
) -> NDArray[np.int64]:
    """(n_videos,) int64, the split that each video is held for, -1 for none.

    Args:
        hold_out: Patterns for each split.
        video_keys: The key of each video.
        splits: Names of the splits, in order.

    Raises:
        SplitError: A pattern matches no video, or a video is claimed by two splits.
    """
    held = np.full(len(video_keys), -1)
    for name, patterns in hold_out.items():
        for pattern in patterns:
            found = matching_videos(pattern, video_keys)
            if not len(found):
                known = ", ".join(sorted(set(video_keys))[:10])
                msg = (
                    f"split.hold_out.{name}: {pattern!r} matches no video; the videos are: {known}"
                )
                raise SplitError(msg)
            taken = found[(held[found] >= 0) & (held[found] != splits.index(name))]
            if len(taken):
                msg = (
                    f"split.hold_out: video {video_keys[taken[0]]} is claimed by"
                    f" {splits[held[taken[0]]]} and by {name} ({pattern!r}); keep one of them"
                )
                raise SplitError(msg)
            held[found] = splits.index(name)
    return held
