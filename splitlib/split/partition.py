"""The partition of labels that the params ask for: every frame has one place, or a reason.

train + val + test + excluded = all frames of the source, always.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from splitlib.errors import SplitError
from splitlib.jsonfile import without_nulls
from splitlib.labels import Labels
from splitlib.params import LabelsParams, SplitParams, params_dict
from splitlib.split.assign import Assignment, assign_examples
from splitlib.split.examples import CATALOGS, examples_of
from splitlib.split.examples import SPLITS as SPLITS
from splitlib.split.only_annotated import annotation_lines, only_annotated
from splitlib.split.partition_warnings import refuse_empty, warn_of_leaks, warn_of_sizes
from splitlib.split.share import beyond_share
from splitlib.split.skeleton_warning import warn_of_skeletons
from splitlib.split.table_rows import table_lines, table_rows
from splitlib.split.video_names import portable_name
from splitlib.split.video_patterns import MOST_NAMED, taken_line
from splitlib.split.write_index import frame_names

REASONS = {
    "unlisted": "in none of the index lists",
    "filter": "that are no example under the labels params",
    "missing": "whose video or picture is missing",
    "gap": "within the gap between splits",
    "fractions": "beyond the fractions, which sum to less than 1",
    "train_share": "that would train, beyond split.train_share",
}
"""Why a frame is in no split."""


@dataclass(frozen=True, eq=False)
class Partition:
    """Where each frame of the labels goes.

    Attributes:
        splits: Per split the positions of its frames, ascending int64.
        excluded: Per reason of `REASONS` the positions of the frames left out, ascending int64.
        asked: Per split its size before frames were lost to the gap.
        n_groups: Per split the groups that it got; none where a list decided.
        params: The params, with the values that automatic settings and the gap took; None where a
            list decided.
        notes: More for the report: how groups were made, what a lock did, how even strata are.
    """

    splits: dict[str, NDArray[np.int64]]
    excluded: dict[str, NDArray[np.int64]]
    asked: dict[str, int]
    n_groups: dict[str, int]
    params: SplitParams | None = None
    notes: dict[str, Any] = field(default_factory=dict)


def make_partition(
    labels: Labels,
    filters: LabelsParams,
    params: SplitParams,
    missing: NDArray[np.bool_] | None = None,
) -> Partition:
    """Decide which frames are examples, and which split each of them goes to.

    Args:
        labels: The labels to split.
        filters: What makes a frame an example.
        params: How they are split.
        missing: (len(labels),) whether the video or picture of a frame is missing, so that it is
            left out; None for none.

    Raises:
        SplitError: No frame is an example, there are fewer groups than splits, a split would lose
            all of its frames to the gap, settings contradict each other, or a file that they name
            cannot be used.
    """
    examples = labels.example_inds(
        user_instances_only=filters.user_instances_only,
        with_track_only=filters.with_track_only,
        negative_frames=filters.negative_frames,
    )
    lost = examples[:0] if missing is None else examples[missing[examples]]
    examples = np.setdiff1d(examples, lost, assume_unique=True)
    _check_examples(labels, examples, filters, len(lost))
    counts = labels.columns.instances_that_count(
        user_instances_only=filters.user_instances_only, with_track_only=filters.with_track_only
    )
    warn_of_skeletons(labels, counts)
    catalogs = {params.groups, *params.stratify} & set(CATALOGS)
    columns = examples_of(
        labels, filters, examples, with_digests=params.lock is not None, catalogs=catalogs
    )
    assigned = assign_examples(columns, params)
    partition = _partition(labels, examples, lost, assigned)
    is_by_time = params.assignment == "chronological"
    refuse_empty(partition.asked, partition.notes["n_off"], is_by_time=is_by_time)
    warn_of_sizes(partition.asked, partition.notes, params)
    warn_of_leaks(columns, assigned, params)
    return partition


def partition_of_lists(labels: Labels, lists: Mapping[str, NDArray[np.int64]]) -> Partition:
    """The partition that lists of positions in the labels say, as it is: no groups, no gap.

    Args:
        labels: The labels to split.
        lists: For each split (n,) int64, positions in the labels.

    Raises:
        SplitError: A position is not in the labels, or is listed twice.
    """
    taken = np.full(len(labels), -1)
    warn_of_skeletons(labels, labels.columns.has_visible_point)
    for number, name in enumerate(SPLITS):
        inds = lists[name]
        outside = inds[(inds < 0) | (inds >= len(labels))]
        if len(outside):
            msg = (
                f"{name} list: position {outside[0]} is not in the labels, which have"
                f" {len(labels)} frames, numbered from 0"
            )
            raise SplitError(msg)
        values, n_times = np.unique(inds, return_counts=True)
        twice = np.concatenate([values[n_times > 1], values[taken[values] >= 0]])
        if len(twice):
            msg = f"{name} list: position {twice[0]} is listed twice; a frame is in one split"
            raise SplitError(msg)
        taken[inds] = number
    splits = {name: np.flatnonzero(taken == number) for number, name in enumerate(SPLITS)}
    sizes = {name: len(frames) for name, frames in splits.items()}
    none = np.zeros(0, np.int64)
    excluded = {"filter": none, "gap": none, "fractions": none}
    excluded["unlisted"] = np.flatnonzero(taken < 0)
    return Partition(splits, excluded, sizes, {})


def _partition(
    labels: Labels,
    examples: NDArray[np.int64],
    missing: NDArray[np.int64],
    assigned: Assignment,
) -> Partition:
    split, lost = assigned.split, assigned.lost
    spare = beyond_share(assigned)
    unused = split < 0  # fractions that sum to less than 1 leave frames over
    got = {name: int((split == number).sum()) for number, name in enumerate(SPLITS)}
    asked = dict(zip(SPLITS, assigned.asked, strict=True))
    used = np.where(lost | spare, -1, split)
    no_example = np.delete(np.arange(len(labels)), [*examples, *missing])
    notes = {
        **assigned.notes,
        "n_off": {name: got[name] - asked[name] for name in SPLITS},
        "gap_loss": round(int((lost & ~unused).sum()) / len(examples), 6),
        "gap": assigned.params.gap,
        "strata_off": {name: _strata_off(v, used) for name, v in assigned.strata.items()},
        **only_annotated(labels, no_example),
    }
    if notes["groups"] == "block":
        notes["block_length"] = assigned.params.block_length
    return Partition(
        splits={name: examples[used == number] for number, name in enumerate(SPLITS)},
        excluded={
            "filter": no_example,
            "gap": examples[lost & ~unused],
            "fractions": examples[unused],
            **({"missing": missing} if len(missing) else {}),
            **({"train_share": examples[spare]} if spare.any() else {}),
        },
        asked=asked,
        n_groups={
            name: _n_different(assigned.group[(split == number) & ~spare])
            for number, name in enumerate(SPLITS)
        },
        params=assigned.params,
        notes=notes,
    )


def _n_different(numbers: NDArray[np.int64]) -> int:
    return int(np.count_nonzero(np.bincount(numbers)))


def _strata_off(value: NDArray[np.int64], split: NDArray[np.int64]) -> dict[str, float]:
    """Per split the largest difference of a value's share in it from the share in the whole."""
    value = np.unique(value, return_inverse=True)[1]
    whole = np.bincount(value) / len(value)
    off = {}
    for number, name in enumerate(SPLITS):
        own = np.bincount(value[split == number], minlength=len(whole))
        off[name] = round(float(np.abs(own / max(1, own.sum()) - whole).max()), 6)
    return off


