"""What is wrong with values, in our words: from the errors of pydantic and the JSON Schema.

Pydantic says which check failed. A person wants to know what a key takes, what was found there, and
which name is near. The schema says what a key takes, whichever check failed.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from splitlib.params.problems import (
    REFUSED,
    Path,
    Problem,
    did_you_mean,
    listing,
    show,
    unknown_key,
)

Schema = dict[str, Any]


def problems_of(error: ValidationError, schema: Schema, values: object) -> list[Problem]:
    """What is wrong, once for each place, with paths from the values that were checked.

    The JSON Schema is that of the values, without references. The values are what was checked,
    before anything was made of it.
    """
    problems: list[Problem] = []
    for each in error.errors(include_url=False):
        if each["type"] == REFUSED:
            problems += [problem.below(*each["loc"]) for problem in each["ctx"]["problems"]]
            continue
        # where an item is missing, the list is what is wrong
        place = each["loc"][:-1] if each["type"] == "missing" else each["loc"]
        problem = _problem(place, values, schema)
        # a list of which items are wrong may be too short for pydantic without them
        if not any(other.path[: len(problem.path)] == problem.path for other in problems):
            problems.append(problem)
    return problems


def refused(error: ValidationError) -> list[Problem]:
    """What is wrong with a section, which says so in our words already."""
    return problems_of(error, {}, None)


def _problem(place: Path, found: Any, schema: Schema) -> Problem:  # noqa: ANN401
    """The problem at the place of an error.

    Pydantic's places go on into each alternative of a union: ours end at the union.
    """
    path: Path = ()
    keys: Schema = {}
    for part in place:
        if part == "[key]":
            return Problem(path, unknown_key(path[-1], keys.get("enum", ())))
        if "anyOf" in schema:
            lists = [one for one in schema["anyOf"] if "items" in one]
            # a number right behind a union is no alternative, but an item of a list
            if not (lists and isinstance(part, int)):
                break
            schema = lists[0]
        path = (*path, part)
        keys = schema.get("propertyNames", {})
        if part not in schema.get("properties", {part: None}):
            return Problem(path, unknown_key(part, schema["properties"]))
        schema, found = _below(schema, part), _item(found, part)
    near = did_you_mean(found, _names(schema))
    return Problem(path, f"expected {expected(schema)}, got {show(found)}{near}")


def _below(schema: Schema, part: object) -> Schema:
    if "properties" in schema:
        return schema["properties"][part]  # type: ignore[no-any-return]
    return schema.get("items") or schema.get("additionalProperties") or {}


def _item(value: Any, part: Any) -> Any:  # noqa: ANN401
    return value[part] if isinstance(value, Mapping | Sequence) else getattr(value, part)


def _names(schema: Schema) -> list[object]:
    """Values that somebody may have meant who wrote another text."""
    alternatives = (name for one in schema.get("anyOf", []) for name in _names(one))
    constant = [schema["const"]] if "const" in schema else []
    return [*schema.get("enum", []), *constant, *alternatives]


def expected(schema: Schema) -> str:
    """What a key takes: the title of its type, or words for its schema.

    Example:
        >>> expected({"anyOf": [{"type": "integer", "minimum": 2, "maximum": 9}, {"type": "null"}]})
        'a whole number from 2 to 9, or null'
    """
    match schema:
        case {"properties": keys}:
            return f"a mapping with the keys {', '.join(keys)}"
        case {"title": words}:
            return str(words)
        case {"anyOf": [*before, last]}:
            return f"{', '.join(map(expected, before))}, or {expected(last)}"
        case {"enum": values}:
            return listing(values)
        case {"const": value}:
            return str(value)
        case {"type": "integer", "minimum": low, "maximum": high}:
            return f"a whole number from {low} to {high}"
        case {"type": "number", "minimum": low, "maximum": high}:
            return f"a number from {low:g} to {high:g}"
        case {"type": "number"}:
            return "a number above 0"
        case _:
            names = {
                "boolean": "true or false",
                "string": "text",
                "object": "a mapping",
                "null": "null",
            }
            return names[schema["type"]]
