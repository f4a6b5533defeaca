"""Assignment of block groups with two strata and a gap: time, and how even the splits are.

Compared with scikit-learn's `StratifiedGroupKFold`: ten folds, of which one is as large as a test
split. It takes one property; both are joined to one for it.
"""

import time

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold

from splitlib.splits.gap import gap_violations
from splitlib.splits.groups import block_groups
from splitlib.splits.sizes import split_sizes
from splitlib.splits.strata import assign_strata

FRAMES_PER_VIDEO = 500
SIZES = (10_000, 100_000, 1_000_000)
PEER_SIZE = 100_000
"""Frames up to which scikit-learn is asked: its time grows with groups times values."""

FRACTIONS = (0.8, 0.1, 0.1)


def largest_off(value: NDArray[np.int64], in_test: NDArray[np.bool_]) -> float:
    """The largest difference of a value's share in test from its share in the whole."""
    whole, test = np.bincount(value), np.bincount(value[in_test], minlength=value.max() + 1)
    return float(np.abs(test / in_test.sum() - whole / len(value)).max())


def line(n: int) -> list[str]:
    """One row of the table for each method."""
    n_videos = n // FRAMES_PER_VIDEO
    video = np.repeat(np.arange(n_videos), FRAMES_PER_VIDEO)
    frame_idx = np.tile(np.arange(FRAMES_PER_VIDEO), n_videos)
    n_instances = np.random.default_rng(0).integers(1, 4, n)
    keys = [f"video{at}.mp4" for at in range(n_videos)]
    start = time.perf_counter()
    groups = block_groups(42, keys, video, frame_idx, block_length=50)
    sizes = split_sizes(n, FRACTIONS)
    split = assign_strata(groups, sizes, [video, n_instances])[groups.group]
    gap_violations(video, frame_idx, split, 5)
    rows = [_row(n, "splitlib", time.perf_counter() - start, video, n_instances, split == 2)]
    if n <= PEER_SIZE:
        start = time.perf_counter()
        folds = StratifiedGroupKFold(10).split(video, video * 4 + n_instances, groups.group)
        in_test = np.isin(np.arange(n), next(iter(folds))[1])
        took = time.perf_counter() - start
        rows.append(_row(n, "scikit-learn", took, video, n_instances, in_test))
    return rows


def _row(
    n: int,
    name: str,
    seconds: float,
    video: NDArray[np.int64],
    n_instances: NDArray[np.int64],
    in_test: NDArray[np.bool_],
) -> str:
    off = [f"{largest_off(value, in_test):.5f}" for value in (video, n_instances)]
    return f"| {n:,} | {name} | {seconds:.2f} | {in_test.sum() / n:.4f} | {off[0]} | {off[1]} |"


def measure() -> list[str]:
    """The lines of the report."""
    return [
        "Block groups with two strata, and the gap: seconds, and how even the test split of 0.1 is",
        "",
        "| frames | what | seconds | share of test | off by video | off by n_instances |",
        "|---|---|---|---|---|---|",
        *(row for n in SIZES for row in line(n)),
    ]


if __name__ == "__main__":
    print("\n".join(measure()))
