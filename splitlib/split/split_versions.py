"""Versions that are compared: the indexes of a split or a labels file, of today or of git."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from splitlib.errors import SplitError, SplitlibError
from splitlib.labels import Labels
from splitlib.slp.container import is_labels_file
from splitlib.slp.videos import is_picture
from splitlib.split.examples import SPLITS
from splitlib.split.git_files import (
    commit_of,
    files_in,
    object_at,
    read_blob,
    revision_and_path,
)
from splitlib.split.index import SplitIndex, read_index

EXPECTED = (
    "Expected the folder of a split with train.json, val.json or test.json, REV:FOLDER for a"
    " revision of git, or a .slp file."
)
ADVICE = "Nothing was changed. splitlib split LABELS FOLDER writes these files."

FILES = {f"{name}.json": name for name in SPLITS}


@dataclass(frozen=True, eq=False)
class SplitVersion:
    """A version of a split.

    Attributes:
        name: What somebody called it.
        indexes: The indexes that it has, by "train", "val" and "test", in this order.
    """

    name: str
    indexes: Mapping[str, SplitIndex]

    @property
    def knows_digests(self) -> bool:
        """Whether its indexes have digests of the labels; those of version 1 have none."""
        return all(index.version > 1 for index in self.indexes.values())


@contextmanager
def open_version(text: str) -> Iterator[SplitVersion | Labels]:
    """Open a version, for as long as the block lasts.

    Args:
        text: A folder with index files; a .slp file; or either as REV:PATH of git, with a path from
            the top of the repository or from this folder. A file that is there is taken first.

    Raises:
        SplitError: The text names neither; the message has three lines.
    """
    try:
        with TemporaryDirectory() as temporary:
            yield _open(text, Path(temporary))
    except _NoVersionError as err:
        msg = f"{err}\n{EXPECTED}\n{ADVICE}"
        raise SplitError(msg) from err


class _NoVersionError(SplitError):
    """There is no version of this name; the message says why."""


def _open(text: str, temporary: Path) -> SplitVersion | Labels:
    place = None if "\0" in text or Path(text).exists() else revision_and_path(text)
    try:
        return _of_file(text, Path(text)) if place is None else _of_git(text, *place, temporary)
    except (SplitlibError, OSError, ValueError) as err:
        why = str(err).replace(str(temporary), text).split("\n")[0]
        msg = why if text in why else f"{text}: {why}"
        raise _NoVersionError(msg) from err


def _of_file(text: str, path: Path) -> SplitVersion | Labels:
    if path.is_dir():
        return _of_folder(text, path)
    if not path.exists():
        msg = f"{text}: there is no such folder or file"
        raise SplitError(msg)
    if path.suffix.lower() == ".json":
        msg = f"{text} is a file; name the folder that it is in"
        raise SplitError(msg)
    if not is_labels_file(path):
        msg = f"{text} is no labels file"
        raise SplitError(msg)
    return Labels.load(path)


def _of_folder(text: str, folder: Path) -> SplitVersion:
    there = {name: folder / file for file, name in FILES.items() if (folder / file).is_file()}
    if not there:
        msg = f"{text}: there is no split in this folder"
        raise SplitError(msg)
    version = SplitVersion(text, {name: read_index(path) for name, path in there.items()})
    _check(version)
    return version


def _check(version: SplitVersion) -> None:
    for name, index in version.indexes.items():
        if index.split != name:
            msg = f"{version.name}/{name}.json is the index of the split {index.split}"
            raise SplitError(msg)
        # version 1 counts pictures by their place in a list, which changes when lists grow
        if index.version == 1 and any(is_picture(video.key) for video in index.videos):
            msg = (
                f"{version.name}/{name}.json is of version 1, which counts pictures by their place"
                " in a list; write it anew with splitlib split --from-index"
            )
            raise SplitError(msg)


def _of_git(text: str, revision: str, path: str, temporary: Path) -> SplitVersion | Labels:
    found = object_at(commit_of(revision), path)
    if found is None:
        msg = f"{text}: the revision has no {path}"
        raise SplitError(msg)
    number, kind = found
    if kind == "tree":
        for name, content in files_in(number, list(FILES)).items():
            (temporary / name).write_bytes(content)
        version = _of_folder(str(temporary), temporary)
        return SplitVersion(text, version.indexes)
    copy = temporary / Path(path).name
    copy.write_bytes(read_blob(number))
    return _of_file(str(copy), copy)
