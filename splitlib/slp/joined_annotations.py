"""The annotations of several labels files one after the other, in the form of the newest format."""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from splitlib.errors import LabelsFileError
from splitlib.slp import dtypes
from splitlib.slp.annotation_specs import LABEL_IMAGES, OBJECT_LISTS, OBJECTS, SCORE_MAPS, TABLES
from splitlib.slp.joined_forms import (
    StoredBytes,
    mapped,
    read_form,
    read_texts,
    write_bytes,
    write_columns,
    write_texts_of,
)
from splitlib.slp.joined_tables import JoinedPart
from splitlib.slp.parts import Column
from splitlib.slp.ranges import renumber
from splitlib.slp.row_checks import check_bounds, check_owner, check_ranges
from splitlib.slp.tables import Table

KINDS = {
    "masks": dtypes.MASKS,
    "rois": dtypes.ROIS,
    "bboxes": dtypes.CENTRE_BOXES,
    "centroids": dtypes.CENTROIDS,
    "label_images": dtypes.LABEL_IMAGES,
}
TEXTS = {"category": "categories", "name": "names", "source": "sources"}


@dataclass(frozen=True, eq=False)
class OpenPart:
    """A file to join, open; and how many instances of other files come before its own."""

    part: JoinedPart
    file: h5py.File
    n_before: int

    def instances(self, table: Table) -> Column:
        """The new rows of the instances that a table names; -1 for none."""
        numbers = table.ints("instance")
        own = self.part.selection.new_instance
        check_owner(table, numbers, np.arange(len(table)), len(own), "instances")
        new = renumber(numbers, own)
        return np.where(new < 0, -1, new + self.n_before)


def join_annotations(parts: Sequence[OpenPart], new: h5py.File) -> dict[str, list[int]]:
    """Write the annotations of all files.

    Returns:
        For each table the number of rows of each file.

    Raises:
        LabelsFileError: A row points outside of its table.
    """
    sizes = {}
    for spec in TABLES:
        tables = [read_form(one.file, one.part.source.path, spec.name, KINDS[spec.name])
                  for one in parts]  # fmt: skip
        sizes[spec.name] = [0 if table is None else len(table) for table in tables]
        pairs = [(one, table) for one, table in zip(parts, tables, strict=True) if table]
        if not pairs:
            continue
        before = np.cumsum([0, *(len(table) for _, table in pairs)]).tolist()
        rows = [_renumbered(one, table, n) for (one, table), n in zip(pairs, before, strict=False)]
        if spec is LABEL_IMAGES:
            _write_label_images(new, pairs, rows)
        elif spec.prefix:
            _write_stored(new, pairs, rows, spec.prefix, spec.store)
            new[spec.name] = np.concatenate(rows)
            for name, (_, attribute) in zip(spec.lists, TEXTS.items(), strict=True):
                write_texts_of(new, name, _texts(pairs, name, attribute))
        else:
            group = new.create_group(spec.name)
            write_columns(group, np.concatenate(rows))
            for name, attribute in TEXTS.items():
                write_texts_of(group, name, _texts(pairs, f"{spec.name}/{name}", attribute))
    _join_score_maps(parts, sizes, new)
    return sizes


Pairs = Sequence[tuple[OpenPart, Table]]


def _texts(pairs: Pairs, dataset: str, attribute: str) -> list[str]:
    return [
        text
        for one, table in pairs
        for text in read_texts(one.file, table, _there(one, dataset), attribute)
    ]


def _there(one: OpenPart, dataset: str) -> str:
    """The dataset of texts; a name that no file has, where boxes are a table without any."""
    owner = one.file.get(dataset.partition("/")[0])
    return dataset if "/" not in dataset or isinstance(owner, h5py.Group) else "no such list"


def _renumbered(one: OpenPart, table: Table, n_before: int) -> NDArray[np.void]:
    """Rows of a table with the videos, tracks, instances and masks of the joined file."""
    rows = table.rows.copy()
    video = table.ints("video")
    known = mapped(video, one.part.videos)
    table.check("video", (known >= 0) | (video < 0), "but there is no such video")
    rows["video"] = known
    if "track" in (rows.dtype.names or ()):
        rows["track"] = mapped(table.ints("track"), one.part.tracks[:-1])
        rows["instance"] = one.instances(table)
    if "from_predicted" in (rows.dtype.names or ()):
        origin = table.ints("from_predicted")
        check_owner(table, origin, np.arange(len(table)), len(table), table.name)
        rows["from_predicted"] = np.where(origin < 0, -1, origin + n_before)
    if table.name == "masks":
        rows["annotation_type"] = 2
    return _with_corners(rows) if rows.dtype == dtypes.CENTRE_BOXES else rows


