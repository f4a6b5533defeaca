"""Rates of `splitlib predict` beside sleap-nn: ``python -m benchmarks.inference_rates SHARED``.

Both tools predict on the same frames of 384 x 384 pixels with two flies, embedded in a labels file:
bottom-up, top-down (centroids in images of half the size, then crops of 144 pixels), and crops
around the labels. They are measured in turn, round after round, in one process each on two cores;
ratios are those of each round, and their median is shown. The ratio of the time of all cores holds
beside other work. Models are in memory, and all frames were predicted on before. Ours count the
writing of the .slp file; those of sleap-nn end with labels in memory, read from labels in memory.

Both have their default networks, trained for a short time on some of these frames: instances and
points that are found tell whether a rate is of real work. The UNet of sleap-nn has 16 filters
instead of its default 32 (`--filters 32`), as in the models that SLEAP proposes. Batches have the
size, of 4, 8 and 16 frames, in which a tool is fastest.

Usage: ``SLEAP_NN_PYTHON=... python -m benchmarks.inference_rates SHARED [--frames 240] [--epochs
20] [--rounds 5] [--filters 16] [--folder KEPT]``. SHARED is a folder with the files of public
repositories, as `owner+repo/path`; the variable names a Python with sleap-nn 0.3. A folder that is
named keeps frames and models for another run.
"""

import argparse
import json
import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import IO, Any

import splitlib
from benchmarks.fly_pairs import write_pairs
from benchmarks.project_folders import (
    SLEAP_NN,
    limit_cores,
    peer_command,
    run_stage,
    write_params,
)
from splitlib.inference.finders import PredictSettings
from splitlib.inference.predicted_labels import predict_labels
from splitlib.inference.predictor import Predictor, predict_frames
from splitlib.models.fit import make_repeatable

CROP, BATCH = 144, 8

BATCH_SIZES = (4, 8, 16)

FRAMES = "pairs.slp"

SIGMA = 5.0
"""Of the maps of sleap-nn, as it recommends. With less, a short training finds nothing."""

MAPS = {
    "multi_instance": {"confidence_maps": "confmaps", "part_affinity_fields": "pafs"},
    "centroid": {"centroid_confidence_maps": "confmaps"},
    "centered_instance": {"instance_confidence_maps": "confmaps"},
}
"""The key map of the outputs of each head."""

KINDS = {
    "bottom-up": {"model": "multi_instance"},
    "top-down": {"model": "centered_instance", "centroids": "centroid"},
    "crops of labels": {"model": "centered_instance"},
}


@dataclass(frozen=True)
class Rate:
    """What a round measured.

    Attributes:
        frames_per_s: On the clock.
        core_ms: Time of all cores for a frame.
        instances: Found in a frame, on average.
        points: Found in a frame, on average.
    """

    frames_per_s: float
    core_ms: float
    instances: float
    points: float


