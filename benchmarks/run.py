"""Run all measurements and write benchmarks/results.md: ``python -m benchmarks.run``."""

import os
import platform
from pathlib import Path

import h5py
import numpy as np

from benchmarks import (
    assign_strata,
    audit_frames,
    input_rates,
    million_frames,
    package_memory,
    split_tables,
    start_up,
    training,
)
from splitlib.files import atomic_path

RESULTS = Path(__file__).parent / "results.md"


def main() -> None:
    """Measure everything, print the report and write it."""
    machine = (
        f"Python {platform.python_version()}, numpy {np.__version__}, h5py {h5py.__version__}"
        f" (HDF5 {h5py.version.hdf5_version}), {platform.system()} {platform.machine()},"
        f" {os.cpu_count()} cores."
    )
    modules = (
        assign_strata,
        audit_frames,
        split_tables,
        million_frames,
        package_memory,
        start_up,
        input_rates,  # late: from then on tensorflow takes memory and threads of this process
        training,
    )
    sections = [module.measure() for module in modules]
    text = "\n\n".join(
        [
            "# Results",
            "Written by `python -m benchmarks.run`. Compare only figures of one run: ratios hold on"
            " other machines, seconds do not.",
            machine,
            *("\n".join(lines) for lines in sections),
        ]
    )
    with atomic_path(RESULTS) as temporary:
        temporary.write_text(text + "\n", newline="\n")
    print(text)


if __name__ == "__main__":
    main()
