"""Projects in folders of their own, and other processes that work on them."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / "benchmarks/peers"

CORES = 2
"""Of each tool that is measured, where the system can say which."""

SLEAP, SLEAP_NN = "SLEAP_PYTHON", "SLEAP_NN_PYTHON"
"""Variables of the environment that name the Pythons of other tools."""


def write_params(folder: Path, sections: Mapping[str, Any]) -> None:
    """Write params.yaml."""
    (folder / "params.yaml").write_text(json.dumps(sections))


def run_stage(stage: str, folder: Path) -> None:
    """Run a stage of the project in a folder."""
    run_module(f"stages.{stage}", folder)


def run_module(name: str, folder: Path) -> str:
    """Run a module of ours in the folder of a project.

    Returns:
        What it printed.
    """
    done = subprocess.run(
        [sys.executable, "-m", name],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout


def peer_command(python: str, script: str, task: Mapping[str, Any]) -> list[str]:
    """What runs a script of benchmarks/peers/ in another Python."""
    return [python, str(PEERS / script), json.dumps(task)]


def last_json(printed: str) -> dict[str, Any]:
    """The last line of what a script printed; tools print above it."""
    line: dict[str, Any] = json.loads(printed.splitlines()[-1])
    return line


def limit_cores() -> None:
    """Leave this process, and those that it starts, the first cores alone."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
