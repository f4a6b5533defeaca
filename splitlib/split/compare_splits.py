"""What differs between two versions of a split, frame by frame, and whether figures compare."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from splitlib.split.comparability import Comparability, judge
from splitlib.split.examples import SPLITS
from splitlib.split.matched_frames import MatchedFrames, match_frames
from splitlib.split.recognise import sightings_of
from splitlib.split.split_versions import SplitVersion

Column = NDArray[np.int64]

KINDS = ("kept", "moved", "came", "went")


class Change(NamedTuple):
    """Frames of a video that changed in one way.

    Attributes:
        video: What the video is called now, or was.
        before: The split that they were in; "" for none, two with " and " between.
        after: The split that they are in, likewise.
        frames: (m,) int64, the frames in `SplitDiff.frames`, by time.
        n_blocks: The blocks of video that they are of; None where blocks are not known.
    """

    video: str
    before: str
    after: str
    frames: Column
    n_blocks: int | None


@dataclass(frozen=True, eq=False)
class SplitDiff:
    """Two versions of a split.

    Attributes:
        old: The old version.
        new: The new version.
        frames: The frames of both.
        before: (n,) int64, the splits that hold each frame in the old version, as a sum of
            2**position in `SPLITS`; 0 for none.
        after: (n,) int64, likewise of the new version.
        relabelled: (n,) bool, frames of both whose labels differ; None where one has no digests.
    """

    old: SplitVersion
    new: SplitVersion
    frames: MatchedFrames
    before: Column
    after: Column
    relabelled: NDArray[np.bool_] | None

    @property
    def kinds(self) -> dict[str, NDArray[np.bool_]]:
        """Per kind of `KINDS` the frames that it is said of, (n,) bool."""
        both = (self.before > 0) & (self.after > 0)
        same = self.before == self.after
        found = (both & same, both & ~same, self.before == 0, self.after == 0)
        return dict(zip(KINDS, found, strict=True))

    @property
    def is_empty(self) -> bool:
        """Whether both versions hold the same frames and labels, in the same splits."""
        if self.relabelled is None:  # of an index of version 1, which has no digests of labels
            return False
        return bool((self.before == self.after).all()) and not self.relabelled.any()

    @property
    def verdict(self) -> Comparability:
        """What the figures of the two versions say side by side."""
        known = [set(version.indexes) for version in (self.old, self.new)]
        return judge(self.before, self.after, self.relabelled, (known[0], known[1]))


def compare_splits(old: SplitVersion, new: SplitVersion) -> SplitDiff:
    """Compare two versions of a split.

    A frame is known by its video and its number or picture, and its labels by their digest, as
    docs/index-format.md says. Videos that were renamed are recognised by their labels.

    Raises:
        SplitError: A video of one version may be one of several of the other.
    """
    sides = [sightings_of(list(version.indexes.values())) for version in (old, new)]
    (was, was_called), (now, now_called) = sides
    frames = match_frames(was, now, was_called, now_called, names=(old.name, new.name))
    before = _splits_of(old, frames.old_rows, len(frames.video))
    after = _splits_of(new, frames.new_rows, len(frames.video))
    relabelled = None
    if old.knows_digests and new.knows_digests:
        both = (before > 0) & (after > 0)
        relabelled = both & (frames.old_digest != frames.new_digest)
    return SplitDiff(old, new, frames, before, after, relabelled)


def _splits_of(version: SplitVersion, rows: Column, n_frames: int) -> Column:
    sizes = [len(index.video) for index in version.indexes.values()]
    bits = np.repeat([2 ** SPLITS.index(name) for name in version.indexes], sizes)
    found = np.zeros(n_frames, np.int64)
    np.bitwise_or.at(found, rows, bits)
    return found


def split_words(bits: int) -> str:
    """The names of the splits in a sum of 2**position; "" for none.

    Example:
        >>> split_words(0), split_words(1), split_words(5)
        ('', 'train', 'train and test')
    """
    return " and ".join(name for at, name in enumerate(SPLITS) if bits & 2**at)


def changes(diff: SplitDiff) -> Iterator[Change]:
    """The frames that are in another split than before, or came or went, by video and splits."""
    rows = np.flatnonzero(diff.before != diff.after)
    keys, length = diff.frames.keys, block_length(diff)
    columns = (diff.frames.video, diff.before, diff.after)
    order = rows[np.lexsort([rows, *(column[rows] for column in reversed(columns))])]
    for (video, before, after), some in groupby(
        order.tolist(), key=lambda row: tuple(int(column[row]) for column in columns)
    ):
        own = np.array(list(some), np.int64)
        blocks = np.unique(diff.frames.time[own] // length) if length else None
        n_blocks = None if blocks is None else len(blocks)
        yield Change(keys[video], split_words(before), split_words(after), own, n_blocks)


def block_length(diff: SplitDiff) -> int | None:
    """The length of the blocks of both versions; None where they differ, or frames are pictures."""
    lengths = set()
    for index in (*diff.old.indexes.values(), *diff.new.indexes.values()):
        asked = index.params.get("split", {})
        lengths.add(asked.get("block_length") if asked.get("groups") == "block" else None)
    (length, *more) = lengths or {None}
    are_films = all(name.isdecimal() for name in diff.frames.frame)
    is_known = not more and isinstance(length, int) and length > 0 and are_films
    return length if is_known else None


def ranges(diff: SplitDiff, rows: Column) -> list[str]:
    """Frames in words: runs of those that follow one another among the frames of their video."""
    starts = np.flatnonzero(np.diff(rows, prepend=-2) > 1)
    runs = np.split(rows, starts[1:]) if len(rows) else []
    called = diff.frames.frame
    return [
        called[run[0]] if len(run) == 1 else f"{called[run[0]]}-{called[run[-1]]}" for run in runs
    ]


def sizes(diff: SplitDiff) -> dict[str, tuple[int, int]]:
    """Per split its frames before and after."""
    return {
        name: (int(np.sum(diff.before & 2**at > 0)), int(np.sum(diff.after & 2**at > 0)))
        for at, name in enumerate(SPLITS)
    }


def by_video(diff: SplitDiff) -> dict[str, dict[str, int]]:
    """Per video its frames of each kind of `KINDS`, and those that were re-labelled."""
    columns = dict(diff.kinds)
    if diff.relabelled is not None:
        columns["relabelled"] = diff.relabelled
    n = len(diff.frames.keys)
    counts = {
        name: np.bincount(diff.frames.video[column], minlength=n)
        for name, column in columns.items()
    }
    return {
        key: {name: int(count[at]) for name, count in counts.items()}
        for at, key in enumerate(diff.frames.keys)
    }


def split_diff_report(diff: SplitDiff) -> dict[str, Any]:
    """What differs, as plain values."""
    verdict = diff.verdict
    return {
        "verdict": verdict.code,
        "finding": verdict.finding,
        "advice": verdict.advice,
        "figures": verdict.figures,
        "n_frames": {name: list(pair) for name, pair in sizes(diff).items()},
        "videos": by_video(diff),
        "renamed": diff.frames.renamed,
        "changes": [_change_report(diff, change) for change in changes(diff)],
        "relabelled": None
        if diff.relabelled is None
        else [{"video": video, "frames": _called(diff, rows)} for video, rows in relabelled(diff)],
    }


def _change_report(diff: SplitDiff, change: Change) -> dict[str, Any]:
    return {
        "video": change.video,
        "from": change.before or None,
        "to": change.after or None,
        "n_blocks": change.n_blocks,
        "frames": _called(diff, change.frames),
    }


def relabelled(diff: SplitDiff) -> Iterator[tuple[str, Column]]:
    """Per video the frames of both versions whose labels differ; none where it is not known."""
    rows = np.flatnonzero(diff.relabelled) if diff.relabelled is not None else ()
    for video, some in groupby(map(int, rows), key=lambda row: int(diff.frames.video[row])):
        yield diff.frames.keys[video], np.array(list(some), np.int64)


def _called(diff: SplitDiff, rows: Column) -> list[int | str]:
    names = (diff.frames.frame[row] for row in rows.tolist())
    return [int(name) if name.isdecimal() else name for name in names]
