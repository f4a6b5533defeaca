"""Annotations of a frame besides its instances: masks, regions, boxes, centroids, label images.

A row names its frame by video (always the list position) and frame_idx, and may name an instance by
row. A row with a negative number belongs to no frame, and is always kept. Outlines and pixels are
byte ranges of a store, or images of which a row has one. Names and the like are in lists with one
entry per row.
"""

from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from splitlib.errors import LabelsFileError
from splitlib.slp.annotation_lists import list_attributes, list_writer, with_attributes
from splitlib.slp.annotation_specs import OBJECT_LISTS, OBJECTS, TABLES, AnnotationTable
from splitlib.slp.container import optional_dataset, reading
from splitlib.slp.hdf5copy import Writer, copy_group
from splitlib.slp.parts import Column, Numbering, Parts, Stack, read_stack
from splitlib.slp.ranges import bounds, expand, positions_of
from splitlib.slp.row_checks import check_bounds, check_ranges
from splitlib.slp.stacked_copy import byte_ranges, taken_rows, wide_rows
from splitlib.slp.tables import Table, read_optional_table, table_writer


def annotation_writers(parts: Parts) -> tuple[dict[str, Writer], dict[str, Numbering]]:
    """Writers of the annotations of the kept frames, and the new rows of each table.

    Raises:
        LabelsFileError: A row points outside of its table.
    """
    writers: dict[str, Writer] = {}
    numbers: dict[str, Numbering] = {}
    for spec in TABLES:
        found = parts.files[0].get(spec.name)
        if isinstance(found, h5py.Group):
            writers[spec.name], numbers[spec.name] = _group_writer(parts, spec.name)
        elif found is not None:
            own, numbers[spec.name] = _table_writers(parts, spec)
            writers |= own
    return writers, numbers


def _table_writers(parts: Parts, spec: AnnotationTable) -> tuple[dict[str, Writer], Numbering]:
    """A table of annotations with its lists, its store of bytes, and its objects."""
    stack = read_stack(parts, spec.name, ("video", "frame_idx"))
    assert stack is not None
    numbers, rows = place_rows(stack, parts)
    changes = _new_references(stack, rows, parts, numbers)
    writers: dict[str, Writer] = {}
    if spec.prefix:
        writers[spec.store], changed = _store_writer(parts, stack, rows, spec)
        changes |= changed
    if stack.has("objects_start"):
        own, changed = _object_writers(parts, stack, rows)
        writers |= own
        changes |= changed
    lists = list_attributes(parts, spec.name, rows, stack.sizes)
    writers[spec.name] = with_attributes(spec.name, stack.take(rows, **changes), lists)
    writers |= _list_writers(parts, spec.lists, rows, stack.sizes)
    return writers, numbers


def _list_writers(
    parts: Parts, names: tuple[str, ...], rows: Column, sizes: list[int]
) -> dict[str, Writer]:
    there = [name for name in names if name in parts.files[0]]
    return {name: list_writer(parts, name, rows, sizes) for name in there}


def place_rows(stack: Stack, parts: Parts) -> tuple[Numbering, Column]:
    """The rows of kept frames and those that belong to no frame: new numbers, and their order.

    Rows of a single file stay in its order. Those of several files get the order of their frames.
    Rows that belong to no frame are the same in all files, and are written once: behind all rows
    that come before them in one of the files.
    """
    video, frame_idx = stack.ints("video"), stack.ints("frame_idx")
    static = (video < 0) | (frame_idx < 0)
    place = parts.place_of_frames(video, frame_idx)
    is_written = np.where(static, stack.part == 0, place >= 0)
    rows = np.flatnonzero(is_written)
    if len(parts.sources) > 1:
        rows = rows[np.argsort(_sort_key(stack, place, static)[rows], kind="stable")]
    new = positions_of(rows, len(stack))
    for part in range(1, len(parts.sources)):
        new[static & (stack.part == part)] = new[static & (stack.part == 0)]
    return Numbering(stack.name, tuple(stack.sizes), new, is_written), rows


