"""The plain values of YAML 1.2.

PyYAML reads version 1.1, in which 1e-05 is text and `no` is false. DVC reads, and writes back,
version 1.2. What is a number, true, false or null here is what the core schema of YAML 1.2.2
(section 10.3) says; everything else is text, dates too.
"""

import re
from collections.abc import Callable
from typing import Any

import yaml

_TAG = "tag:yaml.org,2002:"

MERGE_TAG = f"{_TAG}merge"
MAP_TAG = f"{_TAG}map"
LIST_TAG = f"{_TAG}seq"

# Which plain scalars have which tag, and the characters that one can begin with.
_RESOLVERS = {
    f"{_TAG}null": (r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    f"{_TAG}bool": (r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    f"{_TAG}int": (r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", list("-+0123456789")),
    f"{_TAG}float": (
        r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
        r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        list("-+.0123456789"),
    ),
    MERGE_TAG: (r"<<", ["<"]),
}


class Loader(yaml.SafeLoader):
    """PyYAML's scanner and parser, with the plain scalars of YAML 1.2."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - none of the scalars of 1.1


for _tag, (_pattern, _first) in _RESOLVERS.items():
    Loader.add_implicit_resolver(_tag, re.compile(rf"(?:{_pattern})\Z"), _first)


def plain_value(tag: str, text: str) -> object:
    """The value of a scalar.

    Raises:
        KeyError: The tag stands for more than a plain value.
        ValueError: The text is no value of the tag.

    Example:
        >>> plain_value("tag:yaml.org,2002:int", "012")
        12
    """
    return _READERS[tag](text)


_READERS: dict[str, Callable[[str], object]] = {
    f"{_TAG}null": lambda _: None,
    f"{_TAG}bool": lambda text: text.lower() == "true",
    f"{_TAG}int": lambda text: int(text, {"0o": 8, "0x": 16}.get(text[:2], 10)),
    f"{_TAG}float": lambda text: float(text.lower().replace(".inf", "inf").replace(".nan", "nan")),
    f"{_TAG}str": str,
}
