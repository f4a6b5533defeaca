"""A YAML file as values that know their lines."""

from pathlib import Path as FilePath
from typing import Any

import yaml

from splitlib.errors import ParamsError
from splitlib.params import yaml12
from splitlib.params.problems import Path, Problem, show


class YamlMap(dict[Any, Any]):
    """A mapping with the line of each of its keys, counted from 1."""

    lines: dict[object, int]


class YamlList(list[Any]):
    """A list with the line of each of its items, counted from 1."""

    lines: dict[object, int]


def read_yaml(path: str | FilePath) -> tuple[object, list[Problem]]:
    """The value in a YAML file, and what is wrong with it as YAML.

    Returns:
        The value, made of `YamlMap`, `YamlList` and plain values, None for an empty file; and a
        problem for each key that is there twice.

    Raises:
        ParamsError: The file is missing or is no YAML; the message gives the line.
    """
    text = _read_text(FilePath(path))
    try:
        node = yaml.compose(text, Loader=yaml12.Loader)
        builder = _Builder()
        return builder.build(node, ()) if node else None, builder.problems
    except yaml.MarkedYAMLError as err:
        mark = err.problem_mark or err.context_mark
        message = ", ".join(filter(None, [err.context, err.problem]))
        raise _no_yaml(path, mark.line + 1 if mark else 1, message) from err
    except yaml.reader.ReaderError as err:
        line = text.count("\n", 0, err.position) + 1
        raise _no_yaml(path, line, f"character U+{err.character:04X} is not allowed") from err
    except RecursionError as err:
        raise _no_yaml(path, 1, "nested too deep, or an alias within its own anchor") from err


def line_of(document: object, path: Path) -> int | None:
    """The line of the key at a path, or of the nearest section around it; None without any."""
    line: int | None = None
    value: Any = document
    for part in path:
        if part not in getattr(value, "lines", ()):
            break
        line, value = value.lines[part], value[part]
    return line


def _read_text(path: FilePath) -> str:
    try:
        content = path.read_bytes()
    except OSError as err:
        reason = f"cannot be read: {err.strerror}"
        if isinstance(err, FileNotFoundError):
            reason = "no such file; name the params file, or run in the folder that holds it"
        msg = f"{path}: {reason}"
        raise ParamsError(msg) from err
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as err:
        line = content.count(b"\n", 0, err.start) + 1
        msg = f"{path}:{line}: expected UTF-8 text, got the byte {content[err.start]:#04x}"
        raise ParamsError(msg) from err


def _no_yaml(path: str | FilePath, line: int, message: str) -> ParamsError:
    return ParamsError(f"{path}:{line}: expected YAML, got an error: {message}")


class _Builder:
    """Makes values of nodes, each node once: aliases of a node share its value.

    So a short file whose aliases unfold to billions of values costs no more than its length.
    """

    def __init__(self) -> None:
        self.problems: list[Problem] = []  # keys that are there twice
        self._built: dict[int, Any] = {}

    def build(self, node: yaml.Node, path: Path) -> Any:  # noqa: ANN401 - whatever YAML holds
        if id(node) not in self._built:
            self._built[id(node)] = self._make(node, path)
        return self._built[id(node)]

    def _make(self, node: yaml.Node, path: Path) -> object:
        match node:
            case yaml.MappingNode(tag=yaml12.MAP_TAG):
                return self._mapping(node, path)
            case yaml.SequenceNode(tag=yaml12.LIST_TAG):
                return self._list(node, path)
            case yaml.ScalarNode():
                return _scalar(node)
            case _:
                raise _error(node, f"the tag {node.tag} is not one of plain values")

    def _list(self, node: yaml.SequenceNode, path: Path) -> YamlList:
        result = YamlList(self.build(item, (*path, at)) for at, item in enumerate(node.value))
        result.lines = {at: _line(item) for at, item in enumerate(node.value)}
        return result

    def _mapping(self, node: yaml.MappingNode, path: Path) -> YamlMap:
        result = YamlMap()
        result.lines = {}
        merges = [value for key, value in node.value if key.tag == yaml12.MERGE_TAG]
        for key_node, value_node in node.value:
            if key_node.tag != yaml12.MERGE_TAG:
                self._add(result, key_node, value_node, path)
        # After all others: a key of the mapping itself goes before one that is merged into it.
        for value_node in merges:
            self._merge(result, value_node, path)
        return result

    def _add(self, result: YamlMap, key_node: yaml.Node, value_node: yaml.Node, path: Path) -> None:
        if not isinstance(key_node, yaml.ScalarNode):
            raise _error(key_node, "a key is text, and no mapping or list")
        key = _scalar(key_node)
        if key in result:
            message = f"duplicate key; it is on line {result.lines[key]} already"
            self.problems.append(Problem((*path, key), message))
        result[key] = self.build(value_node, (*path, key))
        result.lines[key] = _line(key_node)

    def _merge(self, result: YamlMap, node: yaml.Node, path: Path) -> None:
        sources = node.value if isinstance(node, yaml.SequenceNode) else [node]
        for source in sources:
            merged = self.build(source, path)
            if not isinstance(merged, YamlMap):
                raise _error(source, "<< merges a mapping, or a list of mappings")
            for key in [key for key in merged if key not in result]:
                result[key] = merged[key]
                result.lines[key] = merged.lines[key]


def _scalar(node: yaml.ScalarNode) -> object:
    try:
        return yaml12.plain_value(node.tag, node.value)
    except KeyError as err:
        raise _error(node, f"the tag {node.tag} is not one of plain values") from err
    except ValueError as err:
        raise _error(node, f"{show(node.value)} is no value of the tag {node.tag}") from err


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _error(node: yaml.Node, message: str) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=message, problem_mark=node.start_mark)
