"""Labels as plain columns, whose meaning is the same for every version and form of a file."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from splitlib.slp.dtypes import PREDICTED, USER
from splitlib.slp.ranges import as_slice, bounds, expand, positions_of, renumber
from splitlib.slp.source import SlpFile
from splitlib.slp.tables import Table

MIDPIXEL_FORMAT = 1.1
"""Since this format (0, 0) is the centre of the first pixel. It was the corner of that pixel before
(sleap/io/format/hdf5.py of SLEAP 1.4.1, LabelsV1Adaptor)."""


@dataclass(frozen=True, eq=False)
class Points:
    """Points of some instances, one instance after the other.

    Attributes:
        bounds: (n_instances + 1,) int64; the points of instance i are the rows from `bounds[i]` to
            `bounds[i + 1]`.
        xy: (n_points, 2) float64, pixels, (0, 0) at the centre of the first pixel; NaN where a
            point was not placed.
        visible: (n_points,) bool; independent of NaN in `xy`.
        score: (n_points,) float64; NaN for points of user instances.
    """

    bounds: NDArray[np.int64]
    xy: NDArray[np.float64]
    visible: NDArray[np.bool_]
    score: NDArray[np.float64]

    @property
    def is_usable(self) -> NDArray[np.bool_]:
        """(n_points,) bool, whether a point is visible and has finite coordinates."""
        # Column by column: `all(axis=1)` over rows of two takes ten times as long.
        usable: NDArray[np.bool_] = np.isfinite(self.xy[:, 0]) & np.isfinite(self.xy[:, 1])
        usable &= self.visible
        return usable

    @property
    def owner(self) -> NDArray[np.int64]:
        """(n_points,) int64, the instance of each point."""
        return np.repeat(np.arange(len(self.bounds) - 1), np.diff(self.bounds))


@dataclass(frozen=True, eq=False)
class Columns:
    """Labeled frames, their instances and points, each ordered as in the frames; read-only.

    Points are read from the file when they are first asked for; `iter_points` keeps none of them.

    Attributes:
        source: The labels file.
        rows: (n_instances,) int64, the row of each instance in its table.
        video: (n_frames,) int64, position in the list of videos.
        frame_idx: (n_frames,) int64, frame of the video.
        instance_bounds: (n_frames + 1,) int64; the instances of frame i are the rows from
            `instance_bounds[i]` to `instance_bounds[i + 1]`.
        is_user: (n_instances,) bool, whether a person placed the instance; a model predicted the
            others.
        track: (n_instances,) int64, position in the list of tracks, -1 for none.
        skeleton: (n_instances,) int64, position in the list of skeletons.
        point_bounds: (n_instances + 1,) int64; the points of instance j are the rows from
            `point_bounds[j]` to `point_bounds[j + 1]`, in the order of its skeleton's nodes.
    """

    source: SlpFile
    rows: NDArray[np.int64]
    video: NDArray[np.int64]
    frame_idx: NDArray[np.int64]
    instance_bounds: NDArray[np.int64]
    is_user: NDArray[np.bool_]
    track: NDArray[np.int64]
    skeleton: NDArray[np.int64]
    point_bounds: NDArray[np.int64]

    def __post_init__(self) -> None:
        # A save writes the tables of the file, so a change of these columns would be lost silently.
        for column in vars(self).values():
            if isinstance(column, np.ndarray):
                column.setflags(write=False)

    @property
    def instance_frame(self) -> NDArray[np.int64]:
        """(n_instances,) int64, the frame of each instance."""
        return np.repeat(np.arange(len(self.video)), np.diff(self.instance_bounds))

    @cached_property
    def score(self) -> NDArray[np.float64]:
        """(n_instances,) float64; NaN or 0 for user instances."""
        return self.floats("score")

    @cached_property
    def tracking_score(self) -> NDArray[np.float64]:
        """(n_instances,) float64; NaN where the file has none."""
        return self.floats("tracking_score")

    @cached_property
    def from_predicted(self) -> NDArray[np.int64]:
        """(n_instances,) int64, row of the predicted instance that an instance was made from.

        -1 where there is none, or none among these frames.
        """
        origin = self.source.instances.ints("from_predicted")[self.rows]
        found = renumber(origin, positions_of(self.rows, len(self.source.instances)))
        found.setflags(write=False)
        return found

    def floats(self, name: str) -> NDArray[np.float64]:
        """A column of the table of instances, (n_instances,) float64; NaN where it is not there."""
        found = _floats(self.source.instances, name, self.rows)
        found.setflags(write=False)
        return found

    @property
    def xy(self) -> NDArray[np.float64]:
        """(n_points, 2) float64, as `Points.xy`."""
        return self._points.xy

    @property
    def visible(self) -> NDArray[np.bool_]:
        """(n_points,) bool, as `Points.visible`."""
        return self._points.visible

    @property
    def point_score(self) -> NDArray[np.float64]:
        """(n_points,) float64, as `Points.score`."""
        return self._points.score

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

    @cached_property
    def has_visible_point(self) -> NDArray[np.bool_]:
        """(n_instances,) bool, whether an instance has a usable point."""
        found = np.zeros(len(self.rows), bool)
        for instances, points in self.iter_points():
            before = bounds(points.is_usable.astype(np.int64))[points.bounds]
            found[instances] = before[1:] > before[:-1]
        found.setflags(write=False)
        return found

    @cached_property
    def is_usable(self) -> NDArray[np.bool_]:
        """(n_points,) bool, as `Points.is_usable`."""
        usable = self._points.is_usable
        usable.setflags(write=False)
        return usable

    def iter_points(
        self, among: NDArray[np.bool_] | None = None
    ) -> Iterator[tuple[NDArray[np.int64], Points]]:
        """The points of instances, a bounded number at a time, which hold until the next.

        Args:
            among: (n_instances,) bool, the instances that are asked for; None for all.

        Yields:
            Some instances that have points, (m,) int64 ascending, and the points of these.

        Raises:
            LabelsFileError: The file was changed since it was read.
        """
        lengths = np.diff(self.point_bounds)
        for kind, table in ((USER, self.source.points), (PREDICTED, self.source.pred_points)):
            own = np.flatnonzero(self.is_user == (kind == USER))
            own = own[(lengths[own] > 0) & (True if among is None else among[own])]
            rows = self.rows[own]
            found = table.ranges(self.source.point_start[rows], self.source.point_end[rows])
            for some, stored in found:
                borders = bounds(lengths[own[some]])
                yield own[some], _decoded(borders, stored, self.source.format_id, kind)

    @cached_property
    def _points(self) -> Points:
        """All points, merged in the order of the instances."""
        n_points = int(self.point_bounds[-1])
        xy, visible = np.empty((n_points, 2)), np.empty(n_points, bool)
        score = np.full(n_points, np.nan)
        for instances, points in self.iter_points():
            there = as_slice(expand(self.point_bounds[instances], self.point_bounds[instances + 1]))
            xy[there], visible[there], score[there] = points.xy, points.visible, points.score
        for column in (xy, visible, score):
            column.setflags(write=False)
        return Points(self.point_bounds, xy, visible, score)


def decode(source: SlpFile, frames: NDArray[np.int64]) -> Columns:
    """The columns of some frames, given as (n,) int64 rows of /frames, each at most once."""
    start, end = source.instance_start[frames], source.instance_end[frames]
    rows = expand(start, end)
    at, some = as_slice(rows), as_slice(frames)
    return Columns(
        source=source,
        rows=rows,
        video=source.video[some],
        frame_idx=source.frame_idx[some],
        instance_bounds=bounds(end - start),
        is_user=source.is_user[at],
        track=source.instances.ints("track")[at],
        skeleton=source.instances.ints("skeleton")[at],
        point_bounds=bounds(source.point_end[at] - source.point_start[at]),
    )


def _decoded(
    borders: NDArray[np.int64], stored: NDArray[np.void], format_id: float, kind: int
) -> Points:
    """Stored points, of user or of predicted instances."""
    xy = np.empty((len(stored), 2))
    xy[:, 0], xy[:, 1] = stored["x"], stored["y"]
    if kind == USER and format_id < MIDPIXEL_FORMAT:
        # SLEAP 1.x shifts points of users only: predicted points never had their origin at the
        # corner, says its comment. sleap-io shifts both.
        xy -= 0.5
    score = np.full(len(stored), np.nan)
    if kind == PREDICTED:
        score[:] = stored["score"]
    return Points(borders, xy, stored["visible"] != 0, score)


def _floats(table: Table, column: str, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    if not table.has(column):
        return np.full(len(rows), np.nan)
    return table.numbers(column)[rows].astype(np.float64)
