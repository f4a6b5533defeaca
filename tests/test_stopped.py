"""Commands and stages that are killed, interrupted or out of space, at each of their writes."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from places import DEMO, ROOT
from slow import slow

from splitlib.labels import Labels

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
