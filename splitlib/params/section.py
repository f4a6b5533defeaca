"""Sections of params: frozen dataclasses of pydantic that cannot be made with a wrong value.

A key is declared once, as a field with its type, its default and a line of description. Pydantic
makes the checks and the JSON Schema of that declaration, and `wording` makes the messages of the
schema.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any, ClassVar, NamedTuple, Self, TypeVar, dataclass_transform

from pydantic import Field, TypeAdapter, ValidationError, model_validator
from pydantic.dataclasses import dataclass
from pydantic_core import ArgsKwargs

from splitlib.errors import ParamsError
from splitlib.params.problems import Path, Problem, refusal
from splitlib.params.wording import problems_of, refused

AnySection = TypeVar("AnySection", bound="Section")


class Rule(NamedTuple):
    """A condition on several keys, checked when each of them is right by itself."""

    keys: tuple[str, ...]  # the keys that it needs, dotted where they lie in a section within
    # takes their values in this order; gives what is wrong, with paths from the section
    check: Callable[..., Iterable[Problem]]


def key(default: object, doc: str) -> Any:  # noqa: ANN401 - as dataclasses.field
    """Declare a key: its default as it would stand in YAML, or a section, and what it means."""
    if isinstance(default, type):
        return Field(default_factory=default, description=doc)
    return Field(default=default, description=doc, validate_default=True)


@dataclass(frozen=True)
class Section:
    """Base of all sections.

    Raises:
        ParamsError: A value is wrong; the message has a line for each that is.
    """

    rules: ClassVar[tuple[Rule, ...]] = ()

    @model_validator(mode="wrap")
    @classmethod
    def _all_at_once(cls, values: Any, check: Callable[[object], Self]) -> Self:  # noqa: ANN401
        """Pydantic's checks of the keys, and beside them the rules for those that are right."""
        given = _given(cls, values)
        problems: list[Problem] = []
        section = None
        try:
            section = check(values)
        except ValidationError as err:
            from splitlib.params.json_schema import (
                schema_of,  # costs time, and few params are wrong
            )

            problems = problems_of(err, schema_of(cls), given)
        problems += _broken_rules(cls, given, problems)
        if section is None or problems:
            raise refusal(problems)
        return section


@dataclass_transform(frozen_default=True)
def section(cls: type[AnySection]) -> type[AnySection]:
    """Make a class of keys a section.

    Raises:
        ParamsError: By the class: a value is wrong.
    """
    made: Any = dataclass(frozen=True, config={"extra": "forbid"})(cls)
    make = made.__init__

    @wraps(make)
    def _init(self: Section, *args: object, **keys: object) -> None:
        try:
            make(self, *args, **keys)
        except ValidationError as err:
            lines = (f"{cls.__name__}: {problem}" for problem in refused(err))
            raise ParamsError("\n".join(lines)) from None

    made.__init__ = _init
    return made  # type: ignore[no-any-return]


def parsed(cls: type[AnySection], values: object) -> tuple[AnySection | None, list[Problem]]:
    """A section from values as they would stand in params.yaml, or what is wrong with them."""
    try:
        return TypeAdapter(cls).validate_python(values), []
    except ValidationError as err:
        return None, refused(err)


def params_dict(params: Section) -> dict[str, Any]:
    """The values of a section as JSON takes them, in the order of their declaration.

    Example:
        >>> from splitlib.params import Fractions
        >>> params_dict(Fractions(train=0.5))
        {'train': 0.5, 'val': 0.1, 'test': 0.1}
    """
    values: dict[str, Any] = TypeAdapter(type(params)).dump_python(params, mode="json")
    return values


def _given(cls: type[Section], values: object) -> object:
    """What stands in the file, or what a caller of the class gives, by the keys."""
    if not isinstance(values, ArgsKwargs):
        return values
    names = cls.__pydantic_fields__  # type: ignore[attr-defined]
    return {**dict(zip(names, values.args, strict=False)), **(values.kwargs or {})}


def _broken_rules(cls: type[Section], given: object, problems: list[Problem]) -> list[Problem]:
    """What the rules say of keys that are right by themselves."""
    wrong = [problem.path for problem in problems if not problem.by_rule]
    broken: list[Problem] = []
    for rule in cls.rules:
        paths = [tuple(name.split(".")) for name in rule.keys]
        if not any(path[: len(at)] == at[: len(path)] for path in paths for at in wrong):
            found = rule.check(*(_value(cls, given, path) for path in paths))
            broken += [problem._replace(by_rule=True) for problem in found]
    return broken


def _value(cls: Any, given: Any, path: Path) -> Any:  # noqa: ANN401
    """The value of a key where it is given, else its default."""
    for name in path:
        if isinstance(given, Mapping):
            field = cls.__pydantic_fields__[name]
            default = field.get_default(call_default_factory=True)
            given, cls = given.get(name, default), field.annotation
        else:
            given = getattr(given, str(name))
    return given
