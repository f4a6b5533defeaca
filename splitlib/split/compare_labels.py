"""What differs between two versions of labels: frames, instances and points of each video."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from splitlib.labels import Labels
from splitlib.slp.ranges import expand
from splitlib.split.core.groups import number_pairs
from splitlib.split.core.hashing import GAMMA, mix, word_of_text
from splitlib.split.label_digests import instance_words, label_digests
from splitlib.split.matched_frames import Column, MatchedFrames, match_frames
from splitlib.split.recognise import Sightings
from splitlib.split.write_index import frame_names

HOW = ("added", "removed", "changed")


class Things(NamedTuple):
    """Things of one version, as columns.

    Attributes:
        place: (n,) int64, where each is: its frame, or its frame and node. Places of two versions
            have equal numbers.
        word: (n,) uint64, equal for equal things.
        video: (n,) int64, the video of each.
    """

    place: Column
    word: NDArray[np.uint64]
    video: Column


@dataclass(frozen=True, eq=False)
class LabelsDiff:
    """Two versions of labels.

    Attributes:
        frames: The labeled frames of both.
        n_frames: The labeled frames of the old and of the new version.
        counts: Per "frames", "instances" and "points", (n_videos, 3) int64, how many were added,
            removed and changed.
    """

    frames: MatchedFrames
    n_frames: tuple[int, int]
    counts: dict[str, Column]

    @property
    def is_empty(self) -> bool:
        """Whether nothing differs."""
        return not any(count.any() for count in self.counts.values())


def compare_labels(old: Labels, new: Labels) -> LabelsDiff:
    """Compare two versions of labels.

    Frames, instances and points are told by digests: points by node and place, instances by their
    points and track. Where a frame has instances that a person placed, predictions do not count.
    Of the things of a frame (and of points, of a node in it), those that have no equal in the other
    version are paired as changed; the rest was added or removed.

    Raises:
        SplitError: A video of one version may be one of several of the other.
    """
    both = (old, new)
    was, now = map(_sightings, both)
    called = [frame_names(labels, np.arange(len(labels))) for labels in both]
    frames = match_frames(was, now, *called, names=(str(old.path), str(new.path)))
    rows = (frames.old_rows, frames.new_rows)
    nodes = sorted({n for one in both for skeleton in one.skeletons for n in skeleton.nodes})
    sides = list(zip(both, rows, strict=True))
    things = {
        "frames": [Things(at, label_digests(one), frames.video[at]) for one, at in sides],
        "instances": [_instances(one, at, frames.video) for one, at in sides],
        "points": [_points(one, at, frames.video, nodes) for one, at in sides],
    }
    n = len(frames.keys)
    counts = {name: _differences(before, after, n) for name, (before, after) in things.items()}
    return LabelsDiff(frames, (len(old), len(new)), counts)


def _sightings(labels: Labels) -> Sightings:
    recording, _, identity = labels.moments
    return Sightings(labels.recordings.keys, recording, identity, label_digests(labels))


def _counting(labels: Labels) -> tuple[Column, NDArray[np.uint64]]:
    """The instances with a placed point that count, and the word of each."""
    columns, words = labels.columns, instance_words(labels)
    by_person = columns.is_user & (words != 0)
    has_person = np.bincount(columns.instance_frame[by_person], minlength=len(labels)) > 0
    counts = by_person | ((words != 0) & ~has_person[columns.instance_frame])
    rows = np.flatnonzero(counts)
    return rows, words[rows]


def _instances(labels: Labels, frame: Column, video: Column) -> Things:
    rows, words = _counting(labels)
    place = frame[labels.columns.instance_frame[rows]]
    return Things(place, words, video[place])


def _points(labels: Labels, frame: Column, video: Column, nodes: list[str]) -> Things:
    columns = labels.columns
    rows, _ = _counting(labels)
    first, last = columns.point_bounds[rows], columns.point_bounds[rows + 1]
    at = expand(first, last)
    owner = np.repeat(rows, last - first)
    usable = columns.is_usable[at]
    at, owner = at[usable], owner[usable]
    node = _node_numbers(labels, nodes)[columns.skeleton[owner], at - columns.point_bounds[owner]]
    own_frame = frame[columns.instance_frame[owner]]
    x, y = (columns.xy[at, axis].view(np.uint64) for axis in (0, 1))
    factors = np.array([word_of_text(name) | 1 for name in nodes], np.uint64)
    words = mix(mix(x + GAMMA) * factors[node] + y)
    return Things(own_frame * max(1, len(nodes)) + node, words, video[own_frame])


def _node_numbers(labels: Labels, nodes: list[str]) -> Column:
    """(n_skeletons, most nodes) int64, the position in `nodes` of each node of each skeleton."""
    longest = max((len(skeleton.nodes) for skeleton in labels.skeletons), default=0)
    numbers = np.zeros((len(labels.skeletons), longest), np.int64)
    for at, skeleton in enumerate(labels.skeletons):
        numbers[at, : len(skeleton.nodes)] = [nodes.index(name) for name in skeleton.nodes]
    return numbers


def _differences(old: Things, new: Things, n_videos: int) -> Column:
    """(n_videos, 3) int64, things that were added, removed and changed in each video."""
    place, word, video = (np.concatenate(columns) for columns in zip(old, new, strict=True))
    sign = np.repeat([-1, 1], [len(old.place), len(new.place)])
    number, head = number_pairs(place, word.view(np.int64))
    balance = np.zeros(len(head), np.int64)
    np.add.at(balance, number, sign)
    at_place, first = np.unique(place[head], return_index=True)
    where = np.searchsorted(at_place, place[head])
    added, removed = (np.zeros(len(at_place), np.int64) for _ in range(2))
    np.add.at(added, where, np.maximum(balance, 0))
    np.add.at(removed, where, np.maximum(-balance, 0))
    changed = np.minimum(added, removed)
    counts = np.zeros((n_videos, len(HOW)), np.int64)
    columns = np.stack([added - changed, removed - changed, changed], axis=1)
    np.add.at(counts, video[head][first], columns)
    return counts


def labels_diff_report(diff: LabelsDiff) -> dict[str, Any]:
    """What differs, as plain values."""
    keys = diff.frames.keys
    return {
        "same": diff.is_empty,
        "n_frames": list(diff.n_frames),
        "renamed": diff.frames.renamed,
        "total": {name: _named(count.sum(axis=0)) for name, count in diff.counts.items()},
        "videos": {
            key: {name: _named(count[at]) for name, count in diff.counts.items()}
            for at, key in enumerate(keys)
            if any(count[at].any() for count in diff.counts.values())
        },
    }


def _named(counts: Column) -> dict[str, int]:
    return dict(zip(HOW, counts.tolist(), strict=True))