def main() -> None:
    """Train what is not there, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shared", type=Path)
    parser.add_argument("--frames", type=int, default=240)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--filters", type=int, default=16)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    limit_cores()
    with TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        make_models(folder, options.shared, options.frames, options.epochs)
        task = peer_task(folder, options.epochs, options.filters)
        print("\n".join(table(folder, options.rounds, task)))


def make_models(folder: Path, shared: Path, n_frames: int, epochs: int) -> None:
    """Cut out the frames and train our models, each in a folder of its own, if they are missing."""
    folder.mkdir(exist_ok=True)
    if not (folder / FRAMES).exists():
        write_pairs(shared, folder / FRAMES, n_frames)
    for head, maps in MAPS.items():
        place = folder / head
        if (place / "models/description.json").exists():
            continue
        place.mkdir(exist_ok=True)
        image = "instance_image" if head == "centered_instance" else "image"
        inputs = {
            "key_maps": [{image: "image"}, maps],
            "targets": {"crop_size": CROP},
            "scale": 0.5 if head == "centroid" else 1.0,
            "batch_size": BATCH,
        }
        sections = {
            "labels": {"path": f"../{FRAMES}"},
            "split": {"fractions": {"train": 0.4, "val": 0.1, "test": 0.5}},
            "inputs": inputs,
            "model": {"head": head},
            "train": {"epochs": epochs},
        }
        write_params(place, sections)
        for stage in ("split", "inputs", "train"):
            run_stage(stage, place)


def peer_task(folder: Path, epochs: int, filters: int) -> dict[str, Any]:
    """What the script of sleap-nn is told: the same frames and splits."""
    place = folder / f"sleap_nn_{filters}"
    place.mkdir(exist_ok=True)
    splits = (folder / "multi_instance/splits").resolve()
    return {
        "labels": str((folder / FRAMES).resolve()),
        "train": str(splits / "train.slp"),
        "val": str(splits / "val.slp"),
        "folder": str(place.resolve()),
        "crop_size": CROP,
        "batch_size": BATCH,
        "epochs": epochs,
        "steps": None,  # all examples once
        "filters": filters,
        "sigma": SIGMA,
    }


def table(folder: Path, rounds: int, task: Mapping[str, Any]) -> list[str]:
    """The lines of the report: a row for each kind and tool."""
    make_repeatable(0)  # as the command does
    own = {kind: fastest(folder, kind) for kind in KINDS}
    rows = []
    with peer(task) as found:
        names = [f"splitlib {splitlib.__version__}", found.tool if found else ""]
        for kind, (predictor, size) in own.items():
            pairs = [
                (measured(predictor, folder), found.measured(kind) if found else None)
                for _ in range(rounds)
            ]
            rows += list(_rows(kind, names, [size, found.batch_sizes[kind] if found else 0], pairs))
    return [
        f"Predicting: frames of 384 x 384 pixels with two flies, crops of {CROP} pixels, UNet of"
        f" sleap-nn with {task['filters']} filters",
        "",
        "| kind | tool | batch | frames/s | core-ms of a frame | instances | points"
        " | times as fast | of the time of cores |",
        "|" + "---|" * 9,
        *rows,
    ]


def _rows(
    kind: str, names: list[str], sizes: list[int], pairs: list[tuple[Rate, Rate | None]]
) -> Iterator[str]:
    both = [(ours, theirs) for ours, theirs in pairs if theirs]
    ratios = [
        f"{median(part):.2f}" if both else ""
        for part in (
            [ours.frames_per_s / theirs.frames_per_s for ours, theirs in both],
            [theirs.core_ms / ours.core_ms for ours, theirs in both],
        )
    ]
    for name, size, rates in zip(names, sizes, zip(*pairs, strict=True), strict=True):
        if rates[0]:
            figures = [
                f"{median(getattr(rate, figure) for rate in rates):.1f}"
                for figure in ("frames_per_s", "core_ms", "instances", "points")
            ]
            yield f"| {' | '.join([kind, name, str(size), *figures, *ratios])} |"
            ratios = ["", ""]


def fastest(folder: Path, kind: str) -> tuple[Predictor, int]:
    """Our predictor with the size of batches in which it is the fastest, and that size."""
    rates = {}
    for size in BATCH_SIZES:
        predictor = predictor_of(folder, kind, size)
        measured(predictor, folder)  # warm
        rates[size] = measured(predictor, folder).frames_per_s, predictor
    size = max(rates, key=lambda size: rates[size][0])
    return rates[size][1], size


def predictor_of(folder: Path, kind: str, size: int) -> Predictor:
    """Our predictor on all frames."""
    centroids = KINDS[kind].get("centroids")
    return predict_frames(
        folder / KINDS[kind]["model"] / "models",
        folder / FRAMES,
        centroids=centroids and folder / centroids / "models",
        crops_of_labels=kind == "crops of labels",
        settings=PredictSettings(size),
    )


def measured(predictor: Predictor, folder: Path) -> Rate:
    """Predict on all frames and write the file."""
    start = time.perf_counter(), time.process_time()
    counts = predict_labels(predictor, folder / "predictions.slp")
    ends = time.perf_counter(), time.process_time()
    clock, cores = (end - begin for end, begin in zip(ends, start, strict=True))
    n = counts.frames
    return Rate(n / clock, cores / n * 1000, counts.instances / n, counts.points / n)


@dataclass(frozen=True)
class Peer:
    """A process of sleap-nn that waits for the name of a kind, and measures it.

    Attributes:
        tool: Its version.
        batch_sizes: The size of batches of each kind.
    """

    tool: str
    batch_sizes: Mapping[str, int]
    asks: IO[str]
    answers: IO[str]

    def measured(self, kind: str) -> Rate:
        """Let it predict on all frames."""
        print(kind, file=self.asks, flush=True)
        return Rate(**_answer(self.answers))


@contextmanager
def peer(task: Mapping[str, Any]) -> Iterator[Peer | None]:
    """The process of sleap-nn, if its Python is named."""
    python = os.environ.get(SLEAP_NN)
    if python is None:
        yield None
        return
    command = peer_command(python, "sleap_nn_predicting.py", task)
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdin
        assert process.stdout
        try:
            told = _answer(process.stdout)
            yield Peer(told["tool"], told["batch_sizes"], process.stdin, process.stdout)
        finally:
            process.stdin.close()


def _answer(lines: IO[str]) -> dict[str, Any]:
    """The next line of JSON; the tool prints others between."""
    for line in lines:
        if line.startswith("{"):
            answer: dict[str, Any] = json.loads(line)
            return answer
    msg = "sleap-nn ended without an answer; see above"
    raise RuntimeError(msg)


if __name__ == "__main__":
    main()
