"""`splitlib check`: each fault is found, and nothing where there is none."""

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from lab_repositories import all_files, make_repository, run
from places import ROOT

from splitlib.commands.main import main
from splitlib.laying.checkup import check_up
from splitlib.laying.laying_plan import plan_to_lay

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")


@pytest.fixture(autouse=True)
def _this_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    path = str(Path(sys.executable).parent)
    monkeypatch.setenv("PATH", path, prepend=":" if sys.platform != "win32" else ";")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pipeline in a folder that DVC takes for one of its own; no stage has run."""
    make_repository(tmp_path, {".dvc/config": ""}, labels="demo.slp")
    plan_to_lay(tmp_path, "audit", None, ["demo.slp"]).write()
    # DVC itself takes a second to start: what it says is tried in test_laid_pipeline.py
    monkeypatch.setattr("splitlib.laying.checkup.stale_results", lambda *_: iter(()))
    return tmp_path


def edit(name: str, old: str, new: str) -> Callable[[Path], None]:
    def _edit(folder: Path) -> None:
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new))

    return _edit


def remove(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def without_dvc(folder: Path) -> None:
    shutil.rmtree(folder / ".dvc")


FAULTS: dict[str, tuple[Callable[[Path], None], str, str]] = {
    "no DVC": (without_dvc, "is in no repository of DVC", "dvc init --no-scm"),
    "no labels": (remove("demo.slp"), "demo.slp: there is no such file", "name your labels"),
    "no pattern": (edit("params.yaml", "demo.slp", "d/*.slp"), "labels.path: d/*.slp", "name your"),
    "a file is gone": (remove("stages/command.py"), "stages/command.py is missing", "update"),
    "no dvc.yaml": (remove("dvc.yaml"), "dvc.yaml is missing", "splitlib update"),
    "no stage": (
        edit("dvc.yaml", "\n  audit:", "\n  other:"),
        "audit is missing",
        "update adds it",
    ),
    "no YAML": (edit("dvc.yaml", "stages:", "stages: ["), "expected YAML", "repair the file"),
    "a dep": (
        edit("dvc.yaml", "      - fingerprints/split.json\n", ""),
        "the stage split lacks fingerprints/split.json in its deps",
        "splitlib update --force",
    ),
    "an out": (
        edit("dvc.yaml", "outs:\n      - splits/train.slp\n", "outs:\n"),
        "the stage split lacks splits/train.slp in its outs",
        "add them",
    ),
    "a param": (
        edit("dvc.yaml", "      - audit\n", ""),
        "the stage audit lacks audit in its params",
        "add them",
    ),
    "no section": (
        edit("params.yaml", "audit:\n", "x-audit:\n"),
        "params.yaml: lacks audit, which the stage audit reads",
        "add the key",
    ),
    "an unknown key": (
        edit("params.yaml", "seed", "sede"),
        "did you mean 'seed'?",
        "docs/split.md",
    ),
    "no params": (remove("params.yaml"), "params.yaml: no such file", "docs/split.md"),
    "own code": (
        edit("stages/split.py", "import Sequence\n", "import Sequence\nimport lab\n"),
        "the stage split runs lab.py, which its deps do not name",
        "add each to the deps",
    ),
    "another version": (
        edit("stages/laid.json", '"audit": "', '"audit": "0'),
        "another state of splitlib",
        "splitlib update",
    ),
}


def test_a_pipeline_as_it_was_laid_has_no_fault(project: Path) -> None:
    assert check_up(project) == []
    assert main(["check", str(project)]) == 0


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found_and_nothing_else(
    name: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    damage, what, advice = FAULTS[name]
    make_repository(project, {"lab.py": ""})
    damage(project)
    before = all_files(project)
    assert main(["check", str(project)]) == 1
    out = capsys.readouterr().out
    assert what in out
    assert advice in out
    assert out.endswith("1 finding\n")
    assert main(["check", "--json", str(project)]) == 1
    (found,) = json.loads(capsys.readouterr().out)
    assert what in found["what"]
    assert all_files(project) == before


@needs_git
def test_what_git_ignores_and_others_need_is_named(project: Path) -> None:
    run(project, "git", "init", "--quiet")
    assert check_up(project) == []
    with (project / ".gitignore").open("a") as file:
        file.write("*.json\n")
    (found,) = check_up(project)
    assert found.what.startswith("git ignores stages/laid.json, ")
    assert "remove it" in found.advice


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (None, "there is no program python"),
        ("#!/bin/sh\nexit 1\n", "which cannot import splitlib"),
        ("#!/bin/sh\necho /x/splitlib/__init__.py\n", "imports another splitlib, /x/splitlib"),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="a script is no program there")
def test_the_python_of_stages_has_to_be_this_one(
    make: str | None, what: str, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = project / "programs"
    programs.mkdir()
    if make:
        (programs / "python").write_text(make)
        (programs / "python").chmod(0o755)
    monkeypatch.setenv("PATH", str(programs))
    (found,) = check_up(project)
    assert what in found.what
    assert "activate the environment" in found.advice


def test_the_check_of_a_folder_leaves_the_working_folder(project: Path) -> None:
    here = Path.cwd()
    check_up(project)
    assert Path.cwd() == here
