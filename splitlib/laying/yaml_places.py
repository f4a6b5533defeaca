"""Edits of YAML as text, which leave all other lines as they are, to the byte."""

import textwrap
from collections.abc import Sequence

import yaml

from splitlib.errors import LayingError
from splitlib.params import yaml12


def with_items(text: str, section: str, items: Sequence[str], name: str) -> str:
    """A YAML file with more items at the end of a mapping or list at its top.

    Args:
        text: The file.
        section: The key of the mapping or list, which is added at the end where it is missing.
        items: The items as text without indentation, each with a line end.
        name: What messages call the file.

    Raises:
        LayingError: The file is no YAML, or the section is written within braces.
    """
    if not items:
        return text
    key, value = _section(text, section, name)
    if key is None or value is None:
        between = "\n" if text and not text.splitlines()[-1].startswith("#") else ""
        return f"{_ended(text)}{between}{section}:\n{_joined(items, 2)}"
    lines = _ended(text).splitlines(keepends=True)
    if isinstance(value, yaml.ScalarNode) and not value.value:
        at = key.start_mark.line + 1
        return "".join([*lines[:at], _joined(items, 2), *lines[at:]])
    _refuse_braces(value, section, name)
    at = _end(lines, value, key.start_mark.column)
    return "".join([*lines[:at], "\n", _joined(items, value.start_mark.column), *lines[at:]])


def with_item_replaced(text: str, section: str, item: str, by: str, name: str) -> str:
    """A YAML file with another text for one key of a mapping at its top.

    Raises:
        LayingError: As of `with_items`.
    """
    lines = _ended(text).splitlines(keepends=True)
    start, end, indent = _item(lines, section, item, name)
    return "".join([*lines[:start], textwrap.indent(by, " " * indent), *lines[end:]])


def item_text(text: str, section: str, item: str, name: str) -> str:
    """The text of one key of a mapping at the top of a YAML file, without its indentation.

    Raises:
        LayingError: As of `with_items`.
    """
    lines = _ended(text).splitlines(keepends=True)
    start, end, _ = _item(lines, section, item, name)
    return textwrap.dedent("".join(lines[start:end]))


def _item(lines: Sequence[str], section: str, item: str, name: str) -> tuple[int, int, int]:
    """The first line of a key, the line behind it, and its indentation."""
    _, value = _section("".join(lines), section, name)
    if not isinstance(value, yaml.MappingNode):
        msg = f"{name}: expected a mapping at {section!r}, and there is none"
        raise LayingError(msg)
    _refuse_braces(value, section, name)
    key, own = next((k, v) for k, v in value.value if k.value == item)
    return key.start_mark.line, _last_line(lines, own) + 1, key.start_mark.column


def _section(text: str, section: str, name: str) -> tuple[yaml.Node | None, yaml.Node | None]:
    try:
        top = yaml.compose(text, Loader=yaml12.Loader)
    except yaml.YAMLError as err:
        msg = f"{name}: expected YAML, got an error: {' '.join(str(err).split())}"
        raise LayingError(msg) from err
    if top is None:
        return None, None
    if not isinstance(top, yaml.MappingNode):
        msg = f"{name}: expected a mapping such as stages: ..., got something else"
        raise LayingError(msg)
    _refuse_braces(top, "the top", name)
    return next(((key, value) for key, value in top.value if key.value == section), (None, None))


def _refuse_braces(node: yaml.Node, place: str, name: str) -> None:
    if getattr(node, "flow_style", False):
        msg = (
            f"{name}:{node.start_mark.line + 1}: {place} is written within braces, and lines cannot"
            " be added to it. Write it with a line for each key."
        )
        raise LayingError(msg)


def _end(lines: Sequence[str], node: yaml.Node, column: int) -> int:
    """The line behind a node and the comments that are indented as it is."""
    at = _last_line(lines, node) + 1
    while at < len(lines) and lines[at].lstrip().startswith("#"):
        if len(lines[at]) - len(lines[at].lstrip()) <= column:
            break
        at += 1
    return at


def _last_line(lines: Sequence[str], node: yaml.Node) -> int:
    """The last line of a node, which PyYAML lets end where the next one begins."""
    if isinstance(node, yaml.CollectionNode) and node.value and not node.flow_style:
        last = node.value[-1]
        return _last_line(lines, last[1] if isinstance(last, tuple) else last)
    at = int(node.end_mark.line)
    if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
        at -= node.end_mark.column == 0
        while not lines[min(at, len(lines) - 1)].strip():
            at -= 1
    return min(at, len(lines) - 1)


def _joined(items: Sequence[str], indent: int) -> str:
    between = "\n" if all(item.count("\n") > 1 for item in items) else ""
    return between.join(textwrap.indent(item, " " * indent) for item in items)


def _ended(text: str) -> str:
    return text if not text or text.endswith("\n") else text + "\n"
