"""Which splitlib is installed, where its source is no file of the project."""

import hashlib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import splitlib

NOT_CODE = {"__pycache__", "laid"}
"""Folders that differ between ways to install the same code."""


def package_fingerprint() -> dict[str, Any]:
    """The version, and a hash of the code where the version does not say what it is.

    A release that comes from a package index is what its version says. An installation from git,
    from a folder or from a file may be any state between two releases.
    """
    return {"version": splitlib.__version__, "code": None if _is_release() else _code_hash()}


def _is_release() -> bool:
    """Whether pip took the package that is imported from an index.

    Else pip keeps direct_url.json beside the package:
    https://packaging.python.org/en/latest/specifications/direct-url
    """
    try:
        installed = distribution("splitlib")
    except PackageNotFoundError:  # a folder on PYTHONPATH
        return False
    is_imported = Path(str(installed.locate_file("splitlib"))) == _folder()
    return is_imported and installed.read_text("direct_url.json") is None


def _code_hash() -> str:
    digest = hashlib.sha256()
    for path in sorted(_folder().rglob("*"), key=Path.as_posix):
        place = path.relative_to(_folder())
        if path.is_file() and NOT_CODE.isdisjoint(place.parts):
            digest.update(f"{place.as_posix()}\n{path.stat().st_size}\n".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _folder() -> Path:
    return Path(splitlib.__file__).parent
