"""Time and peak memory of commands on many frames without images, beside the size of the tables."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.made_labels import make_labels

N_FRAMES = (100_000, 1_000_000)

COMMANDS = {
    "split": "split labels.slp splits",
    "verify": "verify labels.slp splits",
    "merge": "merge splits/train.slp splits/val.slp splits/test.slp -o merged.slp",
    "info": "info labels.slp",
    "audit, no images": "audit labels.slp splits --no-images",
}

RUN = """
import sys
from splitlib.commands.main import main
from benchmarks.peak import peak_mib

try:
    main(sys.argv[1:])
finally:
    print(peak_mib(), file=sys.stderr)
"""


def measured(arguments: str, folder: Path) -> tuple[float, float]:
    """Seconds and peak memory, MiB, of a command with the start of Python."""
    root = str(Path(__file__).parents[1])
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", RUN, *arguments.split()],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": root},
        capture_output=True,
        text=True,
        check=True,
    )
    return time.perf_counter() - start, float(done.stderr.split()[-1])


def measure() -> list[str]:
    """The lines of the report."""
    lines = [
        "Commands on labels without images, 2 instances x 13 nodes (with the start of Python)",
        "",
        "| frames | command | seconds | peak | size of the tables |",
        "|---|---|---|---|---|",
    ]
    for n_frames in N_FRAMES:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            make_labels(folder / "labels.slp", n_frames)
            size = (folder / "labels.slp").stat().st_size / 2**20
            for title, arguments in COMMANDS.items():
                seconds, peak = measured(arguments, folder)
                lines.append(
                    f"| {n_frames:,} | {title} | {seconds:.2f} | {peak:.0f} MiB | {size:.0f} MiB |"
                )
    return lines
