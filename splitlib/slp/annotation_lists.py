"""Lists with one entry per row of a table: as datasets, as JSON in attributes, or as JSON texts."""

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from splitlib.errors import LabelsFileError
from splitlib.slp.annotation_specs import LIST_ATTRIBUTES
from splitlib.slp.container import optional_dataset, reading
from splitlib.slp.hdf5copy import Writer, set_text, write_like
from splitlib.slp.jsonparts import parse_json
from splitlib.slp.parts import Column, Parts
from splitlib.slp.stacked_copy import taken_rows
from splitlib.slp.tables import write_rows


def with_attributes(name: str, taken: NDArray[np.void], lists: dict[str, str]) -> Writer:
    """Something that writes rows of a table, and new texts into attributes of it."""

    def write(old: h5py.Group, new: h5py.Group) -> None:
        created = write_rows(old[name], new, name, taken)
        for attribute, text in lists.items():
            set_text(created, attribute, text.encode())

    return write


def list_attributes(parts: Parts, name: str, rows: Column, sizes: list[int]) -> dict[str, str]:
    """The attributes of a table that are lists with one entry per row, for other rows.

    Raises:
        LabelsFileError: A list has another length than the table of its file.
    """
    there = [each for each in LIST_ATTRIBUTES if each in parts.files[0][name].attrs]
    return {each: json.dumps(_entries(parts, name, each, rows, sizes)) for each in there}


def list_writer(parts: Parts, name: str, rows: Column, sizes: list[int]) -> Writer:
    """A list with one entry per row: a dataset, or a JSON text as sleap-io.js writes it.

    Raises:
        LabelsFileError: The list has another length than the table of its file.
    """
    if _has_text(parts.files[0], name, parts.sources[0].path):
        return _text_writer(name, _entries(parts, name, "json", rows, sizes))
    for file, source, size in zip(parts.files, parts.sources, sizes, strict=True):
        found = optional_dataset(file, name, source.path)
        with reading(source.path, f"/{name}"):
            check_entries(found and found[()], size, source.path, f"/{name}")
    return taken_rows(parts.files, name, rows)


def _has_text(file: h5py.File, name: str, path: Path) -> bool:
    found = optional_dataset(file, name, path)
    return found is not None and "json" in found.attrs


def _entries(parts: Parts, name: str, attribute: str, rows: Column, sizes: list[int]) -> list[Any]:
    """The entries for some rows of the JSON list in an attribute."""
    every: list[Any] = []
    place = f"/{name}" if attribute == "json" else f"/{name} {attribute}"
    for file, source, size in zip(parts.files, parts.sources, sizes, strict=True):
        with reading(source.path, place):
            text = file[name].attrs.get(attribute)
        entries = parse_json(text, source.path, f"/{name} {attribute}")
        check_entries(entries, size, source.path, place)
        every += entries
    return [every[row] for row in rows.tolist()]


def check_entries(entries: object, n_rows: int, path: Path, place: str) -> None:
    """Make sure that entries are a list with one for each row of a table.

    Raises:
        LabelsFileError: They are not.
    """
    is_list = isinstance(entries, list) or (isinstance(entries, np.ndarray) and entries.ndim > 0)
    found = f"{len(entries)} entries" if is_list else "no list"  # type: ignore[arg-type]
    if found != f"{n_rows} entries":
        msg = f"{path}: {place} is expected to have {n_rows} entries, found {found}"
        raise LabelsFileError(msg)


def _text_writer(name: str, entries: list[Any]) -> Writer:
    text = json.dumps(entries, separators=(",", ":"), ensure_ascii=False).encode()

    def write(old: h5py.Group, new: h5py.Group) -> None:
        created = write_like(old[name], new, name, np.frombuffer(text, old[name].dtype))
        set_text(created, "json", text)

    return write
