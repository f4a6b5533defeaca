"""Annotations of a frame besides its instances: masks, regions, boxes and centroids.

A row names its frame by video (always the list position) and frame_idx, and may name an instance by
row. A row with a negative number belongs to no frame, and is always kept. Outlines are byte ranges
of a store. Names and the like are in lists with one entry per row.

Source: format versions 1.5 to 2.8, sleap_io/io/slp.py of sleap-io 0.9.5, and files of sleap-io.js.
"""

import json
from dataclasses import dataclass

import h5py
import numpy as np
from numpy.typing import NDArray

from splitlib.errors import LabelsFileError, UnsupportedFormatError
from splitlib.slp.container import optional_dataset, reading
from splitlib.slp.hdf5copy import (
    Writer,
    copy_group,
    ranges_writer,
    rows_writer,
    set_text,
    write_like,
)
from splitlib.slp.jsonparts import parse_json
from splitlib.slp.ranges import among_frames, bounds, positions_of, renumber
from splitlib.slp.row_checks import check_ranges
from splitlib.slp.selection import Selection
from splitlib.slp.source import SlpFile
from splitlib.slp.tables import Table, read_table, table_writer, with_columns, write_rows


@dataclass(frozen=True)
class AnnotationTable:
    """How a table of annotations refers to the rest of the file.

    Attributes:
        name: The dataset, or the group with one dataset per column.
        lists: Datasets with one entry per row of the table.
        prefix: Prefix of the columns with the byte range of a row; "" for none.
        store: The dataset of bytes that the ranges point into.
    """

    name: str
    lists: tuple[str, ...] = ()
    prefix: str = ""
    store: str = ""


TABLES = (
    AnnotationTable("masks", ("mask_categories", "mask_names", "mask_sources"), "rle", "mask_rle"),
    AnnotationTable("rois", ("roi_categories", "roi_names", "roi_sources"), "wkb", "roi_wkb"),
    AnnotationTable("bboxes"),
    AnnotationTable("centroids"),
)

LIST_ATTRIBUTES = ("categories", "names", "sources")
"""Formats 1.5 to 1.8 keep the lists as attributes of the table, in JSON."""

NOT_SUBSET = (
    "categories",
    "embeddings",
    "identity",
    "label_images",
    "mask_score_map_index",
    "session_data",
)
"""Objects that refer to rows of frames, instances or annotations, and are not renumbered yet."""


def annotation_writers(old: h5py.File, source: SlpFile, selection: Selection) -> dict[str, Writer]:
    """Writers of the annotations of the kept frames.

    Raises:
        LabelsFileError: A row points outside of its table.
        UnsupportedFormatError: The file holds objects whose references to frames cannot be kept.
    """
    refused = [name for name in NOT_SUBSET if _has_rows(old, name)]
    if refused:
        msg = (
            f"{source.path}: /{', /'.join(refused)} (format {source.format_id}) refer to frames or"
            " instances by row, and splitting them is not supported; remove them, or save the"
            " labels in format 1.4 without them"
        )
        raise UnsupportedFormatError(msg)
    writers: dict[str, Writer] = {}
    for spec in TABLES:
        if isinstance(old.get(spec.name), h5py.Group):
            writers[spec.name] = _group_writer(old, source, selection, spec.name)
        elif spec.name in old:
            writers.update(_table_writers(old, source, selection, spec))
    return writers


def _has_rows(old: h5py.File, name: str) -> bool:
    def filled(_: str, found: h5py.HLObject) -> bool | None:
        return True if isinstance(found, h5py.Dataset) and found.size else None

    found = old.get(name)
    if isinstance(found, h5py.Group):
        return found.visititems(filled) is not None
    return filled(name, found) is not None


def _kept(source: SlpFile, selection: Selection, table: Table) -> NDArray[np.int64]:
    """Rows of kept frames, and rows that belong to no frame."""
    video, frame_idx = table.ints("video"), table.ints("frame_idx")
    kept = (source.video[selection.frames], source.frame_idx[selection.frames])
    static = (video < 0) | (frame_idx < 0)
    return np.flatnonzero(static | among_frames(video, frame_idx, *kept))


def _table_writers(
    old: h5py.File, source: SlpFile, selection: Selection, spec: AnnotationTable
) -> dict[str, Writer]:
    """A table of annotations with its lists and its store of bytes."""
    table = read_table(old, source.path, spec.name, ("video", "frame_idx"))
    rows = _kept(source, selection, table)
    changes = _new_references(table, rows, selection)
    lists = _list_attributes(old, source, spec.name, rows, len(table))
    writers: dict[str, Writer] = {}
    if spec.prefix:
        *ranges, changed = _byte_ranges(old, source, table, rows, spec)
        changes |= changed
        writers[spec.store] = ranges_writer(spec.store, *ranges)
    taken = with_columns(table, rows, **changes)
    writers[spec.name] = lambda old, new: _write_table(old, new, spec.name, taken, lists)
    for name in spec.lists:
        if name in old:
            writers[name] = _list_writer(old, source, name, rows, len(table))
    return writers


def _new_references(
    table: Table, rows: NDArray[np.int64], selection: Selection
) -> dict[str, NDArray[np.int64]]:
    """The columns that name instances, and other rows of the same table."""
    targets = {
        "instance": selection.new_instance,
        "from_predicted": positions_of(rows, len(table)),
    }
    changes = {}
    for column, new_rows in targets.items():
        if table.has(column):
            numbers = table.ints(column)[rows]
            _check_within(numbers, len(new_rows), f"{table.file}: /{table.name} {column}")
            changes[column] = renumber(numbers, new_rows)
    return changes


