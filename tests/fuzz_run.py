"""Make mutants of labels files and check each: ``python tests/fuzz_run.py --help``.

Mutant n of a run is a function of the seed and n alone. So a finding is replayed by its two
numbers, and no file of it has to be kept: ``python tests/fuzz_run.py --seed 1 --only 4711``.

Mutants run in child processes, because a fault of HDF5 ends the process, or never ends. A child
that makes no progress is killed, its mutant is a finding, and another child goes on behind it.
This is for POSIX systems: limits of memory, and processes that start by fork.
"""

import argparse
import contextlib
import faulthandler
import itertools
import json
import multiprocessing
import resource
import shutil
import sys
import tempfile
import time
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from fuzz_bytes import mutate_bytes
from fuzz_check import Finding, check_file
from fuzz_seeds import SEEDS, write_seeds
from fuzz_structure import mutate_structure

STUCK = 10
"""Seconds without progress after which a mutant counts as one that hangs."""

MEMORY = 3 * 2**30
"""Bytes of address space that a child may have beyond what it starts with."""

SHARE_OF_BYTES = 0.6
"""Share of the mutants that are changed as bytes, the others as tables."""

_fork = multiprocessing.get_context("fork")


@dataclass
class Run:
    """A range of mutants that one child after the other works through.

    Attributes:
        folder: Files of the child, and `seeds` beside them.
        at: Number of the mutant that is worked on.
        is_made: Whether that mutant is made, and a fault one of reading it.
    """

    seed: int
    start: int
    stop: int
    folder: Path
    findings: Path
    at: Any = field(default_factory=lambda: _fork.Value("q", -1))
    is_made: Any = field(default_factory=lambda: _fork.Value("b", 0))


@cache
def _content(path: Path) -> bytes:
    return path.read_bytes()


def make_mutant(seed: int, number: int, seeds: Sequence[Path], path: Path) -> None:
    """Write a mutant; the same numbers give the same file."""
    rng = np.random.default_rng([seed, number])
    content, other = (_content(seeds[int(rng.integers(len(seeds)))]) for _ in range(2))
    if rng.random() < SHARE_OF_BYTES:
        path.write_bytes(mutate_bytes(content, other, rng))
        return
    path.write_bytes(content)
    mutate_structure(path, rng)


def check_mutant(run: Run, number: int) -> Finding | None:
    """Make one mutant and check it."""
    path = run.folder / "mutant.slp"
    run.is_made.value = False
    seeds = [run.folder.parent / "seeds" / f"{name}.slp" for name in SEEDS]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of numpy, of numbers that do not fit into a type
        make_mutant(run.seed, number, seeds, path)
    run.is_made.value = True
    return check_file(path, run.folder)


def _work(run: Run, start: int) -> None:
    """What a child does: all mutants from one on."""
    trace = (run.folder / "trace").open("w")
    faulthandler.enable(trace)
    used = int(Path("/proc/self/statm").read_text().split()[0]) if sys.platform == "linux" else 0
    with contextlib.suppress(ValueError, OSError):  # macOS refuses to limit the address space
        limit = used * resource.getpagesize() + MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    for number in range(start, run.stop):
        run.at.value = number
        faulthandler.dump_traceback_later(STUCK * 0.8, file=trace)
        found = check_mutant(run, number)
        if found:
            _write_finding(run, number, found)


def _write_finding(run: Run, number: int, found: Finding) -> None:
    run.findings.mkdir(parents=True, exist_ok=True)
    content = {"seed": run.seed, "number": number, **asdict(found)}
    (run.findings / f"{found.kind}-{run.seed}-{number}.json").write_text(json.dumps(content))
    with contextlib.suppress(OSError):
        target = run.findings / f"{found.kind}-{run.seed}-{number}.slp"
        shutil.copyfile(run.folder / "mutant.slp", target)


def run_mutants(run: Run) -> None:
    """Check all mutants of a range; findings are written one file each."""
    run.folder.mkdir(parents=True, exist_ok=True)
    start = run.start
    while start < run.stop:
        run.at.value = start
        child = _fork.Process(target=_work, args=(run, start))
        child.start()
        is_stuck = _wait(child, run)
        if child.exitcode == 0:
            return
        trace = (run.folder / "trace").read_text()
        kind = "hang" if is_stuck else "crash"
        detail = f"exit code {child.exitcode}\n{trace}"
        if run.is_made.value:  # h5py may fault while it changes a file as well: no finding of ours
            _write_finding(run, run.at.value, Finding(kind, detail))
        start = run.at.value + 1


def _wait(child: Any, run: Run) -> bool:  # noqa: ANN401 - a process
    """Wait for the end of a child; kill it where it makes no progress, and say so."""
    last, since = run.at.value, time.monotonic()
    while child.is_alive():
        child.join(0.5)
        if run.at.value != last:
            last, since = run.at.value, time.monotonic()
        elif time.monotonic() - since > STUCK:
            child.kill()
            child.join()
            return True
    return False


def run_in_processes(seed: int, start: int, n: int, n_processes: int, findings: Path) -> list[Path]:
    """Check n mutants from one number on, in several processes.

    Returns:
        The files that describe findings, of this run and of those before it in the folder.
    """
    shares = np.linspace(start, start + n, n_processes + 1).astype(int).tolist()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_seeds(folder / "seeds")
        runs = [
            _fork.Process(
                target=run_mutants,
                args=(Run(seed, first, stop, folder / f"{first}", findings),),
            )
            for first, stop in itertools.pairwise(shares)
        ]
        for one in runs:
            one.start()
        for one in runs:
            one.join()
    return sorted(findings.glob("*.json"))


def main() -> int:
    """Run from the command line; the exit code is 1 where there are findings."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seed", type=int, default=0, help="which mutants")
    parser.add_argument("--start", type=int, default=0, help="number of the first mutant")
    parser.add_argument("--mutants", type=int, default=200_000, help="how many")
    parser.add_argument("--processes", type=int, default=multiprocessing.cpu_count())
    parser.add_argument("--only", type=int, help="number of the one mutant to check")
    parser.add_argument("--findings", type=Path, default=Path("fuzz-findings"))
    options = parser.parse_args()
    if options.only is not None:
        options.start, options.mutants, options.processes = options.only, 1, 1
    found = run_in_processes(
        options.seed, options.start, options.mutants, options.processes, options.findings
    )
    for path in found:
        content = json.loads(path.read_text())
        print(f"{path.stem}: {content['detail'].strip().splitlines()[-1]}")
    print(f"{options.mutants:,} mutants of seed {options.seed}; {len(found)} findings")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
