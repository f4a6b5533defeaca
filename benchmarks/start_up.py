"""CPU seconds of starting: the import, and the split stage on the demo labels."""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROUNDS = 7


def cpu_seconds(arguments: list[str], folder: Path) -> float:
    """CPU time, user and system, of one run of Python."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run(
        [sys.executable, *arguments], check=True, cwd=folder, env=environment, capture_output=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure() -> list[str]:
    """The lines of the report."""
    runs = {
        "python -c pass": ["-c", "pass"],
        "import splitlib": ["-c", "import splitlib"],
        "import splitlib; splitlib.Labels": ["-c", "import splitlib; splitlib.Labels"],
        "python -m stages.split (demo labels)": ["-m", "stages.split"],
    }
    lines = ["CPU seconds (median, with the start of Python)", "", "| what | CPU s |", "|---|---|"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "params.yaml").write_bytes((ROOT / "params.yaml").read_bytes())
        (folder / "data").mkdir()
        (folder / "data/demo.slp").write_bytes((ROOT / "data/demo.slp").read_bytes())
        for what, arguments in runs.items():
            times = [cpu_seconds(arguments, folder) for _ in range(ROUNDS)]
            lines.append(f"| `{what}` | {statistics.median(times):.2f} |")
    return lines
