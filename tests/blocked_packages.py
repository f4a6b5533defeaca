"""Runs Python where some packages cannot be imported, as if they were not installed."""

import subprocess
import sys
from pathlib import Path

from places import ROOT

START = """
import sys

class Blocked:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] in {names!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Blocked)
sys.path.insert(0, {root!r})
"""


def python_without(
    names: tuple[str, ...], code: str, *arguments: str, folder: Path
) -> subprocess.CompletedProcess[str]:
    """Run code in a process of its own, in a folder, with all packages of this process but some."""
    start = START.format(names=names, root=str(ROOT))
    command = [sys.executable, "-c", start + code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
