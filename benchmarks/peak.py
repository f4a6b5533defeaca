"""Peak memory of this process."""

import resource
from pathlib import Path


def peak_mib() -> float:
    """Peak memory since the process began, MiB."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
        kib = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    except OSError:
        kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # counts the parent's as well
    return kib / 1024
