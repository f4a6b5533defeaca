"""Load, split and save labels without images: splitlib, sleap-io, and plain h5py.

The limit is h5py reading the four tables and writing the same number of rows to three files. Their
times are taken in turn within one process; ratios are of medians.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import h5py
import sleap_io

import splitlib
from benchmarks.made_labels import make_labels

N_FRAMES = 50_000
FRACTIONS = (0.8, 0.1, 0.1)
ROUNDS = 9
TABLES = ("frames", "instances", "points", "pred_points")


def split_with_splitlib(source: Path, folder: Path) -> None:
    labels = splitlib.Labels.load(source)
    for name, part in zip("abc", splitlib.split_labels(labels, FRACTIONS, seed=1), strict=True):
        part.save(folder / f"{name}.slp")


def copy_with_h5py(source: Path, folder: Path) -> None:
    with h5py.File(source) as file:
        tables = {name: file[name][()] for name in TABLES}
    done = 0.0
    for name, fraction in zip("abc", FRACTIONS, strict=True):
        with h5py.File(folder / f"raw_{name}.h5", "w") as file:
            for table, rows in tables.items():
                first, last = round(done * len(rows)), round((done + fraction) * len(rows))
                file.create_dataset(table, data=rows[first:last])
        done += fraction


def split_with_sleap_io(source: Path, folder: Path) -> None:
    labels = sleap_io.load_slp(str(source), open_videos=False)
    parts = labels.make_training_splits(0.8, 0.1, 0.1, seed=1, embed=False)
    for name, part in zip("abc", parts, strict=True):
        sleap_io.save_slp(part, str(folder / f"peer_{name}.slp"), embed=False)


def seconds(run: Callable[[Path, Path], None], source: Path, folder: Path) -> float:
    start = time.perf_counter()
    run(source, folder)
    return time.perf_counter() - start


def measure() -> list[str]:
    """The lines of the report."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = folder / "labels.slp"
        make_labels(source, N_FRAMES)
        seconds(split_with_splitlib, source, folder)  # imports and the disk cache
        times = [
            (seconds(split_with_splitlib, source, folder), seconds(copy_with_h5py, source, folder))
            for _ in range(ROUNDS)
        ]
        ours = statistics.median(one for one, _ in times)
        limit = statistics.median(other for _, other in times)
        peer = seconds(split_with_sleap_io, source, folder)
        size = source.stat().st_size / 2**20
    return [
        f"Load + split 0.8/0.1/0.1 + save, {N_FRAMES:,} frames x 2 instances x 13 nodes"
        f" ({size:.0f} MiB of tables)",
        "",
        "| what | seconds | ratio |",
        "|---|---|---|",
        f"| splitlib (median of {ROUNDS}) | {ours:.3f} | 1 |",
        f"| sleap-io {sleap_io.__version__} (one run) | {peer:.1f}"
        f" | {peer / ours:.0f} times ours |",
        f"| h5py alone, same bytes (median of {ROUNDS}) | {limit:.3f} | ours is"
        f" {ours / limit:.2f} times this |",
    ]
