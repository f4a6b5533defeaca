"""Mutants of a file as tables: sound HDF5 whose contents are not what a labels file has."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np

NUMBERS = (-1, 0, 1, 2, 7, 255, 2**31 - 1, 2**31, 2**32 - 1, 2**53, 2**63 - 1, 2**63, 2**64 - 1)
FRACTIONS = (float("nan"), float("inf"), -float("inf"), 0.5, -1.0, 1e300)
JSON_VALUES: tuple[Any, ...] = (
    *(None, True, -1, 0, 1, 99, 2**70, 0.5, 1e999, float("nan"), "", "a", "\ud800", "0", "../x"),
    *([], {}, [0], [[]], {"a": 1}, [None], "video0/video", ".", "\0"),
)
MUTES = (
    *(TypeError, ValueError, AttributeError, KeyError, IndexError),
    OSError,
    ArithmeticError,
    RuntimeError,
)
KINDS = ("i1", "u1", "<i8", ">i4", "<u8", "<f2", "<f4", "<f8", "S3", "?", "c16", "V4")

Change = Callable[[h5py.File, list[str], np.random.Generator], None]


def mutate_structure(path: Path, rng: np.random.Generator) -> None:
    """Change a file in one to three places.

    What HDF5 or numpy refuses to write changes nothing, such as numbers where text is.
    """
    with h5py.File(path, "r+") as file:
        for _ in range(int(rng.choice([1, 1, 1, 2, 3]))):
            change = CHANGES[int(rng.integers(len(CHANGES)))]
            try:
                change(file, _names(file), rng)
            except MUTES:
                continue


def _names(file: h5py.File) -> list[str]:
    names: list[str] = []
    file.visit(names.append)
    return names


def _one(items: Sequence[Any], rng: np.random.Generator) -> Any:  # noqa: ANN401 - of any kind
    return items[int(rng.integers(len(items)))]


def _dataset(file: h5py.File, names: list[str], rng: np.random.Generator) -> h5py.Dataset:
    return file[_one([name for name in names if isinstance(file[name], h5py.Dataset)], rng)]


def _replace(found: h5py.Dataset, values: object, **options: object) -> None:
    """Put other values at the place of a dataset, with its attributes."""
    file, name, attributes = found.file, found.name, dict(found.attrs)
    del file[name]
    created = file.create_dataset(name, data=values, **options)
    for key, value in attributes.items():
        created.attrs[key] = value


def _value(file: h5py.File, names: list[str], rng: np.random.Generator) -> None:
    """Another number in one row, of one column."""
    found = _dataset(file, names, rng)
    rows = found[()]
    if not isinstance(rows, np.ndarray) or not rows.size:
        return
    column = rows[_one(rows.dtype.names, rng)] if rows.dtype.names else rows
    is_float = column.dtype.kind == "f"
    near = [len(rows) - 1, len(rows), len(rows) + 1]
    value = _one([*near, *FRACTIONS] if is_float else [*near, *NUMBERS], rng)
    column.flat[int(rng.integers(column.size))] = value
    found[...] = rows


def _count(file: h5py.File, names: list[str], rng: np.random.Generator) -> None:
    """Fewer rows, or some twice."""
    found = _dataset(file, names, rng)
    rows = found[()]
    kept = int(rng.integers(len(rows) + 1))
    more = np.concatenate([rows, rows[kept:]])
    _replace(found, rows[:kept] if rng.integers(2) else more, dtype=found.dtype)


def _kind(file: h5py.File, names: list[str], rng: np.random.Generator) -> None:
    """Another type of all values, or of one column."""
    found = _dataset(file, names, rng)
    rows, kind = found[()], _one(KINDS, rng)
    if found.dtype.names:
        changed = _one(found.dtype.names, rng)
        own = found.dtype
        fields = [(name, kind if name == changed else own[name]) for name in own.names]
        _replace(found, rows.astype(fields))
    else:
        _replace(found, np.asarray(rows).astype(kind))


def _columns(file: h5py.File, names: list[str], rng: np.random.Generator) -> None:
    """Columns in another order, without one, or with one of another name."""
    found = _dataset(file, names, rng)
    if not found.dtype.names:
        return
    rows, columns = found[()], [*found.dtype.names]
    action = int(rng.integers(3))
    at = int(rng.integers(len(columns)))
    order = [
        [str(name) for name in rng.permutation(columns)],
        [*columns[:at], *columns[at + 1 :]],
        columns,
    ][action]
    fields = [
        (name + "x" * (action == 2 and at == n), found.dtype[name]) for n, name in enumerate(order)
    ]
    changed = np.empty(rows.shape, fields)
    for name, (new_name, _) in zip(order, fields, strict=True):
        changed[new_name] = rows[name]
    _replace(found, changed)


def _shape(file: h5py.File, names: list[str], rng: np.random.Generator) -> None:
    """A dimension more or less, a null dataspace, or no rows."""
    found = _dataset(file, names, rng)
    rows = found[()]
    choices: list[Any] = [rows[None], h5py.Empty("f8"), rows[:0]]
    if rows.ndim and len(rows):
        choices += [rows[0], rows.reshape(-1)[::-1]]
    chosen = _one(choices, rng)
    _replace(found, chosen, **({} if isinstance(chosen, h5py.Empty) else {"dtype": found.dtype}))


def _storage(file: h5py.File, names: list[str], rng: np.random.Generator) -> None:
    """The same values in another layout: chunks, filters, more rows allowed."""
    found = _dataset(file, names, rng)
    options: dict[str, Any] = _one(
        [
            {"compression": "gzip", "shuffle": True},
            {"chunks": True, "maxshape": tuple([None] * found.ndim)},
            {"fletcher32": True},
            {"scaleoffset": 0},
            {},
        ],
        rng,
    )
    _replace(found, found[()], dtype=found.dtype, **options)


def _text(file: h5py.File, names: list[str], rng: np.random.Generator) -> None:
    """Other JSON in one row of text, or in an attribute."""
    places = [name for name in names if isinstance(file[name], h5py.Dataset)]
    texts = [file[name] for name in places if file[name].dtype.kind in "SO" and file[name].size]
    attributes = [(name, key) for name in names for key in file[name].attrs if "json" in key]
    if attributes and rng.integers(2):
        name, key = _one(attributes, rng)
        file[name].attrs[key] = np.bytes_(_other_json(file[name].attrs[key], rng))
        return
    found = _one(texts, rng)
    rows = np.atleast_1d(found[()]).astype(object)
    at = int(rng.integers(len(rows)))
    rows[at] = _other_json(rows[at], rng)
    _replace(found, rows.reshape(found.shape), dtype=h5py.string_dtype())


def _other_json(text: bytes | str, rng: np.random.Generator) -> bytes:
    content = bytes(text) if isinstance(text, bytes | np.ndarray) else str(text).encode()
    if rng.integers(8) == 0:
        return content[: int(rng.integers(len(content) + 1))]
    value = json.loads(content)
    for _ in range(int(rng.integers(1, 4))):
        value = _changed(value, rng)
    return json.dumps(value).encode()


def _changed(value: Any, rng: np.random.Generator) -> Any:  # noqa: ANN401 - any JSON
    """JSON with one value, key or item changed, at any depth."""
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))[:50]
    if not isinstance(value, dict | list) or not keys or rng.integers(6) == 0:
        return _one(JSON_VALUES, rng)
    key = _one(keys, rng)
    action = int(rng.integers(8))
    if action == 0:
        del value[key]
    elif action == 1 and isinstance(value, list):
        value.append(value[key])
    elif action == 2 and isinstance(value, dict):
        value[f"{key}x"] = value.pop(key)
    else:
        value[key] = _changed(value[key], rng)
    return value


def _attribute(file: h5py.File, names: list[str], rng: np.random.Generator) -> None:
    """An attribute that is gone, or has another value."""
    places = [(name, key) for name in names for key in file[name].attrs]
    name, key = _one(places, rng)
    values: list[Any] = [*NUMBERS[:9], *FRACTIONS, "", "a", [1, 2], h5py.Empty("f4"), [b"a", b"b"]]
    del file[name].attrs[key]
    if rng.integers(4):
        file[name].attrs[key] = _one(values, rng)


def _link(file: h5py.File, names: list[str], rng: np.random.Generator) -> None:
    """An object that is gone, has another name, or stands at a second place."""
    name, other = _one(names, rng), _one(names, rng)
    action = int(rng.integers(7))
    if action in (1, 2):
        file.move(name, f"{name}x")
    if action in (0, 3, 4, 5):
        del file[name]
    if action == 3:
        file[name] = h5py.SoftLink(f"/{other}")
    elif action == 4:
        file.create_group(name)
    elif action == 5:
        file[name] = file[other]
    elif action == 6:
        _swap(file, name, other)


def _swap(file: h5py.File, name: str, other: str) -> None:
    if name != other and not name.startswith(other) and not other.startswith(name):
        file.move(name, "swapped")
        file.move(other, name)
        file.move("swapped", other)


CHANGES: Sequence[Change] = (
    *(_value, _value, _value, _value, _count, _kind, _columns, _shape, _storage),
    *(_text, _text, _text, _attribute, _link),
)
