"""Writing labels files of one source one after the other into one file.

Splits differ in the rows of frames, in what refers to these, and in the images of their frames. All
else that a labels file holds is the same in each of them (`same_source` checks that).
"""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from splitlib.progress import Advance, progress_bar
from splitlib.slp.container import object_in, reading
from splitlib.slp.dependent_tables import dependent_tables
from splitlib.slp.hdf5copy import (
    Writer,
    copy_attributes,
    copy_object,
    create_like,
    new_file,
    write_like,
    write_part,
)
from splitlib.slp.parts import all_parts
from splitlib.slp.rows_on_disk import RowsOnDisk
from splitlib.slp.source import SlpFile
from splitlib.slp.tables import as_stored, with_columns, write_rows


def concatenate(sources: Sequence[SlpFile], order: NDArray[np.int64], path: Path) -> None:
    """Write the frames of several files into one, file after file.

    Args:
        sources: Splits of one labels file, in which `what_differs` finds nothing.
        order: (n_frames,) int64, the order that the frames of all files will get. Negative frames
            are written in this order.
        path: The file to write.

    Raises:
        LabelsFileError: A file is damaged.
    """
    with ExitStack() as stack:
        files = [stack.enter_context(h5py.File(source.path, "r")) for source in sources]
        groups = {images.group: images.name for images in sources[0].images.values()}
        tables = _tables(sources, order)
        writers = {
            "points": _points_writer([source.points for source in sources]),
            "pred_points": _points_writer([source.pred_points for source in sources]),
            **dependent_tables(all_parts(sources, files, order)).writers,
        }
        kept = {images.group: _kept_rows(sources, at) for at, images in sources[0].images.items()}
        n_images = sum(map(len, kept.values()))
        advance = stack.enter_context(progress_bar("images", total=n_images))
        new = stack.enter_context(new_file(path, path))
        copy_attributes(files[0], new)
        for name in sorted(files[0]):
            with reading(sources[0].path, f"/{name}"):
                if name in tables:
                    write_rows(files[0][name], new, name, tables.pop(name))
                elif name in writers:
                    writers[name](files[0], new)
                elif name in groups:
                    old = [file[name] for file in files]
                    _merge_images(old, new.create_group(name), groups[name], kept[name], advance)
                else:
                    copy_object(files[0], new, name)


def _tables(sources: Sequence[SlpFile], order: NDArray[np.int64]) -> dict[str, NDArray[np.void]]:
    """The rows of all files, renumbered, without points."""
    sizes = [
        (len(one.frames), len(one.instances), len(one.points), len(one.pred_points))
        for one in sources
    ]
    before = list(zip(sources, (np.cumsum(sizes, axis=0) - sizes).tolist(), strict=True))
    parts = {
        "frames": [_frames(source, *n[:2]) for source, n in before],
        "instances": [_instances(source, *n) for source, n in before],
        "negative_frames": _negative_frames(sources, order),
    }
    return {name: np.concatenate(rows) for name, rows in parts.items() if rows}


def _points_writer(tables: Sequence[RowsOnDisk]) -> Writer:
    """The writer of the points of all files, a bounded number at a time."""

    def write(old: h5py.Group, new: h5py.Group) -> None:
        found = object_in(old, tables[0].name)
        created = create_like(found, new, tables[0].name, sum(map(len, tables)))
        kind, first = h5py.h5t.py_create(found.id.dtype), 0
        for table in tables:
            for rows in table.windows():
                write_part(created, as_stored(found, rows), first, kind)
                first += len(rows)

    return write


def _frames(source: SlpFile, n_frames: int, n_instances: int) -> NDArray[np.void]:
    """The frames of a file that comes after so many frames and instances."""
    rows = np.arange(len(source.frames))
    return with_columns(
        source.frames,
        rows,
        frame_id=rows + n_frames,
        instance_id_start=source.instance_start + n_instances,
        instance_id_end=source.instance_end + n_instances,
    )


def _instances(
    source: SlpFile, n_frames: int, n_instances: int, n_user: int, n_predicted: int
) -> NDArray[np.void]:
    """The instances of a file that comes after so many rows of the four tables."""
    rows = np.arange(len(source.instances))
    n_points = np.where(source.is_user, n_user, n_predicted)
    origin = source.instances.ints("from_predicted")
    return with_columns(
        source.instances,
        rows,
        instance_id=rows + n_instances,
        frame_id=source.instances.ints("frame_id") + n_frames,
        from_predicted=np.where(origin < 0, origin, origin + n_instances),
        point_id_start=source.point_start + n_points,
        point_id_end=source.point_end + n_points,
    )


def _negative_frames(
    sources: Sequence[SlpFile], order: NDArray[np.int64]
) -> list[NDArray[np.void]]:
    """The negative frames of all files, in the order of the frames; none where a file has none."""
    tables = [source.negative_frames for source in sources]
    if any(table is None for table in tables):
        return []
    video = np.concatenate([source.video for source in sources])[order].tolist()
    frame_idx = np.concatenate([source.frame_idx for source in sources])[order].tolist()
    place = {frame: at for at, frame in enumerate(zip(video, frame_idx, strict=True))}
    rank = [
        place.get(frame, len(place))
        for source in sources
        for frame in zip(
            source.negative_video.tolist(), source.negative_frame_idx.tolist(), strict=True
        )
    ]
    rows = np.concatenate([table.rows for table in tables if table is not None])
    return [rows[np.argsort(rank, kind="stable")]]


def _kept_rows(sources: Sequence[SlpFile], video: int) -> NDArray[np.int64]:
    """Rows of the images of all files in the order of their frames, those in several files once."""
    numbers = np.concatenate([source.images[video].frame_numbers for source in sources])
    return np.unique(numbers, return_index=True)[1]


def _merge_images(
    old: Sequence[h5py.Group],
    new: h5py.Group,
    name: str,
    kept: NDArray[np.int64],
    advance: Advance,
) -> None:
    """The images of all files, in the order of `_kept_rows`."""
    copy_attributes(old[0], new)
    starts = np.cumsum([0, *(len(group[name]) for group in old)])
    created = create_like(old[0][name], new, name, len(kept))
    for place, row in enumerate(kept.tolist()):
        part = int(np.searchsorted(starts, row, side="right")) - 1
        created[place] = old[part][name][row - starts[part]]
        advance(1)
    for child in sorted(old[0]):
        if child == "frame_numbers":
            rows = np.concatenate([group[child][()] for group in old])[kept]
            write_like(old[0][child], new, child, rows)
        elif child != name:
            copy_object(old[0], new, child)
