"""The tables of a labels file, as they are stored.

A table is a structured array that keeps every column of the file, known or not, with the types of
the file. Columns are found by name, since their order differs between writers, and new versions add
columns. sleap-io.js and h5wasm store a table as a matrix with an attribute `field_names`; such a
matrix is read into the same form.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from splitlib.errors import LabelsFileError
from splitlib.slp import dtypes
from splitlib.slp.container import object_in, optional_dataset, reading
from splitlib.slp.hdf5copy import Writer, write_like
from splitlib.slp.rows_on_disk import RowsOnDisk, Stamp, plain_offset

WHOLE = "expected a whole number below 2**63"


@dataclass(frozen=True, eq=False)
class Table:
    """Rows of one table.

    Attributes:
        file: The labels file, for messages.
        name: Name of the dataset in the file, without the leading slash.
        rows: (n,) structured array, the columns as stored.
    """

    file: Path
    name: str
    rows: NDArray[np.void]
    _ints: dict[str, NDArray[np.int64]] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.rows)

    def has(self, column: str) -> bool:
        """Whether the table has a column."""
        return column in (self.rows.dtype.names or ())

    def numbers(self, column: str) -> NDArray[Any]:
        """A column as stored, (n,) of an integer or floating type.

        Raises:
            LabelsFileError: The column is missing, or does not hold numbers.
        """
        _check_numbers(self.file, self.name, self.rows.dtype, column)
        return self.rows[column]

    def ints(self, column: str) -> NDArray[np.int64]:
        """A column as (n,) int64, read-only.

        Raises:
            LabelsFileError: A value is not a whole number of 64 bits.
        """
        if column in self._ints:
            return self._ints[column]
        values = self._as_ints(column)
        if self.rows.dtype[column].itemsize > 1:  # bytes are not worth eight times their memory
            self._ints[column] = values
        return values

    def _as_ints(self, column: str) -> NDArray[np.int64]:
        values = self.numbers(column)
        if values.dtype.kind == "f":
            self.check(column, are_whole(values), WHOLE)
        result = values.astype(np.int64)
        if values.dtype.kind == "u":
            self.check_within(column, result, 0, None, WHOLE)
        result.setflags(write=False)
        return result

    def check(self, column: str, good: NDArray[np.bool_], expected: str) -> None:
        """Make sure that all values of a column are good; `expected` ends the message.

        Raises:
            LabelsFileError: A value is not good. The message names the first such row.
        """
        if not good.all():
            row = int(np.argmin(good))
            found = self._ints.get(column, self.rows[column])[row]
            raise self.error(row, f"{column} is {found}, {expected}")

    def check_within(
        self, column: str, values: NDArray[np.int64], low: int, high: int | None, expected: str
    ) -> None:
        """Check as `check` does that (n,) values of a column are from `low` on, and below `high`.

        Raises:
            LabelsFileError: As `check`.
        """
        if not len(values) or (values.min() >= low and (high is None or values.max() < high)):
            return  # the extremes alone are found without a column of bools
        self.check(column, (values >= low) & ((high is None) | (values < (high or 0))), expected)

    def error(self, row: int, problem: str) -> LabelsFileError:
        """The error that names a row of this table."""
        return LabelsFileError(f"{self.file}: /{self.name} row {row}: {problem}")


def are_whole(values: NDArray[np.floating[Any]]) -> NDArray[np.bool_]:
    """Which floating numbers are whole, and below the limit of exact whole numbers; as bool."""
    exact = values.astype(np.float64)  # half precision cannot hold the limit
    return np.asarray((np.abs(exact) < 2**53) & (exact == np.floor(exact)))


def read_table(file: h5py.File, path: Path, name: str, columns: tuple[str, ...]) -> Table:
    """Read a table that every labels file has, with all its columns.

    `columns` must be there. They also name the columns of a matrix without `field_names`.

    Raises:
        LabelsFileError: The dataset is missing, unreadable, or lacks a column.
    """
    table = read_optional_table(file, path, name, columns)
    if table is None:
        raise _missing(path, name)
    return table


def _missing(path: Path, name: str) -> LabelsFileError:
    return LabelsFileError(
        f"{path}: dataset /{name} is missing; a SLEAP labels file has /metadata, /frames,"
        " /instances, /points, /pred_points, /videos_json and /tracks_json"
    )


def read_optional_table(
    file: h5py.File, path: Path, name: str, columns: tuple[str, ...]
) -> Table | None:
    """Read a table as `read_table` does; None where the file has none.

    Raises:
        LabelsFileError: The dataset is unreadable, or lacks a column.
    """
    found = optional_dataset(file, name, path)
    if found is None:
        return None
    with reading(path, f"/{name}"):
        kind = _kind_of_rows(found, path, name, columns)
        return Table(path, name, _read_rows(found, kind, found.id.shape[0]))


def read_points(
    file: h5py.File, path: Path, stamp: Stamp, name: str, columns: tuple[str, ...], stop: int
) -> RowsOnDisk:
    """Find a table of points as `read_table` does, and leave its rows before `stop` on disk.

    Raises:
        LabelsFileError: The dataset is missing, unreadable, or lacks a column.
    """
    found = optional_dataset(file, name, path)
    if found is None:
        raise _missing(path, name)
    with reading(path, f"/{name}"):
        kind = _kind_of_rows(found, path, name, columns)
        size = min(stop, found.id.shape[0])
        offset = plain_offset(found)
        if offset is None:
            return RowsOnDisk(path, name, kind, size, memory=_read_rows(found, kind, size))
        return RowsOnDisk(path, name, kind, size, place=(offset, stamp))


def _kind_of_rows(
    found: h5py.Dataset, path: Path, name: str, columns: tuple[str, ...]
) -> np.dtype[np.void]:
    """The type of the rows of a table, which has these columns, and numbers in them."""
    names = column_names(found, columns)
    missing = [column for column in columns if column not in names]
    if missing:
        what = ", ".join(names) or f"{found.dtype} of shape {found.shape}"
        msg = (
            f"{path}: /{name} has no column {missing[0]!r}; expected a table of"
            f" {', '.join(columns)}, found {what}"
        )
        raise LabelsFileError(msg)
    kind: np.dtype[np.void] = found.id.dtype
    if not kind.names:  # a matrix (n, columns): each of its rows becomes a record
        kind = np.dtype([(column, kind) for column in names])
    for column in columns:
        _check_numbers(path, name, kind, column)
    return kind


def _read_rows(found: h5py.Dataset, kind: np.dtype[np.void], stop: int) -> NDArray[np.void]:
    values = found[:stop]
    return values if values.dtype.names else np.ascontiguousarray(values).view(kind)[:, 0]


def _check_numbers(path: Path, name: str, kind: np.dtype[np.void], column: str) -> None:
    found = kind[column] if column in (kind.names or ()) else None
    if found is None or found.kind not in "biuf" or found.shape:
        msg = (
            f"{path}: /{name} is expected to have a column {column!r} of numbers, found"
            f" {found or 'none'}"
        )
        raise LabelsFileError(msg)


def column_names(found: h5py.Dataset, columns: tuple[str, ...]) -> tuple[str, ...]:
    """The names of a table's columns, in the order of the file; none for any other dataset."""
    kind, rank = found.id.dtype, found.id.rank
    if kind.names and rank == 1:
        return tuple(kind.names)
    if rank != 2 or kind.kind not in "iuf":
        return ()
    # SLEAP 1.x reads a matrix without names in the order of `columns`.
    named = _field_names(found) if "field_names" in found.attrs else columns
    unnamed = tuple(f"column{at}" for at in range(len(named), found.shape[1]))
    return (*named, *unnamed)[: found.shape[1]]


