"""The files of functions of your own that params.yaml names, and the files of their options."""

from collections.abc import Iterator
from importlib.metadata import packages_distributions, version
from pathlib import Path
from typing import Any

from splitlib.fingerprint.file_hashes import FileHashes
from splitlib.params import Params


def code_fingerprint(params: Params, hashes: FileHashes) -> dict[str, Any]:
    """Hashes of all files that decide what the functions do, or versions of installed packages.

    Of a package in the folder of the project, these are all of its .py files, as any may be
    imported. Of the options these are the values that name a file that is there, such as weights.

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
    package, alone = Path(top), Path(f"{top}.py")
    files = sorted(package.rglob("*.py")) if package.is_dir() else [alone]
    if any(file.is_file() for file in files):
        return {file.as_posix(): hashes.whole(file) for file in files}
    names = packages_distributions().get(top, [])
    return {name: version(name) for name in sorted(set(names))} or {module: "missing"}


def _files_in(value: Any) -> Iterator[str]:  # noqa: ANN401 - any YAML
    """The texts in nested values that name a file."""
    if isinstance(value, dict):
        for one in value.values():
            yield from _files_in(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _files_in(one)
    elif isinstance(value, str) and Path(value).is_file():
        yield value