def _with_corners(rows: NDArray[np.void]) -> NDArray[np.void]:
    """Boxes by corners; before format 2.0 they stand by centre and size."""
    boxes = np.empty(len(rows), dtypes.BBOXES)
    for name in dtypes.BBOXES.names or ():
        boxes[name] = rows[name]
    has_size = (rows["width"] != 0) | (rows["height"] != 0) | (rows["x_center"] != 0)
    for side, centre, size in (("x", "x_center", "width"), ("y", "y_center", "height")):
        for at, sign in ((1, -0.5), (2, 0.5)):
            corner = rows[centre] + sign * rows[size]
            boxes[f"{side}{at}"] = np.where(has_size, corner, rows[f"{side}{at}"])
    return boxes


def _write_stored(
    new: h5py.File, pairs: Pairs, rows: Sequence[NDArray[np.void]], prefix: str, store: str
) -> None:
    """Write the bytes of all files, and shift the ranges of their rows to them."""
    stored = [StoredBytes(one.file, table.file, store) for one, table in pairs]
    done = 0
    for (_, table), own, found in zip(pairs, rows, stored, strict=True):
        start, end = check_ranges(table, prefix, store, len(found))
        own[f"{prefix}_start"], own[f"{prefix}_end"] = start + done, end + done
        done += len(found)
    write_bytes(new, store, (piece for one in stored for piece in one.pieces()), done)


# Label images


def _write_label_images(new: h5py.File, pairs: Pairs, rows: Sequence[NDArray[np.void]]) -> None:
    """Label images stand as bytes here, since those of several files may differ in size."""
    objects: list[NDArray[np.void]] = []
    texts: dict[str, list[str]] = {name: [] for name in OBJECT_LISTS}
    done = 0
    created = new.create_dataset(LABEL_IMAGES.store, (0,), np.uint8, maxshape=(None,), chunks=True)
    for (one, table), own in zip(pairs, rows, strict=True):
        own["objects_start"] = table.ints("objects_start") + sum(map(len, objects))
        _add_objects(one, table, objects, texts)
        for at, packed in enumerate(_packed_images(one, table)):
            created.resize((done + len(packed),))
            created[done:] = packed
            own["data_start"][at], own["data_end"][at] = done, done + len(packed)
            done += len(packed)
    new[LABEL_IMAGES.name] = np.concatenate(rows)
    write_texts_of(new, LABEL_IMAGES.lists[0], _texts(pairs, LABEL_IMAGES.lists[0], "sources"))
    if objects:
        new[OBJECTS] = np.concatenate(objects)
        for name, own_texts in texts.items():
            write_texts_of(new, name, own_texts)


def _packed_images(one: OpenPart, table: Table) -> Iterator[NDArray[np.uint8]]:
    """The compressed pixels of each label image."""
    stored = StoredBytes(one.file, table.file, LABEL_IMAGES.store)
    found = stored.found
    if found is not None and found.ndim == 3:
        if len(found) != len(table):
            msg = f"{table.file}: {found.name} is expected to have {len(table)} images"
            raise LabelsFileError(msg)
        for at in range(len(found)):
            pixels = np.ascontiguousarray(found[at], np.int32)
            yield np.frombuffer(zlib.compress(pixels.tobytes()), np.uint8)
        return
    start, end = check_ranges(table, "data", LABEL_IMAGES.store, len(stored))
    for first, last in zip(start.tolist(), end.tolist(), strict=True):
        yield found[first:last] if found is not None else np.zeros(0, np.uint8)


def _add_objects(
    one: OpenPart, images: Table, objects: list[NDArray[np.void]], texts: dict[str, list[str]]
) -> None:
    table = read_form(one.file, images.file, OBJECTS, dtypes.LABEL_IMAGE_OBJECTS)
    size = 0 if table is None else len(table)
    start = images.ints("objects_start")
    every = np.ones(len(images), bool)
    check_bounds(images, "objects", OBJECTS, size, start, start + images.ints("n_objects"), every)
    if table is None:
        return
    rows = table.rows.copy()
    rows["track"] = mapped(table.ints("track"), one.part.tracks[:-1])
    rows["instance"] = one.instances(table)
    objects.append(rows)
    for name, attribute in zip(OBJECT_LISTS, ("categories", "names"), strict=True):
        texts[name] += read_texts(one.file, table, name, attribute)


def _join_score_maps(
    parts: Sequence[OpenPart], sizes: dict[str, list[int]], new: h5py.File
) -> None:
    kinds: dict[str, Any] = {
        "mask_idx": dtypes.MASK_SCORE_MAPS,
        "li_idx": dtypes.LABEL_IMAGE_SCORE_MAPS,
    }
    for spec in SCORE_MAPS:
        pairs, rows = [], []
        n_owners = sizes[spec.owner]
        before = (np.cumsum(n_owners) - n_owners).tolist()
        for one, n_before, n in zip(parts, before, n_owners, strict=True):
            table = read_form(one.file, one.part.source.path, spec.name, kinds[spec.column])
            if table is not None:
                owner = table.ints(spec.column)
                check_owner(table, owner, np.arange(len(table)), n, spec.owner)
                own = table.rows.copy()
                own[spec.column] = owner + n_before
                pairs.append((one, table))
                rows.append(own)
        if pairs:
            _write_stored(new, pairs, rows, "data", spec.store)
            new[spec.name] = np.concatenate(rows)
