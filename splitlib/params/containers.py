"""The kinds of values that are made of others: alternatives, lists and mappings."""

from collections.abc import Mapping
from types import MappingProxyType

from splitlib.params.kinds import BAD, Kind, Schema
from splitlib.params.problems import Path, Problem, unknown_key


def either(*kinds: Kind) -> Kind:
    """A value of one of some kinds; the first that takes it counts."""

    def take(value: object) -> object:
        parsed = (kind.parse(value, (), []) for kind in kinds)
        return next((value for value in parsed if value is not BAD), BAD)

    return Kind(
        f"{', '.join(kind.expected for kind in kinds[:-1])}, or {kinds[-1].expected}",
        {"anyOf": [kind.schema for kind in kinds]},
        take,
        names=tuple(name for kind in kinds for name in kind.names),
    )


def list_of(item: Kind, expected: str, *, low: int = 0, high: int | None = None) -> Kind:
    """A list of `low` to `high` values of one kind, as a tuple."""

    def take(value: object) -> object:
        if not isinstance(value, list | tuple):
            return BAD
        return value if low <= len(value) <= (high or len(value)) else BAD

    def items(values: list[object], path: Path, problems: list[Problem]) -> object:
        parsed = [item.parse(v, (*path, i), problems) for i, v in enumerate(values)]
        return BAD if BAD in parsed else tuple(parsed)

    schema: Schema = {"type": "array", "items": item.schema, "minItems": low}
    return Kind(expected, schema | ({"maxItems": high} if high else {}), take, items)


def map_of(item: Kind, expected: str, *, keys: tuple[str, ...] = (), low: int = 0) -> Kind:
    """Values of one kind by text keys, at least `low` of them, as a read-only mapping.

    Args:
        item: The kind of the values.
        expected: The whole in words.
        keys: The keys that there may be; () for any text.
        low: Number of keys that there are at least.
    """

    def take(value: object) -> object:
        return value if isinstance(value, Mapping) and len(value) >= low else BAD

    def items(values: Mapping[object, object], path: Path, problems: list[Problem]) -> object:
        wrong = [key for key in values if not isinstance(key, str) or key not in (keys or values)]
        problems.extend(Problem((*path, key), unknown_key(key, keys)) for key in wrong)
        parsed = {key: item.parse(v, (*path, key), problems) for key, v in values.items()}
        return BAD if wrong or BAD in parsed.values() else MappingProxyType(parsed)

    names: Schema = {"enum": list(keys)} if keys else {"minLength": 1}
    schema = {
        "type": "object",
        "propertyNames": names,
        "additionalProperties": item.schema,
        "minProperties": low,
    }
    return Kind(expected, schema, take, items)
