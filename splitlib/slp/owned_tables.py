"""What belongs to instances and annotations: identities, categories, embeddings and score maps.

A row names its owner by row. It is kept where the owner is, and so is the catalog that it may name
an entry of, whole. A row whose owner left, or whose kind of owner nobody knows, is left out.
"""

from collections.abc import Mapping

import h5py
import numpy as np

from splitlib.errors import LabelsFileError
from splitlib.slp.annotation_specs import EMBEDDINGS, LINKS, OWNERS, SCORE_MAPS, ScoreMaps
from splitlib.slp.annotations import flat_ranges
from splitlib.slp.container import optional_dataset, reading
from splitlib.slp.hdf5copy import Writer, copy_group
from splitlib.slp.parts import Column, Numbering, Parts, Stack, numbering, read_stack
from splitlib.slp.ranges import bounds
from splitlib.slp.stacked_copy import byte_ranges, wide_rows
from splitlib.slp.tables import Table, table_writer

_TYPE_ORDER = (0, 3, 2, 4, 5)
"""Types of owners in the order in which sleap-io writes them."""


def owned_writers(
    parts: Parts, annotations: Mapping[str, Numbering]
) -> tuple[dict[str, Writer], dict[str, Numbering]]:
    """Writers of these tables, and the new rows of each; `annotations` has those of their owners.

    Raises:
        LabelsFileError: A row names an owner that is not there, or points outside of its store.
    """
    owners = {"instances": parts.instances, **annotations}
    writers: dict[str, Writer] = {}
    numbers: dict[str, Numbering] = {}
    for name in LINKS:
        if f"{name}/links" in parts.files[0]:
            writers[name], numbers[f"{name}/links"] = _links_writer(parts, name, owners)
    if isinstance(parts.files[0].get("embeddings"), h5py.Group):
        writers["embeddings"], own = _embeddings_writer(parts, owners)
        numbers |= own
    for spec in SCORE_MAPS:
        if spec.name in parts.files[0]:
            own_writers, numbers[spec.name] = _score_map_writers(parts, spec, owners)
            writers |= own_writers
    return writers, numbers


def _links_writer(
    parts: Parts, name: str, owners: Mapping[str, Numbering]
) -> tuple[Writer, Numbering]:
    stack = read_stack(parts, f"{name}/links", ("owner_type", "owner_id"))
    assert stack is not None
    rows, new_owner = _owned_rows(parts, stack, owners)
    links = table_writer("links", stack.take(rows, owner_id=new_owner))
    return _in_group(name, {"links": links}), numbering(stack.name, stack.sizes, rows)


def _in_group(name: str, writers: dict[str, Writer]) -> Writer:
    return lambda old, new: copy_group(old[name], new.create_group(name), writers)


def _owned_rows(
    parts: Parts, stack: Stack, owners: Mapping[str, Numbering]
) -> tuple[Column, Column]:
    """The rows whose owner is written, in their new order, and the new row of each owner.

    Rows of a single file stay in its order. Those of several come in the order of their owners.
    """
    kind, number = stack.ints("owner_type"), stack.ints("owner_id")
    new = np.full(len(stack), -1)
    place = np.zeros(len(stack), np.int64)
    for at, code in enumerate(_TYPE_ORDER):
        rows = np.flatnonzero(kind == code)
        owner = owners.get(OWNERS[code], _no_rows(OWNERS[code], parts))
        flat = owner.flat(number[rows], stack.part[rows], stack.place("owner_id"))
        is_written = np.append(owner.is_written, False)[flat]
        new[rows] = np.where(is_written, np.append(owner.new, -1)[flat], -1)
        places = parts.instance_place if code == 0 else owner.new
        place[rows] = np.append(places, -1)[flat] + (at << 48)
    kept = np.flatnonzero(new >= 0)
    if len(parts.sources) > 1:
        kept = kept[np.argsort(place[kept], kind="stable")]
    return kept, new[kept]


def _no_rows(name: str, parts: Parts) -> Numbering:
    none = np.zeros(0, np.int64)
    return Numbering(name, (0,) * len(parts.sources), none, none.astype(bool))


def _embeddings_writer(
    parts: Parts, owners: Mapping[str, Numbering]
) -> tuple[Writer, dict[str, Numbering]]:
    writers: dict[str, Writer] = {}
    numbers: dict[str, Numbering] = {}
    for vectors, *columns in EMBEDDINGS:
        if vectors not in parts.files[0]["embeddings"]:
            continue
        tables = [_owner_table(parts, at, vectors, *columns) for at in range(len(parts.files))]
        stack = Stack(tuple(tables))
        rows, new_owner = _owned_rows(parts, stack, owners)
        taken = stack.take(rows, owner_id=new_owner)
        for column, name in zip(columns, ("owner_type", "owner_id"), strict=True):
            writers[column] = table_writer(column, taken[name])
        writers[vectors] = wide_rows(parts.files, f"embeddings/{vectors}", rows)
        numbers[f"embeddings/{vectors}"] = numbering(vectors, stack.sizes, rows)
    return _in_group("embeddings", writers), numbers


def _owner_table(parts: Parts, at: int, vectors: str, kind: str, number: str) -> Table:
    """The owners of vectors: type and row, of one length with the vectors."""
    group, path = parts.files[at]["embeddings"], parts.sources[at].path
    found = [optional_dataset(group, name, path) for name in (vectors, kind, number)]
    lengths = [one.shape[0] if one is not None and one.shape else None for one in found]
    if None in lengths or len(set(lengths)) > 1:
        msg = (
            f"{path}: /embeddings is expected to have {vectors}, {kind} and {number} of one length,"
            f" found {lengths}"
        )
        raise LabelsFileError(msg)
    with reading(path, "/embeddings"):
        columns = [group[kind][()], group[number][()]]
        dtype = [
            (name, column.dtype, column.shape[1:])
            for name, column in zip(("owner_type", "owner_id"), columns, strict=True)
        ]
        rows = np.empty(lengths[0] or 0, dtype)
        rows["owner_type"], rows["owner_id"] = columns
    return Table(path, f"embeddings/{vectors}", rows)


def _score_map_writers(
    parts: Parts, spec: ScoreMaps, owners: Mapping[str, Numbering]
) -> tuple[dict[str, Writer], Numbering]:
    stack = read_stack(parts, spec.name, (spec.column, "data_start", "data_end"))
    assert stack is not None
    owner = owners.get(spec.owner, _no_rows(spec.owner, parts))
    flat = owner.flat(stack.ints(spec.column), stack.part, stack.place(spec.column))
    new = np.append(owner.new, -1)[flat]
    kept = np.flatnonzero(np.append(owner.is_written, False)[flat])
    if len(parts.sources) > 1:
        kept = kept[np.argsort(new[kept], kind="stable")]
    sizes = [_size(parts, at, spec.store) for at in range(len(parts.files))]
    start, end = (side[kept] for side in flat_ranges(stack, "data", spec.store, sizes))
    border = bounds(end - start)
    changes = {spec.column: new[kept], "data_start": border[:-1], "data_end": border[1:]}
    writers = {
        spec.name: table_writer(spec.name, stack.take(kept, **changes)),
        spec.store: byte_ranges(parts.files, spec.store, start, end),
    }
    return writers, numbering(spec.name, stack.sizes, kept)


def _size(parts: Parts, at: int, name: str) -> int:
    found = optional_dataset(parts.files[at], name, parts.sources[at].path)
    return len(found) if found is not None and found.ndim == 1 else 0
