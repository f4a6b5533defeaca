"""Whether the figures of models of two versions of a split can stand side by side.

Figures compare where both were measured on the same frames, and neither model was trained on one
of them. Validation counts as training where there are test frames: weights are chosen by it.
"""

from collections.abc import Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from splitlib.split.examples import TEST, TRAIN, VAL

Column = NDArray[np.int64]

COMPARABLE = "comparable"
GREW = "test grew"
SHRANK = "test shrank"
CHANGED = "test changed"
NOT_COMPARABLE = "not comparable"
UNKNOWN = "unknown"

NO_DIGESTS = "an index of version 1 has no digests, so whether labels differ is not known"
WRITE_ANEW = "Write the index anew: splitlib split LABELS FOLDER --from-index OLD."


@dataclass(frozen=True)
class Comparability:
    """A verdict.

    Attributes:
        code: "comparable", "test grew", "test shrank", "test changed", "not comparable", "unknown".
        finding: What was found, in a sentence.
        advice: What to do for figures that compare, in a sentence; "" where there is nothing.
        figures: The numbers of frames that decide.
    """

    code: str
    finding: str
    advice: str
    figures: dict[str, int]


def judge(
    before: Column,
    after: Column,
    relabelled: NDArray[np.bool_] | None,
    known: tuple[Set[str], Set[str]],
) -> Comparability:
    """Judge two versions.

    Args:
        before: (n,) int64, the splits that hold each frame in the old version, as a sum of
            2**position in `SPLITS`; 0 for none.
        after: (n,) int64, likewise of the new version.
        relabelled: (n,) bool, frames whose labels differ; None where that is not known.
        known: The splits that the old and the new version have an index of.

    Example:
        >>> test_then_train = np.array([4, 4]), np.array([4, 1])
        >>> all_known = {"train", "val", "test"}
        >>> judge(*test_then_train, None, (all_known, all_known)).code
        'not comparable'
    """
    held_out = _judged(before, after)
    if held_out is None:
        finding = "the two versions have no held-out split in common, neither test nor val"
        return Comparability(UNKNOWN, finding, "", {})
    name = "test" if held_out == TEST else "val"
    if not all("train" in names for names in known):
        finding = "one version has no train.json, so what it trained on is not known"
        return Comparability(UNKNOWN, finding, "Compare folders with all index files.", {})
    figures = _figures(before, after, relabelled, held_out)
    if figures["n_old_trained_now"] or figures["n_new_trained_then"]:
        return _leaking(name, figures)
    return _without_leak(name, figures, knows_labels=relabelled is not None)


def _judged(before: Column, after: Column) -> int | None:
    """The split that both versions are measured on."""
    both = [at for at in (TEST, VAL) if all((bits & 2**at).any() for bits in (before, after))]
    return both[0] if both else None


def _figures(
    before: Column, after: Column, relabelled: NDArray[np.bool_] | None, held_out: int
) -> dict[str, int]:
    fitted = sum(2**at for at in (TRAIN, VAL) if at != held_out)
    old, new = ((bits & 2**held_out) > 0 for bits in (before, after))
    trained_then, trained_now = ((bits & fitted) > 0 for bits in (before, after))
    unseen = old & new & ~trained_then & ~trained_now
    changed = old & new & (np.zeros(len(before), bool) if relabelled is None else relabelled)
    columns = {
        "n_old": old,
        "n_new": new,
        "n_both": old & new,
        "n_both_unseen": unseen,
        "n_old_trained_now": old & trained_now,
        "n_new_trained_then": new & trained_then,
        "n_relabelled": changed,
    }
    return {key: int(column.sum()) for key, column in columns.items()}


def _leaking(name: str, figures: dict[str, int]) -> Comparability:
    now, then = figures["n_old_trained_now"], figures["n_new_trained_then"]
    fitted, parts = "train or val" if name == "test" else "train", []
    if now:
        is_now = "is" if now == 1 else "are"
        parts.append(f"{_frames(now)} of the old {name} split {is_now} now in {fitted}")
    if then:
        was = "was" if then == 1 else "were"
        parts.append(f"{_frames(then)} of the new {name} split {was} in {fitted} before")
    finding = f"{', and '.join(parts)}: figures of the two are not comparable"
    return Comparability(NOT_COMPARABLE, finding, _way_out(name, figures), figures)


def _way_out(name: str, figures: dict[str, int]) -> str:
    """On which frames both models can be measured."""
    if not figures["n_new_trained_then"]:
        return f"Measure the old model on the new {name} split, which it has not seen."
    if not figures["n_old_trained_now"]:
        return f"Measure the new model on the old {name} split, which it has not seen."
    unseen = figures["n_both_unseen"]
    if not unseen:
        return f"No frame of both {name} splits is unseen by both models: train one of them anew."
    return f"Measure both models on the {_frames(unseen)} of both {name} splits that none has seen."


def _without_leak(name: str, figures: dict[str, int], *, knows_labels: bool) -> Comparability:
    came, went = figures["n_new"] - figures["n_both"], figures["n_old"] - figures["n_both"]
    again, other = figures["n_relabelled"], f"Measure both models on one of the two {name} splits."
    clean = "no frame of it was trained on"
    if not knows_labels:
        told = f"the {name} splits have no frame that the other version trained on, but"
        return Comparability(UNKNOWN, f"{told} {NO_DIGESTS}", WRITE_ANEW, figures)
    if not (came or went or again):
        same = f"the {_frames(figures['n_old'])} of the {name} split are the same, and {clean}"
        return Comparability(COMPARABLE, same, "", figures)
    parts = {"came": came, "went": went, "got other labels": again}
    told = ", ".join(f"{_frames(n)} {what}" for what, n in parts.items() if n)
    finding = f"in the {name} split {told}, and neither version trains on a frame of the other's"
    if came and not went and not again:
        advice = f"Measure the old model on the new {name} split: its figures there are fair."
        return Comparability(GREW, finding, advice, figures)
    if went and not came and not again:
        advice = f"Measure the new model on the old {name} split: its figures there are fair."
        return Comparability(SHRANK, finding, advice, figures)
    return Comparability(CHANGED, finding, other, figures)


def _frames(n: int) -> str:
    return f"{n} frame{'s' * (n != 1)}"
