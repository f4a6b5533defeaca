"""Writing labels files of one source one after the other into one file.

Splits differ in the rows of frames, instances and points and in the images of their frames; what
else a labels file holds, each of them holds. What differs beyond that is refused by name.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from splitlib.errors import UnsupportedFormatError
from splitlib.progress import Advance, progress_bar
from splitlib.slp.annotations import TABLES
from splitlib.slp.hdf5copy import copy_attributes, copy_object, create_like, new_file, write_like
from splitlib.slp.ranges import among_frames
from splitlib.slp.source import SlpFile
from splitlib.slp.stored_images import check_unchanged
from splitlib.slp.tables import with_columns, write_rows

ROW_TABLES = ("frames", "instances", "points", "pred_points", "negative_frames")


def concatenate(sources: Sequence[SlpFile], order: NDArray[np.int64], path: Path) -> None:
    """Write the frames of several files into one, file after file.

    Args:
        sources: Splits of one labels file, as splitlib writes them.
        order: (n_frames,) int64, the order that the frames of all files will get; negative frames
            are listed in it.
        path: The file to write.

    Raises:
        UnsupportedFormatError: The files differ in more than their frames, or hold annotations;
            the message names the objects.
    """
    for source in sources:
        check_unchanged(source)
    with ExitStack() as stack:
        files = [stack.enter_context(h5py.File(source.path, "r")) for source in sources]
        groups = {
            images.dataset.rpartition("/")[0]: images.dataset.rpartition("/")[2]
            for images in sources[0].images.values()
        }
        _check_mergeable(sources, files, groups)
        tables = _tables(sources, order)
        kept = {name: _kept_rows(files, name, inner) for name, inner in groups.items()}
        n_images = sum(map(len, kept.values()))
        advance = stack.enter_context(progress_bar("images", total=n_images))
        new = stack.enter_context(new_file(path, path))
        copy_attributes(files[0], new)
        for name in sorted(files[0]):
            if name in tables:
                write_rows(files[0][name], new, name, tables[name])
            elif name in groups:
                old = [file[name] for file in files]
                _merge_images(old, new.create_group(name), groups[name], kept[name], advance)
            else:
                copy_object(files[0], new, name)


def _check_mergeable(
    sources: Sequence[SlpFile], files: Sequence[h5py.File], groups: dict[str, str]
) -> None:
    first = files[0]
    names = {name for file in files for name in file} - set(groups) - set(ROW_TABLES)
    differing = {
        name
        for name in names
        if any(name not in file or not _same(first.get(name), file[name]) for file in files)
    }
    annotated = {
        spec.name
        for spec in TABLES
        if any(spec.name in file and _n_rows(file[spec.name]) for file in files)
    }
    for name in ROW_TABLES:
        kinds = {str(file[name].dtype) if name in file else "" for file in files}
        differing |= {name} if len(kinds) > 1 else set()
    for name in groups:
        differing |= {name} if any(name not in file for file in files) else set()
    if any((source.video != source.frames.ints("video")).any() for source in sources):
        differing.add("frames")  # numbers of image groups: the files of splitlib have positions
    if len({source.format_id for source in sources}) > 1:
        differing.add("metadata")
    if differing | annotated:
        listed = ", ".join(f"/{name}" for name in sorted(differing | annotated))
        msg = (
            f"{sources[0].path} and {len(sources) - 1} other files cannot be merged: {listed}"
            " differ, or refer to frames; merge splits that splitlib made of one labels file"
            " without such annotations"
        )
        raise UnsupportedFormatError(msg)


def _n_rows(found: h5py.HLObject) -> int:
    return len(found) if isinstance(found, h5py.Group) else int(found.shape[0])


def _same(one: Any, other: Any) -> bool:  # noqa: ANN401 - whatever a file holds
    """Whether two objects hold the same, with all below them."""
    if type(one) is not type(other) or not _same_attributes(one, other):
        return False
    if isinstance(one, h5py.Group):
        return set(one) == set(other) and all(_same(one[name], other[name]) for name in one)
    if (one.shape, one.dtype) != (other.shape, other.dtype):
        return False
    return _same_values(one[()], other[()])


def _same_attributes(one: h5py.HLObject, other: h5py.HLObject) -> bool:
    return set(one.attrs) == set(other.attrs) and all(
        _same_values(one.attrs[name], other.attrs[name]) for name in one.attrs
    )


def _same_values(one: object, other: object) -> bool:
    a, b = np.asarray(one), np.asarray(other)
    if a.dtype.hasobject:
        return a.shape == b.shape and all(
            np.array_equal(x, y) for x, y in zip(a.reshape(-1), b.reshape(-1), strict=True)
        )
    return (a.shape, a.dtype) == (b.shape, b.dtype) and a.tobytes() == b.tobytes()


def _tables(sources: Sequence[SlpFile], order: NDArray[np.int64]) -> dict[str, NDArray[np.void]]:
    """The rows of all files, renumbered."""
    parts: dict[str, list[NDArray[np.void]]] = {name: [] for name in ROW_TABLES}
    n_frames = n_instances = n_user = n_predicted = 0
    for source in sources:
        frames, instances = (np.arange(len(table)) for table in (source.frames, source.instances))
        offset = np.where(source.is_user, n_user, n_predicted)
        origin = source.instances.ints("from_predicted")
        parts["frames"].append(
            with_columns(
                source.frames,
                frames,
                frame_id=frames + n_frames,
                instance_id_start=source.instance_start + n_instances,
                instance_id_end=source.instance_end + n_instances,
            )
        )
        parts["instances"].append(
            with_columns(
                source.instances,
                instances,
                instance_id=instances + n_instances,
                frame_id=source.instances.ints("frame_id") + n_frames,
                from_predicted=np.where(origin < 0, origin, origin + n_instances),
                point_id_start=source.point_start + offset,
                point_id_end=source.point_end + offset,
            )
        )
        parts["points"].append(source.points.rows)
        parts["pred_points"].append(source.pred_points.rows)
        n_frames, n_instances = n_frames + len(frames), n_instances + len(instances)
        n_user += len(source.points)
        n_predicted += len(source.pred_points)
    parts["negative_frames"] = _negative_frames(sources, order)
    return {name: np.concatenate(rows) for name, rows in parts.items() if rows}


def _negative_frames(
    sources: Sequence[SlpFile], order: NDArray[np.int64]
) -> list[NDArray[np.void]]:
    """The negative frames of all files, in the order of the frames; none where a file has none."""
    tables = [source.negative_frames for source in sources]
    if any(table is None for table in tables):
        return []
    video = np.concatenate([source.video for source in sources])[order]
    frame_idx = np.concatenate([source.frame_idx for source in sources])[order]
    its_video = np.concatenate([source.negative_video for source in sources])
    its_idx = np.concatenate([source.negative_frame_idx for source in sources])
    is_negative = among_frames(video, frame_idx, its_video, its_idx)
    places = {
        frame: at
        for at, frame in enumerate(
            zip(video[is_negative].tolist(), frame_idx[is_negative].tolist(), strict=True)
        )
    }
    rank = [
        places.get(frame, len(places))
        for frame in zip(its_video.tolist(), its_idx.tolist(), strict=True)
    ]
    rows = np.concatenate([table.rows for table in tables if table is not None])
    return [rows[np.argsort(rank, kind="stable")]]


def _kept_rows(files: Sequence[h5py.File], group: str, name: str) -> NDArray[np.int64]:
    """Rows of the images of all files in the order of their frames, those in several files once."""
    numbers = [_frame_numbers(file[group], name) for file in files]
    return np.unique(np.concatenate(numbers), return_index=True)[1]


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


def _frame_numbers(group: h5py.Group, name: str) -> NDArray[np.int64]:
    if "frame_numbers" not in group:
        return np.arange(len(group[name]))
    return np.asarray(group["frame_numbers"][()]).astype(np.int64)
