"""Videos are named by their keys, or by patterns of keys such as `*mouse3*`."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase

import numpy as np
from numpy.typing import NDArray

from splitlib.errors import SplitError
from splitlib.split.core.hashing import normal_key

MOST_NAMED = 10
"""Videos that a message lists."""


def matching_videos(pattern: str, video_keys: Sequence[str]) -> NDArray[np.int64]:
    """Positions of the videos that a pattern names: those of this very key, else all that match.

    `*` stands for any text, folders included, `?` for one letter, `[ab]` for an a or a b.

    Example:
        >>> matching_videos("*mouse3*", ["mouse1.mp4", "day2/mouse3.mp4"]).tolist()
        [1]
    """
    wanted, keys = normal_key(pattern), [normal_key(key) for key in video_keys]
    # a name with brackets is first taken as it is
    exact = [at for at, key in enumerate(keys) if key == wanted]
    return np.array(
        exact or [at for at, key in enumerate(keys) if fnmatchcase(key, wanted)], np.int64
    )


def held_videos(
    hold_out: Mapping[str, Sequence[str]], video_keys: Sequence[str], splits: Sequence[str]
) -> NDArray[np.int64]:
    """(n_videos,) int64, the split that each video is held for by the patterns, -1 for none.

    Raises:
        SplitError: A pattern matches no video, or a video is claimed by two splits.
    """
    held = np.full(len(video_keys), -1)
    for name, patterns in hold_out.items():
        number = splits.index(name)
        for pattern in patterns:
            found = matching_videos(pattern, video_keys)
            if not len(found):
                offer = _offer(pattern, video_keys)
                msg = f"split.hold_out.{name}: {pattern!r} matches no video; {offer}"
                raise SplitError(msg)
            taken = found[(held[found] >= 0) & (held[found] != number)]
            if len(taken):
                msg = (
                    f"split.hold_out: video {video_keys[taken[0]]} is claimed by"
                    f" {splits[held[taken[0]]]} and by {name} ({pattern!r}); keep one of them"
                )
                raise SplitError(msg)
            held[found] = number
    return held


def _offer(pattern: str, video_keys: Sequence[str]) -> str:
    """The pattern that was probably meant, and the videos that there are."""
    keys = sorted(set(video_keys))
    more = f" and {len(keys) - MOST_NAMED} more" if len(keys) > MOST_NAMED else ""
    near = _nearest(pattern, keys)
    hint = f"did you mean {near!r}? " if near else ""
    return f"{hint}the videos are: {', '.join(keys[:MOST_NAMED])}{more}"


def _nearest(pattern: str, keys: Sequence[str]) -> str | None:
    """A wider pattern that matches, or the video with the most similar name."""
    name = pattern.strip("*").replace("\\", "/").split("/")[-1]
    if name and len(matching_videos(f"*{name}*", keys)):
        return f"*{name}*"
    by_name = {key.lower().split("/")[-1]: key for key in keys}
    near = get_close_matches(name.lower(), by_name, n=1)
    return by_name[near[0]] if near else None
