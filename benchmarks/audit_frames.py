"""The audit of labels without decoding images: in the process, and as a command from start to end.

Two instances of 13 nodes a frame, split by the default params.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.made_labels import make_labels

SIZES = (10_000, 100_000)
ROUNDS = 5

AUDIT = """
import sys, time
from pathlib import Path
from benchmarks.peak import peak_mib
from splitlib.audit.checks import make_checks
from splitlib.audit.findings import audit
from splitlib.audit.audited_splits import load_audited
from splitlib.params import AuditParams, LabelsParams

params = AuditParams(images=False)
start = time.perf_counter()
found = audit(load_audited(sys.argv[1], [Path(sys.argv[2])]), LabelsParams(), params)
make_checks(found, params)
print(time.perf_counter() - start, peak_mib())
"""


def run(*arguments: str) -> str:
    """What Python prints, given these arguments."""
    command = [sys.executable, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def line(n: int) -> str:
    """One row of the table."""
    with tempfile.TemporaryDirectory() as name:
        source, splits = f"{name}/labels.slp", f"{name}/splits"
        make_labels(Path(source), n)
        run("-m", "splitlib.commands", "split", source, splits)
        inside = [run("-c", AUDIT, source, splits).split() for _ in range(ROUNDS)]
        whole = []
        for _ in range(ROUNDS):
            start = time.perf_counter()
            run("-m", "splitlib.commands", "audit", source, splits, "--no-images")
            whole.append(time.perf_counter() - start)
    seconds = statistics.median(float(one) for one, _ in inside)
    peak = max(float(one) for _, one in inside)
    return f"| {n:,} | {seconds:.2f} | {statistics.median(whole):.2f} | {peak:.0f} MiB |"


def measure() -> list[str]:
    """The lines of the report."""
    return [
        "Audit without decoding images: read source and splits, compare, judge"
        f" (seconds, median of {ROUNDS}; the command with the start of Python)",
        "",
        "| frames | audit | command `splitlib audit` | peak |",
        "|---|---|---|---|",
        *(line(n) for n in SIZES),
    ]


if __name__ == "__main__":
    print("\n".join(measure()))
