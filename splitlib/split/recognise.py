"""Videos of an earlier split among those of the labels: by their names, and by their labels.

Names change: videos are renamed and moved, and others of the same name come. The labels of most
frames stay. So a video is the one of its name, unless another one holds its labels; and where none
has its name, it is the one that holds its labels.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from splitlib.errors import SplitError
from splitlib.slp.ranges import expand
from splitlib.split.index import SplitIndex
from splitlib.split.label_digests import frame_words
from splitlib.split.match_keys import alike_keys

Column = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Sightings:
    """Frames of some videos, as columns of n rows.

    Attributes:
        keys: The key of each video.
        video: (n,) int64, position in `keys`.
        identity: (n,) int64, `Moments.identity` of each frame.
        digest: (n,) uint64, of its labels; 0 for none, or where it is not known.
    """

    keys: Sequence[str]
    video: Column
    identity: Column
    digest: NDArray[np.uint64]


def sightings_of(indexes: Sequence[SplitIndex]) -> tuple[Sightings, list[int | str]]:
    """The frames of all indexes, index after index, and what each is called in its video."""
    keys = sorted({video.key for index in indexes for video in index.videos})
    number = {key: at for at, key in enumerate(keys)}
    columns = [
        np.array([*(number[video.key] for video in index.videos), -1], np.int64)[index.video]
        for index in indexes
    ]
    names = [int(name) if name.isdecimal() else name for index in indexes for name in index.frame]
    identity = np.concatenate([index.identity for index in indexes])
    digest = np.concatenate([index.digest for index in indexes])
    return Sightings(keys, np.concatenate(columns), identity, digest), names


def recognise(earlier: Sightings, present: Sightings, *, what: str = "split.lock") -> Column:
    """(len(earlier.keys),) int64, the present video of each earlier one; -1 for none.

    `what` holds the earlier videos, and begins messages.

    Raises:
        SplitError: A video may be one of several, or two videos may be the same.
    """
    shared = _shared_frames(earlier, present)
    try:
        return _each_once(earlier.keys, _found(earlier, present, shared), shared, present.keys)
    except SplitError as err:
        msg = f"{what}: {err}"
        raise SplitError(msg) from err


def _found(earlier: Sightings, present: Sightings, shared: Sequence[Counter[int]]) -> Column:
    """The present video of each earlier one, -1 for none; two may have the same."""
    named = alike_keys(earlier.keys, present.keys)
    n_labeled = np.bincount(earlier.video[earlier.digest != 0], minlength=len(earlier.keys))
    found = [
        _the_one(earlier.keys[at], named[at], shared[at], int(n_labeled[at]), present.keys)
        for at in range(len(earlier.keys))
    ]
    return np.array(found, np.int64)


def _shared_frames(earlier: Sightings, present: Sightings) -> list[Counter[int]]:
    """For each earlier video, how many of its frames each present video has with equal labels."""
    ours, theirs = (frame_words(each.identity, each.digest) for each in (earlier, present))
    order = np.argsort(theirs, kind="stable")
    start, end = (np.searchsorted(theirs[order], ours, side=side) for side in ("left", "right"))
    pairs = np.stack(
        [np.repeat(earlier.video, end - start), present.video[order][expand(start, end)]], axis=1
    )[np.repeat(earlier.digest != 0, end - start)]
    counts: list[Counter[int]] = [Counter() for _ in earlier.keys]
    for (one, other), n in zip(*np.unique(pairs, axis=0, return_counts=True), strict=True):
        counts[one][int(other)] = int(n)
    return counts


def _the_one(
    key: str, named: Sequence[int], shared: Counter[int], n_labeled: int, present: Sequence[str]
) -> int:
    """The present video that an earlier one is, -1 for none."""
    alike = {at: shared[at] for at in named}
    most = max(alike.values(), default=-1)
    others = {
        at: n for at, n in shared.items() if at not in alike and n > most and 2 * n >= n_labeled
    }
    candidates = others or alike
    best = [at for at, n in candidates.items() if n == max(candidates.values())]
    if len(best) > 1:
        names = " or ".join(sorted(present[at] for at in best))
        msg = (
            f"its video {key} may be {names}; write the right name as its key into the index files"
        )
        raise SplitError(msg)
    return best[0] if best else -1


def _each_once(
    keys: Sequence[str], found: Column, shared: Sequence[Counter[int]], present: Sequence[str]
) -> Column:
    """No present video for two earlier ones: it is the one whose labels it holds most of."""
    claims: defaultdict[int, list[int]] = defaultdict(list)
    for at in np.flatnonzero(found >= 0).tolist():
        claims[int(found[at])].append(at)
    for number, rivals in claims.items():
        first, *rest = sorted(rivals, key=lambda at: -shared[at][number])
        if rest and shared[first][number] == shared[rest[0]][number]:
            names = " and ".join(sorted(keys[at] for at in (first, rest[0])))
            msg = (
                f"its videos {names} may both be {present[number]}; write the right"
                " name as the key of each into the index files"
            )
            raise SplitError(msg)
        found[rest] = -1
    return found
