"""Whether splits are disjoint, complete, and the same frames as the source."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from splitlib.audit.audited_splits import AuditedSplits, in_several_splits
from splitlib.audit.fingerprints import fingerprints
from splitlib.errors import SplitError
from splitlib.labels import Labels
from splitlib.memory.nearest_frames import nearest_frames
from splitlib.slp.frames_at_hand import missing_frames
from splitlib.split.find_frames import find_frames

Frames = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Membership:
    """Which frames are where.

    Attributes:
        shared: Rows of frames of the splits that another split holds as well.
        differing: Rows of frames that the source lacks, or has with other user instances.
        repredicted: Rows of frames that the source has with other predicted instances only.
        n_index_errors: Places at which an index, its split and the source contradict each other.
        left_out: Number of frames of the source that are in no split, by reason.
        n_examples: Number of frames of the source that are examples; 0 without a source.
    """

    shared: Frames
    differing: Frames
    repredicted: Frames
    n_index_errors: int
    left_out: dict[str, int]
    n_examples: int


def membership(splits: AuditedSplits, filters: dict[str, bool]) -> Membership:
    """Compare the splits with each other and with the source.

    Args:
        splits: The splits.
        filters: What makes a frame an example, for `Labels.example_inds`.
    """
    shared = shared_rows(splits)
    source = splits.source
    if source is None:
        none = np.zeros(0, np.int64)
        return Membership(shared, none, none, 0, {}, 0)
    examples = source.example_inds(**filters)
    changed, differing = _differing(splits, source)
    return Membership(
        shared=shared,
        differing=differing,
        repredicted=np.setdiff1d(changed, differing),
        n_index_errors=_index_errors(splits, source),
        left_out=_left_out(splits, source, examples),
        n_examples=len(examples),
    )


def frame_numbers(*frames: tuple[Frames, Frames]) -> list[Frames]:
    """Number (recording, identity) pairs, so that equal pairs of all lists have one number."""
    pairs = np.concatenate([np.stack(pair, axis=1) for pair in frames])
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    is_new = np.any(np.diff(pairs[order], axis=0, prepend=pairs[order][:1]) != 0, axis=1)
    numbers = np.empty(len(pairs), np.int64)
    numbers[order] = np.cumsum(is_new)
    return np.split(numbers, np.cumsum([len(video) for video, _ in frames])[:-1])


def shared_rows(splits: AuditedSplits) -> Frames:
    """Rows of frames, in the splits, that another split holds as well."""
    (number,) = frame_numbers((splits.video, splits.identity))
    return np.flatnonzero(in_several_splits(splits.split, number))


def _differing(splits: AuditedSplits, source: Labels) -> tuple[Frames, Frames]:
    """Rows of frames that the source lacks or has with other labels, and with other user labels."""
    recording, _, identity = source.moments
    ours, theirs = frame_numbers((splits.video, splits.identity), (recording, identity))
    number = np.concatenate([ours, theirs])
    words = zip(*(fingerprints(labels) for labels in (*splits.parts, source)), strict=True)
    changed, differing = (_not_among(number, np.concatenate(word), len(ours)) for word in words)
    return changed, differing


def _not_among(number: Frames, word: NDArray[np.uint64], n: int) -> Frames:
    """Which of the first n (number, word) pairs do not occur after them."""
    # Equal pairs lie side by side in this order, and get one number.
    order = np.lexsort((word, number))
    changes = (np.diff(number[order]) != 0) | (np.diff(word[order]) != 0)
    pair = np.empty(len(order), np.int64)
    pair[order] = np.append(0, np.cumsum(changes))[: len(order)]
    return np.flatnonzero(~np.isin(pair[:n], pair[n:]))


def _index_errors(splits: AuditedSplits, source: Labels) -> int:
    n_errors = 0
    recording, _, identity = source.moments
    for at, index in enumerate(splits.indexes):
        if index is None:
            continue
        rows = splits.rows(at)
        try:
            named = find_frames(index, source)
        except SplitError:
            n_errors += max(len(rows), len(index.video))
            continue
        ours, theirs = frame_numbers(
            (splits.video[rows], splits.identity[rows]), (recording[named], identity[named])
        )
        n_errors += int(max((~np.isin(ours, theirs)).sum(), (~np.isin(theirs, ours)).sum()))
    return n_errors


def _left_out(splits: AuditedSplits, source: Labels, examples: Frames) -> dict[str, int]:
    """How many frames of the source are in no split, by reason."""
    recording, time, identity = source.moments
    ours, theirs = frame_numbers((splits.video, splits.identity), (recording, identity))
    unused = ~np.isin(theirs, ours)
    is_example = np.zeros(len(source), bool)
    is_example[examples] = True
    gap, leaves_rest, n_spare = _asked(splits)
    near = unused & is_example
    missing = near & _skipped(splits, source)
    near &= ~missing
    distance, _ = nearest_frames((recording[near], time[near]), (splits.video, splits.frame_idx))
    n_near = int(((distance >= 0) & (distance <= gap)).sum())
    n_rest = int(near.sum()) - n_near
    return {
        "filter": int((unused & ~is_example).sum()),
        "gap": n_near,
        "fractions": n_rest if leaves_rest else 0,
        "unexplained": 0 if leaves_rest else max(0, n_rest - n_spare),
        **({"train_share": min(n_rest, n_spare)} if n_spare and not leaves_rest else {}),
        **({"missing": int(missing.sum())} if missing.any() else {}),
    }


def _skipped(splits: AuditedSplits, source: Labels) -> NDArray[np.bool_]:
    """(len(source),) whether a frame was to be left out because its video or picture is missing."""
    params = next((index.params for index in splits.indexes if index), {})
    labels = params.get("labels")
    if not isinstance(labels, dict) or labels.get("missing") != "skip":
        return np.zeros(len(source), bool)
    return missing_frames(source.source, splits.video_folders)


def _asked(splits: AuditedSplits) -> tuple[int, bool, int]:
    """Of the params of an index the gap, whether fractions leave frames over, and `n_spare`."""
    params = next((index.params for index in splits.indexes if index), {})
    asked = params.get("split")
    if not isinstance(asked, dict):
        return 0, False, 0
    fractions = asked.get("fractions")
    shares = list(fractions.values()) if isinstance(fractions, dict) else [1.0]
    leaves_rest = -1 not in shares and sum(shares) < 1 - 1e-9
    return int(asked.get("gap") or 0), leaves_rest, int(asked.get("n_spare", 0))