def _check_within(numbers: NDArray[np.int64], n_rows: int, place: str) -> None:
    if (numbers >= n_rows).any():
        at = int(np.argmax(numbers >= n_rows))
        msg = f"{place}: {numbers[at]} is past the end of its table of {n_rows} rows"
        raise LabelsFileError(msg)


def _byte_ranges(
    old: h5py.File, source: SlpFile, table: Table, rows: NDArray[np.int64], spec: AnnotationTable
) -> tuple[NDArray[np.int64], NDArray[np.int64], dict[str, NDArray[np.int64]]]:
    """Where the bytes of the kept rows begin and end, and the same columns for the new store."""
    store = optional_dataset(old, spec.store, source.path)
    if store is not None and store.ndim != 1:
        msg = f"{source.path}: /{spec.store} is expected to be a list of bytes, found {store.shape}"
        raise LabelsFileError(msg)
    size = 0 if store is None else len(store)
    start, end = check_ranges(table, spec.prefix, spec.store, size)
    start, end = start[rows], end[rows]
    new = bounds(end - start)
    return start, end, {f"{spec.prefix}_start": new[:-1], f"{spec.prefix}_end": new[1:]}


def _write_table(
    old: h5py.Group, new: h5py.Group, name: str, taken: NDArray[np.void], lists: dict[str, str]
) -> None:
    created = write_rows(old[name], new, name, taken)
    for attribute, text in lists.items():
        set_text(created, attribute, text.encode())


def _list_attributes(
    old: h5py.File, source: SlpFile, name: str, rows: NDArray[np.int64], n_rows: int
) -> dict[str, str]:
    """The attributes of a table that are lists with one entry per row."""
    lists = {}
    for attribute in LIST_ATTRIBUTES:
        if attribute in old[name].attrs:
            place = f"/{name} {attribute}"
            entries = parse_json(old[name].attrs[attribute], source.path, place)
            _check_entries(entries, n_rows, source, place)
            lists[attribute] = json.dumps([entries[row] for row in rows.tolist()])
    return lists


def _check_entries(entries: object, n_rows: int, source: SlpFile, place: str) -> None:
    is_list = isinstance(entries, list) or (isinstance(entries, np.ndarray) and entries.ndim > 0)
    found = f"{len(entries)} entries" if is_list else "no list"  # type: ignore[arg-type]
    if found != f"{n_rows} entries":
        msg = f"{source.path}: {place} is expected to have {n_rows} entries, found {found}"
        raise LabelsFileError(msg)


def _list_writer(
    old: h5py.File, source: SlpFile, name: str, rows: NDArray[np.int64], n_rows: int
) -> Writer:
    """A list with one entry per row: a dataset, or a JSON text as sleap-io.js writes it."""
    found = optional_dataset(old, name, source.path)
    assert found is not None
    is_text = "json" in found.attrs
    with reading(source.path, f"/{name}"):
        text = found.attrs.get("json")
        entries = parse_json(text, source.path, f"/{name} json") if is_text else found[()]
    _check_entries(entries, n_rows, source, f"/{name}")

    def write_text(old: h5py.Group, new: h5py.Group) -> None:
        kept = [entries[row] for row in rows.tolist()]
        text = json.dumps(kept, separators=(",", ":"), ensure_ascii=False).encode()
        created = write_like(old[name], new, name, np.frombuffer(text, old[name].dtype))
        set_text(created, "json", text)

    return write_text if is_text else rows_writer(name, rows)


def _group_writer(old: h5py.File, source: SlpFile, selection: Selection, name: str) -> Writer:
    """Annotations with one dataset per column (bounding boxes since 2.0, centroids)."""
    columns = {child: optional_dataset(old[name], child, source.path) for child in old[name]}
    shapes = {child: column.shape for child, column in columns.items() if column is not None}
    lengths = {shape[0] if shape else None for shape in shapes.values()}
    if not {"video", "frame_idx"} <= shapes.keys() or len(lengths) > 1 or None in lengths:
        msg = (
            f"{source.path}: /{name} is expected to have the columns video and frame_idx, and all"
            f" columns of one length; found {shapes}"
        )
        raise LabelsFileError(msg)
    table = _group_table(old[name], source)
    rows = _kept(source, selection, table)
    taken = with_columns(table, rows, **_new_references(table, rows, selection))
    changed = {child: table_writer(child, taken[child]) for child in taken.dtype.names or ()}
    writers = {child: rows_writer(child, rows) for child in columns} | changed
    return lambda old, new: copy_group(old[name], new.create_group(name), writers)


def _group_table(group: h5py.Group, source: SlpFile) -> Table:
    """The columns of a group that refer to other tables."""
    names = [name for name in ("video", "frame_idx", "instance") if name in group]
    with reading(source.path, group.name):
        columns = {name: group[name][()] for name in names}
        dtype = [(name, column.dtype, column.shape[1:]) for name, column in columns.items()]
        rows = np.empty(len(columns["video"]), dtype)
        for name, column in columns.items():
            rows[name] = column
    return Table(source.path, group.name.strip("/"), rows)
