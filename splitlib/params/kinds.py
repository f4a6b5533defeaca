"""The kinds of values that keys take, as types that pydantic checks.

A title says what a kind takes where its schema alone would not say it well. Numbers and texts are
strict: `true` is no number, and `'42'` is none. Values are frozen: a list becomes a tuple, and a
mapping can only be read.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated, Final, Literal, TypeAlias, TypeVar

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    ValidationInfo,
    WithJsonSchema,
)

from splitlib.params.problems import Problem, refusal, show
from splitlib.params.rules import STRATA

MAX_INT64: Final = 2**63 - 1
MANY: Final = 1_000_000_000  # more frames, folds or epochs than anybody has; sums stay in int64

_SIZE = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,15})?) *(?:([kMGT])(i?))?B", re.IGNORECASE)

Key = TypeVar("Key")
Value = TypeVar("Value")


def _n_bytes(value: object) -> object:
    """The number of bytes that a text names; any other value as it is."""
    if not isinstance(value, str) or not (match := _SIZE.fullmatch(value)):
        return value
    factor, prefix, binary = match.groups()
    power = " kmgt".index((prefix or " ").lower())
    return int(Decimal(factor) * (1024 if binary else 1000) ** power)


def _in_order(limits: tuple[float, float], info: ValidationInfo) -> tuple[float, float]:
    if limits[0] > limits[1]:
        message = f"expected the lower {info.field_name} first, got {show(limits)}"
        raise refusal([Problem((), message)])
    return limits


def _warns_first(limits: tuple[float, float]) -> tuple[float, float]:
    if limits[0] > limits[1]:
        raise refusal([Problem((), f"expected [warn, fail] with warn first, got {show(limits)}")])
    return limits


def _word_alone(value: object) -> object:
    return [value] if value == "auto" else value


def _only_whole(value: object) -> object:
    """In a `Literal` pydantic takes true for 1 and 2.0 for 2, as Python does."""
    return value if type(value) is int else None


Switch: TypeAlias = Annotated[bool, Field(strict=True)]
Text: TypeAlias = Annotated[str, Field(strict=True, min_length=1)]
PathText: TypeAlias = Annotated[Text, Field(title="a path")]
LabelsPath: TypeAlias = (
    Annotated[Text, Field(title="a path or a pattern such as data/*.slp")]
    | Annotated[
        tuple[Text, ...], Field(title="a list of these such as [ann.slp, bob.slp]", min_length=1)
    ]
)
NodeName: TypeAlias = Annotated[Text, Field(title="the name of a node")]
Column: TypeAlias = Annotated[Text, Field(title="a column of split.groups_file")]

# auto is kept as a list of that one word, so that whoever has the values finds a list always
Strata: TypeAlias = Annotated[
    tuple[Literal["video", "n_instances", "track", "identity", "category"] | Column, ...],
    BeforeValidator(_word_alone),
    WithJsonSchema(
        {
            "anyOf": [
                {"const": "auto", "type": "string"},
                {
                    "title": "a list such as [video, n_instances]",
                    "type": "array",
                    "items": {
                        "anyOf": [
                            {"enum": [*STRATA], "type": "string"},
                            {
                                "title": "a column of split.groups_file",
                                "type": "string",
                                "minLength": 1,
                            },
                        ]
                    },
                },
            ]
        }
    ),
]

Seed: TypeAlias = Annotated[int, Field(strict=True, ge=0, le=MAX_INT64)]
Count: TypeAlias = Annotated[int, Field(strict=True, ge=1, le=MANY)]
Frames: TypeAlias = Annotated[int, Field(strict=True, ge=0, le=MANY)]
FoldCount: TypeAlias = Annotated[int, Field(strict=True, ge=2, le=MANY)]
Positive: TypeAlias = Annotated[float, Field(strict=True, gt=0, allow_inf_nan=False)]
FunctionPlace: TypeAlias = Annotated[
    str,
    Field(
        strict=True,
        pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*$",
        title="a module and its function, such as my_lab.networks:build",
    ),
]
Part: TypeAlias = Annotated[float, Field(strict=True, gt=0, le=1)]
Share: TypeAlias = Annotated[float, Field(strict=True, ge=0, le=1)]
Level: TypeAlias = Annotated[int, Field(strict=True, ge=1, le=65535)]
Degrees: TypeAlias = Annotated[float, Field(strict=True, ge=0, le=180)]
Fraction: TypeAlias = (
    Share | Annotated[float, Field(strict=True, ge=-1, le=-1, title="-1 for all that is left")]
)
OutputStride: TypeAlias = Annotated[Literal[1, 2, 4, 8, 16], BeforeValidator(_only_whole)]
Limits: TypeAlias = Annotated[
    tuple[Share, Share],
    AfterValidator(_warns_first),
    Field(title="a list of 2 shares, [warn, fail]"),
]
Range: TypeAlias = Annotated[
    tuple[Positive, Positive],
    AfterValidator(_in_order),
    Field(title="a list of 2 numbers, [low, high]"),
]
# 500 MB is 500 * 1000**2 bytes, and 2 GiB is 2 * 1024**3
Size: TypeAlias = Annotated[
    Seed,
    BeforeValidator(_n_bytes),
    WithJsonSchema(
        {
            "title": "a number of bytes, or text such as '2 GiB' or '500 MB'",
            "anyOf": [
                {"type": "integer", "minimum": 0, "maximum": MAX_INT64},
                {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)? *([kKmMgGtT]i?)?[bB]$"},
            ],
        }
    ),
]
Frozen: TypeAlias = Annotated[
    Mapping[Key, Value], AfterValidator(MappingProxyType), PlainSerializer(dict)
]
