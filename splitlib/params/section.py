"""Sections of params: frozen dataclasses that cannot be made with a wrong value.

A key is declared once, as a field with its kind, its default and a line of description. The checks,
their messages and the JSON Schema all come from that declaration.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, NamedTuple

from splitlib.errors import ParamsError
from splitlib.params.kinds import BAD, Kind, Schema
from splitlib.params.problems import Path, Problem, unknown_key


def key(kind: Kind, default: object, doc: str) -> Any:  # noqa: ANN401 - as dataclasses.field
    """Declare a key of a section.

    Args:
        kind: The values that it takes.
        default: Its value where it is left out, as it would stand in YAML.
        doc: What it means, in one line.
    """
    metadata = {"kind": kind, "default": default, "doc": doc}
    return field(default_factory=lambda: default, metadata=metadata)


class Rule(NamedTuple):
    """A condition on several keys, checked when each of them is right by itself.

    Attributes:
        keys: The keys that it needs, dotted where they lie in a section within.
        check: Takes their values in this order; gives what is wrong, with paths from the section.
    """

    keys: tuple[str, ...]
    check: Callable[..., Iterable[Problem]]


@dataclass(frozen=True)
class Section:
    """Base of all sections.

    Raises:
        ParamsError: A value is wrong; the message has a line for each that is.
    """

    rules: ClassVar[tuple[Rule, ...]] = ()

    def __post_init__(self) -> None:
        problems: list[Problem] = []
        found = _check(type(self), vars(self), (), problems)
        if problems:
            name = type(self).__name__
            raise ParamsError("\n".join(f"{name}: {problem}" for problem in problems))
        for name, value in found.items():
            object.__setattr__(self, name, value)


def section(cls: type[Section]) -> Kind:
    """The kind of a section within a section.

    Where a key is wrong, it gives a dict of those that are right, for rules that need no more.
    """

    def take(value: object) -> object:
        return value if isinstance(value, cls | Mapping) else BAD

    def items(value: Any, path: Path, problems: list[Problem]) -> object:  # noqa: ANN401
        if isinstance(value, Section):
            return value
        before = len(problems)
        found = _check(cls, value, path, problems)
        return cls(**found) if len(problems) == before else found

    names = ", ".join(f.name for f in fields(cls))
    return Kind(f"a mapping with the keys {names}", section_schema(cls), take, items)


def section_schema(cls: type[Section]) -> Schema:
    """The JSON Schema of a section, draft 7."""
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {f.name: _key_schema(f.metadata) for f in fields(cls)},
    }


def _key_schema(metadata: Mapping[str, Any]) -> Schema:
    schema: Schema = {**metadata["kind"].schema, "description": metadata["doc"]}
    if metadata["default"] != {}:  # which says no more than that the key can be left out
        schema["default"] = metadata["default"]
    return schema


def params_dict(params: Section) -> dict[str, Any]:
    """The values of a section as JSON takes them, in the order of their declaration.

    Example:
        >>> from splitlib.params import TrainParams
        >>> params_dict(TrainParams(epochs=3))
        {'epochs': 3, 'learning_rate': 0.001, 'seed': 42}
    """
    return {f.name: _plain(getattr(params, f.name)) for f in fields(params)}


def _plain(value: object) -> object:
    match value:
        case Section():
            return params_dict(value)
        case Mapping():
            return {name: _plain(item) for name, item in value.items()}
        case tuple():
            return [_plain(item) for item in value]
        case _:
            return value


def _check(
    cls: type[Section], values: Mapping[Any, object], path: Path, problems: list[Problem]
) -> dict[str, Any]:
    """The frozen values of the keys that are right; what is wrong is added to `problems`."""
    names = [f.name for f in fields(cls)]
    unknown = [name for name in values if name not in names]
    problems.extend(Problem((*path, name), unknown_key(name, names)) for name in unknown)
    parsed = {
        f.name: f.metadata["kind"].parse(
            values.get(f.name, f.metadata["default"]), (*path, f.name), problems
        )
        for f in fields(cls)
    }
    found = {name: value for name, value in parsed.items() if value is not BAD}
    for rule in cls.rules:
        arguments = [_lookup(found, name) for name in rule.keys]
        if BAD not in arguments:
            problems.extend(Problem((*path, *at), text) for at, text in rule.check(*arguments))
    return found


def _lookup(found: Mapping[str, Any], name: str) -> object:
    first, _, rest = name.partition(".")
    value = found.get(first, BAD)
    if value is BAD or not rest:
        return value
    return _lookup(vars(value) if isinstance(value, Section) else value, rest)