def partition_report(labels: Labels, partition: Partition) -> dict[str, Any]:
    """The partition in figures, and every frame left out with the reason.

    Returns:
        Plain values for reports/split.json. Counts are frames; `fraction` is the share of the
        frames that are in a split.
    """
    sizes = {name: len(frames) for name, frames in partition.splits.items()}
    used = max(1, sum(sizes.values()))
    return {
        "n_frames": {
            "source": len(labels),
            **sizes,
            **{f"excluded_{why}": len(frames) for why, frames in partition.excluded.items()},
        },
        "n_asked": partition.asked,
        "n_groups": partition.n_groups,
        **partition.notes,
        **table_rows(labels, partition.splits),
        "fraction": {name: round(size / used, 6) for name, size in sizes.items()},
        "n_videos": {
            name: _n_different(labels.moments.recording[frames])
            for name, frames in partition.splits.items()
        },
        "excluded": {
            why: _frame_record(labels, frames) for why, frames in partition.excluded.items()
        },
    }


def _frame_record(labels: Labels, indices: NDArray[np.int64]) -> dict[str, list[Any]]:
    """Frames as parallel lists: position in the labels, video, number or name of the picture."""
    keys = np.array(labels.recordings.keys, object)
    names = frame_names(labels, indices)
    return {
        "position": indices.tolist(),
        "video": keys[labels.moments.recording[indices]].tolist(),
        "frame_idx": [int(name) if name.isdecimal() else name for name in names],
    }


def split_metrics(labels: Labels, partition: Partition) -> dict[str, Any]:
    """What of `partition_report` is worth comparing between runs, for metrics/split.json."""
    sizes = {name: len(frames) for name, frames in partition.splits.items()}
    return without_nulls(
        {
            "n_frames": {"source": len(labels), **sizes},
            "block_length": partition.notes.get("block_length"),
            "gap": partition.notes.get("gap"),
            "gap_loss": partition.notes.get("gap_loss"),
        }
    )


