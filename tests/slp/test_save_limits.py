"""What a save may cost, and what it leaves behind where the system refuses."""

import os
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from places import ROOT
from slow import slow
from synthetic_labels import embedded, replace_dataset, small_labels, small_package

from splitlib.labels import Labels
from splitlib.slp import embedded as embedded_images
from splitlib.slp.dtypes import FRAMES, INSTANCES

MB = 1_000_000
N_IMAGES = 120


class LargeImages(Sequence[bytes]):
    """Images of a megabyte each, made when they are asked for."""

    def __init__(self, n: int) -> None:
        self.n = n

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, at: object) -> bytes:  # type: ignore[override]
        return bytes([1 + int(at) % 200]) * MB  # type: ignore[call-overload]

    def __iter__(self) -> Iterator[bytes]:
        return (self[at] for at in range(self.n))


def large_package(folder: Path, layout: str, n: int = N_IMAGES) -> Path:
    video = replace(embedded(0, []), images=LargeImages(n), frame_numbers=np.arange(n))
    path = small_package(videos=[video, "b.mp4"], suggestions=[]).write(folder / "a.slp")
    with h5py.File(path, "r+") as file:
        rows = np.zeros(n, FRAMES)
        rows["frame_idx"] = np.arange(n)
        replace_dataset(file, "frames", rows)
        replace_dataset(file, "instances", np.zeros(0, INSTANCES))
        del file["negative_frames"]
        if layout == "vlen":
            del file["video0/video"]
            made = file.create_dataset("video0/video", (n,), dtype=h5py.vlen_dtype(np.int8))
            for at, image in enumerate(LargeImages(n)):
                made[at] = np.frombuffer(image, np.int8)
    return path


# The most memory that a process had: not that of its parent, which getrusage can give.
PEAK_OF_A_SAVE = """
import re, sys
from pathlib import Path
from splitlib.labels import Labels

def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) * 1024

labels = Labels.load(sys.argv[1]).extract(range(0, int(sys.argv[4]), int(sys.argv[3])))
labels.extract([0]).save(sys.argv[2])
before = peak()
labels.save(sys.argv[2])
print(peak() - before)
"""


# HDF5 itself keeps up to 32 MB of texts and lists of any length.
@pytest.mark.parametrize(
    ("layout", "limit", "step"),
    [("fixed", 40 * MB, 2), slow("fixed", 40 * MB, 1)]
    + [slow("vlen", 65 * MB, step) for step in (1, 2)],
)
def test_memory_of_a_save_does_not_grow_with_the_images(
    layout: str, limit: int, step: int, tmp_path: Path
) -> None:
    path, target = large_package(tmp_path, layout), tmp_path / "part.slp"
    growth = in_a_process(PEAK_OF_A_SAVE, path, target, step, N_IMAGES)
    assert int(growth) < limit
    saved = Labels.load(target)
    assert len(saved) == N_IMAGES // step
    assert saved.has_image().all()
    last = int(saved.frame_idx[-1])
    (image,) = saved.read_images([0], [last])
    assert image == LargeImages(N_IMAGES)[last]


def in_a_process(script: str, *arguments: object) -> str:
    """What a script says that runs in a process of its own, which ends well."""
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        # what coverage writes when a process ends would meet the limits of these
        env={name: value for name, value in os.environ.items() if "COVERAGE" not in name},
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_memory_of_loading_does_not_grow_with_the_images(tmp_path: Path) -> None:
    path = large_package(tmp_path, "fixed")
    tracemalloc.start()
    labels = Labels.load(path)
    labels[:]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5 * MB


def test_images_are_read_a_bounded_number_at_a_time(tmp_path: Path) -> None:
    path = large_package(tmp_path, "fixed", n=20)
    with h5py.File(path) as file:
        wanted = np.array([0, 1, 2, 3, 9, 10, 19])
        batches = list(embedded_images.iter_images(file["video0/video"], wanted))
    assert np.concatenate(batches)[:, 0].tolist() == (wanted + 1).tolist()
    assert max(len(batch) for batch in batches) <= embedded_images.BATCH_BYTES // MB


SAVE_WITHIN = """
import resource, signal, sys
from splitlib.labels import Labels

labels = Labels.load(sys.argv[1])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]),) * 2)
try:
    labels.save(sys.argv[2])
except OSError as err:
    print(type(err).__name__, err.filename == sys.argv[2], err.strerror)
"""


@pytest.mark.parametrize(
    "n_bytes", [slow(0), 100, slow(4_000), slow(66_000), 300_000, slow(1_500_000)]
)
def test_a_full_disk_is_an_error_that_leaves_what_was_there(n_bytes: int, tmp_path: Path) -> None:
    path, target = small_labels().write(tmp_path / "a.slp"), tmp_path / "part.slp"
    with h5py.File(path, "r+") as file:
        file["notes"] = np.arange(200_000.0)
    target.write_bytes(b"earlier")
    # In a process of its own: it is about its end as well, which HDF5 can spoil.
    assert in_a_process(SAVE_WITHIN, path, target, n_bytes) == "OSError True File too large\n"
    assert target.read_bytes() == b"earlier"
    assert sorted(found.name for found in tmp_path.iterdir()) == ["a.slp", "part.slp"]
