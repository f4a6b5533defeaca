"""Whether labels files are splits of one source: all that differs is their frames.

What refers to frames is compared as it is in copies without any frame. So rows that belong to no
frame, catalogs, names and forms of tables are compared, and nothing else.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from splitlib.slp.container import reading
from splitlib.slp.dependent_tables import dependent_tables
from splitlib.slp.hdf5copy import copy_object
from splitlib.slp.joined_videos import Part, same_images
from splitlib.slp.parts import all_parts, one_part
from splitlib.slp.selection import select
from splitlib.slp.source import SlpFile
from splitlib.slp.stored_images import check_unchanged

ROW_TABLES = ("frames", "instances", "points", "pred_points", "negative_frames")


def what_differs(sources: Sequence[SlpFile]) -> list[str]:
    """The objects in which files differ, besides their frames and what refers to these.

    Raises:
        LabelsFileError: A file was changed since it was read, or is damaged.
    """
    for source in sources:
        check_unchanged(source)
    with ExitStack() as stack:
        files = [stack.enter_context(h5py.File(source.path, "r")) for source in sources]
        groups = {images.group: images.name for images in sources[0].images.values()}
        dependent, refused = _compare_dependent(sources, files)
        for name in sorted({name for file in files for name in file} - dependent):
            with reading(sources[0].path, f"/{name}"):
                if not _can_merge(name, files, groups):
                    refused.add(name)
    if any((source.video != source.frames.ints("video")).any() for source in sources):
        refused.add("frames")  # numbers of image groups: the files of splitlib have positions
    if not refused:
        refused = {group for at, group in _groups(sources[0]) if not _same_shared(sources, at)}
    return [f"/{name}" for name in sorted(refused)]


def _compare_dependent(
    sources: Sequence[SlpFile], files: Sequence[h5py.File]
) -> tuple[set[str], set[str]]:
    """The objects that refer to frames, and which of them differ in what belongs to no frame.

    They are compared as they are in copies without any frame.
    """
    none = np.zeros(0, np.int64)
    pairs = zip(sources, files, strict=True)
    writers = [
        dependent_tables(one_part(source, file, select(source, none))).writers
        for source, file in pairs
    ]
    names = {name for own in writers for name in own}
    with ExitStack() as stack:
        copies = [_in_memory(stack, str(at)) for at in range(len(files))]
        for file, own, copy in zip(files, writers, copies, strict=True):
            for name in sorted(names & set(file)):
                with reading(Path(file.filename), f"/{name}"):
                    own.get(name, partial(_copy, name))(file, copy)
        first = copies[0]
        differ = {
            name
            for name in names
            for copy in copies
            if name not in copy or name not in first or not _same(first[name], copy[name])
        }
    n_frames = sum(len(source.frames) for source in sources)
    try:
        if not differ:
            dependent_tables(all_parts(sources, files, np.arange(n_frames)))
    except ValueError:
        differ = {"sessions_json"}
    return names, differ


def _in_memory(stack: ExitStack, name: str) -> h5py.File:
    return stack.enter_context(h5py.File(name, "w", driver="core", backing_store=False))


def _copy(name: str, old: h5py.Group, new: h5py.Group) -> None:
    copy_object(old, new, name)


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
    return all(one is not None and _same(found[0], one) for one in found)


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
