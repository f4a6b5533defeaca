"""What memory alone would answer: each held-out instance gets the label of a training instance.

Animals that sit still look the same in many frames. A model that has learned a training frame by
heart then scores well on its neighbours, and the figures of a test say little about other frames.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from splitlib.memory.nearest_frames import nearest_frames
from splitlib.memory.nearest_pictures import Pictures, nearest_pictures

Numbers = NDArray[np.int64]
Points = NDArray[np.floating]

PointsOf = Callable[[Numbers], Points]
"""Gives the points of instances at (m,) rows, (m, n_nodes, 2)."""


class PlacedInstances(NamedTuple):
    """Instances with the place of their frame. Numbers mean the same in all splits.

    Attributes:
        video: (n,) int64, the recording.
        time: (n,) int64, place of the frame in the recording.
        track: (n,) int64, -1 for none.
        points: (n, n_nodes, 2) floats, (x, y) in pixels of the video, NaN for no label.
        picture: (n,) int64, row of the frame's picture in a table, -1 for none.
    """

    video: Numbers
    time: Numbers
    track: Numbers
    points: Points
    picture: Numbers

    def take(self, rows: Numbers) -> "PlacedInstances":
        """The instances at (m,) rows."""
        return self.places(rows)._replace(points=self.points[rows])

    def places(self, rows: Numbers) -> "PlacedInstances":
        """The instances at (m,) rows without their points."""
        video, time, track, points, picture = self
        return PlacedInstances(video[rows], time[rows], track[rows], points[:0], picture[rows])


def remembered_points(
    held_out: PlacedInstances,
    training: PlacedInstances,
    pictures: Pictures | None = None,
    points_of: PointsOf | None = None,
) -> Points:
    """The labels that a model would give that only knows its training frames.

    An instance with a track gets the points of the nearest training instance of that track. Others,
    and those whose track nobody trained on, get the points of an instance in the nearest training
    frame of the video: of several that which is nearest to the truth, so memory is never scored too
    low. Where nobody trained on the video, the training frame whose picture is nearest is asked.

    Args:
        held_out: The instances to answer for.
        training: The instances that are known.
        pictures: The table of small pictures; None where there are none.
        points_of: Gives the points of training instances, whose own are not looked at: few of them
            are asked for. None: `training` has them.

    Returns:
        (n, n_nodes, 2), points of each held-out instance; NaN where the video is not trained on and
        pictures are missing, or the training instance lacks the node.
    """
    points_of = points_of or training.points.__getitem__
    remembered = np.full_like(held_out.points, np.nan)
    is_tracked = held_out.track >= 0
    key, other_key = _numbered(
        np.stack([held_out.video, held_out.track], axis=1),
        np.stack([training.video, training.track], axis=1),
    )
    _, nearest = nearest_frames((key, held_out.time), (other_key, training.time))
    found = np.flatnonzero(is_tracked & (nearest >= 0))
    remembered[found] = points_of(nearest[found])
    rest = np.flatnonzero(~is_tracked | (nearest < 0))
    remembered[rest] = _best_of_nearest_frame(held_out.take(rest), training, pictures, points_of)
    return remembered


def _best_of_nearest_frame(
    held_out: PlacedInstances,
    training: PlacedInstances,
    pictures: Pictures | None,
    points_of: PointsOf,
) -> Points:
    """For each instance the points of one in the nearest training frame."""
    best = np.full_like(held_out.points, np.nan)
    if not len(training.video) or not len(held_out.video):
        return best
    order = np.lexsort((training.time, training.video))
    frames = np.stack([training.video[order], training.time[order]], axis=1)
    first = np.flatnonzero((np.diff(frames, axis=0, prepend=-1) != 0).any(axis=1))
    counts = np.diff(np.append(first, len(order)))
    nearest = _nearest(held_out, training.places(order[first]), pictures)
    least = np.full(len(held_out.video), np.inf)
    for number in range(int(counts.max())):
        rows = np.flatnonzero((nearest >= 0) & (counts[nearest] > number))
        points = points_of(order[first[nearest[rows]] + number])
        error = _mean_error(held_out.points[rows], points)
        is_better = error < least[rows]
        least[rows[is_better]] = error[is_better]
        best[rows[is_better]] = points[is_better]
    return best


def _nearest(
    held_out: PlacedInstances, frames: PlacedInstances, pictures: Pictures | None
) -> Numbers:
    """(n,) row of the training frame nearest to each instance, -1 for none."""
    _, nearest = nearest_frames((held_out.video, held_out.time), (frames.video, frames.time))
    asking = np.flatnonzero((nearest < 0) & (held_out.picture >= 0))
    shown = np.flatnonzero(frames.picture >= 0)
    if pictures is not None and len(asking) and len(shown):
        asked, place = np.unique(held_out.picture[asking], return_inverse=True)
        found = nearest_pictures(pictures[asked], pictures[frames.picture[shown]])
        nearest[asking] = shown[found[place]]
    return nearest


def _mean_error(points: Points, others: Points) -> NDArray[np.float64]:
    """(n,) mean distance of the nodes that both have, infinite where they share none."""
    distance = np.linalg.norm(points.astype(np.float64) - others, axis=2)
    is_both = np.isfinite(distance)
    total = np.where(is_both, distance, 0).sum(axis=1)
    n = is_both.sum(axis=1)
    return np.where(n > 0, total / np.maximum(n, 1), np.inf)


def _numbered(rows: Numbers, others: Numbers) -> tuple[Numbers, Numbers]:
    """(n,) and (m,) int64, equal for equal rows, of pairs of which the second is from -1 on."""
    n = 2 + max(int(side[:, 1].max(initial=-1)) for side in (rows, others))
    return rows[:, 0] * n + rows[:, 1], others[:, 0] * n + others[:, 1]
