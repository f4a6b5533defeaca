"""The instances of labeled frames as arrays that a graph can slice."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from splitlib.errors import UnsupportedFormatError
from splitlib.labels import Labels
from splitlib.slp.ranges import bounds


@dataclass(frozen=True, eq=False)
class FrameInstances:
    """The instances that a reader yields."""

    # (n_frames + 1,) int64; frame i has the instances from `bounds[i]` to `bounds[i + 1]`; frames
    # that are not labeled come last
    bounds: NDArray[np.int64]
    # (n_instances, n_nodes, 2) float32, (x, y) in pixels, NaN where a point is not visible; n_nodes
    # is that of the largest skeleton
    points: NDArray[np.float32]
    skeleton: NDArray[np.int32]  # (n_instances,) int32, position in the list of skeletons
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
    return FrameInstances(
        bounds=np.append(ends, np.full(n_unlabeled, ends[-1])),
        points=_padded(xy[np.repeat(kept, lengths)], n_nodes, int(sizes.max(initial=0))),
        skeleton=columns.skeleton[kept].astype(np.int32),
        track=columns.track[kept].astype(np.int32),
        n_nodes=n_nodes,
        has_one_size=len(sizes) <= 1,
    )


def check_frames(labels: Labels, instances: FrameInstances, frames: NDArray[np.int64]) -> None:
    """Check that the instances of each frame fit into one array.

    Raises:
        UnsupportedFormatError: A frame has instances of skeletons of different sizes.
    """
    starts = instances.bounds[:-1]
    frame = np.repeat(np.arange(len(starts)), np.diff(instances.bounds))
    mixed = np.intersect1d(frame[instances.n_nodes != instances.n_nodes[starts[frame]]], frames)
    if len(mixed):
        video = labels.videos[labels.video[mixed[0]]].key
        msg = (
            f"{labels.path}: video {video}: frame {labels.frame_idx[mixed[0]]} has instances of"
            f" skeletons with different numbers of nodes ({len(mixed)} such frames); an example"
            " holds its instances in one array, so put the skeletons into separate labels files"
        )
        raise UnsupportedFormatError(msg)


def _padded(
    points: NDArray[np.float32], n_nodes: NDArray[np.int64], most: int
) -> NDArray[np.float32]:
    """The points as (n_instances, most, 2), NaN behind the nodes of smaller skeletons."""
    padded = np.full((len(n_nodes), most, 2), np.nan, np.float32)
    padded[np.arange(most) < n_nodes[:, None]] = points
    return padded
