"""JSON files with one text for one value, so that versioning sees a change only where there is one.

Keys are sorted, numbers are written by their shortest exact form, lines end in LF on every system.
An object has one key per line; a list of plain values is wrapped like a paragraph, so that an index
with 100,000 numbers stays readable and does not fill 100,000 lines.
"""

import json
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from splitlib.errors import JsonFileError
from splitlib.files import atomic_path

LINE_WIDTH = 100  # columns, a key at the start not counted; only lists of plain values are wrapped
INDENT = "  "

# Exact types: a numpy scalar can be a float by inheritance, and would be written with the digits
# of another precision than its own.
_PLAIN = {str, int, float, bool, type(None)}

# The encoded form of a text has no line end in it, so one marks the end of an item in a list. The
# encoder is C code as long as it is not asked to indent: a list costs no Python for each number.
_encode_lines = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",\n", ": "))

_TEXT_OR_CONSTANT = re.compile(r'"(?:[^"\\]|\\.)*"|(NaN|-?Infinity)')


def write_json(path: str | Path, value: object) -> None:
    """Write a value as canonical JSON, whole or not at all.

    Args:
        path: The file. Missing parent folders are made.
        value: Dicts with text keys, lists, tuples, and plain values. Arrays are refused: their
            owner decides how their numbers are written, and calls ``.tolist()``.

    Raises:
        JsonFileError: A part of the value has no JSON form; the message names the part.
        OSError: The file cannot be written.
    """
    content = json_bytes(value, name=str(path))
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)


def json_bytes(value: object, *, name: str = "JSON") -> bytes:
    """The bytes of a canonical JSON file, for files that `write_json` cannot write.

    Arguments and errors are those of `json_text`.
    """
    # Of all texts only a lone surrogate (from an undecodable file name) is no UTF-8. What Python
    # writes in its place, \udc80, is the JSON escape for it as well.
    return json_text(value, name=name).encode("utf-8", "backslashreplace")


def json_text(value: object, *, name: str = "JSON") -> str:
    """The canonical JSON text of a value, with a line end after it.

    Args:
        value: As for `write_json`.
        name: What an error message calls the value.

    Raises:
        JsonFileError: A part of the value has no JSON form.

    Example:
        >>> print(json_text({"sizes": [8, 1, 1], "mean": 0.1}), end="")
        {
          "mean": 0.1,
          "sizes": [8, 1, 1]
        }
    """
    return "".join(_layout(value, "\n", (name,))) + "\n"


def read_json(path: str | Path) -> Any:  # noqa: ANN401 - as json.load: the reader knows its format
    """The value in a JSON file.

    Raises:
        JsonFileError: The file is missing, is no JSON, names a key twice, or holds NaN or
            infinity. The message gives the file, and line and column where they are known.
    """
    try:
        content = Path(path).read_bytes()
    except OSError as err:
        msg = f"{path}: cannot be read: {err.strerror}"
        raise JsonFileError(msg) from err
    return parse_json(content, name=str(path))


def parse_json(content: bytes, *, name: str) -> Any:  # noqa: ANN401 - as json.load
    """The value in the bytes of a JSON file.

    Args:
        content: All bytes of the file.
        name: What an error message calls the file.

    Raises:
        JsonFileError: As `read_json`.
    """
    try:
        text = content.decode("utf-8-sig")
        return json.loads(
            text, parse_constant=partial(_refuse_constant, text), object_pairs_hook=_unique_keys
        )
    except json.JSONDecodeError as err:
        msg = f"{name}:{err.lineno}:{err.colno}: expected JSON, got an error: {err.msg}"
        raise JsonFileError(msg) from err
    except (ValueError, RecursionError) as err:  # no UTF-8, a key twice, a number of 5,000 digits
        msg = f"{name}: expected JSON, got an error: {err}"
        raise JsonFileError(msg) from err


def without_nulls(value: dict[str, Any]) -> dict[str, Any]:
    """An object without its nulls, and without the objects in it that held nothing else.

    Metrics are numbers: what could not be measured is left out of them.

    Example:
        >>> without_nulls({"oks": None, "error_px": {"median": 0.4, "p90": None}, "pck": {}})
        {'error_px': {'median': 0.4}}
    """
    inner = {
        key: without_nulls(item) if isinstance(item, dict) else item for key, item in value.items()
    }
    return {key: item for key, item in inner.items() if item is not None and item != {}}


_Place = tuple[str, ...]  # the name of the whole value, then the keys and positions within it


def _layout(value: object, line: str, place: _Place) -> Iterator[str]:
    """The pieces of a value's text; `line` is a line end and the indentation after it."""
    if isinstance(value, dict) and value:
        yield from _object(value, line, place)
    elif not isinstance(value, list | tuple):
        yield _encode(value, place)
    elif _PLAIN.issuperset(map(type, value)):
        yield _wrap(_encode(value, place), line)
    else:
        yield from _list(value, line, place)


def _object(value: dict[Any, object], line: str, place: _Place) -> Iterator[str]:
    if not_text := [key for key in value if type(key) is not str]:
        raise _error(place, f"expected text for every key, got {not_text[0]!r}")
    before = "{"
    for key in sorted(value):
        yield f"{before}{line}{INDENT}{_encode(key, place)}: "
        yield from _layout(value[key], line + INDENT, (*place, key))
        before = ","
    yield f"{line}}}"


def _list(value: list[Any] | tuple[Any, ...], line: str, place: _Place) -> Iterator[str]:
    before = "["
    for position, item in enumerate(value):
        yield f"{before}{line}{INDENT}"
        yield from _layout(item, line + INDENT, (*place, str(position)))
        before = ","
    yield f"{line}]"


def _wrap(text: str, line: str) -> str:
    """Put as many items of an encoded list on a line as fit."""
    if len(line) - 1 + len(text) <= LINE_WIDTH:
        return text.replace("\n", " ")
    width = max(1, LINE_WIDTH - len(line) - len(INDENT))
    # As many characters as fit and end with an item; failing that, one item that is longer.
    rows = re.findall(rf"(?s:.{{1,{width}}})(?:,\n|\Z)|.+(?:\n|\Z)", text[1:-1])
    packed = (row.removesuffix("\n").replace("\n", " ") for row in rows)
    return "".join(["[", *(line + INDENT + row for row in packed), line, "]"])


def _encode(value: object, place: _Place) -> str:
    if type(value) not in _PLAIN and not isinstance(value, list | tuple | dict):
        found = type(value).__name__
        raise _error(place, f"expected a JSON value, got {found}; numpy has .tolist() to make one")
    try:
        return _encode_lines.encode(value)
    except ValueError as err:
        raise _error(place, "expected finite numbers, got nan or infinity") from err


def _error(place: _Place, message: str) -> JsonFileError:
    name, *keys = place
    return JsonFileError(": ".join(filter(None, [name, ".".join(keys), message])))


def _refuse_constant(text: str, constant: str) -> None:
    # json knows neither the place of a constant nor that it is no JSON.
    place = next(match for match in _TEXT_OR_CONSTANT.finditer(text) if match[1])
    msg = f"{constant} is no number in JSON"
    raise json.JSONDecodeError(msg, text, place.start())


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in value if keys.count(key) > 1)
        msg = f"the key {twice!r} is there twice"
        raise ValueError(msg)
    return value
