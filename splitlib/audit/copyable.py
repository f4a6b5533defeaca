"""Held-out points that a copied label would hit: what memory alone would score."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from splitlib.audit.audited_splits import AuditedSplits
from splitlib.audit.frame_digests import FrameImages
from splitlib.labels import Labels
from splitlib.memory.copied_labels import PlacedInstances, remembered_points
from splitlib.slp.ranges import different, positions_of


@dataclass(frozen=True, eq=False)
class Copyable:
    """The labeled points of a held-out split, and how near copied labels come to them.

    Attributes:
        n_points: Labeled points of instances that count.
        n_hit: Those within `audit.copy_distance` of the label that `remembered_points` copies.
        distance: (m,) float64, ascending, m <= n_points: how far the points that have a copied
            label are from it, in pixels of the video.
    """

    n_points: int
    n_hit: int
    distance: NDArray[np.float64]

    @property
    def share(self) -> float:
        """The share of the points that memory alone would find."""
        return self.n_hit / max(1, self.n_points)


def copyable(
    splits: AuditedSplits,
    images: FrameImages | None = None,
    *,
    user_instances_only: bool,
    within: float,
) -> dict[str, Copyable]:
    """What copies of training labels score in each held-out split.

    Args:
        splits: The splits.
        images: The pictures, by which frames of videos that are not trained on find theirs. None:
            nothing is copied for these.
        user_instances_only: Count only instances that a person placed, where there are any.
        within: Pixels of the video within which a copied label counts as right.
    """
    user_only = user_instances_only and splits.has_user_instances
    of_training = _counted(splits, 0, user_only=user_only)
    training, found = _placed(splits, images, 0, of_training), {}
    small = images.small if images else None

    def points_of(asked: NDArray[np.int64]) -> NDArray[np.float32]:
        rows, place = np.unique(of_training[asked], return_inverse=True)
        return _points(splits.parts[0], rows, splits.node_names)[place]

    for at in splits.held_out:
        rows = _counted(splits, at, user_only=user_only)
        points = _points(splits.parts[at], rows, splits.node_names)
        held_out = _placed(splits, images, at, rows)._replace(points=points)
        remembered = remembered_points(held_out, training, small, points_of)
        distance = np.linalg.norm(held_out.points - remembered, axis=2)
        n_points = int(np.isfinite(held_out.points[..., 0]).sum())
        known = np.sort(distance[np.isfinite(distance)]).astype(np.float64)
        found[splits.names[at]] = Copyable(n_points, int((distance <= within).sum()), known)
    return found


def _placed(
    splits: AuditedSplits, images: FrameImages | None, at: int, rows: NDArray[np.int64]
) -> PlacedInstances:
    """The instances of a split at (n,) rows of its columns, without their points."""
    part = splits.parts[at]
    columns = part.columns
    frame = splits.rows(at)[columns.instance_frame[rows]]
    number = {name: at for at, name in enumerate(splits.track_names)}
    of_track = np.array([*(number[track.name] for track in part.tracks), -1])
    return PlacedInstances(
        splits.video[frame],
        splits.frame_idx[frame],
        of_track[columns.track[rows]],
        np.zeros((0, len(splits.node_names), 2), np.float32),
        np.where(images.seen[frame] if images else False, frame, -1),
    )


def _counted(splits: AuditedSplits, at: int, *, user_only: bool) -> NDArray[np.int64]:
    """(n,) int64, the instances of a split that count, as rows of its columns."""
    counts = splits.parts[at].columns.instances_that_count(
        user_instances_only=user_only, with_track_only=False
    )
    return np.flatnonzero(counts)


def _points(part: Labels, rows: NDArray[np.int64], nodes: list[str]) -> NDArray[np.float32]:
    """(n, n_nodes, 2) float32, the usable points of instances, by the names of nodes."""
    columns = part.columns
    points = np.full((len(rows), len(nodes), 2), np.nan, np.float32)
    number_of = positions_of(rows, len(columns.rows))
    for some, stored in columns.iter_points(number_of >= 0):
        usable, skeleton = stored.is_usable, columns.skeleton[some]
        for number in different(skeleton):
            own = np.flatnonzero(skeleton == number)
            for place, node in enumerate(part.skeletons[number].nodes):
                at = stored.bounds[own] + place
                to = number_of[some[own[usable[at]]]]
                points[to, nodes.index(node)] = stored.xy[at[usable[at]]]
    return points
