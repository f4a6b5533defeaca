"""What memory alone would answer: each held-out instance gets the label of a training instance.

Animals that sit still look the same in many frames. A model that has learned a training frame by
heart then scores well on its neighbours, and the figures of a test say little about other frames.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from splitlib.memory.nearest_frames import nearest_frames

Numbers = NDArray[np.int64]
Points = NDArray[np.floating]


class PlacedInstances(NamedTuple):
    """Instances with the place of their frame. Numbers mean the same in all splits.

    Attributes:
        video: (n,) int64, the recording.
        time: (n,) int64, place of the frame in the recording.
        track: (n,) int64, -1 for none.
        points: (n, n_nodes, 2) floats, (x, y) in pixels of the video, NaN for no label.
    """

    video: Numbers
    time: Numbers
    track: Numbers
    points: Points


def remembered_points(held_out: PlacedInstances, training: PlacedInstances) -> Points:
    """The labels that a model would give that only knows its training frames.

    An instance with a track gets the points of the nearest training instance of that track. Others,
    and those whose track nobody trained on, get the points of an instance in the nearest training
    frame of the video: of several that which is nearest to the truth, so memory is never scored too
    low.

    Returns:
        (n, n_nodes, 2), points of each held-out instance; NaN where the video is not trained on or
        the training instance lacks the node.
    """
    remembered = np.full_like(held_out.points, np.nan)
    is_tracked = held_out.track >= 0
    key, other_key = _numbered(
        np.stack([held_out.video, held_out.track], axis=1),
        np.stack([training.video, training.track], axis=1),
    )
    _, nearest = nearest_frames((key, held_out.time), (other_key, training.time))
    found = np.flatnonzero(is_tracked & (nearest >= 0))
    remembered[found] = training.points[nearest[found]]
    rest = np.flatnonzero(~is_tracked | (nearest < 0))
    remembered[rest] = _best_of_nearest_frame(
        PlacedInstances(
            held_out.video[rest], held_out.time[rest], held_out.track[rest], held_out.points[rest]
        ),
        training,
    )
    return remembered


def _best_of_nearest_frame(held_out: PlacedInstances, training: PlacedInstances) -> Points:
    """For each instance the points of one in the nearest training frame of its video."""
    best = np.full_like(held_out.points, np.nan)
    if not len(training.video) or not len(held_out.video):
        return best
    order = np.lexsort((training.time, training.video))
    frames = np.stack([training.video[order], training.time[order]], axis=1)
    first = np.flatnonzero((np.diff(frames, axis=0, prepend=-1) != 0).any(axis=1))
    counts = np.diff(np.append(first, len(order)))
    frames = frames[first]
    _, nearest = nearest_frames((held_out.video, held_out.time), (frames[:, 0], frames[:, 1]))
    least = np.full(len(held_out.video), np.inf)
    for number in range(int(counts.max())):
        rows = np.flatnonzero((nearest >= 0) & (counts[nearest] > number))
        points = training.points[order[first[nearest[rows]] + number]]
        error = _mean_error(held_out.points[rows], points)
        is_better = error < least[rows]
        least[rows[is_better]] = error[is_better]
        best[rows[is_better]] = points[is_better]
    return best


def _mean_error(points: Points, others: Points) -> NDArray[np.float64]:
    """(n,) mean distance of the nodes that both have, infinite where they share none."""
    distance = np.linalg.norm(points.astype(np.float64) - others, axis=2)
    is_both = np.isfinite(distance)
    total = np.where(is_both, distance, 0).sum(axis=1)
    n = is_both.sum(axis=1)
    return np.where(n > 0, total / np.maximum(n, 1), np.inf)


def _numbered(rows: Numbers, others: Numbers) -> tuple[Numbers, Numbers]:
    """(n,) and (m,) int64, equal for equal rows."""
    _, number = np.unique(np.concatenate([rows, others]), axis=0, return_inverse=True)
    return number[: len(rows)], number[len(rows) :]
