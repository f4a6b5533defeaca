"""What killed runs leave is known by its writer; files that belong together change together."""

import errno
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from splitlib import files
from splitlib.errors import UnfinishedFilesError
from splitlib.files import (
    atomic_folder,
    atomic_path,
    check_finished,
    files_together,
    read_together,
    temporary_beside,
)
from splitlib.unfinished import replacing, writer_names
from splitlib.unfinished.leftovers import part_beside
from splitlib.unfinished.replacing import NOTE
from splitlib.unfinished.writer_names import A_DAY, has_ended, start_by_psutil, this_writer

NAMES = ("train.slp", "train.json", "val.slp")


def killed(code: str, folder: Path) -> None:
    """Run code in a process that is killed at its end."""
    start = "import os, signal\nfrom pathlib import Path\nfrom splitlib.files import *\n"
    end = "\nos.kill(os.getpid(), signal.SIGKILL)"
    done = subprocess.run([sys.executable, "-c", start + code + end], cwd=folder, check=False)
    assert done.returncode == -9


def hidden(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name.startswith("."))


def write(path: Path, text: str = "new") -> None:
    with atomic_path(path) as part:
        part.write_text(text)


def write_all(folder: Path, text: str) -> None:
    with files_together(folder) as part_of:
        for name in NAMES:
            part_of(folder / name).write_text(text)


def texts(folder: Path) -> list[str]:
    return [(folder / name).read_text() for name in NAMES]


def aged(path: Path, seconds: float) -> Path:
    then = time.time() - seconds
    os.utime(path, (then, then))
    return path


# ---- leftovers


def test_the_next_run_of_the_same_file_removes_what_a_kill_left(tmp_path: Path) -> None:
    killed("p = atomic_path('a.slp').__enter__(); p.write_text('half')", tmp_path)
    killed("t = temporary_beside('a.slp'); (t.__enter__() / 'b').write_text('half')", tmp_path)
    assert len(hidden(tmp_path)) == 1, "the second removed what the first left"
    write(tmp_path / "b.slp")
    assert len(hidden(tmp_path)) == 1, "another file is another's"
    write(tmp_path / "a.slp")
    assert hidden(tmp_path) == []


LONG = ["a", "ü" * 120 + ".slp", "🐁" * 60, "v1.0.pkg.slp", "x." + "y" * 240]


