"""Frames without instances that hold other annotations, which no model here is trained on."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from splitlib.labels import Labels
from splitlib.params.problems import listing

NOTE = "only_annotated"


def only_annotated(labels: Labels, frames: NDArray[np.int64]) -> dict[str, dict[str, int]]:
    """How many of some frames hold no instance, but annotations; for each mix of kinds.

    Returns:
        The figures under `NOTE`, such as {"centroids": 12, "boxes and masks": 3}; nothing where
        there is no such frame.
    """
    n_instances = np.diff(labels.columns.instance_bounds)
    frames = frames[(n_instances == 0)[frames] & ~labels.is_negative[frames]]
    kinds = list(labels.annotations)
    has = np.array([labels.annotations[kind][frames] for kind in kinds], np.int64)
    code = (has << np.arange(len(kinds))[:, np.newaxis]).sum(axis=0)
    codes, counts = np.unique(code[code > 0], return_counts=True)
    found = {
        listing([kind for at, kind in enumerate(kinds) if number >> at & 1], "and"): count
        for number, count in zip(codes.tolist(), counts.tolist(), strict=True)
    }
    return {NOTE: found} if found else {}


def annotation_lines(notes: Mapping[str, Any]) -> list[str]:
    """The figures of `only_annotated` for a person."""
    found = notes.get(NOTE)
    if not found:
        return []
    mixes = ", ".join(f"{n} only {kinds}" for kinds, n in found.items())
    n_frames = sum(found.values())
    lines = [
        f"  {n_frames} of the frames that are no example hold no instance: {mixes}; every head"
        " learns from the points of instances"
    ]
    if any("centroids" in kinds or "boxes" in kinds for kinds in found):
        lines.append(
            "    head: centroid can learn from centroids and boxes; `splitlib convert LABELS OUTPUT"
            " --centroids-as NODE` makes them instances"
        )
    return lines
