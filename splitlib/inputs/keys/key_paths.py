"""Names of values in the dicts that models take and give: plain, or paths into nested dicts."""

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

OutputKey = str | tuple[str, ...] | list[str]
"""A name, or a path into nested dicts: the outermost name first, a list in YAML."""

KeyPath = tuple[str, ...]
"""The normal form of an `OutputKey`: ("x",) for "x"."""


def key_path(key: OutputKey) -> KeyPath:
    """The normal form of a key.

    Example:
        >>> key_path("confmaps"), key_path(["decoder", "confmaps"])
        (('confmaps',), ('decoder', 'confmaps'))
    """
    return (key,) if isinstance(key, str) else tuple(key)


def written(path: KeyPath) -> str:
    """A path as messages show it: a plain name, or a tuple of names.

    Example:
        >>> written(("x",)), written(("decoder", "x"))
        ("'x'", "('decoder', 'x')")
    """
    return repr(path[0]) if len(path) == 1 else repr(path)


def nest(values: Iterable[tuple[KeyPath, Any]]) -> dict[str, Any]:
    """Nested dicts from pairs of path and value, in the order given.

    No path may be a prefix of another one.

    Example:
        >>> nest([(("decoder", "x"), 1), (("y",), 2)])
        {'decoder': {'x': 1}, 'y': 2}
    """
    nested: dict[str, Any] = {}
    for path, value in values:
        inner = nested
        for name in path[:-1]:
            inner = inner.setdefault(name, {})
        inner[path[-1]] = value
    return nested


def flatten(nested: Any) -> dict[KeyPath, Any]:  # noqa: ANN401
    """The inverse of `nest`; a list or tuple counts as a dict of its positions.

    Example:
        >>> flatten({"decoder": {"x": 1}, "y": [2, 3]})
        {('decoder', 'x'): 1, ('y', '0'): 2, ('y', '1'): 3}
    """
    if isinstance(nested, list | tuple):
        nested = {str(i): value for i, value in enumerate(nested)}
    if not isinstance(nested, Mapping):
        return {(): nested}
    return {
        (name, *path): leaf
        for name, value in nested.items()
        for path, leaf in flatten(value).items()
    }


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The name that was probably meant, or None if no name is near.

    Example:
        >>> nearest("imgae", ["image", "instances"])
        'image'
    """
    by_lower = {other.lower(): other for other in names}
    near = difflib.get_close_matches(name.lower(), by_lower, n=1)
    return by_lower[near[0]] if near else None
