"""A command that is stopped at its nth write, for every n; a process of its own, as it forks.

Usage: python tests/fault_proofs.py HOW STEP FOLDER ARGUMENT... It prints a list of what was found
wrong as JSON, and how many writes there were. FOLDER is the working directory, with the inputs.

Python tells of every file that it opens, renames and removes (PEP 578); of what HDF5 creates, tell
`h5py.h5f` and `h5py.h5d`.
"""

import errno
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import h5py

from splitlib.commands.main import load_command
from splitlib.commands.main import main as run_command
from splitlib.errors import UnfinishedFilesError
from splitlib.files import check_finished
from splitlib.unfinished.replacing import NOTE
from stages.command import run

OPENING = {"open", "os.mkdir", "os.link", "hdf5"}
CHANGING = {"os.rename", "os.remove", "os.rmdir"}
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT

Files = dict[str, bytes]


class Fault:
    """Stops the process at its nth write in a folder: by a kill, by Ctrl-C, or by a full disk."""

    def __init__(self, how: str, n: int, folder: Path) -> None:
        self.how, self.left, self.folder = how, n, str(folder)
        sys.addaudithook(self.hook)
        for module in (h5py.h5f, h5py.h5d):
            module.create = self.counted(module.create)

    def counted(self, create: Callable[..., Any]) -> Callable[..., Any]:
        def created(*args: Any, **how: Any) -> Any:  # noqa: ANN401 - as in h5py
            made = create(*args, **how)
            self.strike("hdf5")
            return made

        return created

    def hook(self, event: str, args: tuple[Any, ...]) -> None:
        if event not in OPENING | CHANGING or not isinstance(args[0], str | bytes | os.PathLike):
            return
        is_read = event == "open" and not int(args[2] or 0) & WRITES
        if not is_read and os.path.abspath(os.fsdecode(args[0])).startswith(self.folder):  # noqa: PTH100
            self.strike(event)

    def strike(self, event: str) -> None:
        self.left -= 1
        if self.left == 0 and self.how == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.left == 0 and self.how == "ctrl-c":
            raise KeyboardInterrupt
        if self.how == "full" and (self.left == 0 or (self.left < 0 and event in OPENING)):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def outcome_of(arguments: list[str], fault: Callable[[], object] = lambda: None) -> tuple[int, str]:
    """Exit code of a command in a process of its own, and what it said; -9 after a kill."""
    said = Path(f"../{os.getpid()}.said")
    if (child := os.fork()) == 0:
        number = os.open(said, os.O_RDWR | os.O_CREAT | os.O_TRUNC)
        os.dup2(number, 1), os.dup2(number, 2)
        code: Any = 99
        try:
            fault()
            code = run_one(arguments)
            for end in END:
                end()
        except SystemExit as err:
            code = err.code or 0
        finally:
            with suppress(BaseException):
                sys.stdout.flush(), sys.stderr.flush()
            os._exit(code)
    status = os.waitpid(child, 0)[1]
    return os.waitstatus_to_exitcode(status), said.read_text(errors="replace")


def run_one(arguments: list[str]) -> int:
    if arguments[0] != "stage":
        return run_command(arguments)
    from stages.split import main

    run(lambda _: main([]))
    return 0


def seen() -> tuple[Files, list[str]]:
    """The files that a person sees, and what is hidden."""
    files = [path for path in sorted(Path().rglob("*")) if not path.is_dir()]
    hidden = [str(path) for path in Path().rglob(".*") if path.name != ".splitlib-export"]
    shown = [path for path in files if not any(part in hidden for part in map(str, path.parents))]
    return {str(path): path.read_bytes() for path in shown if str(path) not in hidden}, hidden


def is_told() -> bool:
    """Whether readers of the files are told that they are of two runs, or that a folder is gone."""
    if any(Path().rglob("*.former")):
        return True
    for note in Path().rglob(NOTE):
        try:
            check_finished(note.parent / "train.slp")
        except UnfinishedFilesError:
            return True
    return False


def wrongs(how: str, n: int, arguments: list[str], before: Files, after: Files) -> list[str]:
    """What is wrong after a command was stopped at its nth write, and after the next run."""
    code, said = outcome_of(arguments, lambda: Fault(how, n, Path.cwd()))
    found, _ = seen()
    wrong = [] if found in (before, after) or (how == "kill" and is_told()) else ["mixed"]
    lines = said.strip().splitlines()
    if how == "full" and code:
        wrong += [f"said {said}"] if code != 1 or "No space left" not in lines[-1] else []
    if how == "ctrl-c" and code:
        wrong += [f"said {said}"] if code != 130 or "interrupted" not in lines[-1] else []
    code, said = outcome_of(arguments)
    found, hidden = seen()
    wrong += [f"the next run: {code} {said}"] if code else []
    wrong += ["the next run gives other files"] if found != after else []
    return wrong + [f"left: {name}" for name in hidden]


def n_writes(arguments: list[str]) -> int:
    """How many writes a run makes that nothing stops."""
    code, said = outcome_of(arguments, lambda: atexit_count(Fault("count", 0, Path.cwd())))
    assert code == 0, said
    return int(said.rsplit("writes ", 1)[1])


def atexit_count(fault: Fault) -> None:
    END.append(lambda: print(f"writes {-fault.left}"))


END: list[Callable[[], None]] = []


def main() -> None:
    """Stop the command at every STEPth write."""
    how, step, folder, *arguments = sys.argv[1:]
    work = Path(folder).resolve()
    os.chdir(work)
    if arguments[0] != "stage":
        load_command(arguments[0])
    before, _ = seen()
    kept = shutil.copytree(work, work.with_name("kept"), symlinks=True)
    total = n_writes(arguments)
    after, hidden = seen()
    assert before != after
    wrong = {n: ["hidden after a good run"] for n in (0,) if hidden}
    for n in range(1, total + 1, int(step)):
        os.chdir(work.parent)
        shutil.rmtree(work)
        os.chdir(shutil.copytree(kept, work, symlinks=True))
        if found := wrongs(how, n, arguments, before, after):
            wrong[n] = found
    print(json.dumps({"writes": total, "wrong": wrong}))


if __name__ == "__main__":
    main()
