"""Files written whole or not at all, and the hash that names a file's content."""

import errno
import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from splitlib.progress import tracked

PIECE = 2**20
"""Bytes that are read at a time to hash a file."""


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """A path to write to, which becomes `path` when the block ends without an error.

    The file is written beside its place and renamed, so that nobody ever sees half of it. If `path`
    is a link, such as those of DVC into its cache, the link is replaced and its target stays as it
    was.

    Args:
        path: The place of the finished file. Missing parent folders are made.

    Yields:
        A path in the same folder and with the same suffix, at which there is no file yet. On an
        error the file there is removed, and an older file at `path` stays.

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
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():  # it could not be replaced, after other files of the same work were
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    # Writers choose a format by the suffix. The stem is cut, since names have a limited length.
    temporary = path.with_name(f".{path.stem[:40]}-{secrets.token_hex(8)}{path.suffix}")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


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
