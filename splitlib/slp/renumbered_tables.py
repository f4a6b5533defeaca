"""Core tables of a labels file with only the rows of some frames, renumbered.

Rows of frames, instances and points get new numbers when others are left out. So what refers to
them is renumbered as well: where the instances of a frame and the points of an instance begin and
end, and which prediction an instance was made from.
"""

import h5py
import numpy as np
from numpy.typing import NDArray

from splitlib.slp.container import object_in
from splitlib.slp.dtypes import PREDICTED, USER
from splitlib.slp.hdf5copy import Writer, create_like, write_part
from splitlib.slp.ranges import among_frames
from splitlib.slp.rows_on_disk import RowsOnDisk
from splitlib.slp.selection import Selection
from splitlib.slp.source import SlpFile
from splitlib.slp.tables import as_stored, table_writer, with_columns


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
    lengths = source.point_end[rows] - source.point_start[rows]
    ends = _ends(lengths, is_user)
    origin = source.instances.ints("from_predicted")[rows]
    return with_columns(
        source.instances,
        rows,
        instance_id=np.arange(len(rows)),
        frame_id=np.repeat(np.arange(len(selection.frames)), np.diff(selection.instance_bounds)),
        from_predicted=selection.renumber_instances(origin),
        point_id_start=ends - lengths,
        point_id_end=ends,
    )


def _ends(lengths: NDArray[np.int64], is_user: NDArray[np.bool_]) -> NDArray[np.int64]:
    """(n,) int64, one past the last point of each instance; users and predictions count apart."""
    if is_user.all() or not is_user.any():
        return np.cumsum(lengths)
    return np.where(is_user, np.cumsum(lengths * is_user), np.cumsum(lengths * ~is_user))


def _points_writer(source: SlpFile, points: RowsOnDisk, selection: Selection, kind: int) -> Writer:
    """The writer of points, which are most of a file: it reads and writes them piece by piece."""
    rows = selection.instances
    of_kind = rows[source.is_user[rows] == (kind == USER)]
    start, end = source.point_start[of_kind], source.point_end[of_kind]

    def write(old: h5py.Group, new: h5py.Group) -> None:
        found = object_in(old, points.name)
        created = create_like(found, new, points.name, int((end - start).sum()))
        kind, first = h5py.h5t.py_create(found.id.dtype), 0
        for _, taken in points.ranges(start, end):
            write_part(created, as_stored(found, taken), first, kind)
            first += len(taken)

    return write


def _negative_frames(source: SlpFile, selection: Selection) -> NDArray[np.void]:
    """The negative frames among the kept frames."""
    negative = source.negative_frames
    assert negative is not None
    kept = (source.video[selection.frames], source.frame_idx[selection.frames])
    rows = np.flatnonzero(among_frames(source.negative_video, source.negative_frame_idx, *kept))
    return with_columns(negative, rows, video_id=source.negative_video[rows])
