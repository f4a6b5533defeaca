"""The pipeline in repositories of labs, from `splitlib init` to splits, with the real DVC."""

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from foreign_labels import write_coco
from lab_repositories import GET_STARTED, OWN_PARAMS, all_files, make_repository, run
from places import ROOT

import splitlib
from splitlib.laying import carried_files
from splitlib.laying.laid_record import whole_files

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("git") is None, reason="needs git"),
]


@dataclass(frozen=True)
class Layout:
    """A repository, and what is typed in it.

    Attributes:
        files: The files of the lab.
        folder: The folder that gets the pipeline, from the top of the repository.
        before: Commands at the top before anything is laid.
        options: Options of `splitlib init`.
        start: What `splitlib init` says about DVC.
        findings: Words of each finding that stays.
    """

    files: dict[str, str] = field(default_factory=dict)
    folder: str = "."
    before: Sequence[str] = ("git init --quiet",)
    options: Sequence[str] = ()
    start: str = "dvc init"
    findings: Sequence[str] = ()


LAYOUTS = {
    "an empty folder": Layout(before=(), start="dvc init --no-scm"),
    "example-get-started": Layout(
        files=GET_STARTED,
        before=("git init --quiet", "dvc init --quiet"),
        options=("--params", "splitlib.yaml"),
        start="",
        findings=("prepare runs src/helpers.py", "never run: prepare, featurize, train, evaluate"),
    ),
    "a monorepo": Layout(folder="labs/pose estimation", start="dvc init --subdir"),
    "a monorepo of DVC": Layout(
        files={"dvc.yaml": "stages:\n  split:\n    cmd: echo\n"},
        folder="labs/pose",
        before=("git init --quiet", "dvc init --quiet"),
        start="",
    ),
    "own params": Layout(files=OWN_PARAMS),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_labels_are_split_and_audited(name: str, tmp_path: Path) -> None:
    layout = LAYOUTS[name]
    top = make_repository(tmp_path / "the lab", layout.files, labels="my data/demo.slp")
    for command in layout.before:
        run(top, *command.split())
    labels = ["--labels", "my data/demo.slp"]
    out = run(top, "splitlib", "init", layout.folder, *labels, *layout.options)
    folder = top / layout.folder
    start = re.findall(r"^  (dvc init.*)$", out, re.MULTILINE)
    assert start == ([layout.start] if layout.start else [])
    for command in start:
        run(folder, *command.split())
    assert stages_of(run(folder, "dvc", "repro", "audit")) == ["fingerprint", "split", "audit"]
    for split in ("train", "val", "test"):
        index = f"splits/{split}.json"
        assert (folder / index).read_bytes() == (ROOT / index).read_bytes()
    assert [*_findings(folder)] == [*layout.findings]
    assert stages_of(run(folder, "dvc", "repro", "audit")) == ["fingerprint"]
    for place, text in layout.files.items():
        if place != "dvc.yaml" and not place.startswith("."):
            assert (top / place).read_text("utf-8").startswith(text)


def _findings(folder: Path) -> Sequence[str]:
    out = _check(folder)
    known = [words for layout in LAYOUTS.values() for words in layout.findings]
    lines = [line for line in out.splitlines() if not line.startswith("->")][:-1]
    return [next((words for words in known if words in line), line) for line in lines]


def _check(folder: Path, package: Path = ROOT) -> str:
    """What `splitlib check` prints, whatever it finds."""
    code = (
        "import sys; from splitlib.commands.main import main; main(['check']); sys.stdout.flush()"
    )
    return run(folder, "python", "-c", code, package=package)


def stages_of(output: str) -> list[str]:
    return re.findall(r"Running stage '(?:[^':]+:)?(\w+)'", output)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pipeline that ran."""
    top = make_repository(tmp_path_factory.mktemp("lab"), {}, labels="demo.slp")
    run(top, "splitlib", "init", "--labels", "demo.slp")
    run(top, "dvc", "init", "--no-scm", "--quiet")
    run(top, "dvc", "repro")
    return top


@pytest.fixture
def newer(tmp_path: Path) -> Path:
    """A folder with the package of the next version, in the form of a wheel."""
    package = tmp_path / "newer/splitlib"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "splitlib", package, ignore=ignored)
    for name in ("dvc.yaml", "params.yaml", *whole_files("evaluate")):
        place = package / carried_files.COPIES / name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, place)
    path = package / "__init__.py"
    path.write_text(path.read_text().replace(splitlib.__version__, "9.9.9"))
    return package.parent


def test_a_stale_result_is_found_whatever_changed(project: Path) -> None:
    assert _check(project) == "nothing is wrong\n"
    for name, old, new, what in (
        ("params.yaml", "seed: 42", "seed: 43", "split in params.yaml is modified"),
        ("splits/test.json", "{", " {", "splits/test.json is modified"),
        ("stages/command.py", '"""What', '"""Now what', "stages/command.py is modified"),
    ):
        text = (project / name).read_text()
        (project / name).write_text(text.replace(old, new, 1))
        assert what in _check(project)
        (project / name).write_text(text)
    labels = (project / "demo.slp").read_bytes()
    (project / "demo.slp").write_bytes(labels + b"\0")
    assert "the labels changed, and the results are older\n-> dvc repro\n" in _check(project)
    (project / "demo.slp").write_bytes(labels)


def test_labels_of_another_format_are_found_changed(tmp_path: Path) -> None:
    labels = write_coco(tmp_path / "labels of mice").relative_to(tmp_path)
    run(tmp_path, "dvc", "init", "--no-scm", "--quiet")
    run(tmp_path, "splitlib", "init", "--until", "split", "--labels", str(labels))
    assert _check(tmp_path).startswith("never run: fingerprint, split\n-> dvc repro\n")
    run(tmp_path, "dvc", "repro")
    assert _check(tmp_path) == "nothing is wrong\n"
    (tmp_path / labels).write_text((tmp_path / labels).read_text() + "\n")
    assert _check(tmp_path).startswith(f"{labels} changed, and the results are older\n")


def test_another_version_runs_all_stages_again_without_a_word_of_the_user(
    project: Path, newer: Path
) -> None:
    assert "another splitlib is installed" in _check(project, newer)
    before = all_files(project)
    out = run(project, "dvc", "repro", package=newer)
    assert stages_of(out) == ["fingerprint", "split", "audit"]
    assert _check(project, newer) == "nothing is wrong\n"
    changed = {name for name, content in all_files(project).items() if before[name] != content}
    assert changed - {"fingerprints/hashes.json"} == {"dvc.lock", "fingerprints/splitlib.json"}
    run(project, "dvc", "repro")


def test_a_version_with_other_stages_says_what_to_type(project: Path, newer: Path) -> None:
    path = newer / "splitlib" / carried_files.COPIES / "stages/split.py"
    path.write_text(f"{path.read_text()}# newer\n")
    with pytest.raises(AssertionError) as caught:
        run(project, "dvc", "repro", package=newer)
    assert "splitlib update brings the stages to the installed version" in str(caught.value)
    assert "splitlib update" in _check(project, newer)
    run(project, "splitlib", "update", package=newer)
    run(project, "dvc", "repro", package=newer)
    assert _check(project, newer) == "nothing is wrong\n"
    run(project, "splitlib", "update")
    run(project, "dvc", "repro")
    assert _check(project) == "nothing is wrong\n"
