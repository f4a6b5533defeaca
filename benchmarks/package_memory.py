"""Peak memory of splitting a package with embedded images, for packages of two sizes."""

import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.made_labels import make_labels

IMAGE_BYTES = 32 * 2**10
PACKAGE_MIB = (100, 1000)

SPLIT = """
import sys, time
import splitlib
from benchmarks.peak import peak_mib

labels = splitlib.Labels.load(sys.argv[1])
before = peak_mib()
start = time.perf_counter()
for number, part in enumerate(splitlib.split_labels(labels, [0.8, 0.1, 0.1], seed=1)):
    part.save(f"{sys.argv[2]}/{number}.slp")
seconds = time.perf_counter() - start
after = peak_mib()
print(before, after, seconds)
"""


def measure() -> list[str]:
    """The lines of the report."""
    lines = [
        "Peak memory of splitting a package (images of 32 KiB, 0.8/0.1/0.1 at random)",
        "",
        "| package | before | peak | added by the split | MiB/s |",
        "|---|---|---|---|---|",
    ]
    for size in PACKAGE_MIB:
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder) / "labels.pkg.slp"
            make_labels(source, size * 2**20 // IMAGE_BYTES, IMAGE_BYTES)
            command = [sys.executable, "-c", SPLIT, str(source), folder]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
        before, after, seconds = map(float, done.stdout.split())
        lines.append(
            f"| {size} MiB | {before:.0f} MiB | {after:.0f} MiB"
            f" | {after - before:.0f} MiB | {size / seconds:.0f} |"
        )
    return lines
