"""The files of functions of your own that params.yaml names, and the files of their options."""

import ast
import sysconfig
from collections.abc import Iterator
from importlib.machinery import PathFinder
from importlib.metadata import packages_distributions, version
from pathlib import Path
from typing import Any

from splitlib.fingerprint.file_hashes import FileHashes
from splitlib.params import Params

OURS = {"splitlib", "stages"}
"""Packages that stages depend on by themselves."""


def code_fingerprint(params: Params, hashes: FileHashes) -> dict[str, Any]:
    """Hashes of all files that decide what the functions do, or versions of installed packages.

    Of a package, these are all of its .py files, as any may be imported; and so on for the modules
    in the folder of the project that they import. Of the options, these are the values that name a
    file that is there, such as weights, or a folder of files.

    Raises:
        OSError: A file is there and cannot be read.
    """
    places = {
        "model.build": params.model.build,
        "train.loss": params.train.loss,
        "train.optimizer": params.train.optimizer,
    }
    found: dict[str, Any] = {
        key: _module_record(place.split(":")[0], hashes) for key, place in places.items() if place
    }
    files = sorted(set(_files_in(dict(params.model.options))))
    if files:
        found["model.options"] = {name: hashes.whole(Path(name)) for name in files}
    return found


def _module_record(module: str, hashes: FileHashes) -> dict[str, Any]:
    top = module.split(".")[0]
    files = _project_files(top)
    if files:
        return {path.as_posix(): hashes.whole(path) for path in sorted(_with_imports(files))}
    outside = _files_elsewhere(top)
    if outside:  # a package that is edited where it lies, as `pip install --editable` has it
        return {name: hashes.whole(path) for name, path in sorted(outside.items())}
    names = packages_distributions().get(top, [])
    return {name: version(name) for name in sorted(set(names))} or {module: "missing"}


def _project_files(top: str) -> list[Path]:
    """The files that an import of a name reads from the folder of the project, as Python looks."""
    folder, alone = Path(top), Path(f"{top}.py")
    if top in OURS:
        return []
    if alone.is_file() and not (folder / "__init__.py").is_file():
        return [alone]
    return sorted(folder.rglob("*.py")) if folder.is_dir() else []


def _with_imports(files: list[Path]) -> set[Path]:
    """Files, and those of the project that they import."""
    found, left = set(files), list(files)
    while left:
        for top in _imported(left.pop()):
            new = set(_project_files(top)) - found
            found |= new
            left.extend(new)
    return found


def _imported(path: Path) -> set[str]:
    """The first parts of the names that a file imports; none of a file that is no Python."""
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return set()
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


def _files_elsewhere(top: str) -> dict[str, Path]:
    """The .py files of a package outside of the folders of installed packages, by short names."""
    spec = PathFinder.find_spec(top)
    if spec is None or spec.origin is None:
        return {}
    origin = Path(spec.origin)
    installed = [sysconfig.get_path(name) for name in ("purelib", "platlib", "stdlib")]
    if any(origin.is_relative_to(folder) for folder in installed):
        return {}
    if not spec.submodule_search_locations:
        return {origin.name: origin}
    folder = origin.parent
    return {path.relative_to(folder.parent).as_posix(): path for path in folder.rglob("*.py")}


def _files_in(value: Any) -> Iterator[str]:  # noqa: ANN401 - any YAML
    """The files that texts in nested values name, and those in folders that they name."""
    if isinstance(value, dict):
        for one in value.values():
            yield from _files_in(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _files_in(one)
    elif isinstance(value, str) and Path(value).is_file():
        yield Path(value).as_posix()
    elif isinstance(value, str) and value and Path(value).is_dir():
        yield from (path.as_posix() for path in Path(value).rglob("*") if path.is_file())
