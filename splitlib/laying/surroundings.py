"""What is around the folder of a pipeline: git, DVC, and the Python that its stages run in."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import splitlib

_WHICH = "import splitlib; print(splitlib.__file__)"


def whole_path(folder: Path) -> Path:
    """A path from the root, without steps up."""
    return Path(os.path.normpath(folder.absolute()))


def root_with(folder: Path, name: str) -> Path | None:
    """The nearest folder, from one up, that holds a name such as ".git"; None without one."""
    here = whole_path(folder)
    return next((top for top in (here, *here.parents) if (top / name).exists()), None)


def how_to_start_dvc(folder: Path) -> str | None:
    """The command that makes a folder one of DVC; None where it is one.

    It is for a person to type. `dvc init` stages files in git, and where the root of DVC is decides
    for the whole repository.
    """
    if root_with(folder, ".dvc") is not None:
        return None
    git = root_with(folder, ".git")
    if git is None:
        return "dvc init --no-scm"
    return "dvc init" if git == whole_path(folder) else "dvc init --subdir"


def ignored_by_git(folder: Path, names: Sequence[str]) -> list[str]:
    """Those of some files that git ignores; none where there is no git."""
    if root_with(folder, ".git") is None or shutil.which("git") is None:
        return []
    command = ["git", "check-ignore", "-z", "--stdin"]
    done = subprocess.run(
        command, cwd=folder, input="\0".join(names), capture_output=True, text=True, check=False
    )
    return [name for name in done.stdout.split("\0") if name]


def python_fault(folder: Path) -> str | None:
    """What is wrong with the `python` that runs the stages; None where it imports this splitlib."""
    program = shutil.which("python")
    if program is None:
        return "there is no program python, which runs the stages"
    command = [program, "-c", _WHICH]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    found = done.stdout.strip()
    if found and Path(found).resolve() == Path(splitlib.__file__).resolve():
        return None
    what = f"imports another splitlib, {found}" if found else "cannot import splitlib"
    return f"python is {program}, which {what}"
