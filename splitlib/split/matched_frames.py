"""Frames of two versions side by side: which video of one is which of the other, and which frame.

Videos are told as `split.lock` tells them, by names and by labels. The version with fewer frames
is looked for in the other one. So the result does not depend on which version comes first.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from splitlib.split.core.groups import number_pairs
from splitlib.split.core.hashing import GAMMA, mix
from splitlib.split.recognise import Sightings, recognise

Column = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class MatchedFrames:
    """The n frames that one of two versions holds, by video and time.

    Attributes:
        old_keys: The key of each video in the old version, None for a video that it lacks.
        new_keys: The key of each in the new version, likewise.
        video: (n,) int64, position in the keys.
        frame: What each frame is called: its number, or the name of its picture.
        time: (n,) int64, the number of a frame of a film; of a picture its place among the pictures
            of its video that are here.
        old_rows: (n_old,) int64, for each row of the old version its frame here.
        new_rows: (n_new,) int64, likewise.
        old_digest: (n,) uint64, of the labels of each frame in the old version, 0 for none.
        new_digest: (n,) uint64, likewise.
    """

    old_keys: tuple[str | None, ...]
    new_keys: tuple[str | None, ...]
    video: Column
    frame: tuple[str, ...]
    time: Column
    old_rows: Column
    new_rows: Column
    old_digest: NDArray[np.uint64]
    new_digest: NDArray[np.uint64]

    @property
    def keys(self) -> list[str]:
        """What each video is called now, or was; no two alike."""
        taken = set(self.new_keys)
        pairs = zip(self.old_keys, self.new_keys, strict=True)
        return [new or (f"{old} (old)" if old in taken else old) or "" for old, new in pairs]

    @property
    def renamed(self) -> dict[str, str]:
        """The new key of each video whose old one was another."""
        pairs = zip(self.old_keys, self.new_keys, strict=True)
        return {old: new for old, new in pairs if old and new and old != new}


def match_frames(
    old: Sightings,
    new: Sightings,
    old_names: Sequence[str | int],
    new_names: Sequence[str | int],
    *,
    names: tuple[str, str],
) -> MatchedFrames:
    """Put the frames of two versions side by side.

    Args:
        old: The rows of the old version.
        new: The rows of the new version.
        old_names: What the frame of each row is called.
        new_names: Likewise.
        names: What messages call the versions.

    Raises:
        SplitError: A video may be one of several.
    """
    of_old, of_new, pairs = _videos(old, new, names)
    video = np.concatenate([of_old[old.video], of_new[new.video]])
    number, head = number_pairs(video, np.concatenate([old.identity, new.identity]))
    called = [*map(str, old_names), *map(str, new_names)]
    frames = [called[at] for at in head.tolist()]
    time = _times(video[head], frames)
    order = np.lexsort((time, video[head]))
    place = np.argsort(order)[number]
    n_old = len(old.video)
    return MatchedFrames(
        old_keys=tuple(key for key, _ in pairs),
        new_keys=tuple(key for _, key in pairs),
        video=video[head][order],
        frame=tuple(frames[at] for at in order.tolist()),
        time=time[order],
        old_rows=place[:n_old],
        new_rows=place[n_old:],
        old_digest=_digest_of_rows(place[:n_old], old.digest, len(order)),
        new_digest=_digest_of_rows(place[n_old:], new.digest, len(order)),
    )


def _videos(
    old: Sightings, new: Sightings, names: tuple[str, str]
) -> tuple[Column, Column, list[tuple[str | None, str | None]]]:
    """The number of each old and of each new video, by what they are called, and all their keys."""
    found = _recognised(old, new, names)
    came = np.setdiff1d(np.arange(len(new.keys)), found).tolist()
    pairs: list[tuple[str | None, str | None]] = [
        (key, new.keys[at] if at >= 0 else None)
        for key, at in zip(old.keys, found.tolist(), strict=True)
    ]
    pairs += [(None, new.keys[at]) for at in came]
    order = sorted(range(len(pairs)), key=lambda at: (pairs[at][1] or pairs[at][0] or "", at))
    rank = np.argsort(order)
    of_new = np.zeros(len(new.keys), np.int64)
    is_known = found >= 0
    of_new[found[is_known]] = rank[: len(found)][is_known]
    of_new[came] = rank[len(found) :]
    return rank[: len(found)], of_new, [pairs[at] for at in order]


def _recognised(old: Sightings, new: Sightings, names: tuple[str, str]) -> Column:
    """(len(old.keys),) int64, the new video that each old one is, -1 for none."""
    if _order_of(old) <= _order_of(new):
        return recognise(old, new, what=names[0])
    found = np.full(len(old.keys), -1)
    back = recognise(new, old, what=names[1])
    found[back[back >= 0]] = np.flatnonzero(back >= 0)
    return found


def _order_of(one: Sightings) -> tuple[int, list[str], bytes]:
    words = np.sort(one.digest ^ one.identity.astype(np.uint64))
    return len(one.video), sorted(one.keys), words.tobytes()


def _times(video: Column, frames: Sequence[str]) -> Column:
    """The number of each frame; of a picture its place among those of its video, by their names."""
    time = np.zeros(len(frames), np.int64)
    pictures = []
    for at, name in enumerate(frames):
        if name.isdecimal():
            time[at] = int(name)
        else:
            pictures.append((int(video[at]), _by_numbers(name), at))
    place, last = 0, -1
    for number, _, at in sorted(pictures):
        place = place + 1 if number == last else 0
        time[at], last = place, number
    return time


def _by_numbers(name: str) -> tuple[tuple[int, str], ...]:
    """A name, to be sorted with the numbers in it by value."""
    parts = re.split(r"([0-9]+)", name)
    return tuple((int(part), part) if part.isdecimal() else (-1, part) for part in parts)


def _digest_of_rows(place: Column, digest: NDArray[np.uint64], n_frames: int) -> NDArray[np.uint64]:
    """(n_frames,) uint64, one digest for the different labels of each frame, in any order."""
    pairs = np.unique(np.stack([place.astype(np.uint64), digest]), axis=1)
    total = np.zeros(n_frames, np.uint64)
    np.add.at(total, pairs[0].astype(np.int64), mix(pairs[1] + GAMMA))
    return total
