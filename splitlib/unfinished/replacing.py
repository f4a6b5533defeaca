"""The last step of files that belong together: all take their places, or none does.

The step is a few renames, and a note in the folder says which while it lasts. A note that is found
later is one of a run that was killed in that moment. All of its files are whole, so the next run
finishes the renames, and who reads one of the files before is told.
"""

import json
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from splitlib.errors import UnfinishedFilesError
from splitlib.unfinished.leftovers import part_beside, remove, remove_leftovers
from splitlib.unfinished.writer_names import has_ended, this_writer

NOTE = ".splitlib-replacing.json"

PATIENCE = 60.0
"""Seconds that a run waits for the renames of another, which take milliseconds."""

READERS_PATIENCE = 2.0
"""The same for who reads."""

AN_HOUR = 3600.0
"""Seconds after which the renames of another machine are taken for given up. Its clock may differ
from that of the file server."""

_PAUSE = 0.02


_Former = dict[Path, Path | None]
"""The second name of the file at each place; None for a place without a file."""


class _Note(NamedTuple):
    writer: str  # "" for one that could neither go on nor back
    moves: dict[Path, Path]  # part to place


def replace_together(folder: Path, moves: Mapping[Path, Path]) -> None:
    """Rename files to their places, so that all are replaced or none.

    Args:
        folder: Where the note is written, and the readers of the files look for it.
        moves: The place of each file that is written.

    Raises:
        UnfinishedFilesError: Some files took their places and others cannot, and the file system
            has no hard links to go back by; or another run does not end.
        OSError: A file cannot be replaced; all are as before.
    """
    with _noted(folder, moves) as note:
        former = _hold(moves.values())
        try:
            for part, place in moves.items():
                part.replace(place)
        except BaseException as err:
            if former is not None:
                _go_back(former)
            elif not all(part.exists() for part in moves):
                _write(note, _text_of(folder, moves, ""))
                raise UnfinishedFilesError(_half(folder, err)) from err
            raise
        finally:
            for link in filter(None, (former or {}).values()):
                remove(link)


def finish(folder: Path) -> None:
    """Finish the renames of a run that was killed in their midst; wait for one that is at it.

    Raises:
        UnfinishedFilesError: The other run does not end.
        OSError: A file cannot be replaced.
    """
    note = folder / NOTE
    end = time.monotonic() + PATIENCE
    while note.exists():
        known = _read(note)
        if known and _has_ended(known, note):
            _finish(note, known)
        elif known and time.monotonic() > end:
            raise UnfinishedFilesError(_busy(folder))
        elif not known and time.monotonic() > end - PATIENCE + READERS_PATIENCE:
            remove(note)  # killed before it was written, and so before the first rename
        else:
            time.sleep(_PAUSE)
    remove_leftovers(note)


def noted_parts(folder: Path) -> set[Path]:
    """The parts that a note in a folder names; none without one."""
    known = _read(folder / NOTE)
    return set(known.moves) if known else set()


def check_finished(path: Path) -> None:
    """Check that no run was stopped while it replaced a file and those that belong to it.

    Raises:
        UnfinishedFilesError: One was, or a run that is at it does not end.
    """
    note = path.parent / NOTE
    end = time.monotonic() + READERS_PATIENCE
    while note.exists() and (known := _read(note)):
        places = {os.path.abspath(place) for place in known.moves.values()}  # noqa: PTH100 - no links
        if os.path.abspath(path) not in places:  # noqa: PTH100
            return
        if _has_ended(known, note):
            raise UnfinishedFilesError(_stopped(path.parent, len(places)))
        if time.monotonic() > end:
            raise UnfinishedFilesError(_busy(path.parent))
        time.sleep(_PAUSE)


@contextmanager
def read_together(paths: Iterable[Path]) -> Iterator[None]:
    """Read files that belong together in a block, and be told if they were of two runs.

    Raises:
        UnfinishedFilesError: One of the files was replaced in the meantime, or is one of those that
            a run was stopped at.
    """
    before = {path: _stamp(path) for path in paths}
    yield
    for path in before:  # first, since what is being replaced now may have been read new already
        check_finished(path)
    for path, stamp in before.items():
        if _stamp(path) != stamp:
            msg = f"{path}: was replaced while it was read with the files beside it; try again"
            raise UnfinishedFilesError(msg)


