"""Writing labels files of one source one after the other into one file.

Splits differ in the rows of frames, instances and points and in the images of their frames. All
else that a labels file holds is the same in each of them. Files with other differences are refused,
and the message names the objects that differ.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from itertools import combinations
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from splitlib.errors import UnsupportedFormatError
from splitlib.progress import Advance, progress_bar
from splitlib.slp.annotations import TABLES
from splitlib.slp.container import reading
from splitlib.slp.hdf5copy import copy_attributes, copy_object, create_like, new_file, write_like
from splitlib.slp.joined_videos import Part, same_images
from splitlib.slp.source import SlpFile
from splitlib.slp.stored_images import check_unchanged
from splitlib.slp.tables import with_columns, write_rows

ROW_TABLES = ("frames", "instances", "points", "pred_points", "negative_frames")


def concatenate(sources: Sequence[SlpFile], order: NDArray[np.int64], path: Path) -> None:
    """Write the frames of several files into one, file after file.

    Args:
        sources: Splits of one labels file, as splitlib writes them.
        order: (n_frames,) int64, the order that the frames of all files will get. Negative frames
            are written in this order.
        path: The file to write.

    Raises:
        UnsupportedFormatError: The files differ in more than their frames, or hold annotations;
            the message names the objects.
    """
    if names := what_differs(sources):
        msg = (
            f"{sources[0].path} and {len(sources) - 1} other files cannot be merged:"
            f" {', '.join(names)} differ, or refer to frames; merge splits that splitlib made of"
            " one labels file without such annotations"
        )
        raise UnsupportedFormatError(msg)
    with ExitStack() as stack:
        files = [stack.enter_context(h5py.File(source.path, "r")) for source in sources]
        groups = {images.group: images.name for images in sources[0].images.values()}
        tables = _tables(sources, order)
        kept = {images.group: _kept_rows(sources, at) for at, images in sources[0].images.items()}
        n_images = sum(map(len, kept.values()))
        advance = stack.enter_context(progress_bar("images", total=n_images))
        new = stack.enter_context(new_file(path, path))
        copy_attributes(files[0], new)
        for name in sorted(files[0]):
            with reading(sources[0].path, f"/{name}"):
                if name in tables:
                    write_rows(files[0][name], new, name, tables[name])
                elif name in groups:
                    old = [file[name] for file in files]
                    _merge_images(old, new.create_group(name), groups[name], kept[name], advance)
                else:
                    copy_object(files[0], new, name)


def what_differs(sources: Sequence[SlpFile]) -> list[str]:
    """The objects in which files differ, besides their frames, or that refer to frames by row.

    Raises:
        LabelsFileError: A file was changed since it was read, or is damaged.
    """
    for source in sources:
        check_unchanged(source)
    with ExitStack() as stack:
        files = [stack.enter_context(h5py.File(source.path, "r")) for source in sources]
        groups = {images.group: images.name for images in sources[0].images.values()}
        refused = set()
        for name in sorted({name for file in files for name in file}):
            with reading(sources[0].path, f"/{name}"):
                if not _can_merge(name, files, groups):
                    refused.add(name)
    if any((source.video != source.frames.ints("video")).any() for source in sources):
        refused.add("frames")  # numbers of image groups: the files of splitlib have positions
    if not refused:
        refused = {group for at, group in _groups(sources[0]) if not _same_shared(sources, at)}
    return [f"/{name}" for name in sorted(refused)]


def _groups(source: SlpFile) -> list[tuple[int, str]]:
    return [(at, images.group) for at, images in source.images.items()]


def _same_shared(sources: Sequence[SlpFile], at: int) -> bool:
    """Whether the frames of a video that several files hold have one image in all of them."""
    parts = [Part(source, at) for source in sources]
    return all(same_images(*pair) for pair in combinations(parts, 2))


def _can_merge(name: str, files: Sequence[h5py.File], groups: dict[str, str]) -> bool:
    """Whether an object has rows that are merged, or is the same in all files."""
    found = [file.get(name) for file in files]
    if name in ROW_TABLES:
        return len({table and str(table.dtype) for table in found}) == 1
    if name in groups:
        return all(_same_video(found[0], one, groups[name]) for one in found)
    if any(one is None or not _same(found[0], one) for one in found):
        return False
    return name not in {spec.name for spec in TABLES} or not len(found[0])


def _same_video(one: Any, other: Any, images: str) -> bool:  # noqa: ANN401 - whatever a file holds
    """Whether two groups of images are of one video, and have images of one form."""
    if not all(isinstance(group, h5py.Group) and images in group for group in (one, other)):
        return False
    beside = set(one) - {images, "frame_numbers"}
    return (
        set(one) == set(other)
        and (one[images].shape[1:], one[images].dtype)
        == (other[images].shape[1:], other[images].dtype)
        and _same_attributes(one[images], other[images])
        and all(_same(one[name], other[name]) for name in beside)
    )


def _same(one: Any, other: Any) -> bool:  # noqa: ANN401 - whatever a file holds
    """Whether two objects, and all below them, hold the same."""
    if type(one) is not type(other) or not _same_attributes(one, other):
        return False
    if isinstance(one, h5py.Group):
        return set(one) == set(other) and all(_same(one[name], other[name]) for name in one)
    is_alike = (one.shape, one.dtype) == (other.shape, other.dtype)
    return is_alike and _same_values(one[()], other[()])


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
    sizes = [
        (len(one.frames), len(one.instances), len(one.points), len(one.pred_points))
        for one in sources
    ]
    before = list(zip(sources, (np.cumsum(sizes, axis=0) - sizes).tolist(), strict=True))
    parts = {
        "frames": [_frames(source, *n[:2]) for source, n in before],
        "instances": [_instances(source, *n) for source, n in before],
        "points": [source.points.rows for source in sources],
        "pred_points": [source.pred_points.rows for source in sources],
        "negative_frames": _negative_frames(sources, order),
    }
    return {name: np.concatenate(rows) for name, rows in parts.items() if rows}


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
