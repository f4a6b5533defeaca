"""Commands and stages that are killed, interrupted or out of space, at each of their writes."""

import json
import os
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from places import DEMO, ROOT
from slow import slow

from splitlib.commands.main import main
from splitlib.jsonfile import write_json
from splitlib.labels import Labels
from stages.command import run

SPLIT = ["split", "labels.slp", "out", "--groups", "frame", "--gap", "0", "--block-length", "1"]
ARGUMENTS = {
    "split": SPLIT,
    "split of several": ["split", "labels.slp", "more.slp", "out", *SPLIT[3:]],
    "stage": ["stage"],
    "convert": ["convert", "labels.slp", "out/converted.slp"],
    "merge": ["merge", "labels.slp", "more.slp", "-o", "out/merged.slp"],
    "export": ["export", "labels.slp", "out", "--format", "slp-pkg"],
    "export to coco": ["export", "labels.slp", "out", "--format", "coco"],
}


def stopped_at_each_write(name: str, how: str, step: int, folder: Path) -> dict[str, Any]:
    """What is wrong after any stop of a command, by the number of the write."""
    work = folder / "work"
    work.mkdir()
    demo = Labels.load(DEMO)
    few = demo if name == "stage" else demo.extract(np.arange(12))
    few.save(work / "labels.slp")
    demo.extract(np.arange(20, 26)).save(work / "more.slp")
    text = (ROOT / "params.yaml").read_text().replace("data/demo.slp", "labels.slp")
    (work / "params.yaml").write_text(text)
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests/fault_proofs.py"), how, str(step), str(work)]
        + ARGUMENTS[name],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


CASES = [
    ("split", "kill", 13),
    ("convert", "full", 7),
    ("merge", "ctrl-c", 16),
    *(
        slow(name, how, 1 if name in ("split", "convert", "merge", "export") else 4)
        for name in ARGUMENTS
        for how in ("kill", "full", "ctrl-c")
    ),
]


@pytest.mark.parametrize(("name", "how", "step"), CASES)
def test_what_is_stopped_leaves_old_files_or_new_and_the_next_run_gives_the_same(
    name: str, how: str, step: int, tmp_path: Path
) -> None:
    found = stopped_at_each_write(name, how, step, tmp_path)
    assert found["wrong"] == {}
    assert found["writes"] > 5


def test_a_split_never_replaces_its_labels(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = tmp_path / "train.slp"
    labels.write_bytes(DEMO.read_bytes())
    assert main(["split", str(labels), str(tmp_path)]) == 1
    assert "the labels to split would be replaced" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["train.slp"]
    assert labels.read_bytes() == DEMO.read_bytes()


def test_a_merge_replaces_an_input_but_no_split_with_its_index(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["split", str(DEMO), str(tmp_path)]) == 0
    splits = [str(tmp_path / f"{name}.slp") for name in ("train", "val", "test")]
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert main(["merge", *splits, "-o", splits[0]]) == 1
    assert "train.slp is a split: its index train.json" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
    (tmp_path / "train.json").unlink()
    assert main(["merge", *splits, "-o", splits[0]]) == 0
    assert len(Labels.load(splits[0])) > len(Labels.load(splits[1]))


def test_an_interrupted_stage_says_what_is_new(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    def stage(_: object) -> None:
        write_json("a.json", [])
        raise KeyboardInterrupt

    with pytest.raises(SystemExit) as ended, warnings.catch_warnings():
        run(stage)
    assert ended.value.code == 130
    told = "interrupted; new and whole: a.json; no other file was changed. `dvc repro` does this"
    assert capsys.readouterr().err.startswith(told)
