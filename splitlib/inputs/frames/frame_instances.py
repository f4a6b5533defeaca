"""The instances of labeled frames as arrays that a graph can slice."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from splitlib.errors import UnsupportedFormatError
from splitlib.labels import Labels
from splitlib.slp.ranges import bounds
from splitlib.slp.skeletons import Skeleton, first_alike, node_difference, node_order


@dataclass(frozen=True, eq=False)
class FrameInstances:
    """The instances that a reader yields."""

    # (n_frames + 1,) int64; frame i has the instances from `bounds[i]` to `bounds[i + 1]`; frames
    # that are not labeled come last
    bounds: NDArray[np.int64]
    # (n_instances, n_nodes, 2) float32, (x, y) in pixels, NaN where a point is not visible, in the
    # order of the first skeleton with these nodes; n_nodes is that of the largest skeleton
    points: NDArray[np.float32]
    skeleton: NDArray[np.int32]  # (n_instances,) int32, position in the list of skeletons
    kind: NDArray[np.int64]  # (n_instances,) int64, position of the first skeleton with its nodes
    track: NDArray[np.int32]  # (n_instances,) int32, position in the list of tracks, -1 for none
    n_nodes: NDArray[np.int64]  # (n_instances,) int64, nodes of the instance's skeleton
    has_one_size: bool  # whether all skeletons in use have the same number of nodes

    def frame_nodes(self, frames: NDArray[np.int64]) -> NDArray[np.int64]:
        """(n,) int64, nodes of the first instance of frames; 0 for frames without instances."""
        first, last = self.bounds[frames], self.bounds[frames + 1]
        return np.where(first < last, np.append(self.n_nodes, 0)[first], 0)


def frame_instances(
    labels: Labels, *, user_instances_only: bool, with_track_only: bool, n_unlabeled: int
) -> FrameInstances:
    """Choose instances, and put their points into one array.

    An instance without a visible, finite point is left out; and with the flags, predicted instances
    and those without a track. `n_unlabeled` frames come after those of the labels.
    """
    columns = labels.columns
    with np.errstate(over="ignore"):  # no image reaches beyond float32
        xy = columns.xy.astype(np.float32)
    xy[~(columns.visible & np.isfinite(xy).all(axis=1))] = np.nan
    n_placed = bounds((~np.isnan(xy[:, 0])).astype(np.int64))[columns.point_bounds]
    kept = np.diff(n_placed) > 0
    if user_instances_only:
        kept &= columns.is_user
    if with_track_only:
        kept &= columns.track >= 0
    lengths = np.diff(columns.point_bounds)
    n_nodes = lengths[kept]
    skeleton_sizes = [len(skeleton.nodes) for skeleton in labels.skeletons]
    sizes = np.unique(n_nodes if len(n_nodes) else skeleton_sizes)
    ends = bounds(kept.astype(np.int64))[columns.instance_bounds]
    skeleton = columns.skeleton[kept]
    kinds = np.array(first_alike(labels.skeletons), np.int64)
    points = _padded(xy[np.repeat(kept, lengths)], n_nodes, int(sizes.max(initial=0)))
    _reorder(points, skeleton, labels.skeletons)
    return FrameInstances(
        bounds=np.append(ends, np.full(n_unlabeled, ends[-1])),
        points=points,
        skeleton=skeleton.astype(np.int32),
        kind=kinds[skeleton],
        track=columns.track[kept].astype(np.int32),
        n_nodes=n_nodes,
        has_one_size=len(sizes) <= 1,
    )


def check_frames(labels: Labels, instances: FrameInstances, frames: NDArray[np.int64]) -> None:
    """Check that all instances of some frames, (n,) int64, have the same nodes.

    Raises:
        UnsupportedFormatError: Instances have skeletons of different nodes.
    """
    frame = np.repeat(np.arange(len(instances.bounds) - 1), np.diff(instances.bounds))
    asked = np.zeros(len(instances.bounds) - 1, bool)
    asked[frames] = True
    rows = np.flatnonzero(asked[frame])
    kinds, first = np.unique(instances.kind[rows], return_index=True)
    if len(kinds) < 2:
        return
    one, other = (labels.skeletons[at].nodes for at in kinds[:2].tolist())
    places = [
        f"{labels.videos[labels.video[at]].key} frame {labels.frame_idx[at]}"
        for at in frame[rows[first[:2]]].tolist()
    ]
    msg = (
        f"{labels.path}: instances have skeletons with different nodes, which one model cannot"
        f" learn, such as in {places[0]} (here) and {places[1]} (there):"
        f" {node_difference(one, other)}; put the skeletons into separate labels files"
    )
    raise UnsupportedFormatError(msg)


def _reorder(
    points: NDArray[np.float32], skeleton: NDArray[np.int64], skeletons: Sequence[Skeleton]
) -> None:
    """Put the points of instances into the order of the first skeleton with the same nodes."""
    for at, first in enumerate(first_alike(skeletons)):
        order = node_order(skeletons[at].nodes, skeletons[first].nodes)
        if order is not None and order != sorted(order):
            rows = np.flatnonzero(skeleton == at)
            points[rows, : len(order)] = points[rows][:, order]


def _padded(
    points: NDArray[np.float32], n_nodes: NDArray[np.int64], most: int
) -> NDArray[np.float32]:
    """The points as (n_instances, most, 2), NaN behind the nodes of smaller skeletons."""
    padded = np.full((len(n_nodes), most, 2), np.nan, np.float32)
    padded[np.arange(most) < n_nodes[:, None]] = points
    return padded
