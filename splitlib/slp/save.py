"""Writing some frames of a labels file: the source with fewer rows.

Tables that hold rows of frames, instances and points are subset and renumbered; so are the tables
that refer to them. Everything else, unknown objects included, is carried over as it is: raw values,
format version, attributes, types, chunks and filters. One thing is put in order: list position i of
the videos, group `video<i>` and `frames.video = i` agree in every file written, whatever the source
does, so that all readers see the same labels (`video_ids` has the reason).
"""

from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from splitlib.errors import UnsupportedFormatError
from splitlib.files import atomic_path
from splitlib.progress import progress_bar
from splitlib.slp.annotations import annotation_writers
from splitlib.slp.dtypes import PREDICTED, USER
from splitlib.slp.hdf5copy import Writer, copy_group, create_like, new_file
from splitlib.slp.packages import kept_images, package_writers
from splitlib.slp.ranges import among_frames, bounds, gather, renumber
from splitlib.slp.selection import Selection, select
from splitlib.slp.sessions import session_writers
from splitlib.slp.source import SlpFile
from splitlib.slp.stored_images import check_unchanged
from splitlib.slp.tables import Table, as_stored, table_writer, with_columns

PIECE_INSTANCES = 20_000
"""Instances whose points are gathered at a time: some MB, which the next piece uses again. Fresh
memory for all points at once would cost a third of the time of writing a file."""


def save_frames(source: SlpFile, frames: NDArray[np.int64], path: Path) -> None:
    """Write a labels file that holds some frames of another.

    Args:
        source: The labels file to take the frames from.
        frames: (n,) int64 rows of its /frames, each at most once, in their new order.
        path: The file to write; replaced as a whole, or left as it is where writing fails.

    Raises:
        LabelsFileError: The source was changed since it was read, or is damaged.
        UnsupportedFormatError: The source holds something that cannot be subset faithfully.
        OSError: The file cannot be written.
    """
    check_unchanged(source)
    _refuse_references(source)
    selection = select(source, frames)
    kept = kept_images(source, selection)
    # No check of `old`: every object was checked when the file was read, and is unchanged since.
    with (
        atomic_path(path) as partial,
        h5py.File(source.path, "r") as old,
        progress_bar("images", total=sum(map(len, kept.values()))) as advance,
    ):
        writers: dict[str, Writer] = {
            **_table_writers(source, selection),
            **package_writers(source, kept, advance),
            **annotation_writers(old, source, selection),
            **session_writers(old, source, selection),
        }
        with new_file(partial, path) as new:
            copy_group(old, new, writers)


def _refuse_references(source: SlpFile) -> None:
    if source.refers:
        msg = (
            f"{source.path}: {source.refers} holds references to other objects of the file, which a"
            " copy with fewer rows cannot keep; remove it or save the labels again with SLEAP"
        )
        raise UnsupportedFormatError(msg)


def _table_writers(source: SlpFile, selection: Selection) -> dict[str, Writer]:
    """The core tables with their kept rows, renumbered."""
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
