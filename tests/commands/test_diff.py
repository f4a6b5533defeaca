"""`splitlib diff`: folders, revisions of git, labels, and what is neither."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from places import DEMO, ROOT

from splitlib.commands.main import main
from splitlib.split.git_files import revision_and_path

SPLITS = str(ROOT / "splits")
FILES = ("train.json", "val.json", "test.json")

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """The demo, split with another seed."""
    assert main(["split", str(DEMO), str(tmp_path / "other"), "--seed", "7"]) == 0
    return tmp_path / "other"


def git(folder: Path, *words: str) -> None:
    names = {f"GIT_{who}_{what}": "a" for who in ("AUTHOR", "COMMITTER") for what in ("NAME",)}
    mails = {f"GIT_{who}_EMAIL": "a@b.c" for who in ("AUTHOR", "COMMITTER")}
    environment = {**os.environ, **names, **mails}
    subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, env=environment)


@pytest.fixture
def repository(other: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository whose first commit has the split of the demo, and the second another one."""
    top = tmp_path / "top"
    odd = top / "-odd name; touch harmed"
    for folder in (top / "splits", odd):
        folder.mkdir(parents=True)
        for name in FILES:
            shutil.copy(ROOT / "splits" / name, folder)
    shutil.copy(DEMO, top / "labels.slp")
    git(top, "init", "-q")
    git(top, "add", ".")
    git(top, "commit", "-q", "-m", "one")
    for name in FILES:
        shutil.copy(other / name, top / "splits")
    git(top, "commit", "-q", "-a", "-m", "two: a colon")
    monkeypatch.chdir(top)
    return top


def test_the_demo_split_against_itself_is_empty(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", SPLITS, SPLITS]) == 0
    out = capsys.readouterr().out
    assert "no frame differs" in out
    assert "comparable: the 44 frames of the test split are the same" in out


def test_another_split_is_not_comparable(other: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["diff", SPLITS, str(other)]) == 1
    out = capsys.readouterr().out
    moved = ["test", "->", "train", "14", "frames", "in", "1", "block", "arena_a.mp4", "1-36"]
    assert moved in [line.split() for line in out.splitlines()]
    assert "not comparable: 33 frames of the old test split are now in train or val" in out
    assert main(["diff", SPLITS, str(other), "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["verdict"] == "not comparable"
    assert report["figures"]["n_old_trained_now"] == 33
    sizes = [len(change["frames"]) for change in report["changes"] if change["from"] == "test"]
    assert sum(sizes) == 33
    assert report["relabelled"] == []


def test_a_picture_is_drawn(other: Path, tmp_path: Path) -> None:
    path = tmp_path / "new/diff.png"
    assert main(["diff", SPLITS, str(other), "--picture", str(path)]) == 1
    content = path.read_bytes()
    assert content.startswith(b"\x89PNG")
    assert main(["diff", SPLITS, str(other), "--picture", str(path)]) == 1
    assert path.read_bytes() == content


@needs_git
@pytest.mark.parametrize("revision", ["HEAD~1", "HEAD^{/one}", "main@{0}~1", "HEAD~1^{commit}"])
def test_a_revision_of_git_is_read(revision: str, repository: Path) -> None:
    git(repository, "branch", "-M", "main")
    assert main(["diff", f"{revision}:splits", SPLITS]) == 0
    assert main(["diff", f"{revision}:splits/", "splits"]) == 1
    assert main(["diff", "HEAD:splits", "splits"]) == 0


@needs_git
def test_names_are_no_options_and_no_commands_of_a_shell(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["diff", "HEAD:-odd name; touch harmed", SPLITS]) == 0
    assert main(["diff", "--", "-odd name; touch harmed", SPLITS]) == 0
    monkeypatch.chdir(repository / "splits")
    assert main(["diff", "HEAD~1:splits", SPLITS]) == 0
    monkeypatch.chdir(repository / "-odd name; touch harmed")
    assert main(["diff", "HEAD:.", "."]) == 0
    assert not list(repository.rglob("harmed"))


@needs_git
def test_a_labels_file_of_git_is_read(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["diff", "HEAD:labels.slp", str(DEMO)]) == 0
    assert capsys.readouterr().out == "no label differs\n"


def test_labels_are_compared(other: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["diff", str(DEMO), str(other / "test.slp"), "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["n_frames"] == [471, 44]
    assert report["total"]["frames"] == {"added": 0, "removed": 427, "changed": 0}
    assert main(["diff", str(DEMO), str(other / "test.slp")]) == 1
    header, *_, last = capsys.readouterr().out.splitlines()
    assert "frames removed" in header
    assert last.split()[:4] == ["all", "0", "427", "0"]
    assert main(["diff", str(DEMO), str(DEMO), "--picture", "x.png"]) == 2


NO_VERSIONS = {
    "nowhere": "there is no such folder or file",
    "empty": "there is no split in this folder",
    "text.txt": "not a labels file",
    "coco/train.json": "is a file; name the folder",
    "coco": "expected an index of a split",
    "wrong": "is the index of the split test",
    "HEAD:nowhere": "the revision has no nowhere",
    "HEAD:wrong": "is the index of the split test",
    "nobody:splits": "git knows no revision 'nobody'",
    "-x:splits": "'-x' is no name of a revision",
    "--output=x:splits": "is no name of a revision",
}


@needs_git
@pytest.mark.parametrize(("name", "message"), NO_VERSIONS.items())
def test_what_is_no_version_is_told_in_three_lines(
    name: str, message: str, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in ("empty", "coco", "wrong"):
        (repository / folder).mkdir()
    (repository / "text.txt").write_text("some text")
    (repository / "coco/train.json").write_text('{"images": []}')
    shutil.copy(ROOT / "splits/test.json", repository / "wrong/val.json")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "three")
    before = sorted(repository.rglob("*"))
    capsys.readouterr()
    assert main(["diff", "--", name, "splits"]) == 2
    printed = capsys.readouterr()
    first, second, third = printed.err.splitlines()
    assert message in first
    assert first.startswith("splitlib diff: ")
    assert "/tmp" not in first.replace(str(repository), "")
    assert second.startswith("Expected the folder of a split")
    assert third.startswith("Nothing was changed.")
    assert printed.out == ""
    assert sorted(repository.rglob("*")) == before


def test_outside_of_a_repository_there_are_no_revisions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert main(["diff", "HEAD:splits", SPLITS]) == 2
    assert "git" in capsys.readouterr().err.splitlines()[0]
    monkeypatch.setenv("PATH", "")
    assert main(["diff", "HEAD:splits", SPLITS]) == 2
    assert "git is not installed" in capsys.readouterr().err.splitlines()[0]


def test_a_split_and_labels_are_not_compared(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", SPLITS, str(DEMO)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3
    assert "one is a split, and the other is a labels file" in lines[0]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("HEAD:splits", ("HEAD", "splits")),
        ("v1^{/a: b}:x:y", ("v1^{/a: b}", "x:y")),
        ("HEAD@{12:30}:s/", ("HEAD@{12:30}", "s")),
        ("splits", None),
        (":splits", None),
        ("HEAD:", None),
        ("C:\\splits", None),
        ("c:/splits", None),
    ],
)
def test_revisions_are_told_from_paths(text: str, place: tuple[str, str] | None) -> None:
    assert revision_and_path(text) == place
