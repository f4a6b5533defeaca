"""Which frames are looked at where there is no time for all: those that may be copies first."""

import numpy as np
from numpy.typing import NDArray

from splitlib.audit.audited_splits import AuditedSplits

Rows = NDArray[np.int64]


def within_budget(splits: AuditedSplits, images: bool | int) -> NDArray[np.bool_]:
    """Which frames are looked at, the same for the same splits.

    Held-out frames come first, as there is nothing to find without them, but take no more than half
    of the budget where training frames are left. Where not all find room, they are spread evenly.
    Training frames follow by their distance in time from these: in their own recording, and in
    recordings without held-out frames from the same time of any other, as copies of a film have.

    Args:
        splits: The splits.
        images: The number of frames; True for all, False for none.

    Returns:
        (n,) bool, by row.
    """
    if isinstance(images, bool):
        return np.full(len(splits.split), images)
    held_out, training = np.flatnonzero(splits.split > 0), np.flatnonzero(splits.split == 0)
    n_held_out = min(len(held_out), max((images + 1) // 2, images - len(training)))
    chosen = held_out[np.arange(n_held_out) * len(held_out) // max(1, n_held_out)]
    near = training[np.argsort(_distance(splits, training, chosen), kind="stable")]
    asked = np.zeros(len(splits.split), bool)
    asked[chosen] = asked[near[: images - n_held_out]] = True
    return asked


def _distance(splits: AuditedSplits, rows: Rows, chosen: Rows) -> Rows:
    """(n,) frames from each row to the nearest of the chosen frames."""
    distance = np.zeros(len(rows), np.int64)
    for video in np.unique(splits.video[rows]).tolist():
        own = chosen[splits.video[chosen] == video]
        times = np.sort(splits.frame_idx[own if len(own) else chosen])
        if not len(times):
            continue
        of_video = splits.video[rows] == video
        asked = splits.frame_idx[rows[of_video]]
        after = np.searchsorted(times, asked).clip(0, len(times) - 1)
        before = (after - 1).clip(0)
        distance[of_video] = np.minimum(abs(times[after] - asked), abs(times[before] - asked))
    return distance
