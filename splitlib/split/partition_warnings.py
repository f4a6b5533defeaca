"""What a person has to know of a partition: sizes that are off, frames lost, splits too near."""

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from splitlib.errors import SplitError
from splitlib.params import SplitParams
from splitlib.split.assign import Assignment
from splitlib.split.automatic import is_short, length_of, usual_length
from splitlib.split.examples import SPLITS, TRAIN, Examples

HIGH_OFF = 0.5
"""Part of what a split was asked to have by which it may be off without a warning."""

HIGH_LOSS = 0.1
"""Share of the examples lost to the gap from which on a warning says what to change."""


def refuse_empty(
    asked: Mapping[str, int], off: Mapping[str, int], *, is_by_time: bool = False
) -> None:
    """Refuse a partition in which a split that asked for frames has none.

    Raises:
        SplitError: A split is empty.
    """
    for name in SPLITS:
        if asked[name] and asked[name] + off[name] == 0:
            why = (
                "each video has too few frames to be cut in time; use split.assignment: exact"
                if is_by_time
                else "what split.hold_out and split.lock hold for the others leaves no group; hold"
                " fewer videos, or make the groups smaller"
            )
            msg = f"split {name} gets none of the {asked[name]} frames asked for it: {why}"
            raise SplitError(msg)


def warn_of_sizes(asked: Mapping[str, int], notes: Mapping[str, Any], params: SplitParams) -> None:
    """Warn where whole groups allow no sizes near those asked for."""
    off = notes["n_off"]
    far = [name for name, n in asked.items() if abs(off[name]) > HIGH_OFF * n]
    # what is held, drawn by keys or a whole fold is off for a reason that the params name
    by_choice = params.lock or params.hold_out or params.n_folds or params.assignment != "exact"
    if not far or by_choice:
        return
    got = {name: n + off[name] for name, n in asked.items()}
    sizes = ", ".join(f"{name} {got[name]} of {asked[name]}" for name in SPLITS)
    total = max(1, sum(got.values()))
    possible = ", ".join(f"{name}: {got[name] / total:.2f}" for name in SPLITS)
    warnings.warn(
        f"split.fractions: the groups ({notes['groups']}) are too large for the sizes"
        f" asked; got {sizes} frames. Smaller groups come closer; with these, the nearest fractions"
        f" are {{{possible}}}",
        stacklevel=3,
    )


def warn_of_leaks(examples: Examples, assigned: Assignment, params: SplitParams) -> None:
    """Warn where automatic blocks or gaps leave splits near each other, or the gap costs much."""
    lost = int((assigned.lost & (assigned.split >= 0)).sum())
    n, gap = len(examples.video), assigned.params.gap
    near = _nearest(examples, assigned)
    is_auto = params.block_length == "auto" and assigned.notes["groups"] == "block"
    if is_auto and near is not None and (gap < params.gap or _is_short(assigned, params, near)):
        warnings.warn(_too_near(examples, assigned, params, near), stacklevel=3)
    elif lost > HIGH_LOSS * n:
        fewer = "a larger split.block_length has fewer borders"
        if params.assignment == "chronological":
            fewer = "videos with more labels lose a smaller part"
        elif is_auto and params.assignment == "exact" and not params.lock:
            fewer = "more labels, further apart, lose less"
        warnings.warn(
            f"the gap of {gap} frames costs {lost} of {n} examples ({lost / n:.0%}); {fewer}, and"
            " a smaller split.gap costs less at each border",
            stacklevel=3,
        )


def _is_short(assigned: Assignment, params: SplitParams, near: int) -> bool:
    """Whether blocks are short, and the frames of different splits near each other."""
    return is_short(max(length_of(assigned.params), near), params.gap)


def _nearest(examples: Examples, assigned: Assignment) -> int | None:
    """The distance in frames of video from the nearest held-out frame to training, None for none.

    Of two such frames next to each other, none lies between; so neighbours are enough.
    """
    used = np.flatnonzero(~assigned.lost & (assigned.split >= 0))
    video, time = examples.video[used], examples.frame_idx[used]
    order = np.lexsort((time, video))
    is_train = assigned.split[used][order] == TRAIN
    border = (np.diff(video[order]) == 0) & (np.diff(is_train.astype(np.int64)) != 0)
    steps = np.diff(time[order])[border]
    return int(steps.min()) if len(steps) else None


def _too_near(examples: Examples, assigned: Assignment, params: SplitParams, near: int) -> str:
    """What short blocks and small gaps mean for the figures, and what to do."""
    gap, length = assigned.params.gap, length_of(assigned.params)
    lost, n = int((assigned.lost & (assigned.split >= 0)).sum()), len(examples.video)
    usual = usual_length(params.gap)
    blocks = "single frames" if length == 1 else f"blocks of {length} frames of video"
    asked = f" instead of {params.gap}" if gap < params.gap else ""
    enough = len(np.unique(examples.video)) >= sum(map(bool, assigned.asked))
    advice = "set videos apart (split.groups: video)" if enough else "label other videos"
    steps = "1 frame" if near == 1 else f"{near} frames"
    return (
        f"split.block_length: the labels are few or close together, so {blocks} are placed instead"
        f" of blocks of {usual}. The gap is {gap}{asked}, which leaves out {lost} of {n} examples."
        f" Val and test come as near to training as {steps} of video. Such frames look alike, so"
        " the figures of val and test will be too good. Label more frames, further apart, or"
        f" {advice}"
    )
