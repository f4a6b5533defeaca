"""Assignment with two strata and a gap: time, peak memory, and how even the splits are.

Compared with scikit-learn's `StratifiedGroupKFold`: ten folds, of which one is as large as a test
split. It takes one property; both are joined to one for it. Every row is a process of its own.
"""

import subprocess
import sys
import time

import numpy as np
from numpy.typing import NDArray

from benchmarks.peak import peak_mib
from splitlib.split.core.gap import gap_violations
from splitlib.split.core.groups import block_groups, frame_groups
from splitlib.split.core.sizes import split_sizes
from splitlib.split.core.strata import assign_strata

FRAMES_PER_VIDEO = 500
SIZES = (10_000, 100_000, 1_000_000)
PEER_SIZE = 100_000
"""Frames up to which scikit-learn is asked: its time grows with groups times values."""

FRACTIONS = (0.8, 0.1, 0.1)
BLOCKS, FRAMES, PEER = "splitlib, blocks", "splitlib, frames", "scikit-learn, blocks"

Column = NDArray[np.int64]


def largest_off(value: Column, in_test: NDArray[np.bool_]) -> float:
    """The largest difference of a value's share in test from its share in the whole."""
    whole, test = np.bincount(value), np.bincount(value[in_test], minlength=value.max() + 1)
    return float(np.abs(test / in_test.sum() - whole / len(value)).max())


def split_with_splitlib(
    keys: list[str], video: Column, frame_idx: Column, n_instances: Column, *, by_frame: bool
) -> NDArray[np.bool_]:
    """(n,) bool, the test split."""
    if by_frame:
        groups = frame_groups(42, keys, video, frame_idx)
    else:
        groups = block_groups(42, keys, video, frame_idx, block_length=50)
    sizes = split_sizes(len(video), FRACTIONS)
    split = assign_strata(groups, sizes, [video, n_instances])[groups.group]
    gap_violations(video, frame_idx, split, 5)
    in_test: NDArray[np.bool_] = split == 2
    return in_test


def split_with_scikit_learn(
    keys: list[str], video: Column, frame_idx: Column, n_instances: Column
) -> NDArray[np.bool_]:
    """(n,) bool, the first of ten folds."""
    from sklearn.model_selection import StratifiedGroupKFold  # in no process of splitlib's

    groups = block_groups(42, keys, video, frame_idx, block_length=50).group
    folds = StratifiedGroupKFold(10).split(video, video * 4 + n_instances, groups)
    in_test = np.isin(np.arange(len(video)), next(iter(folds))[1])
    return in_test


def row(what: str, n: int) -> str:
    """A row of the table, measured in this process."""
    n_videos = n // FRAMES_PER_VIDEO
    video = np.repeat(np.arange(n_videos), FRAMES_PER_VIDEO)
    frame_idx = np.tile(np.arange(FRAMES_PER_VIDEO), n_videos)
    n_instances = np.random.default_rng(0).integers(1, 4, n)
    keys = [f"video{at}.mp4" for at in range(n_videos)]
    columns = (keys, video, frame_idx, n_instances)
    if what == PEER:
        import sklearn.model_selection  # noqa: F401 - before the clock starts
    start = time.perf_counter()
    if what == PEER:
        in_test = split_with_scikit_learn(*columns)
    else:
        in_test = split_with_splitlib(*columns, by_frame=what == FRAMES)
    seconds, peak = time.perf_counter() - start, peak_mib()
    off = [f"{largest_off(value, in_test):.6f}" for value in (video, n_instances)]
    return (
        f"| {n:,} | {what} | {seconds:.2f} | {peak:.0f} MiB | {in_test.sum() / n:.4f}"
        f" | {off[0]} | {off[1]} |"
    )


def measure() -> list[str]:
    """The lines of the report."""
    runs = [(what, n) for n in SIZES for what in (BLOCKS, PEER) if what == BLOCKS or n <= PEER_SIZE]
    runs += [(FRAMES, n) for n in SIZES]
    rows = []
    for what, n in runs:
        command = [sys.executable, "-m", "benchmarks.assign_strata", what, str(n)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        rows.append(done.stdout.strip())
    return [
        "Two strata, and the gap: seconds, peak memory of the process (all columns, numpy and"
        " Python with it), and how even the test split of 0.1 is",
        "",
        "| frames | what | seconds | peak | share of test | off by video | off by n_instances |",
        "|---|---|---|---|---|---|---|",
        *rows,
    ]


if __name__ == "__main__":
    print(row(sys.argv[1], int(sys.argv[2])) if sys.argv[1:] else "\n".join(measure()))
