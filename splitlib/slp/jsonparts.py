"""The JSON in a labels file: the metadata, and datasets with one JSON text per row."""

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from splitlib.errors import LabelsFileError, UnsupportedFormatError
from splitlib.slp.container import optional_dataset, reading

OLDEST_FORMAT = 1.0
NEWEST_FORMAT = 2.8
"""The newest format whose tables are known (sleap-io 0.9.5)."""

COLUMNAR_FORMAT = 3.0
"""From this format on files are columnar and hold none of the tables before, as sleap-io 0.9.5
announces, which refuses them as well (`SLP_FORMAT_ID_LIMIT`)."""


def read_format_id(file: h5py.File, path: Path) -> float:
    """The version of the format that the file declares.

    Raises:
        LabelsFileError: The version is missing, or not a version number.
        UnsupportedFormatError: The version is that of a columnar format.
    """
    found = _metadata_attribute(file, path, "format_id")
    number = single_number(found)
    format_id = 0.0 if number is None else round(float(number), 3)
    if format_id < OLDEST_FORMAT:
        shown = np.asarray(found).tolist()
        msg = f"{path}: /metadata format_id is {shown!r}, expected a number from 1.0 on"
        raise LabelsFileError(msg)
    if format_id >= COLUMNAR_FORMAT:
        msg = (
            f"{path}: the format is {format_id}, newer than {NEWEST_FORMAT}, and a columnar format"
            " that this version of splitlib cannot read; update splitlib, or save the labels in"
            f" format {NEWEST_FORMAT} or older"
        )
        raise UnsupportedFormatError(msg)
    return format_id


def read_metadata(file: h5py.File, path: Path) -> dict[str, Any]:
    """The JSON object in the attribute `json` of /metadata.

    Raises:
        LabelsFileError: The attribute is missing, or not a JSON object.
    """
    text = _metadata_attribute(file, path, "json")
    metadata = parse_json(text, path, "/metadata json")
    if not isinstance(metadata, dict):
        found = "a list" if isinstance(metadata, list) else repr(metadata)
        msg = f"{path}: /metadata json is expected to be an object, found {found}"
        raise LabelsFileError(msg)
    return metadata


def read_json_rows(file: h5py.File, path: Path, name: str, *, required: bool) -> list[Any]:
    """The rows of a dataset with one JSON text per row.

    An empty list may have any type: h5py writes float64, sleap-io.js int32.

    Raises:
        LabelsFileError: The dataset is missing although required, or a row is not JSON.
    """
    found = optional_dataset(file, name, path)
    if found is None and required:
        msg = f"{path}: dataset /{name} is missing; the file was not saved completely"
        raise LabelsFileError(msg)
    if found is None or not found.size:
        return []
    with reading(path, f"/{name}"):
        if found.id.dtype.kind not in "SO" or found.id.rank != 1:
            msg = f"{path}: /{name} is expected to hold text, found {found.dtype} {found.shape}"
            raise LabelsFileError(msg)
        texts = found[()]
    return [parse_json(text, path, f"/{name} row {row}") for row, text in enumerate(texts)]


def read_json_scalar(file: h5py.File, path: Path, name: str) -> Any:  # noqa: ANN401 - any JSON
    """The JSON of a dataset with a single text, or None where the file has none.

    Raises:
        LabelsFileError: The text is not JSON.
    """
    found = optional_dataset(file, name, path)
    if found is None or not found.size:
        return None
    with reading(path, f"/{name}"):
        text = np.asarray(found[()]).reshape(-1)[0]
    return parse_json(text, path, f"/{name}")


def _metadata_attribute(file: h5py.File, path: Path, name: str) -> Any:  # noqa: ANN401 - any type
    with reading(path, "/metadata"):
        if "metadata" not in file:
            msg = f"{path}: group /metadata is missing; this is an HDF5 file, but no labels file"
            raise LabelsFileError(msg)
        metadata = file["metadata"]
        if name not in metadata.attrs:
            msg = f"{path}: /metadata has no attribute {name!r}; the file was not saved completely"
            raise LabelsFileError(msg)
        return metadata.attrs[name]


def single_number(value: object) -> Any:  # noqa: ANN401 - a number of any type
    """The finite number that a stored value holds, alone; None for any other value."""
    numbers = np.asarray(value)
    is_number = numbers.size == 1 and numbers.dtype.kind in "iuf" and np.isfinite(numbers).all()
    return numbers.item() if is_number else None


def parse_json(text: Any, path: Path, place: str) -> Any:  # noqa: ANN401 - any JSON
    """Parse JSON as Python writes it (NaN and Infinity included).

    Raises:
        LabelsFileError: The text is not JSON; the message names the place.
    """
    try:
        return json.loads(text)
    except (ValueError, TypeError, RecursionError) as err:  # UnicodeDecodeError is a ValueError
        msg = f"{path}: {place} is no JSON: {err}"
        raise LabelsFileError(msg) from err


def compact_json(value: object) -> bytes:
    """JSON without spaces and in ASCII, as labels files hold it."""
    return json.dumps(value, separators=(",", ":")).encode()


def json_like(stored: bytes | str, value: object) -> bytes:
    """JSON in ASCII, with spaces where a stored text has some: equal values have equal texts.

    A value that the stored text holds already gives that text.
    """
    text = stored.encode() if isinstance(stored, str) else bytes(stored)
    if json.loads(text) == value:
        return text
    return json.dumps(value).encode() if b'": ' in text else compact_json(value)
