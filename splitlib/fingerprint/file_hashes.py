"""Hashes of files, remembered on this machine: a file that did not change is not read again.

A hash is remembered under a stamp of the files: path, size, times of change and inode of each. So
git and DVC know files again, too. Stamps differ between machines and stay out of the fingerprints.
"""

import hashlib
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from splitlib.errors import JsonFileError
from splitlib.files import sha256_of
from splitlib.jsonfile import read_json, write_json
from splitlib.progress import tracked

BLOCK = 2**18
"""Bytes of a block of a large file."""

N_BLOCKS = 64
"""Blocks that are read of a large file: 16 MiB in all."""

MISSING = "missing"
"""Stands for the hash of a file that is not there."""

SETTLED = 2.0
"""Seconds after which a file counts as settled. A younger one may change again within one tick of
the file system's clock, which FAT counts in 2 s; its hash is not remembered."""


class FileHashes:
    """Hashes of files and of lists of files.

    Args:
        memory: A JSON file that keeps hashes for the next run. It may be missing or damaged: files
            are then read again.
    """

    def __init__(self, memory: Path) -> None:
        self.memory = memory
        self._known = _recalled(memory)
        self._used: dict[str, str] = {}

    def whole(self, path: Path) -> str:
        """`sha256_of` a file; `MISSING` where there is no regular file.

        Raises:
            OSError: The file cannot be read.
        """
        if not os.path.isfile(path):  # noqa: PTH113 - Path.is_file raises for long names
            return MISSING
        return self._hash([path], "whole", lambda: sha256_of(path))

    def sampled(self, paths: Sequence[Path | None]) -> str:
        """One hash of the `sampled_sha256` of files, in their order; None stands for a missing one.

        Raises:
            OSError: A file cannot be read.
        """
        return self._hash(paths, f"{N_BLOCKS} blocks of {BLOCK}", lambda: _hash_of_list(paths))

    def remember(self) -> None:
        """Keep the hashes that were asked for, and forget all others."""
        if self._used != self._known:
            write_json(self.memory, self._used)

    def _hash(self, paths: Sequence[Path | None], kind: str, read: Callable[[], str]) -> str:
        stamp, newest = _stamp(paths, kind)
        found = self._known.get(stamp) or read()
        if newest < time.time() - SETTLED:
            self._used[stamp] = found
        return found


def sampled_sha256(path: Path) -> str:
    """SHA-256 of a file's size and content, as 64 hexadecimal digits.

    The content is all of a file up to N_BLOCKS * BLOCK bytes. Of a larger file it is N_BLOCKS
    blocks at even distances, the first and the last among them: a recording of hours takes
    milliseconds, and another recording or another encoding differs everywhere.

    Raises:
        OSError: The file cannot be read.
    """
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        digest = hashlib.sha256(b"%d\n" % size)
        for start in block_starts(size):
            file.seek(start)
            digest.update(file.read(BLOCK))
    return digest.hexdigest()


def block_starts(size: int) -> list[int]:
    """Where the blocks begin that are read of a file of `size` bytes.

    Example:
        >>> block_starts(2 * BLOCK + 1) == [0, BLOCK, 2 * BLOCK]
        True
        >>> starts = block_starts(10**9)
        >>> len(starts), starts[0], starts[-1] == 10**9 - BLOCK
        (64, 0, True)
    """
    if size <= N_BLOCKS * BLOCK:
        return list(range(0, size, BLOCK))
    return [at * (size - BLOCK) // (N_BLOCKS - 1) for at in range(N_BLOCKS)]


def _hash_of_list(paths: Sequence[Path | None]) -> str:
    files = tracked(paths, "files hashed", total=len(paths))
    hashes = [MISSING if path is None else sampled_sha256(path) for path in files]
    return hashlib.sha256("\n".join(hashes).encode()).hexdigest()


def _stamp(paths: Sequence[Path | None], kind: str) -> tuple[str, float]:
    """What tells that no file was written since; and when the newest was, in seconds of the epoch.

    The time of status change counts as well: tools that copy files may set times of change back.
    """
    rows = [None if path is None else _row(str(path)) for path in paths]
    newest = max((max(row[-2:]) for row in rows if row), default=0) / 10**9
    text = f"{kind}\n{rows}".encode("utf-8", "surrogateescape")
    return hashlib.sha256(text).hexdigest(), newest


def _row(path: str) -> tuple[str, int, int, int, int]:
    found = os.stat(path)  # noqa: PTH116 - a Path would take twice as long
    return path, found.st_size, found.st_ino, found.st_mtime_ns, found.st_ctime_ns


def _recalled(memory: Path) -> dict[str, str]:
    try:
        known = read_json(memory)
    except JsonFileError:
        return {}
    return known if isinstance(known, dict) else {}
