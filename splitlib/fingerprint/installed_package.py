"""Which splitlib is installed, where its source is no file of the project."""

import hashlib
from pathlib import Path

import splitlib

NOT_CODE = {"__pycache__", "laid"}
"""Folders that differ between ways to install the same code."""


def package_fingerprint() -> dict[str, str]:
    """The version, and one hash of all code.

    The version is for people. It alone would not tell an installation from git, or one that is
    edited where it lies, from a release. The same code has the same hash however it was installed.

    Raises:
        OSError: A file of the package cannot be read.
    """
    folder = Path(splitlib.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*"), key=Path.as_posix):
        place = path.relative_to(folder)
        if NOT_CODE.isdisjoint(place.parts) and path.is_file():
            content = path.read_bytes()
            digest.update(f"{place.as_posix()}\n{len(content)}\n".encode() + content)
    return {"version": splitlib.__version__, "code": digest.hexdigest()}