def _field_names(found: h5py.Dataset) -> tuple[str, ...]:
    try:
        names = json.loads(found.attrs["field_names"])
    except (ValueError, TypeError, RecursionError) as err:
        msg = f"its attribute field_names is no JSON: {err}"
        raise ValueError(msg) from err
    is_good = isinstance(names, list) and all(isinstance(name, str) for name in names)
    if not is_good or len(set(names)) < len(names):
        msg = "its attribute field_names is expected to be a list of different column names"
        raise ValueError(msg)
    return tuple(names)


def with_columns(
    table: Table, rows: NDArray[np.int64], **columns: NDArray[np.int64]
) -> NDArray[np.void]:
    """(n,) rows of a table with other (n,) values in some columns, as an array of the table's type.

    Raises:
        LabelsFileError: A value does not fit the type of its column.
    """
    taken = table.rows.take(rows)  # an index array copies field by field, 30 times slower
    for name, values in columns.items():
        taken[name] = values
        if _holds_all(taken.dtype[name], values):
            continue
        wrong = taken[name] != values
        if wrong.any():
            msg = (
                f"{table.file}: /{table.name} keeps {name} as {taken[name].dtype}, which cannot"
                f" hold the row number {values[np.argmax(wrong)]}"
            )
            raise LabelsFileError(msg)
    return taken


def _holds_all(kind: np.dtype[Any], values: NDArray[np.int64]) -> bool:
    """Whether a type of whole numbers has room for the least and the largest of (n,) values."""
    if kind.kind not in "iu" or not len(values):
        return False
    limits = np.iinfo(kind)
    return int(values.min()) >= limits.min and int(values.max()) <= limits.max


def write_rows(
    old: h5py.Dataset, new: h5py.Group, name: str, rows: NDArray[np.void]
) -> h5py.Dataset:
    """Write rows of a table in the form of the old dataset."""
    return write_like(old, new, name, as_stored(old, rows))


def table_writer(name: str, rows: NDArray[np.void]) -> Writer:
    """Something that writes other rows of a table."""
    return lambda old, new: write_rows(object_in(old, name), new, name, rows)


def as_stored(old: h5py.Dataset, rows: NDArray[np.void]) -> NDArray[Any]:
    """Rows of a table in the form of the old dataset: compound, or a matrix."""
    return rows if old.id.rank == 1 else rows.view(old.dtype).reshape(len(rows), old.shape[1])


FRAME_COLUMNS = dtypes.FRAMES.names or ()
INSTANCE_COLUMNS = dtypes.INSTANCES_1_1.names or ()
POINT_COLUMNS = dtypes.POINTS.names or ()
PRED_POINT_COLUMNS = dtypes.PRED_POINTS.names or ()
NEGATIVE_FRAME_COLUMNS = dtypes.NEGATIVE_FRAMES.names or ()
