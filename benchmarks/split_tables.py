"""Load, split and save labels without images: splitlib, sleap-io, and plain h5py.

The limit is h5py reading the four tables and writing the same number of rows, in the order they
have, and the rest of the file to three files. Their times are taken in turn within one process,
into an empty folder and over the files of the round before; a ratio is that of the two medians.
"""

import shutil
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
ROUNDS = 25
TABLES = ("frames", "instances", "points", "pred_points")


def split_with_splitlib(source: Path, folder: Path) -> None:
    labels = splitlib.Labels.load(source)
    for name, part in zip("abc", splitlib.split_labels(labels, FRACTIONS, seed=1), strict=True):
        part.save(folder / f"{name}.slp")


def copy_with_h5py(source: Path, folder: Path) -> None:
    done = 0.0
    with h5py.File(source) as old:
        tables = {name: old[name][()] for name in TABLES}
        for name, fraction in zip("abc", FRACTIONS, strict=True):
            with h5py.File(folder / f"raw_{name}.h5", "w") as new:
                for table, rows in tables.items():
                    first, last = round(done * len(rows)), round((done + fraction) * len(rows))
                    new.create_dataset(table, data=rows[first:last])
                for rest in set(old) - set(TABLES):
                    old.copy(rest, new)
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


def in_turn(source: Path, folder: Path, *, is_empty: bool) -> tuple[float, float, float]:
    """Median seconds of splitlib and of h5py alone in the same run, and their ratio."""
    times: list[tuple[float, float]] = []
    for _ in range(ROUNDS):
        if is_empty:
            shutil.rmtree(folder)
            folder.mkdir()
        one = seconds(split_with_splitlib, source, folder)
        times.append((one, seconds(copy_with_h5py, source, folder)))
    ours = statistics.median(one for one, _ in times)
    limit = statistics.median(other for _, other in times)
    return ours, limit, ours / limit


def measure() -> list[str]:
    """The lines of the report."""
    with tempfile.TemporaryDirectory() as name:
        source, folder = Path(name) / "labels.slp", Path(name) / "splits"
        folder.mkdir()
        make_labels(source, N_FRAMES)
        seconds(split_with_splitlib, source, folder)  # imports and the disk cache
        over, over_limit, over_ratio = in_turn(source, folder, is_empty=False)
        empty, empty_limit, empty_ratio = in_turn(source, folder, is_empty=True)
        peer = seconds(split_with_sleap_io, source, folder)
        size = source.stat().st_size / 2**20
    return [
        f"Load + split 0.8/0.1/0.1 + save, {N_FRAMES:,} frames x 2 instances x 13 nodes"
        f" ({size:.0f} MiB of tables)",
        "",
        "| what | splitlib, seconds | the other, seconds | ratio |",
        "|---|---|---|---|",
        f"| sleap-io {sleap_io.__version__}, one run | {empty:.3f} | {peer:.1f}"
        f" | splitlib is {peer / empty:.0f} times as fast |",
        f"| h5py alone, same bytes, over existing files ({ROUNDS} rounds) | {over:.3f}"
        f" | {over_limit:.3f} | splitlib takes {over_ratio:.2f} times as long |",
        f"| h5py alone, same bytes, into an empty folder ({ROUNDS} rounds) | {empty:.3f}"
        f" | {empty_limit:.3f} | splitlib takes {empty_ratio:.2f} times as long |",
    ]
