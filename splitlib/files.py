"""Files written whole or not at all, and the hash that names a file's content."""

import errno
import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from splitlib.progress import tracked
from splitlib.unfinished.leftovers import (
    is_own_part,
    leftovers_of,
    part_beside,
    remove,
    remove_leftovers,
)
from splitlib.unfinished.outcome import note_begun, note_placed
from splitlib.unfinished.replacing import (
    check_finished,
    finish,
    noted_parts,
    read_together,
    replace_together,
)

__all__ = [
    "atomic_folder",
    "atomic_path",
    "check_finished",
    "files_together",
    "read_together",
    "remove_leftovers",
    "sha256_of",
    "temporary_beside",
]

PIECE = 2**20
"""Bytes that are read at a time to hash a file."""

FORMER = ".former"
"""The end of the name of a folder while the one that replaces it takes its place."""


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """A path to write to, which becomes `path` when the block ends without an error.

    The file is written beside its place and renamed, so that nobody ever sees half of it. If `path`
    is a link, such as those of DVC into its cache, the link is replaced and its target stays as it
    was. What a killed run left of the same file is removed before.

    Args:
        path: The place of the finished file. Missing parent folders are made.

    Yields:
        A path in the same folder and with the same suffix, at which there is no file yet. On an
        error the file there is removed, and an older file at `path` stays. Within another such
        block, its path stays as it is.

    Raises:
        FileNotFoundError: The block wrote no file.
        IsADirectoryError: A folder has the name; the block does not begin.
        OSError: The folder or the file cannot be written.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> with atomic_path(folder / "a.txt") as temporary:
        ...     _ = temporary.write_text("whole")
        >>> [file.name for file in folder.iterdir()]
        ['a.txt']
    """
    path = Path(path)
    if is_own_part(path):  # a part of a part would not be known as one of the target
        yield path
        return
    part = _new_part(path)
    try:
        with _named({part: path}):
            yield part
            part.replace(path)
        note_placed(path)
    finally:
        part.unlink(missing_ok=True)


def check_writable(path: str | Path) -> None:
    """Check that a file can be written, before there is anything to write.

    Raises:
        IsADirectoryError: A folder has the name.
        OSError: The folder or the file cannot be written.
    """
    part = _new_part(Path(path))
    with _named({part: Path(path)}):
        part.touch()
    part.unlink()


def _new_part(path: Path) -> Path:
    """A name beside a target that is no folder, when leftovers are gone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():  # it could not be replaced, after other files of the same work were
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    note_begun()
    remove_leftovers(path)
    return part_beside(path)


@contextmanager
def files_together(folder: Path) -> Iterator[Callable[[Path], Path]]:
    """Files that change together: all take their places when the block ends, or none does.

    A run that is killed while it renames them is finished by the next one. `check_finished` and
    `read_together` tell a reader who comes in between.

    Args:
        folder: The folder of the files that are read together; others may lie elsewhere. It is
            made where missing.

    Yields:
        A function from the place of a file to the path where it is written, as of `atomic_path`.

    Raises:
        UnfinishedFilesError: Another run is at the same files, and does not end.
        OSError: A file cannot be written or replaced; all are as before.
    """
    folder.mkdir(parents=True, exist_ok=True)
    finish(folder)
    places: dict[Path, Path] = {}

    def part_of(place: Path) -> Path:
        part = _new_part(place)
        places[part] = place
        return part

    try:
        with _named(places):
            yield part_of
            replace_together(folder, places)
        for place in places.values():
            note_placed(place)
    except BaseException:
        for part in places.keys() - noted_parts(folder):  # those complete the files later
            remove(part)
        raise


@contextmanager
def temporary_beside(path: str | Path) -> Iterator[Path]:
    """A folder for the work on a file, on the disk of the file, which goes when the block ends.

    What killed runs left is removed as by `atomic_path`.
    """
    path = Path(path)
    note_begun()
    remove_leftovers(path)
    folder = part_beside(path)
    folder.mkdir(0o700)  # the system's folder for temporary files is open to all
    try:
        with _named({folder: path}):
            yield folder
    finally:
        remove(folder)


@contextmanager
def atomic_folder(folder: Path) -> Iterator[Path]:
    """A new folder to write to, which replaces `folder` as a whole when the block ends.

    A run that is killed between the two renames of its end leaves the former folder beside its
    place, and the next run brings it back first.

    Raises:
        OSError: The folder cannot be written; a former one stays.
    """
    note_begun()
    folder.parent.mkdir(parents=True, exist_ok=True)
    _bring_back(folder)
    remove_leftovers(folder)
    new = part_beside(folder)
    new.mkdir()
    try:
        with _named({new: folder}):
            yield new
            _swap(new, folder)
        note_placed(folder)
    finally:
        remove(new)


@contextmanager
def _named(places: Mapping[Path, Path]) -> Iterator[None]:
    """Let errors of the system name the file that a person knows, and not the part of it."""
    try:
        yield
    except OSError as err:
        for part, place in places.items():
            if isinstance(err.filename, str) and Path(err.filename).is_relative_to(part):
                err.filename = str(place)
        raise


def _bring_back(folder: Path) -> None:
    """Undo what a run did that was killed between two renames."""
    for aside in leftovers_of(_former(folder)):
        if folder.exists():
            remove(aside)
        else:
            aside.rename(folder)


def _swap(new: Path, folder: Path) -> None:
    """Put a folder in the place of another, which Python cannot do in one step."""
    aside = part_beside(_former(folder))
    if folder.exists():
        folder.rename(aside)
    try:
        new.rename(folder)
    except BaseException:
        if aside.exists() and not folder.exists():
            aside.rename(folder)
        raise
    remove(aside)


def _former(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}{FORMER}")


def sha256_of(path: str | Path) -> str:
    """The SHA-256 of a file's content, as 64 lower-case hexadecimal digits.

    The file is read in pieces, so its size costs no memory.

    Raises:
        OSError: The file cannot be read.
    """
    digest = hashlib.sha256()
    n_pieces = -(-Path(path).stat().st_size // PIECE)
    with Path(path).open("rb", buffering=0) as file:
        pieces = iter(lambda: file.read(PIECE), b"")
        for piece in tracked(pieces, "MiB hashed", total=n_pieces):
            digest.update(piece)
    return digest.hexdigest()
