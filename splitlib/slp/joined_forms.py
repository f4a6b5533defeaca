"""Reading tables of any form and version into the form of the newest, and writing these.

Columns that an older version lacks get the value that stands for nothing there, as sleap-io reads
such files.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from splitlib.errors import LabelsFileError
from splitlib.slp.annotation_lists import check_entries
from splitlib.slp.container import optional_dataset, reading
from splitlib.slp.jsonparts import parse_json
from splitlib.slp.parts import Column
from splitlib.slp.stacked_copy import PIECE_BYTES
from splitlib.slp.tables import Table, read_optional_table

_NOTHING: dict[str, float] = {
    **{name: -1 for name in ("video", "frame_idx", "track", "instance", "from_predicted")},
    **{name: np.nan for name in ("score", "tracking_score", "z")},
    **{name: 1 for name in ("scale_x", "scale_y")},
}
"""What a column holds where a file has none; 0 for others."""

_REQUIRED = frozenset(
    [
        *("video", "frame_idx", "rle_start", "rle_end", "wkb_start", "wkb_end", "label_id"),
        *("owner_type", "owner_id", "mask_idx", "li_idx", "ig_start", "ig_end", "member_start"),
        *("member_end", "lf", "inst", "type", "start_frame", "end_frame"),
    ]
)
"""Columns that nothing can stand for."""

ONE_TEXT = h5py.string_dtype()


def read_form(file: h5py.File, path: Path, name: str, kind: np.dtype[np.void]) -> Table | None:
    """A table, or a group with one dataset per column, with the columns of `kind`.

    Returns:
        The table; None where the file has none, or an empty one.

    Raises:
        LabelsFileError: A column is missing that nothing can stand for, or is unreadable.
    """
    found = file.get(name)
    required = tuple(one for one in kind.names or () if one in _REQUIRED)
    if isinstance(found, h5py.Group):
        columns = _columns_of_group(found, path, kind)
        _check_there(found, path, columns, required)
    elif found is None or not found.size:
        return None
    else:
        table = read_optional_table(file, path, name, required)
        columns = {} if table is None else {one: table.rows[one] for one in _numbers(table)}
    n_rows = len(next(iter(columns.values()), ()))
    if not n_rows:
        return None
    rows = np.zeros(n_rows, kind)
    for one in kind.names or ():
        rows[one] = columns.get(one, _NOTHING.get(one, 0))
    return Table(path, name, rows)


def _numbers(table: Table) -> list[str]:
    return [one for one in table.rows.dtype.names or () if table.rows.dtype[one].kind in "biuf"]


def _check_there(
    group: h5py.Group, path: Path, columns: dict[str, NDArray[Any]], required: Sequence[str]
) -> None:
    missing = [name for name in required if name not in columns]
    if missing and len(group):
        msg = f"{path}: {group.name} has no column {missing[0]!r} of numbers, found {list(group)}"
        raise LabelsFileError(msg)


def _columns_of_group(
    group: h5py.Group, path: Path, kind: np.dtype[np.void]
) -> dict[str, NDArray[Any]]:
    columns = {}
    for name in kind.names or ():
        found = optional_dataset(group, name, path)
        if found is not None and found.ndim == 1 and found.dtype.kind in "biuf":
            with reading(path, found.name):
                columns[name] = found[()]
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        msg = f"{path}: {group.name} is expected to have columns of one length, found {lengths}"
        raise LabelsFileError(msg)
    return columns


def read_texts(file: h5py.File, table: Table, dataset: str, attribute: str) -> list[str]:
    """The texts of the rows of a table, from a dataset, or an attribute of the table in JSON."""
    path = table.file
    found = optional_dataset(file, dataset, path)
    owner = file[table.name] if found is None else found
    name = attribute if found is None else "json"
    with reading(path, f"/{dataset}"):
        if name in owner.attrs:
            entries = parse_json(owner.attrs[name], path, f"/{dataset}")
        elif found is None:
            return [""] * len(table)
        else:
            entries = found[()]
        check_entries(entries, len(table), path, f"/{dataset}")
        return [one.decode() if isinstance(one, bytes) else str(one) for one in entries]


@dataclass(frozen=True)
class StoredBytes:
    """A list of bytes in a file: what ranges of a table point into."""

    file: h5py.File
    path: Path
    name: str

    @property
    def found(self) -> h5py.Dataset | None:
        """The dataset; None where there is none."""
        return optional_dataset(self.file, self.name, self.path)

    def __len__(self) -> int:
        found = self.found
        return len(found) if found is not None and found.ndim == 1 else 0

    def pieces(self) -> Iterator[NDArray[np.uint8]]:
        """All bytes, some at a time."""
        for start in range(0, len(self), PIECE_BYTES):
            assert self.found is not None
            yield self.found[start : start + PIECE_BYTES]


def write_bytes(new: h5py.File, name: str, pieces: Iterator[NDArray[np.uint8]], size: int) -> None:
    """Write a list of bytes, packed as sleap-io packs outlines."""
    packed = {"chunks": True, "compression": "gzip", "compression_opts": 1} if size else {}
    created = new.create_dataset(name, (size,), np.uint8, **packed)
    done = 0
    for piece in pieces:
        created[done : done + len(piece)] = piece
        done += len(piece)


def write_texts_of(new: h5py.Group, name: str, texts: Sequence[str]) -> None:
    """Write a list of texts of any length."""
    new.create_dataset(name, data=np.array(texts, object), dtype=ONE_TEXT)


def write_columns(new: h5py.Group, rows: NDArray[np.void]) -> None:
    """Write a dataset per column."""
    for name in rows.dtype.names or ():
        new[name] = np.ascontiguousarray(rows[name])


def mapped(numbers: Column, new: Column) -> Column:
    """New numbers of (n,) numbers; -1 for those that are negative or past the end."""
    known = np.append(new, -1)
    return known[np.where((numbers < 0) | (numbers >= len(new)), -1, numbers)]
