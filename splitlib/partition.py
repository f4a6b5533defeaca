"""The partition of labels that the params ask for: every frame has one place, or a reason.

train + val + test + excluded = all frames of the source, always.
"""

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from splitlib.errors import SplitError
from splitlib.index import frame_record
from splitlib.labels import Labels
from splitlib.params import LabelsParams, SplitParams, params_dict
from splitlib.splits.assign import assign_exact
from splitlib.splits.gap import gap_violations
from splitlib.splits.groups import Groups, block_groups, frame_groups, video_groups
from splitlib.splits.sizes import split_sizes

SPLITS = ("train", "val", "test")

REASONS = {
    "filter": "that are no example under the labels params",
    "gap": "within the gap between splits",
    "fractions": "beyond the fractions, which sum to less than 1",
}
"""Why a frame is in no split."""

HIGH_LOSS = 0.1
"""Share of the examples lost to the gap from which on a warning says what to change."""


@dataclass(frozen=True, eq=False)
class Partition:
    """Where each frame of the labels goes.

    Attributes:
        splits: Per split the positions of its frames, ascending int64.
        excluded: Per reason of `REASONS` the positions of the frames left out, ascending int64.
        asked: Per split its size before frames were lost to the gap.
        n_groups: Per split the groups that it got.
    """

    splits: dict[str, NDArray[np.int64]]
    excluded: dict[str, NDArray[np.int64]]
    asked: dict[str, int]
    n_groups: dict[str, int]


def make_partition(labels: Labels, filters: LabelsParams, params: SplitParams) -> Partition:
    """Decide which frames are examples, and which split each of them goes to.

    Args:
        labels: The labels to split.
        filters: What makes a frame an example.
        params: The fractions, the groups that stay together, and the gap.

    Raises:
        SplitError: No frame is an example, there are fewer groups than splits, a split would lose
            all of its frames to the gap, or a setting is not supported.
    """
    _check_supported(params)
    examples = labels.example_inds(
        user_instances_only=filters.user_instances_only,
        with_track_only=filters.with_track_only,
        negative_frames=filters.negative_frames,
    )
    _check_examples(labels, examples, filters)
    video, frame_idx = labels.video[examples], labels.frame_idx[examples]
    groups = _groups(labels, video, frame_idx, params)
    fractions = [getattr(params.fractions, name) for name in SPLITS]
    sizes = split_sizes(len(examples), fractions)
    of_group = assign_exact(groups, sizes)
    split = of_group[groups.group]
    lost = gap_violations(video, frame_idx, split, params.gap)
    return _partition(len(labels), examples, split, lost, sizes, of_group, params)


def _partition(
    n_frames: int,
    examples: NDArray[np.int64],
    split: NDArray[np.int64],
    lost: NDArray[np.bool_],
    sizes: tuple[int, ...],
    of_group: NDArray[np.int64],
    params: SplitParams,
) -> Partition:
    unused = split < 0  # fractions that sum to less than 1 leave frames over
    partition = Partition(
        splits={name: examples[(split == number) & ~lost] for number, name in enumerate(SPLITS)},
        excluded={
            "filter": np.setdiff1d(np.arange(n_frames), examples),
            "gap": examples[lost & ~unused],
            "fractions": examples[unused],
        },
        asked=dict(zip(SPLITS, sizes, strict=True)),
        n_groups={name: int((of_group == number).sum()) for number, name in enumerate(SPLITS)},
    )
    _check_loss(partition, len(examples), params)
    return partition


def partition_report(labels: Labels, partition: Partition) -> dict[str, Any]:
    """The partition in figures, and every frame left out with the reason.

    Returns:
        Plain values for metrics/split.json. Counts are frames; `fraction` is the share of the
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
        "fraction": {name: round(size / used, 6) for name, size in sizes.items()},
        "n_videos": {
            name: len(np.unique(labels.video[frames])) for name, frames in partition.splits.items()
        },
        "excluded": {
            why: frame_record(labels, frames) for why, frames in partition.excluded.items()
        },
    }


def portable_params(filters: LabelsParams, params: SplitParams) -> dict[str, Any]:
    """The params that make a partition, as plain values without paths of a machine."""
    labels, split = params_dict(filters), params_dict(params)
    del labels["path"]
    for name in ("groups_file", "lock"):
        split[name] = split[name] and Path(split[name]).name
    return {"labels": labels, "split": split}


def summary(labels: Labels, partition: Partition) -> str:
    """The partition as lines for a person."""
    report = partition_report(labels, partition)
    lines = [f"{labels.path.name}: {len(labels)} labeled frames"]
    for name in SPLITS:
        lines.append(
            f"  {name:<5} {report['n_frames'][name]:>7} frames  {report['fraction'][name]:>6.1%}"
            f"  ({report['n_groups'][name]} groups, {report['n_videos'][name]} videos)"
        )
    left_out = ", ".join(
        f"{len(frames)} {REASONS[why]}" for why, frames in partition.excluded.items() if len(frames)
    )
    return "\n".join([*lines, f"  left out: {left_out or 'none'}"])


def _groups(
    labels: Labels, video: NDArray[np.int64], frame_idx: NDArray[np.int64], params: SplitParams
) -> Groups:
    keys = [video.key for video in labels.videos]
    if params.groups == "frame":
        return frame_groups(params.seed, keys, video, frame_idx)
    if params.groups == "video":
        return video_groups(params.seed, keys, video)
    return block_groups(params.seed, keys, video, frame_idx, block_length=params.block_length)


def _check_supported(params: SplitParams) -> None:
    """Name the settings that are not supported, rather than leave them without effect."""
    asked = {
        f"groups: {params.groups}": params.groups not in ("frame", "block", "video"),
        "stratify": bool(params.stratify),
        "groups_file": params.groups_file is not None,
        "hold_out": bool(params.hold_out),
        "assignment: stable": params.assignment != "exact",
        "lock": params.lock is not None,
        "n_folds": params.n_folds is not None,
    }
    for setting, is_asked in asked.items():
        if is_asked:
            msg = (
                f"split.{setting} is not supported by this version; supported are groups frame,"
                " block and video with fractions, seed, block_length, gap and assignment: exact"
            )
            raise SplitError(msg)


def _check_examples(labels: Labels, examples: NDArray[np.int64], filters: LabelsParams) -> None:
    if len(examples):
        return
    n_user = len(labels.user_labeled_frame_inds)
    msg = (
        f"{labels.path}: none of the {len(labels)} labeled frames is an example: {n_user} have a"
        f" user instance, {int(labels.is_negative.sum())} are negative frames; the filters are"
        f" user_instances_only: {str(filters.user_instances_only).lower()}, with_track_only:"
        f" {str(filters.with_track_only).lower()}"
    )
    raise SplitError(msg)


def _check_loss(partition: Partition, n_examples: int, params: SplitParams) -> None:
    for name, frames in partition.splits.items():
        if not len(frames) and partition.asked[name]:
            msg = (
                f"split {name} loses all of its {partition.asked[name]} frames to the gap of"
                f" {params.gap} frames; use a smaller split.gap or a larger split.block_length"
            )
            raise SplitError(msg)
    n_lost = len(partition.excluded["gap"])
    if n_lost > HIGH_LOSS * n_examples:
        warnings.warn(
            f"the gap of {params.gap} frames costs {n_lost} of {n_examples} examples"
            f" ({n_lost / n_examples:.0%}); a larger split.block_length has fewer borders, and a"
            " smaller split.gap costs less at each",
            stacklevel=2,
        )