def _stamp(path: Path) -> tuple[int, ...] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_ino, stat.st_size, stat.st_mtime_ns


@contextmanager
def _noted(folder: Path, moves: Mapping[Path, Path]) -> Iterator[Path]:
    """Note the renames while they last. Without a way back, the note stays after an error."""
    note, text = folder / NOTE, _text_of(folder, moves, this_writer())
    while True:
        finish(folder)
        with suppress(FileExistsError):
            _write_new(note, text)
            break
    try:
        yield note
    except UnfinishedFilesError:
        raise
    except BaseException:
        remove(note)
        raise
    remove(note)


def _write_new(note: Path, text: str) -> None:
    """Write a file, which must not exist: of two runs, one is first."""
    part = part_beside(note)
    try:
        _write(part, text)
        os.link(part, note)  # appears with its text
    except FileExistsError:
        raise
    except (OSError, NotImplementedError, AttributeError):  # a file system without links
        with note.open("x", encoding="utf-8", errors="surrogateescape") as file:
            file.write(text)
    finally:
        remove(part)


def _write(note: Path, text: str) -> None:
    note.write_text(text, "utf-8", "surrogateescape")


def _text_of(folder: Path, moves: Mapping[Path, Path], writer: str) -> str:
    """Names from the folder, so that a project that is moved takes its note along."""
    files = {_from(folder, part): _from(folder, place) for part, place in moves.items()}
    return json.dumps({"writer": writer, "files": files}, indent=1)


def _from(folder: Path, path: Path) -> str:
    try:
        return os.path.relpath(path, folder)
    except ValueError:  # another drive of Windows
        return os.path.abspath(path)  # noqa: PTH100 - a link has to stay one


def _read(note: Path) -> _Note | None:
    """What a note says; None if it is gone, or is being written: then nothing is renamed yet."""
    try:
        value: dict[str, Any] = json.loads(note.read_text("utf-8", "surrogateescape"))
        files = value["files"].items()
        return _Note(value["writer"], {note.parent / a: note.parent / b for a, b in files})
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _has_ended(known: _Note, note: Path) -> bool:
    try:
        return not known.writer or has_ended(known.writer, lambda: note.stat().st_mtime, AN_HOUR)
    except (OSError, ValueError):
        return False


def _finish(note: Path, known: _Note) -> None:
    """Do the renames that are left.

    Two runs may do so at once: each file is renamed once, and then there is none to rename.
    """
    for part, place in known.moves.items():
        with suppress(FileNotFoundError):
            part.replace(place)
    if _read(note) == known:
        remove(note)


def _hold(places: Iterable[Path]) -> _Former | None:
    """Give each file at a place a second name, to go back by; None where that is impossible."""
    former: _Former = {}
    try:
        for place in places:
            former[place] = None
            if os.path.lexists(place):
                link = part_beside(place)
                os.link(place, link, follow_symlinks=False)
                former[place] = link
    except (OSError, NotImplementedError, AttributeError):
        for link in filter(None, former.values()):
            remove(link)
        return None
    return former


def _go_back(former: _Former) -> None:
    for place, link in former.items():
        if link:
            link.replace(place)
        else:
            place.unlink(missing_ok=True)


def _half(folder: Path, err: BaseException) -> str:
    return (
        f"{folder}: some files of this run took their places, and the next one cannot ({err}). Make"
        " room for it and type the command again, which completes them"
    )


def _stopped(folder: Path, n_files: int) -> str:
    return (
        f"{folder}: a run was stopped while it put {n_files} files that belong together in their"
        " places, so some are of that run and others older. Type its command again, which"
        f" completes them; or delete {folder / NOTE} to take the files as they are"
    )


def _busy(folder: Path) -> str:
    return (
        f"{folder}: another run is putting files in their places here; try again when it has ended,"
        f" or delete {folder / NOTE} if there is none"
    )
