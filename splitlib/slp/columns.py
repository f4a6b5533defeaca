"""Labels as plain columns, whose meaning is the same for every version and form of a file."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from splitlib.slp.dtypes import PREDICTED, USER
from splitlib.slp.ranges import bounds, expand, gather, positions_of, renumber
from splitlib.slp.source import SlpFile
from splitlib.slp.tables import Table

MIDPIXEL_FORMAT = 1.1
"""Since this format (0, 0) is the centre of the first pixel. It was the corner of that pixel before
(sleap/io/format/hdf5.py of SLEAP 1.4.1, LabelsV1Adaptor)."""


@dataclass(frozen=True, eq=False)
class Columns:
    """Labeled frames, their instances and points, each ordered as in the frames; read-only.

    Attributes:
        video: (n_frames,) int64, position in the list of videos.
        frame_idx: (n_frames,) int64, frame of the video.
        instance_bounds: (n_frames + 1,) int64; the instances of frame i are the rows from
            `instance_bounds[i]` to `instance_bounds[i + 1]`.
        is_user: (n_instances,) bool, whether a person placed the instance; a model predicted the
            others.
        track: (n_instances,) int64, position in the list of tracks, -1 for none.
        skeleton: (n_instances,) int64, position in the list of skeletons.
        score: (n_instances,) float64; NaN or 0 for user instances.
        tracking_score: (n_instances,) float64; NaN where the file has none.
        from_predicted: (n_instances,) int64, row of the predicted instance that an instance was
            made from; -1 where there is none, or none among these frames.
        point_bounds: (n_instances + 1,) int64; the points of instance j are the rows from
            `point_bounds[j]` to `point_bounds[j + 1]`, in the order of its skeleton's nodes.
        xy: (n_points, 2) float64, pixels, (0, 0) at the centre of the first pixel; NaN where a
            point was not placed.
        visible: (n_points,) bool; independent of NaN in `xy`.
        point_score: (n_points,) float64; NaN for points of user instances.
    """

    video: NDArray[np.int64]
    frame_idx: NDArray[np.int64]
    instance_bounds: NDArray[np.int64]
    is_user: NDArray[np.bool_]
    track: NDArray[np.int64]
    skeleton: NDArray[np.int64]
    score: NDArray[np.float64]
    tracking_score: NDArray[np.float64]
    from_predicted: NDArray[np.int64]
    point_bounds: NDArray[np.int64]
    xy: NDArray[np.float64]
    visible: NDArray[np.bool_]
    point_score: NDArray[np.float64]

    def __post_init__(self) -> None:
        # A save writes the tables of the file, so a change of these columns would be lost silently.
        for column in vars(self).values():
            column.setflags(write=False)

    @property
    def instance_frame(self) -> NDArray[np.int64]:
        """(n_instances,) int64, the frame of each instance."""
        return np.repeat(np.arange(len(self.video)), np.diff(self.instance_bounds))

    def instances_that_count(
        self, *, user_instances_only: bool, with_track_only: bool
    ) -> NDArray[np.bool_]:
        """(n_instances,) bool, which instances have a visible point and pass the filters."""
        counts = self.has_visible_point
        if user_instances_only:
            counts = counts & self.is_user
        if with_track_only:
            counts = counts & (self.track >= 0)
        return counts

    @property
    def has_visible_point(self) -> NDArray[np.bool_]:
        """(n_instances,) bool, whether an instance has a usable point."""
        n_usable = np.diff(bounds(self.is_usable.astype(np.int64))[self.point_bounds])
        return np.asarray(n_usable > 0)

    @cached_property
    def is_usable(self) -> NDArray[np.bool_]:
        """(n_points,) bool, whether a point is visible and has finite coordinates."""
        # Column by column: `all(axis=1)` over rows of two takes ten times as long.
        usable: NDArray[np.bool_] = np.isfinite(self.xy[:, 0]) & np.isfinite(self.xy[:, 1])
        usable &= self.visible
        usable.setflags(write=False)
        return usable


def decode(source: SlpFile, frames: NDArray[np.int64]) -> Columns:
    """The columns of some frames, given as (n,) int64 rows of /frames, each at most once."""
    start, end = source.instance_start[frames], source.instance_end[frames]
    rows = expand(start, end)
    is_user = source.is_user[rows]
    origin = source.instances.ints("from_predicted")[rows]
    lengths = (source.point_end - source.point_start)[rows]
    xy, visible, point_score = _points(source, rows, is_user, lengths)
    return Columns(
        video=source.video[frames],
        frame_idx=source.frame_idx[frames],
        instance_bounds=bounds(end - start),
        is_user=is_user,
        track=source.instances.ints("track")[rows],
        skeleton=source.instances.ints("skeleton")[rows],
        score=_floats(source.instances, "score", rows),
        tracking_score=_floats(source.instances, "tracking_score", rows),
        from_predicted=renumber(origin, positions_of(rows, len(source.instances))),
        point_bounds=bounds(lengths),
        xy=xy,
        visible=visible,
        point_score=point_score,
    )


def _points(
    source: SlpFile,
    rows: NDArray[np.int64],
    is_user: NDArray[np.bool_],
    lengths: NDArray[np.int64],
) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.float64]]:
    """Points of user and predicted instances, merged in the order of the instances."""
    n_points = int(lengths.sum())
    xy = np.empty((n_points, 2))
    visible = np.empty(n_points, bool)
    score = np.full(n_points, np.nan)
    of_user = np.repeat(is_user, lengths)
    for kind, table, there in (
        (USER, source.points, of_user),
        (PREDICTED, source.pred_points, ~of_user),
    ):
        chosen = rows[is_user == (kind == USER)]
        if not len(chosen):
            continue
        points = gather(table.rows, source.point_start[chosen], source.point_end[chosen])
        xy[there, 0], xy[there, 1] = points["x"], points["y"]
        visible[there] = points["visible"] != 0
        if kind == PREDICTED:
            score[there] = points["score"]
    if source.format_id < MIDPIXEL_FORMAT:
        # SLEAP 1.x shifts points of users only: predicted points never had their origin at the
        # corner, says its comment. sleap-io shifts both.
        xy[of_user] -= 0.5
    return xy, visible, score


def _floats(table: Table, column: str, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    if not table.has(column):
        return np.full(len(rows), np.nan)
    return table.numbers(column)[rows].astype(np.float64)
