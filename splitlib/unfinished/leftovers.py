"""Names for what is being written, and the removal of what killed runs left under such names."""

import os
import re
import secrets
import shutil
from contextlib import suppress
from pathlib import Path

from splitlib.unfinished.writer_names import WRITER, has_ended, is_stale, this_writer

STEM_BYTES = 40
"""Bytes of the stem of a target in the name of a part. Names have 255 bytes at most on the usual
file systems, and 143 on encrypted ones."""

SUFFIX_BYTES = 60
"""A suffix that is longer is none that a writer chooses its format by."""

_PART = re.compile(rf"\.(.*)-({WRITER})-[0-9a-f]{{8}}(\.[^.]*)?", re.DOTALL)

_BETWEEN = re.compile(rf"({WRITER})-[0-9a-f]{{8}}|[0-9a-f]{{16}}")
"""What stands between stem and suffix; of splitlib 0.1, digits that do not tell the writer."""


def part_beside(path: Path) -> Path:
    """A new name beside a target, with its suffix, that tells which process writes there."""
    stem, suffix = _stem_and_suffix(path)
    return path.with_name(f".{stem}-{this_writer()}-{secrets.token_hex(4)}{suffix}")


def is_own_part(path: Path) -> bool:
    """Whether a path is a part that this process writes: it needs no part of its own."""
    found = _PART.fullmatch(path.name)
    return found is not None and found[2] == this_writer()


def remove_leftovers(path: Path) -> None:
    """Remove the parts of a target whose writers have ended, files and folders.

    What cannot be removed stays: it is no reason not to write.
    """
    for part in leftovers_of(path):
        remove(part)


def leftovers_of(path: Path) -> list[Path]:
    """The parts of a target whose writers have ended.

    Those of this machine are known at once; others, when they have not changed for a day.
    """
    left = []
    stem, suffix = _stem_and_suffix(path)
    start = f".{stem}-"
    for name in _names_in(path.parent):
        if name.startswith(start) and name.endswith(suffix):
            found = _BETWEEN.fullmatch(name[len(start) : len(name) - len(suffix)])
            if found and _is_left(path.with_name(name), found[1]):
                left.append(path.with_name(name))
    return left


def _names_in(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 - names alone, which takes a tenth of the time
    except OSError:
        return []


def _is_left(part: Path, writer: str | None) -> bool:
    def changed() -> float:
        return last_change(part)

    try:
        return has_ended(writer, changed) if writer else is_stale(changed)
    except OSError:  # its writer renamed or removed it just now
        return False


def last_change(path: Path) -> float:
    """When a file, or anything in a folder, was changed last, in seconds since 1970."""
    times = [path.lstat().st_mtime]
    for folder, _, names in os.walk(path):
        times += [(Path(folder) / name).lstat().st_mtime for name in (".", *names)]
    return max(times)


def remove(path: Path) -> None:
    """Remove a file or a folder, as far as that is possible."""
    with suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _stem_and_suffix(path: Path) -> tuple[str, str]:
    """What the names of parts begin and end with; those of a part are as of its target."""
    if part := _PART.fullmatch(path.name):
        return part[1], part[3] or ""
    suffix = path.suffix if len(os.fsencode(path.suffix)) <= SUFFIX_BYTES else ""
    stem = path.name.removesuffix(suffix) if suffix else path.name
    return os.fsencode(stem)[:STEM_BYTES].decode("utf-8", "ignore"), suffix
