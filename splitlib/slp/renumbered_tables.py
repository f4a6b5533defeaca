"""Core tables of a labels file with only the rows of some frames, renumbered.

Rows of frames, instances and points get new numbers when others are left out. So what refers to
them is renumbered as well: where the instances of a frame and the points of an instance begin and
end, and which prediction an instance was made from.
"""

import h5py
import numpy as np
from numpy.typing import NDArray

from splitlib.slp.dtypes import PREDICTED, USER
from splitlib.slp.hdf5copy import Writer, create_like
from splitlib.slp.ranges import among_frames, bounds, gather, renumber
from splitlib.slp.selection import Selection
from splitlib.slp.source import SlpFile
from splitlib.slp.tables import Table, as_stored, table_writer, with_columns

PIECE_INSTANCES = 20_000
"""Instances whose points are gathered at a time: some MB, which the next piece uses again. Fresh
memory for all points at once would cost a third of the time of writing a file."""


def core_table_writers(source: SlpFile, selection: Selection) -> dict[str, Writer]:
    """The writers of the core tables, by name."""
    tables = {"frames": _frames(source, selection), "instances": _instances(source, selection)}
    if source.negative_frames is not None:
        tables["negative_frames"] = _negative_frames(source, selection)
    return {
        "points": _points_writer(source, source.points, selection, USER),
        "pred_points": _points_writer(source, source.pred_points, selection, PREDICTED),
        **{name: table_writer(name, rows) for name, rows in tables.items()},
    }


def _frames(source: SlpFile, selection: Selection) -> NDArray[np.void]:
    return with_columns(
        source.frames,
        selection.frames,
        frame_id=np.arange(len(selection.frames)),
        video=source.video[selection.frames],
        instance_id_start=selection.instance_bounds[:-1],
        instance_id_end=selection.instance_bounds[1:],
    )


def _instances(source: SlpFile, selection: Selection) -> NDArray[np.void]:
    rows = selection.instances
    is_user = source.is_user[rows]
    lengths = (source.point_end - source.point_start)[rows]
    # Points of users and of predictions are counted apart.
    point_bounds = np.where(is_user, bounds(lengths * is_user)[1:], bounds(lengths * ~is_user)[1:])
    origin = source.instances.ints("from_predicted")[rows]
    return with_columns(
        source.instances,
        rows,
        instance_id=np.arange(len(rows)),
        frame_id=np.repeat(np.arange(len(selection.frames)), np.diff(selection.instance_bounds)),
        from_predicted=renumber(origin, selection.new_instance),
        point_id_start=point_bounds - lengths,
        point_id_end=point_bounds,
    )


def _points_writer(source: SlpFile, points: Table, selection: Selection, kind: int) -> Writer:
    """The writer of points, which are most of a file: it gathers and writes them piece by piece."""
    rows = selection.instances
    of_kind = rows[source.is_user[rows] == (kind == USER)]
    start, end = source.point_start[of_kind], source.point_end[of_kind]
    borders = bounds(end - start)

    def write(old: h5py.Group, new: h5py.Group) -> None:
        found = old[points.name]
        created = create_like(found, new, points.name, int(borders[-1]))
        pieces = range(0, len(start), PIECE_INSTANCES)
        spans = [(borders[at], borders[min(at + PIECE_INSTANCES, len(start))]) for at in pieces]
        longest = max((last - first for first, last in spans), default=0)
        memory = np.empty(longest, points.rows.dtype)
        for at, (first, last) in zip(pieces, spans, strict=True):
            some = slice(at, at + PIECE_INSTANCES)
            rows = gather(points.rows, start[some], end[some], memory[: last - first])
            if len(rows):
                created.write_direct(as_stored(found, rows), dest_sel=np.s_[first:last])

    return write


def _negative_frames(source: SlpFile, selection: Selection) -> NDArray[np.void]:
    """The negative frames among the kept frames."""
    negative = source.negative_frames
    assert negative is not None
    kept = (source.video[selection.frames], source.frame_idx[selection.frames])
    rows = np.flatnonzero(among_frames(source.negative_video, source.negative_frame_idx, *kept))
    return with_columns(negative, rows, video_id=source.negative_video[rows])