def _sort_key(stack: Stack, place: Column, static: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(n,) keys: rows of frames in the order of the frames, others behind the last before them."""
    key = np.empty(len(stack))
    of_frames = np.flatnonzero(~static)
    key[of_frames[np.argsort(place[of_frames], kind="stable")]] = np.arange(len(of_frames))
    n_static = int((static & (stack.part == 0)).sum())
    behind = np.full(n_static, -0.5)
    for part in range(len(stack.tables)):
        own = np.flatnonzero(stack.part == part)
        last = np.maximum.accumulate(np.where(static[own], -1.0, key[own]))
        behind = np.maximum(behind, last[static[own]] + 0.5)
        if part == 0:
            first = own[static[own]]
    key[first] = behind
    return key


def _new_references(stack: Stack, rows: Column, parts: Parts, own: Numbering) -> dict[str, Column]:
    """The columns that name instances, and other rows of the same table."""
    targets = {"instance": parts.instances, "from_predicted": own}
    return {
        column: target.renumber(stack.ints(column)[rows], stack.part[rows], stack.place(column))
        for column, target in targets.items()
        if stack.has(column)
    }


def _store_writer(
    parts: Parts, stack: Stack, rows: Column, spec: AnnotationTable
) -> tuple[Writer, dict[str, Column]]:
    """The bytes or images of the rows, and the columns that say where they are."""
    stores = [
        optional_dataset(file, spec.store, source.path)
        for file, source in zip(parts.files, parts.sources, strict=True)
    ]
    first = stores[0]
    if first is not None and first.ndim == 3 and spec.name == "label_images":
        for table, images in zip(stack.tables, stores, strict=True):
            _check_one_image_per_row(table, images)
        return wide_rows(parts.files, spec.store, rows), {}
    sizes = [_n_bytes(one, table) for one, table in zip(stores, stack.tables, strict=True)]
    start, end = flat_ranges(stack, spec.prefix, spec.store, sizes)
    new = bounds((end - start)[rows])
    changes = {f"{spec.prefix}_start": new[:-1], f"{spec.prefix}_end": new[1:]}
    return byte_ranges(parts.files, spec.store, start[rows], end[rows]), changes


def flat_ranges(stack: Stack, prefix: str, target: str, sizes: list[int]) -> tuple[Column, Column]:
    """Checked ranges into datasets of these sizes, counted file after file; (n,) int64 each."""
    pairs = [
        check_ranges(table, prefix, target, size)
        for table, size in zip(stack.tables, sizes, strict=True)
    ]
    offset = bounds(np.array(sizes, np.int64))[stack.part]
    start, end = (np.concatenate(side) for side in zip(*pairs, strict=True))
    return start + offset, end + offset


def _check_one_image_per_row(table: Table, images: h5py.Dataset | None) -> None:
    n_images = -1 if images is None or images.ndim != 3 else len(images)
    if n_images != len(table):
        msg = (
            f"{table.file}: /label_image_data is expected to have an image for each of the"
            f" {len(table)} rows of /{table.name}, found {max(n_images, 0)}"
        )
        raise LabelsFileError(msg)


def _n_bytes(store: h5py.Dataset | None, table: Table) -> int:
    if store is not None and store.ndim != 1:
        msg = f"{table.file}: {store.name} is expected to be a list of bytes, found {store.shape}"
        raise LabelsFileError(msg)
    return 0 if store is None else len(store)


def _object_writers(
    parts: Parts, images: Stack, rows: Column
) -> tuple[dict[str, Writer], dict[str, Column]]:
    """The objects of the kept label images, and where those of each image begin."""
    stack = read_stack(parts, OBJECTS, ())
    sizes = stack.sizes if stack else [0] * len(parts.sources)
    start = []
    for table, size in zip(images.tables, sizes, strict=True):
        first, n = table.ints("objects_start"), table.ints("n_objects")
        check_bounds(table, "objects", OBJECTS, size, first, first + n, np.ones(len(table), bool))
        start.append(first)
    first = (np.concatenate(start) + bounds(np.array(sizes, np.int64))[images.part])[rows]
    n = images.ints("n_objects")[rows]
    changes = {"objects_start": bounds(n)[:-1]}
    if stack is None:
        return {}, changes
    taken = expand(first, first + n)
    references = _new_references(stack, taken, parts, parts.instances)
    lists = list_attributes(parts, OBJECTS, taken, sizes)
    own = {OBJECTS: with_attributes(OBJECTS, stack.take(taken, **references), lists)}
    return own | _list_writers(parts, OBJECT_LISTS, taken, sizes), changes


def _group_writer(parts: Parts, name: str) -> tuple[Writer, Numbering]:
    """Annotations with one dataset per column (bounding boxes since 2.0, centroids)."""
    pairs = zip(parts.files, parts.sources, strict=True)
    stack = Stack(tuple(_group_table(file, source.path, name) for file, source in pairs))
    numbers, rows = place_rows(stack, parts)
    taken = stack.take(rows, **_new_references(stack, rows, parts, numbers))
    writers = {
        child: taken_rows(parts.files, f"{name}/{child}", rows) for child in parts.files[0][name]
    }
    writers |= {child: table_writer(child, taken[child]) for child in taken.dtype.names or ()}
    return lambda old, new: copy_group(old[name], new.create_group(name), writers), numbers


def read_annotations(file: h5py.File, path: Path, name: str) -> Table | None:
    """The frames of the rows of a table of annotations; None where the file has none.

    Raises:
        LabelsFileError: The table is broken.
    """
    if isinstance(file.get(name), h5py.Group):
        return _group_table(file, path, name)
    return read_optional_table(file, path, name, ("video", "frame_idx"))


def _group_table(file: h5py.File, path: Path, name: str) -> Table:
    """The columns of a group that refer to other tables; all columns are of one length."""
    group = file[name]
    columns = {child: optional_dataset(group, child, path) for child in group}
    shapes = {child: column.shape for child, column in columns.items() if column is not None}
    lengths = {shape[0] if shape else None for shape in shapes.values()}
    if not {"video", "frame_idx"} <= shapes.keys() or len(lengths) > 1 or None in lengths:
        msg = (
            f"{path}: /{name} is expected to have the columns video and frame_idx, and all columns"
            f" of one length; found {shapes}"
        )
        raise LabelsFileError(msg)
    names = [child for child in ("video", "frame_idx", "instance") if child in group]
    with reading(path, group.name):
        values = {child: group[child][()] for child in names}
        dtype = [(child, column.dtype, column.shape[1:]) for child, column in values.items()]
        rows = np.empty(len(values["video"]), dtype)
        for child, column in values.items():
            rows[child] = column
    return Table(path, name, rows)
