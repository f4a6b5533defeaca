"""The kinds of plain values that a key can have: which ones, in words, and as JSON Schema.

A kind takes a value as YAML gives it, and takes it again in its frozen form, so that params made in
Python pass the same checks.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, TypeAlias

from splitlib.params.problems import Path, Problem, did_you_mean, listing, show

BAD: Final = object()
"""What a kind gives for a value that is not of the kind."""

MAX_INT64: Final = 2**63 - 1
MAX_FLOAT: Final = 1.7976931348623157e308  # infinity and nan lie beyond

_SIZE = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,15})?) *(?:([kMGT])(i?))?B", re.IGNORECASE)

Schema: TypeAlias = dict[str, Any]  # JSON Schema, draft 7
Items: TypeAlias = Callable[[Any, Path, list[Problem]], object]


@dataclass(frozen=True)
class Kind:
    """One kind of value.

    Attributes:
        expected: Its values, in words that follow "expected".
        schema: Its values as JSON Schema.
        take: Gives the frozen form of a value, or `BAD`.
        items: For a container: gives the frozen form of what `take` gave, or `BAD`, and adds what
            is wrong with an item to the problems.
        names: Values that somebody may have meant who wrote another text.
    """

    expected: str
    schema: Schema
    take: Callable[[object], object]
    items: Items | None = None
    names: tuple[object, ...] = ()

    def parse(self, value: object, path: Path, problems: list[Problem]) -> object:
        """The frozen form of a value, or `BAD`; what is wrong is added to `problems`."""
        taken = self.take(value)
        if taken is BAD:
            near = did_you_mean(value, self.names)
            problems.append(Problem(path, f"expected {self.expected}, got {show(value)}{near}"))
            return BAD
        return self.items(taken, path, problems) if self.items else taken


def switch() -> Kind:
    """True or false."""
    return Kind(
        "true or false",
        {"type": "boolean"},
        lambda value: value if isinstance(value, bool) else BAD,
    )


def null() -> Kind:
    """Null: there is none."""
    return Kind("null", {"type": "null"}, lambda value: BAD if value is not None else None)


def text(expected: str = "text") -> Kind:
    """A text that is not empty."""
    return Kind(
        expected,
        {"type": "string", "minLength": 1},
        lambda value: value if isinstance(value, str) and value else BAD,
    )


def whole(low: int, high: int) -> Kind:
    """A whole number from `low` to `high`; True is none."""

    def take(value: object) -> object:
        return value if type(value) is int and low <= value <= high else BAD

    schema = {"type": "integer", "minimum": low, "maximum": high}
    return Kind(f"a whole number from {low} to {high}", schema, take)


def number(low: float, high: float) -> Kind:
    """A number from `low` to `high`, as a float."""
    schema = {"type": "number", "minimum": low, "maximum": high}
    return Kind(
        f"a number from {low:g} to {high:g}", schema, lambda value: _as_float(value, low, high)
    )


def positive() -> Kind:
    """A finite number above 0, as a float."""

    def take(value: object) -> object:
        return _as_float(value, 0, MAX_FLOAT) or BAD

    return Kind("a number above 0", {"type": "number", "exclusiveMinimum": 0}, take)


def exactly(value: float, meaning: str) -> Kind:
    """One number that has a meaning of its own, as a float."""
    return Kind(
        f"{value:g} {meaning}", {"const": value}, lambda found: _as_float(found, value, value)
    )


def _as_float(value: object, low: float, high: float) -> object:
    if isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high:
        return float(value)
    return BAD


def choice(values: tuple[object, ...]) -> Kind:
    """One of some values."""

    def take(value: object) -> object:
        same = (v for v in values if type(v) is type(value) and v == value)
        return next(same, BAD)

    return Kind(listing(values), {"enum": list(values)}, take, names=values)


def size() -> Kind:
    """A number of bytes, as an int: 500 MB is 500 * 1000**2, and 2 GiB is 2 * 1024**3."""

    def take(value: object) -> object:
        n_bytes = _n_bytes(value) if isinstance(value, str) else value
        return n_bytes if type(n_bytes) is int and 0 <= n_bytes <= MAX_INT64 else BAD

    schema = {
        "anyOf": [
            {"type": "integer", "minimum": 0, "maximum": MAX_INT64},
            {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)? *([kKmMgGtT]i?)?[bB]$"},
        ]
    }
    return Kind("a number of bytes, or text such as '2 GiB' or '500 MB'", schema, take)


def _n_bytes(value: str) -> int | None:
    if not (match := _SIZE.fullmatch(value)):
        return None
    factor, prefix, binary = match.groups()
    power = " kmgt".index((prefix or " ").lower())
    return int(Decimal(factor) * (1024 if binary else 1000) ** power)
