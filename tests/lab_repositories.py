"""Repositories of labs, as `splitlib init` may find them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from places import DEMO, ROOT

GET_STARTED = {
    "dvc.yaml": """\
artifacts:
  text-classification:
    path: model.pkl
    type: model
    labels:
    - nlp
stages:
  prepare:
    cmd: python src/prepare.py data/data.xml
    deps:
    - data/data.xml
    - src/prepare.py
    params:
    - prepare.seed
    - prepare.split
    outs:
    - data/prepared
  featurize:
    cmd: python src/featurization.py data/prepared data/features
    deps:
    - data/prepared
    - src/featurization.py
    outs:
    - data/features
  train:
    cmd: python src/train.py data/features model.pkl
    deps:
    - data/features
    - src/train.py
    params:
    - train.n_est
    outs:
    - model.pkl
  evaluate:
    cmd: python src/evaluate.py model.pkl data/features
    deps:
    - src/evaluate.py
    - model.pkl
    metrics:
    - eval/metrics.json:
        cache: false
    # the pictures are drawn elsewhere

plots:
- ROC:
    x: fpr
    y:
      eval/roc.json: tpr
""",
    "params.yaml": """\
prepare:
  split: 0.20
  seed: 20170428

train:
  seed: 20170428
  n_est: 50   # trees

""",
    "src/prepare.py": "import helpers\n",
    "src/helpers.py": "import os\n",
    "src/featurization.py": "",
    "src/train.py": "",
    "src/evaluate.py": "",
    "data/data.xml": "<rows/>",
    ".gitignore": "/model.pkl\n",
}
"""The layout of iterative/example-get-started: stages and sections called train are its own."""

OWN_PARAMS = {
    "params.yaml": """\
# Settings of the lab. The units are in docs/units.md.
tracking: {window: 5}   # frames
x-common: &seed 7


behaviour:
    bouts: [1, 2,
            3]
    seed: *seed      # of the clustering
""",
}
"""A params.yaml with comments, anchors, and no line end to spare."""


def make_repository(folder: Path, files: dict[str, str], *, labels: str = "") -> Path:
    """Write files into a folder, and the demo labels at a place."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8", newline="")
    if labels:
        (folder / labels).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(DEMO, folder / labels)
    return folder


def run(folder: Path, *command: str, package: Path = ROOT) -> str:
    """What a command prints.

    Args:
        folder: Where it runs.
        command: Its words; `dvc` and `splitlib` are those of this Python.
        package: The folder of the splitlib that it and the stages import.
    """
    # stages are run as `python`, which has to be this one
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    modules = {"dvc": "dvc", "splitlib": "splitlib.commands"}
    words = list(command)
    if command[0] in modules:
        words[:1] = [sys.executable, "-m", modules[command[0]]]
    done = subprocess.run(
        words,
        cwd=folder,
        env={**os.environ, "PATH": path, "PYTHONPATH": str(package)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def all_files(folder: Path) -> dict[str, bytes]:
    """Every file in a folder, hidden folders apart."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not {".git", ".dvc"} & set(path.relative_to(folder).parts[:-1])
    }
