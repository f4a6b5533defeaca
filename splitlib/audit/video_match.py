"""Which videos of two labels files are one and the same.

Splits of one source name its videos by the paths of the machines that wrote the splits. They may
lack some videos, and may have the videos in another order. The ends of the paths still agree.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import count

import numpy as np
from numpy.typing import NDArray

from splitlib.labels import Labels


def recording_paths(labels: Labels) -> list[str]:
    """The path of each recording of labels, with slashes of one kind; "" for none."""
    return [path.replace("\\", "/") for path in labels.recordings.paths]


def match_videos(known: Sequence[str], own: Sequence[str], *, all_known: bool) -> NDArray[np.int64]:
    """Find the videos of a file among those that are known.

    Equal paths are one video; of several equal paths, the nth is the nth. Then the longest shared
    end of the paths decides, unless two are equally long. Lists of one length without any path are
    the same list. Lists with paths may have been put into another order.

    Args:
        known: Path of each known video; "" for none.
        own: Path of each video of the file.
        all_known: Whether every video is known. If not, a shared end counts only if it is the whole
            of one of the paths: `a/top.mp4` and `b/top.mp4` may well be two videos.

    Returns:
        (len(own),) int64, position in `known`, -1 for a video that is not known.

    Example:
        >>> known = ["/d/1/top.mp4", "/d/2/top.mp4"]
        >>> match_videos(known, ["E:/2/top.mp4"], all_known=True).tolist()
        [1]
    """
    places = {name: at for at, name in enumerate(_numbered(known))}
    found = [places.get(name, -1) if name[0] else -1 for name in _numbered(own)]
    free = [at for at in range(len(known)) if at not in found]
    for at, path in enumerate(own):
        if found[at] < 0 and path:
            found[at] = _by_end(known, free, path, all_known=all_known)
            free = [place for place in free if place != found[at]]
    if own and not any(own) and not any(known) and len(own) == len(known):
        return np.arange(len(own))
    return np.array(found, np.int64)


def _numbered(paths: Sequence[str]) -> list[tuple[str, int]]:
    """Each path with the number of equal paths before it."""
    counts: defaultdict[str, Iterator[int]] = defaultdict(count)
    return [(path, next(counts[path])) for path in paths]


def _by_end(known: Sequence[str], free: Sequence[int], path: str, *, all_known: bool) -> int:
    shared = [_shared_end(known[at], path, whole=not all_known) for at in free]
    longest = max(shared, default=0)
    return free[shared.index(longest)] if longest and shared.count(longest) == 1 else -1


def _shared_end(one: str, other: str, *, whole: bool) -> int:
    """How many parts two paths share at their ends; if `whole`, 0 unless one path is all shared."""
    parts = [[part for part in path.split("/") if part not in ("", ".")] for path in (one, other)]
    pairs = zip(reversed(parts[0]), reversed(parts[1]), strict=False)
    shortest = min(map(len, parts))
    n_shared = next((n for n, (a, b) in enumerate(pairs) if a != b), shortest)
    return 0 if whole and n_shared < shortest else n_shared