def portable_params(
    filters: LabelsParams, params: SplitParams, partition: Partition | None = None
) -> dict[str, Any]:
    """The params that make a partition, as plain values without paths of a machine.

    Automatic settings have the values that they took in the partition, so that these params make
    it again. Where auto kept a smaller gap than was asked for, `gap_asked` is what was. `n_spare`
    has the frames beyond `train_share`, if there are any.
    """
    taken = (partition and partition.params) or params
    labels, split = params_dict(filters), params_dict(taken)
    if taken.gap != params.gap:
        split["gap_asked"] = params.gap
    del labels["path"]
    # what left nothing out is not written
    if labels["missing"] == "stop":
        del labels["missing"]
    if split["train_share"] == 1:
        del split["train_share"]
    elif partition is not None:
        split["n_spare"] = len(partition.excluded.get("train_share", ()))
    if partition is not None and "claim_units" in partition.notes:
        split["claim_units"] = partition.notes["claim_units"]
    for name in ("groups_file", "lock"):
        split[name] = split[name] and Path(split[name]).name
    split["hold_out"] = {
        name: [portable_name(pattern) for pattern in patterns]
        for name, patterns in split["hold_out"].items()
    }
    return {"labels": labels, "split": split}


def summary(labels: Labels, partition: Partition) -> str:
    """The partition as lines for a person."""
    report = partition_report(labels, partition)
    lines = [f"{labels.path.name}: {len(labels)} labeled frames"]
    for name in SPLITS:
        lines.append(
            f"  {name:<5} {report['n_frames'][name]:>7} frames  {report['fraction'][name]:>6.1%}"
            f"  ({_n_groups(partition, name)}{report['n_videos'][name]} videos)"
        )
    if length := partition.notes.get("block_length"):
        gap = partition.notes["gap"]
        lines.append(f"  blocks of {length} frames of video, a gap of {gap} between splits")
    left_out = ", ".join(
        f"{len(frames)} {REASONS[why]}" for why, frames in partition.excluded.items() if len(frames)
    )
    lines.append(f"  left out: {left_out or 'none'}")
    lines += annotation_lines(partition.notes)
    lines += table_lines(report, partition.splits)
    lines += _lock_lines(partition.notes.get("lock"))
    lines += _named_lines(partition.notes.get("named", []))
    if labels.source.unknown_names:
        lines.append(
            f"  carried over, of no known format: /{', /'.join(labels.source.unknown_names)}"
        )
    return "\n".join(lines)


def _lock_lines(lock: Mapping[str, Any] | None) -> list[str]:
    """What the lock did, for a person."""
    if lock is None:
        return []
    n_gone = len(lock["vanished"]["video"])
    gone = f"; {n_gone} of its frames are not in the labels" if n_gone else ""
    renamed = [f"  lock: {old} is {new}, by its labels" for old, new in lock["renamed"].items()]
    return [f"  lock: {lock['n_kept']} frames stay where they were{gone}", *renamed]


def _named_lines(named: Sequence[Mapping[str, Any]]) -> list[str]:
    """A line for each name or pattern with the videos that it took, for the first of them."""
    lines = [f"  {taken_line(record)}" for record in named[:MOST_NAMED]]
    more = len(named) - len(lines)
    return lines + [f"  and {more} more patterns, as the report says"] * (more > 0)


def _n_groups(partition: Partition, name: str) -> str:
    return f"{partition.n_groups[name]} groups, " if name in partition.n_groups else ""


def _check_examples(
    labels: Labels, examples: NDArray[np.int64], filters: LabelsParams, n_missing: int
) -> None:
    if len(examples):
        return
    if n_missing:
        msg = f"{labels.path}: the videos or pictures of all {n_missing} examples are missing"
        raise SplitError(msg)
    n_user = len(labels.user_labeled_frame_inds)
    msg = (
        f"{labels.path}: none of the {len(labels)} labeled frames is an example: {n_user} have a"
        f" user instance, {int(labels.is_negative.sum())} are negative frames; the filters are"
        f" user_instances_only: {str(filters.user_instances_only).lower()}, with_track_only:"
        f" {str(filters.with_track_only).lower()}"
    )
    for line in annotation_lines(only_annotated(labels, np.arange(len(labels)))):
        msg = f"{msg}; {line.strip()}"
    n_predicted = int((~labels.columns.is_user).sum())
    if filters.user_instances_only and n_predicted and not n_user:
        msg = (
            f"{msg}. There are {n_predicted} predicted instances, which count with"
            " labels: {user_instances_only: false} in params.yaml (splitlib split: --predicted)"
        )
    raise SplitError(msg)
