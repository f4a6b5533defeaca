"""JSON files in which equal values have equal texts, so that git shows real changes only.

Keys are sorted, whole numbers among them by value. Numbers have their shortest exact form, and
lines end in LF on every system. An object has one key per line. A list of plain values is wrapped
like a paragraph, so that 100,000 numbers do not fill 100,000 lines.
"""

import json
import re
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from splitlib.errors import JsonFileError
from splitlib.files import atomic_path

LINE_WIDTH = 100  # columns without a key at the start; only lists of plain values are wrapped
INDENT = "  "

# Exact types, since a numpy scalar that inherits from float would be written with the digits of
# another precision.
_PLAIN = {str, int, float, bool, type(None)}

_ON_ONE_LINE = _PLAIN - {float}  # always the same text; a float may be infinite

# An encoded text has no line end in it, so a line end can mark the end of an item in a list. The
# encoder is C code unless it is asked to indent, so a list costs no Python for each number.
_encode_lines = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",\n", ": "))

_TEXT_OR_CONSTANT = re.compile(r'"(?:[^"\\]|\\.)*"|(NaN|-?Infinity)')


def write_json(path: str | Path, value: object) -> None:
    """Write a value as canonical JSON, whole or not at all.

    Args:
        path: The file. Missing parent folders are made.
        value: Dicts with text keys, lists, tuples, and plain values. Arrays are refused; call
            ``.tolist()`` and so decide how the numbers are written.

    Raises:
        JsonFileError: A part of the value has no JSON form; the message names the part.
        OSError: The file cannot be written.
    """
    content = json_bytes(value, name=str(path))
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)


def json_bytes(value: object, *, name: str = "JSON") -> bytes:
    """`json_text` in UTF-8, for files that `write_json` cannot write."""
    # A lone surrogate (from an undecodable file name) is the only text that has no UTF-8. Python
    # writes \udc80 in its place, which is also its escape in JSON.
    return json_text(value, name=name).encode("utf-8", "backslashreplace")


def json_text(value: object, *, name: str = "JSON") -> str:
    """The canonical JSON text of a value, with a line end after it.

    The value is as for `write_json`. Error messages call it `name`.

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
            infinity. The message gives the file, and line and column if they are known.
    """
    try:
        content = Path(path).read_bytes()
    except OSError as err:
        msg = f"{path}: cannot be read: {err.strerror}"
        raise JsonFileError(msg) from err
    return parse_json(content, name=str(path))


def parse_json(content: bytes, *, name: str) -> Any:  # noqa: ANN401 - as json.load
    """The value in the bytes of a JSON file, which error messages call `name`.

    Raises:
        JsonFileError: As for `read_json`, apart from a missing file.
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
    """An object without its nulls, and without inner objects that held nothing else.

    Metrics are numbers, so a figure that could not be measured is left out.

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
        if not_text := [key for key in value if type(key) is not str]:
            raise _error(place, f"expected text for every key, got {not_text[0]!r}")
        ordered = {key: value[key] for key in _in_order(value)}
        if _ON_ONE_LINE.issuperset(map(type, value.values())):
            lines = _encode(ordered, place)[1:-1].replace("\n", line + INDENT)
            yield f"{{{line}{INDENT}{lines}{line}}}"
            return
        items = [(f"{_encode(key, place)}: ", key, item) for key, item in ordered.items()]
        yield from _one_per_line("{}", items, line, place)
    elif not isinstance(value, list | tuple):
        yield _encode(value, place)
    elif _PLAIN.issuperset(map(type, value)):
        yield _wrap(_encode(value, place), line)
    else:
        items = [("", str(position), item) for position, item in enumerate(value)]
        yield from _one_per_line("[]", items, line, place)


def _in_order(keys: Iterable[str]) -> list[str]:
    """Keys in the order of letters, after whole numbers by value."""
    ordered = sorted(keys)
    text = "".join(ordered)
    if text.isascii() and text.isdecimal() and ordered[0]:  # all of them, as in an index
        return sorted(ordered, key=int)
    numbers = [key for key in ordered if key.isascii() and key.isdecimal()]
    names = [key for key in ordered if not (key.isascii() and key.isdecimal())]
    return sorted(numbers, key=int) + names


def _one_per_line(
    brackets: str, items: list[tuple[str, str, object]], line: str, place: _Place
) -> Iterator[str]:
    """The pieces of an object or a list; an item is its label, its key and its value."""
    before = brackets[0]
    for label, key, item in items:
        yield f"{before}{line}{INDENT}{label}"
        yield from _layout(item, line + INDENT, (*place, key))
        before = ","
    yield line + brackets[1]


def _wrap(text: str, line: str) -> str:
    """Put as many items of an encoded list on a line as fit."""
    if len(line) - 1 + len(text) <= LINE_WIDTH:
        return text.replace("\n", " ")
    width = max(1, LINE_WIDTH - len(line) - len(INDENT))
    # A row is as many items as fit, or else one item that is longer.
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
    # json accepts these constants, and does not say where they stand
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
