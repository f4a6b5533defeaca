"""Identities, categories and embeddings of several labels files, in one.

Entries of two catalogs are one entry if their names are the same, the nth of a name and the nth, as
for tracks. What a later file says of an entry besides is added.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from splitlib.errors import LabelsFileError, UnsupportedFormatError
from splitlib.slp import dtypes
from splitlib.slp.annotation_specs import EMBEDDINGS, OWNERS
from splitlib.slp.container import optional_dataset, reading
from splitlib.slp.joined_annotations import OpenPart
from splitlib.slp.joined_forms import ONE_TEXT, mapped, read_form, write_texts_of
from splitlib.slp.parts import Column
from splitlib.slp.ranges import renumber
from splitlib.slp.row_checks import check_owner
from splitlib.slp.skeletons import numbered
from splitlib.slp.tables import Table

LINKS = {
    "identity": ("identity_idx", dtypes.IDENTITY_LINKS),
    "categories": ("category_idx", dtypes.CATEGORY_LINKS),
}


@dataclass(frozen=True)
class Entry:
    """An entry of a catalog: its name, its description, and texts about it."""

    name: str
    description: str | None
    texts: tuple[tuple[str, str], ...]

    def with_texts_of(self, other: "Entry") -> "Entry | None":
        """The entry with what another one says besides; None where the two contradict."""
        own, more = dict(self.texts), dict(other.texts)
        texts = {**own, **more}
        if any(texts[key] != value for key, value in own.items()):
            return None
        if self.description and other.description and self.description != other.description:
            return None
        return Entry(self.name, self.description or other.description, tuple(texts.items()))


@dataclass(frozen=True, eq=False)
class Catalog:
    """The entries of all files, and for each file the new number of each of its entries."""

    entries: list[Entry] = field(default_factory=list)
    numbers: list[Column] = field(default_factory=list)


def join_catalogs(
    parts: Sequence[OpenPart], sizes: dict[str, list[int]], new: h5py.File
) -> Catalog:
    """Write catalogs, links and embeddings; `sizes` has the rows of each annotation table.

    Returns:
        The identities.

    Raises:
        LabelsFileError: A row names an owner that is not there.
        UnsupportedFormatError: Vectors of two files have different lengths.
    """
    identities = join_catalog(parts, "identity", new)
    categories = join_catalog(parts, "categories", new)
    for name, catalog in (("identity", identities), ("categories", categories)):
        _join_links(parts, sizes, name, catalog, new)
    _join_embeddings(parts, sizes, new)
    return identities


def join_catalog(parts: Sequence[OpenPart], name: str, new: h5py.File) -> Catalog:
    """Write one catalog of the entries of all files; a warning names entries that contradict.

    Raises:
        LabelsFileError: A file has a broken catalog.
    """
    found = Catalog()
    places: dict[tuple[str, int], int] = {}
    unlike: dict[str, None] = {}
    for one in parts:
        entries, own = _entries(one, name), []
        for key, entry in zip(numbered(each.name for each in entries), entries, strict=True):
            at = places.setdefault(key, len(found.entries))
            if at == len(found.entries):
                found.entries.append(entry)
            elif (united := found.entries[at].with_texts_of(entry)) is None:
                unlike[entry.name] = None
            else:
                found.entries[at] = united
            own.append(at)
        found.numbers.append(np.array(own, np.int64))
    if unlike:
        warnings.warn(
            f"/{name}: files say different things of {', '.join(list(unlike)[:3])}; what the first"
            " of them says is kept",
            stacklevel=5,
        )
    _write_catalog(found, name, new)
    return found


def _write_catalog(found: Catalog, name: str, new: h5py.File) -> None:
    if not found.entries:
        return
    group = new.require_group(name)
    write_texts_of(group, "name", [entry.name for entry in found.entries])
    if any(entry.description is not None for entry in found.entries):
        write_texts_of(group, "description", [one.description or "" for one in found.entries])
    write_texts_about(group, [entry.texts for entry in found.entries])


def _entries(one: OpenPart, name: str) -> list[Entry]:
    names = texts_at(one, name, "name")
    described = texts_at(one, name, "description")
    descriptions = described if len(described) == len(names) else [None] * len(names)
    about = texts_about(one, name, len(names))
    return [Entry(*entry) for entry in zip(names, descriptions, about, strict=True)]


def texts_at(one: OpenPart, group: str, name: str) -> list[str]:
    """The texts of a dataset in a group; none where the file has no such list.

    Raises:
        LabelsFileError: The dataset cannot be read.
    """
    place, path = f"{group}/{name}", one.part.source.path
    if not isinstance(one.file.get(group), h5py.Group):
        return []
    found = optional_dataset(one.file[group], name, path)
    with reading(path, f"/{place}"):
        rows = [] if found is None or not found.size else found[()]
        return [row.decode() if isinstance(row, bytes) else str(row) for row in rows]


def texts_about(one: OpenPart, name: str, n: int) -> list[tuple[tuple[str, str], ...]]:
    """The pairs of keys and values that stand about each of n entries.

    Raises:
        LabelsFileError: A pair is about an entry that is not there.
    """
    keys, values = texts_at(one, name, "meta_key"), texts_at(one, name, "meta_val")
    path = one.part.source.path
    about: list[list[tuple[str, str]]] = [[] for _ in range(n)]
    if keys:
        owner = optional_dataset(one.file[name], "meta_owner", path)
        with reading(path, f"/{name}/meta_owner"):
            owners = [] if owner is None else owner[()].tolist()
            for at, key, value in zip(owners, keys, values, strict=True):
                if not 0 <= at < n:
                    msg = f"{path}: /{name}/meta_owner is {at}, but there are {n} entries"
                    raise LabelsFileError(msg)
                about[int(at)].append((key, value))
    return [tuple(pairs) for pairs in about]


def write_texts_about(group: h5py.Group, about: Sequence[tuple[tuple[str, str], ...]]) -> None:
    """Write the pairs of keys and values that stand about each entry, if there are any."""
    rows = [(at, *pair) for at, pairs in enumerate(about) for pair in pairs]
    if not rows:
        return
    owners, keys, values = zip(*rows, strict=True)
    group.create_dataset("meta_owner", data=np.array(owners, "<i4"), compression="gzip")
    for name, texts in (("meta_key", keys), ("meta_val", values)):
        data = np.array(texts, object)
        group.create_dataset(name, data=data, dtype=ONE_TEXT, compression="gzip")


# What belongs to instances and annotations


def _new_owners(one: OpenPart, at: int, table: Table, sizes: dict[str, list[int]]) -> Column:
    """(n,) int64, the new rows of owners; -1 where nobody knows the kind, or none is kept."""
    kind, number = table.ints("owner_type"), table.ints("owner_id")
    new = np.full(len(table), -1)
    for code, name in OWNERS.items():
        rows = np.flatnonzero(kind == code)
        if name == "instances":
            own = one.part.selection.new_instance
            size, own = len(own), np.where(own < 0, -1, own + one.n_before)
        else:
            size = sizes[name][at]
            own = np.arange(size) + sum(sizes[name][:at])
        check_owner(table, number, rows, size, name)
        new[rows] = renumber(number[rows], own)
    return new


def _join_links(
    parts: Sequence[OpenPart],
    sizes: dict[str, list[int]],
    name: str,
    catalog: Catalog,
    new: h5py.File,
) -> None:
    column, kind = LINKS[name]
    joined = []
    for at, one in enumerate(parts):
        table = read_form(one.file, one.part.source.path, f"{name}/links", kind)
        if table is None:
            continue
        rows = table.rows.copy()
        rows["owner_id"] = _new_owners(one, at, table, sizes)
        rows[column] = mapped(table.ints(column), catalog.numbers[at])
        joined.append(rows[(rows["owner_id"] >= 0) & (rows[column] >= 0)])
    if joined:
        new.require_group(name)["links"] = np.concatenate(joined)


def _join_embeddings(
    parts: Sequence[OpenPart], sizes: dict[str, list[int]], new: h5py.File
) -> None:
    for vectors, *columns in EMBEDDINGS:
        found: list[NDArray[Any]] = []
        owners: list[NDArray[np.void]] = []
        for at, one in enumerate(parts):
            group, path = one.file.get("embeddings"), one.part.source.path
            if not isinstance(group, h5py.Group) or vectors not in group or not len(group[vectors]):
                continue
            with reading(path, f"/embeddings/{vectors}"):
                rows = np.zeros(len(group[vectors]), dtypes.OWNERS)
                rows["owner_type"], rows["owner_id"] = (group[name][()] for name in columns)
                new_owner = _new_owners(one, at, Table(path, "embeddings", rows), sizes)
                found.append(group[vectors][()][new_owner >= 0])
            _check_lengths(found, path)
            rows["owner_id"] = new_owner
            owners.append(rows[new_owner >= 0])
        if found:
            group = new.require_group("embeddings")
            group.create_dataset(vectors, data=np.concatenate(found), compression="gzip")
            for name, column in zip(columns, ("owner_type", "owner_id"), strict=True):
                group[name] = np.concatenate([rows[column] for rows in owners])


def _check_lengths(found: Sequence[NDArray[Any]], path: object) -> None:
    if found[-1].shape[1:] != found[0].shape[1:]:
        msg = (
            f"{path}: its embeddings have {found[-1].shape[1:]} numbers each, and those of another"
            f" file {found[0].shape[1:]}; save one of the files without embeddings"
        )
        raise UnsupportedFormatError(msg)
