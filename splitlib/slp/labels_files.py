"""The labels files that somebody names: one, several, or those that a pattern matches."""

import glob
import os
import re
from collections.abc import Sequence
from itertools import count
from os import PathLike
from pathlib import Path
from typing import TypeAlias

from splitlib.errors import LabelsFileNotFoundError
from splitlib.slp import container
from splitlib.slp.container import is_labels_file

LabelsPaths: TypeAlias = str | PathLike[str] | Sequence[str | PathLike[str]]
"""A path or a pattern such as `data/*.slp`, or several of these."""

CONVERTED = Path(container.CONVERTED)

MEMORY = CONVERTED / "sources.json"
"""What the files there were made of."""

_WILDCARD = re.compile(r"[*?\[]")


def labels_files(paths: LabelsPaths) -> list[Path]:
    """The files of paths and patterns, each once: as listed, those of a pattern by their text.

    In a pattern, `**` stands for any number of folders. A path that exists is no pattern.

    Raises:
        LabelsFileNotFoundError: A pattern matches no file, or nothing is named.
    """
    listed = [paths] if isinstance(paths, str | PathLike) else list(paths)
    if not listed:
        msg = "expected the path of a labels file, got none"
        raise LabelsFileNotFoundError(msg)
    files: dict[str, Path] = {}
    for text in listed:
        for file in _named(os.fspath(text)):
            files.setdefault(place_of(file), file)
    return list(files.values())


def files_to_read(paths: LabelsPaths) -> list[Path]:
    """The .slp files of labels: those that are named, and `converted_files` of other formats.

    Raises:
        LabelsFileNotFoundError: As of `labels_files`.
    """
    converted = converted_files(paths)
    return [converted.get(file, file) for file in labels_files(paths)]


def converted_files(paths: LabelsPaths) -> dict[Path, Path]:
    """Per source of another format than .slp, the file in `CONVERTED` that it becomes.

    A file is called by its source, and one of a project by the folder of the project. Equal names
    get a number in the order in which they are listed.
    """
    others = [file for file in labels_files(paths) if not _is_slp(file)]
    named: dict[str, Path] = {}
    for source in others:
        stem = labels_name(source)
        number = next(n for n in count(1) if (stem if n == 1 else f"{stem}-{n}") not in named)
        named[stem if number == 1 else f"{stem}-{number}"] = source
    return {source: CONVERTED / f"{name}.slp" for name, source in named.items()}


def labels_name(source: Path) -> str:
    """What labels are called: their file without its suffixes, or the folder of a project."""
    is_config = source.name.lower() in ("config.yaml", "data.yaml")
    return (source.parent if is_config else source).absolute().name.split(".")[0] or "labels"


def _is_slp(file: Path) -> bool:
    """Whether a file has the layout of .slp files, which .h5 files may have too."""
    suffix = file.suffix.lower()
    if suffix in (".h5", ".hdf5") and file.is_file():
        return is_labels_file(file)
    return suffix == ".slp"


def labels_folders(paths: LabelsPaths) -> tuple[Path, ...]:
    """The folders of labels files, each once, also where a pattern matches none any more."""
    listed = [paths] if isinstance(paths, str | PathLike) else list(paths)
    folders: list[Path] = []
    for text in [os.fspath(path) for path in listed]:
        try:
            folders += (file if file.is_dir() else file.parent for file in _named(text))
        except LabelsFileNotFoundError:
            folders.append(_fixed_folder(text))
    return tuple(dict.fromkeys(folders))


def place_of(path: Path) -> str:
    """The whole path in one form. Links are not followed: where they lead differs by machine."""
    return os.path.normpath(path.absolute())


def _named(text: str) -> list[Path]:
    if not _WILDCARD.search(text) or os.path.lexists(text):
        return [Path(text)]
    found = [Path(name) for name in glob.glob(text, recursive=True)]  # noqa: PTH207 - any pattern
    files = sorted((file for file in found if file.is_file()), key=Path.as_posix)
    if not files:
        folder = _fixed_folder(text)
        there = "which has no such file" if folder.is_dir() else "which does not exist"
        msg = f"{text}: no labels file matches this pattern; looked in {folder.absolute()}, {there}"
        raise LabelsFileNotFoundError(msg)
    return files


def _fixed_folder(pattern: str) -> Path:
    """The folder that a pattern begins with, before its first wildcard."""
    parts = Path(pattern).parts
    n_fixed = next((at for at, part in enumerate(parts) if _WILDCARD.search(part)), len(parts) - 1)
    return Path(*parts[:n_fixed])
