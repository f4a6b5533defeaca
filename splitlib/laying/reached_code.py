"""The code that a stage of dvc.yaml reaches, and that its deps do not name.

DVC does not follow imports (treeverse/dvc#9195): an edit of a file that is no dep runs nothing
again, and results stay as they were.
"""

import ast
import os
import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from splitlib.laying.laid_stages import paths_of

_PYTHON = re.compile(r"python[\d.]*(\.exe)?")


def unlisted_code(folder: Path, entry: Mapping[str, Any]) -> list[str]:
    """The .py files of a folder that a stage runs or imports, and that no dep covers.

    Args:
        folder: The folder of dvc.yaml.
        entry: The stage in it. One whose command is built of variables has none.

    Returns:
        Paths from the folder, sorted.
    """
    here = folder / str(entry.get("wdir", "."))
    deps = [_normal(here / str(dep)) for dep in paths_of(dict(entry), "deps")]
    reached = {
        _normal(path) for start, roots in _started(here, entry) for path in _reached(start, roots)
    }
    uncovered = [p for p in reached if not any(dep in (p, *p.parents) for dep in deps)]
    top = _normal(folder)
    return sorted(Path(os.path.relpath(path, top)).as_posix() for path in uncovered)


def _started(here: Path, entry: Mapping[str, Any]) -> Iterator[tuple[Path, list[Path]]]:
    """The Python files that the command of a stage starts, each with where it looks for modules."""
    commands = entry.get("cmd", [])
    for command in [commands] if isinstance(commands, str) else commands:
        for words in _programs(str(command)):
            if words[:1] == ["-m"] and len(words) > 1:
                yield from ((path, [here]) for path in _files_of(words[1], [here]))
            elif words and words[0].endswith(".py") and (here / words[0]).is_file():
                yield here / words[0], [(here / words[0]).parent]


def _programs(command: str) -> Iterator[list[str]]:
    """The words after each `python` of a command line."""
    try:
        words = shlex.split(command)
    except ValueError:  # quotes of another shell
        return
    for at, word in enumerate(words):
        if _PYTHON.fullmatch(PurePosixPath(word).name):
            yield words[at + 1 :]


def _reached(start: Path, roots: list[Path]) -> set[Path]:
    found: set[Path] = set()
    left = {start}
    while left:
        path = left.pop()
        found.add(path)
        names = _imports(path)
        left |= {file for name in names for file in _files_of(name, roots)} - found
        left |= {file for name in _relative(path) for file in _files_of(*name)} - found
    return found


def _files_of(name: str, roots: list[Path]) -> list[Path]:
    """The files in a project that an import of a module reads: of its packages, and its own."""
    parts = name.split(".")
    found = []
    for root in roots:
        for n in range(1, len(parts) + 1):
            place = root.joinpath(*parts[:n])
            ends = [place / "__init__.py", *([place.with_suffix(".py")] if n == len(parts) else [])]
            found += [path for path in ends if path.is_file()]
    return found


def _imports(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def _relative(path: Path) -> Iterator[tuple[str, list[Path]]]:
    """Modules that are named from the package of a file, each with the folder that it is in."""
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.ImportFrom) and node.level:
            folder = path.parents[node.level - 1]
            for alias in node.names:
                yield ".".join(filter(None, [node.module, alias.name])), [folder]
            if node.module:
                yield node.module, [folder]


def _tree(path: Path) -> ast.Module:
    try:
        return ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):  # Python itself will say so
        return ast.Module(body=[], type_ignores=[])


def _normal(path: Path) -> Path:
    return Path(os.path.normpath(path.absolute()))
