"""dvc.yaml against the code: what a stage depends on is what it reaches."""

import ast
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from places import ROOT

STAGES: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
OURS = ("splitlib", "stages")


def file_of(module: str) -> Path | None:
    """The file of a module of the project, None for any other name."""
    path = ROOT.joinpath(*module.split("."))
    if path.with_suffix(".py").is_file():
        return path.with_suffix(".py")
    return path / "__init__.py" if (path / "__init__.py").is_file() else None


@cache
def imported_files(path: Path) -> set[Path]:
    """Files of the project that a file imports, wherever the import stands."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    parents = {name.rsplit(".", at)[0] for name in names for at in range(name.count(".") + 1)}
    files = {file_of(name) for name in names | parents if name.split(".")[0] in OURS}
    return {file for file in files if file}


def reached_files(entry: Path) -> set[Path]:
    """All files of the project that running a file can import.

    Imports for types alone lie in `splitlib/__init__.py` only, which names every public module;
    what it gives out is imported by name, and so found where it is used.
    """
    reached: set[Path] = set()
    left = {entry}
    while left:
        path = left.pop()
        reached.add(path)
        if path != ROOT / "splitlib" / "__init__.py":
            left |= imported_files(path) - reached
    return reached


def covers(dependency: str, path: Path) -> bool:
    place = ROOT / dependency
    return path == place or place in path.parents


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_depends_on_all_code_that_it_reaches(stage: str) -> None:
    dependencies = STAGES[stage]["deps"]
    missing = [
        str(path.relative_to(ROOT))
        for path in reached_files(ROOT / "stages" / f"{stage}.py")
        if not any(covers(dependency, path) for dependency in dependencies)
    ]
    assert not missing


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_depends_on_no_code_that_it_does_not_reach(stage: str) -> None:
    reached = reached_files(ROOT / "stages" / f"{stage}.py")
    code = [name for name in STAGES[stage]["deps"] if name.split("/")[0] in OURS]
    assert [name for name in code if not any(covers(name, path) for path in reached)] == []


def affected_by(key: str = "", *, file: str = "") -> list[str]:
    """The stages that an edit of a param or a file runs again: its readers, and what follows."""
    found: list[str] = []
    changed = {file}
    for name, stage in STAGES.items():
        reads = any(f"{key}.".startswith(f"{param}.") for param in stage.get("params", []))
        if reads or changed & {*stage["deps"]}:
            found.append(name)
            changed |= outs_of(stage, "outs", "metrics", "plots").keys()
    return found


FOLLOWING = [name for name, stage in STAGES.items() if not stage.get("always_changed")]
"""The stages that run only if something changed."""

AFFECTED = {
    "train.epochs": ["train", "evaluate"],
    "train.seed": ["inputs", "train", "evaluate"],
    "model.filters": ["inputs", "train", "evaluate"],
    "inputs.scale": ["inputs", "train", "evaluate"],
    "audit.min_distance": ["audit", "inputs", "train", "evaluate"],
    "split.seed": FOLLOWING,
    "labels.path": FOLLOWING,
}


FINGERPRINTS = {
    "labels": FOLLOWING,
    "split": FOLLOWING,
    "videos": ["audit", "inputs", "train", "evaluate"],
    "missing": FOLLOWING,
}


@pytest.mark.parametrize(("name", "stages"), FINGERPRINTS.items(), ids=FINGERPRINTS)
def test_a_fingerprint_affects_the_stages_that_read_its_files(name: str, stages: list[str]) -> None:
    assert affected_by(file=f"fingerprints/{name}.json") == stages


def test_no_stage_names_the_labels_which_may_be_a_list() -> None:
    assert [name for name, stage in STAGES.items() if "${labels.path}" in stage["deps"]] == []


def test_only_the_fingerprint_runs_always() -> None:
    assert next(iter(STAGES)) == "fingerprint"
    assert [*STAGES][1:] == FOLLOWING


@pytest.mark.parametrize(("key", "stages"), AFFECTED.items(), ids=AFFECTED)
def test_an_edit_affects_the_stages_that_it_should(key: str, stages: list[str]) -> None:
    assert affected_by(key) == stages


@pytest.mark.parametrize("stage", STAGES)
def test_commands_have_no_shell_syntax(stage: str) -> None:
    assert STAGES[stage]["cmd"] == f"python -m stages.{stage}"


def outs_of(stage: dict[str, Any], *kinds: str) -> dict[str, dict[str, Any]]:
    """The outs of some kinds of a stage, each with its options."""
    return {
        name: options
        for kind in kinds
        for out in stage.get(kind, [])
        for name, options in (out.items() if isinstance(out, dict) else [(out, {})])
    }


def in_git(options: dict[str, Any]) -> bool:
    return options.get("cache") is False


def test_what_git_keeps_is_not_cached() -> None:
    outs: dict[str, dict[str, Any]] = {}
    for stage in STAGES.values():
        outs |= outs_of(stage, "outs", "metrics", "plots")
    # --no-index: a file that git keeps although it is ignored counts as ignored
    ignored = subprocess.run(
        ["git", "check-ignore", "--no-index", *outs], cwd=ROOT, capture_output=True, text=True
    ).stdout.splitlines()
    assert {name for name in outs if in_git(outs[name])} == outs.keys() - set(ignored)
    assert {name for name in ignored if name.endswith(".json")} == {
        "models/description.json",
        "models/model.json",
        "reports/audit.json",
        "reports/evaluate.json",
    }


@pytest.mark.parametrize("stage", ["audit", "train", "evaluate"])
def test_dvc_remembers_the_runs_of_stages_that_take_long(stage: str) -> None:
    # a plain out in git turns off the run cache of its stage (treeverse/dvc#8738)
    assert not any(map(in_git, outs_of(STAGES[stage], "outs").values()))


def test_nothing_calls_home() -> None:
    config = (ROOT / ".dvc" / "config").read_text()
    assert "analytics = false" in config
    assert "check_update = false" in config


def test_the_lock_names_versions_and_no_addresses() -> None:
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert pins
    assert all("==" in pin and "/" not in pin and "@" not in pin for pin in pins)


def test_no_stage_depends_on_a_file_that_a_clone_lacks() -> None:
    """Then `dvc repro --single-item` runs in a clone, as what the fingerprints say is in git.

    Files that a stage of the chain before it makes are there when it has run.
    """
    outs = STAGES["fingerprint"]["outs"]
    named = (next(iter(out.items())) for out in outs)
    cached = {name for name, options in named if not in_git(options)}
    assert cached == {"converted"}
    assert cached.isdisjoint(dep for stage in STAGES.values() for dep in stage["deps"])