@pytest.mark.parametrize("name", LONG)
def test_names_of_any_length_have_parts_that_are_found(name: str, tmp_path: Path) -> None:
    killed(f"p = atomic_path({name!r}).__enter__(); p.write_text('half')", tmp_path)
    assert len(os.fsencode(hidden(tmp_path)[0])) <= 143  # of encrypted folders
    write(tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_parts_of_one_process_to_one_target_stay(tmp_path: Path) -> None:
    with atomic_path(tmp_path / "a.slp") as one, temporary_beside(tmp_path / "a.slp") as folder:
        one.write_text("one")
        write(tmp_path / "a.slp", "two")
        assert one.exists()
        assert folder.exists()
    assert (tmp_path / "a.slp").read_text() == "one"


def test_parts_of_a_process_that_runs_stay(tmp_path: Path) -> None:
    code = (
        "from splitlib.files import atomic_path\n"
        "atomic_path('a.slp').__enter__().touch()\n"
        "print(1, flush=True)\n"
        "input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout
        other.stdout.readline()
        write(tmp_path / "a.slp")
        assert len(hidden(tmp_path)) == 1
        other.kill()
    write(tmp_path / "a.slp")
    assert hidden(tmp_path) == []


def other(machine: str = "", run: str = "", pid: str = "") -> str:
    own = this_writer().split("-")
    return "-".join([machine or own[0], run or own[1], pid or own[2], own[3]])


ENDED: dict[str, tuple[str, float, bool]] = {
    "this process": (other(), 2 * A_DAY, False),
    "another start of this number": (other()[:-1] + "_", 0, True),
    "a number that no process has": (other(pid="7fffffff"), 0, True),
    "another machine, just now": (other("0" * 8), 0, False),
    "another machine, two days ago": (other("0" * 8), 2 * A_DAY, True),
    "this machine before its start": (other(run="0" * 8), 20 * 365 * A_DAY, True),
    "another container, just now": (other(run="0" * 8), 0, False),
}


@pytest.mark.parametrize("case", ENDED)
def test_a_writer_has_ended(case: str) -> None:
    writer, age, expected = ENDED[case]
    writer = writer.replace("_", "0" if this_writer()[-1] != "0" else "1")
    assert has_ended(writer, lambda: time.time() - age) is expected


def test_a_process_of_somebody_else_counts_as_running(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(pid: int, number: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "kill", refused)
    assert not has_ended(other(pid="7fffffff"), time.time)


def test_without_proc_psutil_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (start_by_psutil(os.getpid()) or 0) > 0
    assert start_by_psutil(0x7FFFFFF) is None
    for name in ("_named", "_run_of_machine"):
        getattr(writer_names, name).cache_clear()
    monkeypatch.setattr(writer_names, "_is_linux", lambda: False)
    try:
        assert not has_ended(other(), time.time)
        assert has_ended(other(pid="7fffffff"), time.time)
    finally:
        for name in ("_named", "_run_of_machine"):
            getattr(writer_names, name).cache_clear()


PARTS_OF_BEFORE = {
    "a part, just now": (".a-0123456789abcdef.slp", 0, True),
    "a part, two days ago": (".a-0123456789abcdef.slp", 2 * A_DAY, False),
    "somebody's own, two days ago": (".a-notes.slp", 2 * A_DAY, True),
}


@pytest.mark.parametrize(("name", "age", "stays"), PARTS_OF_BEFORE.values(), ids=PARTS_OF_BEFORE)
def test_parts_of_before_are_removed_when_they_are_old(
    name: str, age: float, stays: bool, tmp_path: Path
) -> None:
    (tmp_path / name).write_text("half")
    aged(tmp_path / name, age)
    write(tmp_path / "a.slp")
    assert hidden(tmp_path) == [name] * stays


OLD_WITHIN = {
    "all but a file": (["inside", "."], True),
    "all but a folder": (["inside/b", "."], True),
    "all": (["inside/b", "inside", "."], False),
}


@pytest.mark.parametrize(("old", "stays"), OLD_WITHIN.values(), ids=OLD_WITHIN)
def test_a_folder_counts_as_changed_with_what_is_in_it(
    old: list[str], stays: bool, tmp_path: Path
) -> None:
    part = part_beside(tmp_path / "a.slp")
    part = part.with_name(part.name.replace(this_writer(), other("0" * 8)))
    (part / "inside").mkdir(parents=True)
    (part / "inside/b").write_text("now")
    for path in old:
        aged(part / path, 2 * A_DAY)
    write(tmp_path / "a.slp")
    assert part.exists() == stays


def test_errors_name_the_file_and_not_its_part(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=re.escape(f"'{tmp_path / 'a.slp'}'")):  # noqa: SIM117
        with atomic_path(tmp_path / "a.slp") as part:
            raise OSError(errno.ENOSPC, "No space left on device", str(part))


# ---- files that belong together


@pytest.mark.parametrize("at", range(4))
def test_where_a_rename_fails_all_files_are_as_before(
    at: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_all(tmp_path, "old")
    (tmp_path / "val.slp").unlink()
    fail_at(at, monkeypatch)
    if at < 3:
        with pytest.raises(PermissionError):
            write_all(tmp_path, "new")
        assert (tmp_path / "train.slp").read_text() == "old"
        assert not (tmp_path / "val.slp").exists()
    else:
        write_all(tmp_path, "new")
    assert hidden(tmp_path) == []


def fail_at(at: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the renames from one on fail that put a new file in its place."""
    replace, n = Path.replace, iter(range(100))

    def replaced(self: Path, target: Path) -> Path:
        if self.read_text() == "new" and next(n) >= at:
            raise PermissionError(errno.EACCES, "Permission denied", str(self))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", replaced)


def no_links(*_: object, **__: object) -> None:
    raise OSError(errno.EPERM, "Operation not permitted")


def test_without_hard_links_half_is_told_and_the_next_run_completes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_all(tmp_path, "old")
    with monkeypatch.context() as patch:
        patch.setattr(os, "link", no_links)
        fail_at(1, patch)
        with pytest.raises(UnfinishedFilesError, match="type the command again"):
            write_all(tmp_path, "new")
    assert texts(tmp_path) == ["new", "old", "old"]
    with pytest.raises(UnfinishedFilesError, match="3 files that belong together"):
        check_finished(tmp_path / "val.slp")
    check_finished(tmp_path / "labels.slp")
    with files_together(tmp_path):
        assert texts(tmp_path) == ["new"] * 3
    assert hidden(tmp_path) == []


KILLED_IN_RENAMES = """
n = iter(range(9))
replace = Path.replace
def stop(self, target):
    if next(n) == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return replace(self, target)
Path.replace = stop
with files_together(Path()) as part_of:
    for name in ("train.slp", "train.json", "val.slp"):
        part_of(Path(name)).write_text("new")
"""


def test_a_kill_between_renames_is_told_and_the_next_run_completes_them(tmp_path: Path) -> None:
    write_all(tmp_path, "old")
    killed(KILLED_IN_RENAMES, tmp_path)
    assert texts(tmp_path) == ["new", "new", "old"]
    with pytest.raises(UnfinishedFilesError, match=r"Type its command again.*or delete"):
        check_finished(tmp_path / "train.json")
    with pytest.raises(KeyboardInterrupt), files_together(tmp_path):
        raise KeyboardInterrupt
    assert texts(tmp_path) == ["new"] * 3, "even a next run that fails completes them"
    write_all(tmp_path, "newer")
    assert hidden(tmp_path) == []


def test_a_note_that_was_not_written_holds_nobody_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replacing, "READERS_PATIENCE", 0)
    (tmp_path / NOTE).touch()
    check_finished(tmp_path / "train.slp")
    write_all(tmp_path, "new")
    assert hidden(tmp_path) == []


def test_a_run_that_does_not_end_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replacing, "READERS_PATIENCE", 0)
    monkeypatch.setattr(replacing, "PATIENCE", 0)
    note = replacing._text_of(tmp_path, {tmp_path / "p": tmp_path / "train.slp"}, other("0" * 8))
    (tmp_path / NOTE).write_text(note)
    with pytest.raises(UnfinishedFilesError, match="another run is putting files"):
        check_finished(tmp_path / "train.slp")
    with pytest.raises(UnfinishedFilesError, match="another run is putting files"):
        write_all(tmp_path, "new")
    aged(tmp_path / NOTE, 2 * replacing.AN_HOUR)
    write_all(tmp_path, "new")
    assert texts(tmp_path) == ["new"] * 3


def test_files_of_two_runs_that_are_read_together_are_told(tmp_path: Path) -> None:
    write_all(tmp_path, "old")
    paths = [tmp_path / name for name in NAMES]
    with read_together(paths):
        assert texts(tmp_path) == ["old"] * 3
    with pytest.raises(UnfinishedFilesError, match="was replaced while it was read"):  # noqa: SIM117
        with read_together(paths):
            write_all(tmp_path, "new")


TWO_RUNS = """
import sys
from pathlib import Path
from splitlib.files import files_together
for n in range(30):
    with files_together(Path()) as part_of:
        for name in ("train.slp", "train.json", "val.slp"):
            part_of(Path(name)).write_text(f"{sys.argv[1]} {n}")
"""


@pytest.mark.slow
def test_two_runs_at_once_leave_the_files_of_one(tmp_path: Path) -> None:
    runs = [
        subprocess.Popen([sys.executable, "-c", TWO_RUNS, name], cwd=tmp_path) for name in "abc"
    ]
    while any(run.poll() is None for run in runs):
        try:
            with read_together([tmp_path / name for name in NAMES]):
                found = texts(tmp_path)
        except (UnfinishedFilesError, FileNotFoundError):
            continue
        assert len(set(found)) == 1
    assert [run.returncode for run in runs] == [0, 0, 0]
    assert len(set(texts(tmp_path))) == 1
    assert hidden(tmp_path) == []


# ---- folders

SWAP = """
rename = Path.rename
def stop(self, target):
    if self.name.startswith("."):
        os.kill(os.getpid(), signal.SIGKILL)
    return rename(self, target)
Path.rename = stop
with atomic_folder(Path("out")) as new:
    (new / "a").write_text("new")
"""


def write_folder(folder: Path, act: Callable[[], None] = lambda: None) -> None:
    with atomic_folder(folder) as new:
        (new / "a").write_text("new")
        act()


def test_a_folder_is_replaced_as_a_whole_or_stays(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "a").write_text("old")
    (folder / "b").write_text("old")

    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_folder(folder, stop)
    assert sorted(path.name for path in folder.iterdir()) == ["a", "b"]
    killed(SWAP, tmp_path)
    assert not folder.exists()
    with pytest.raises(KeyboardInterrupt):
        write_folder(folder, stop)
    assert (folder / "a").read_text() == "old", "the next run brings it back first"
    write_folder(folder)
    assert [(path.name, path.read_text()) for path in folder.iterdir()] == [("a", "new")]
    assert hidden(tmp_path) == []


def test_every_name_that_files_gives_out_is_there() -> None:
    assert all(callable(getattr(files, name)) for name in files.__all__)
