"""Files of a git revision, read as they were: nothing is checked out.

git runs without a shell, and no word of its command lines that somebody typed can be an option.
"""

import os
import re
import subprocess
from collections.abc import Sequence

from splitlib.errors import SplitError

_PLACE = re.compile(r"((?:[^:{]|\{[^}]*\})+):(.+)", re.DOTALL)  # @{12:30} and ^{/a: b} hold colons

_DRIVE = re.compile(r"[A-Za-z]:[\\/]")


def revision_and_path(text: str) -> tuple[str, str] | None:
    """The revision and the path of a place such as "HEAD~1:splits"; None for any other text.

    Example:
        >>> revision_and_path("HEAD~1:splits/"), revision_and_path("splits")
        (('HEAD~1', 'splits'), None)
    """
    found = _PLACE.fullmatch(text)
    if found is None or _DRIVE.match(text):
        return None
    path = found[2].replace(os.sep, "/")
    return found[1], path.rstrip("/") or "."


def commit_of(revision: str) -> str:
    """The hash of the commit that a revision names.

    Raises:
        SplitError: There is no git, no repository here, or no such revision in it.
    """
    if revision.startswith("-") or "\0" in revision:
        msg = f"{revision!r} is no name of a revision of git"
        raise SplitError(msg)
    _git("rev-parse", "--git-dir")  # says where there is no repository
    try:
        return _git("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}").decode().strip()
    except SplitError as err:
        msg = f"git knows no revision {revision!r} here; a shallow clone has no older ones"
        raise SplitError(msg) from err


def object_at(commit: str, path: str) -> tuple[str, str] | None:
    """The hash of a file or folder of a commit, and which of them it is: "blob" or "tree".

    The path is one from the top of the repository, as git reads it, or else from this folder. None
    stands for no such file.

    Raises:
        SplitError: The path cannot be one of git.
    """
    if "\0" in path:
        msg = f"{path!r} is no path"
        raise SplitError(msg)
    for place in dict.fromkeys([path, f"./{path}"]):
        try:
            number = _git("rev-parse", "--verify", "--quiet", f"{commit}:{place}").decode().strip()
        except SplitError:
            continue
        return number, _git("cat-file", "-t", number).decode().strip()
    return None


def files_in(tree: str, names: Sequence[str]) -> dict[str, bytes]:
    """The content of those of the named files that a folder of a commit holds.

    Raises:
        SplitError: git cannot read one.
    """
    entries = _git("ls-tree", "-z", "--full-tree", tree).split(b"\0")
    numbers = {}
    for entry in filter(None, entries):
        about, _, name = entry.partition(b"\t")
        _, kind, number = about.decode().split()
        if kind == "blob":
            numbers[os.fsdecode(name)] = number
    return {name: read_blob(numbers[name]) for name in names if name in numbers}


def read_blob(number: str) -> bytes:
    """The content of a file, by its hash.

    Raises:
        SplitError: git cannot read it.
    """
    return _git("cat-file", "blob", number)


def _git(*words: str) -> bytes:
    """What git prints."""
    try:
        done = subprocess.run(
            ["git", *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env={**os.environ, "LC_ALL": "C"},
            check=False,
        )
    except FileNotFoundError as err:
        msg = "git is not installed, and reads the files of a revision"
        raise SplitError(msg) from err
    if done.returncode:
        first = done.stderr.decode(errors="replace").strip().split("\n")[0]
        msg = f"git: {first or 'no such object'}"
        raise SplitError(msg)
    return done.stdout
