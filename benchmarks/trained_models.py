"""Training beside SLEAP and sleap-nn on the same splits: ``python -m benchmarks.trained_models``.

The fly clip is split by the stages of the pipeline. Each tool then trains a centered-instance model
on the same files, with crops of 144 pixels in batches of 8, maps at half the size of the image with
a sigma of 2.5, rotations of all angles and scales from 0.9 to 1.1, for the same number of epochs,
each of which is all crops once. All else is as each tool has it by default: our network, and the
UNets of the others with 16 filters. Tools run in turn, each in a process of its own on two cores.

The figures of all tools are computed here, from the points that each finds on crops of the test
labels. A step is the mean over all epochs but the first, with its input and without validation.

Usage: ``SLEAP_PYTHON=... SLEAP_NN_PYTHON=... python -m benchmarks.trained_models SHARED [--epochs
10] [--assignments exact chronological] [--every 1]``. SHARED is a folder with the files of public
repositories, as `owner+repo/path`. The variables name Pythons with SLEAP 1.3 and sleap-nn 0.3;
tools without one are left out. `--every 25` takes every so many frames, to try it.
"""

import argparse
import os
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.fly_pairs import CLIP
from benchmarks.project_folders import (
    SLEAP,
    SLEAP_NN,
    last_json,
    limit_cores,
    peer_command,
    run_module,
    run_stage,
    write_params,
)
from splitlib.evaluation.core.metrics import point_distances
from splitlib.evaluation.figures import error_figures
from splitlib.evaluation.memory_figures import memory_report, remembered_truth
from splitlib.evaluation.predictions import predict
from splitlib.inputs.input_fn import SplitInputs
from splitlib.labels import Labels
from splitlib.models.storage import load_network
from splitlib.params import load_params

CROP, BATCH, FILTERS, SIGMA = 144, 8, 16, 2.5
"""Of all tools; filters are those of the UNets of SLEAP and sleap-nn."""

PEERS = ((SLEAP, "sleap_training.py"), (SLEAP_NN, "sleap_nn_training.py"))

Points = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Truth:
    """The test labels, and what is known of them before.

    Attributes:
        frame_idx: (n,) int64, the frame of each instance.
        points: (n, n_nodes, 2), in the order of the labels file.
        remembered: (n, n_nodes, 2), the labels that copies of training frames would give.
        within: Pixels within which a copied label counts as right.
    """

    frame_idx: NDArray[np.int64]
    points: Points
    remembered: Points
    within: float


def main() -> None:
    """Print a table for each way of splitting."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shared", type=Path)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--assignments", nargs="+", default=["exact", "chronological"])
    options = parser.parse_args()
    limit_cores()
    for assignment in options.assignments:
        with TemporaryDirectory() as temporary:
            folder = Path(temporary)
            make_project(folder, options.shared, assignment, options.epochs, options.every)
            print("\n".join(table(folder, assignment, options.epochs)), flush=True)


def make_project(folder: Path, shared: Path, assignment: str, epochs: int, every: int) -> None:
    """Split the clip in a folder, with the film beside the labels and beside the splits."""
    clip = Labels.load(shared / CLIP)
    clip.extract(np.arange(0, len(clip), every)).save(folder / "clip.slp")
    write_params(
        folder,
        {
            "labels": {"path": "clip.slp"},
            "split": {"assignment": assignment},
            "inputs": {"targets": {"crop_size": CROP, "sigma": SIGMA}, "batch_size": BATCH},
            "train": {"epochs": epochs},
        },
    )
    film = (shared / CLIP).with_suffix(".mp4").resolve()
    (folder / film.name).symlink_to(film)
    for stage in ("split", "inputs"):
        run_stage(stage, folder)
    (folder / "splits" / film.name).symlink_to(film)


def table(folder: Path, assignment: str, epochs: int) -> list[str]:
    """The lines of a table: a row for each tool, once it is trained."""
    sizes = [len(Labels.load(folder / f"splits/{name}.slp")) for name in ("train", "test")]
    rows = [_row(told, figures) for told, figures in results(folder, epochs)]
    return [
        f"Fly clip, `split.assignment: {assignment}`: {sizes[0]} frames for training, {sizes[1]}"
        f" for the test; {epochs} epochs",
        "",
        "| tool | s of a step | core-s of a step | minutes | median px | p90 | PCK@2 | missed"
        " | of points | novel: median px | p90 | PCK@2 | missed | of points |",
        "|" + "---|" * 14,
        *rows,
        "",
    ]


def results(folder: Path, epochs: int) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """What each tool told of its training, and the figures of its points."""
    own = last_json(run_module("benchmarks.own_training", folder))
    truth, found = own_points(folder)
    yield own, figures_of(truth, found)
    task = {name: str(folder / f"splits/{name}.slp") for name in ("train", "val", "test")}
    settings = {"epochs": epochs, "steps": own["steps"], "batch_size": BATCH}
    network = {"crop_size": CROP, "filters": FILTERS, "sigma": SIGMA}
    for variable, script in PEERS:
        if python := os.environ.get(variable):
            place = folder / variable
            place.mkdir()
            command = peer_command(
                python, script, {**task, **settings, **network, "folder": str(place)}
            )
            done = subprocess.run(
                command,
                cwd=folder / "splits",  # where SLEAP looks for the film
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            )
            yield last_json(done.stdout), figures_of(truth, peer_points(place, truth))


def own_points(folder: Path) -> tuple[Truth, Points]:
    """The test labels, and what our network finds in crops around them."""
    params = load_params(folder / "params.yaml")
    inputs, training = (
        SplitInputs.load(folder / f"splits/{name}.slp", params, video_folders=(folder,))
        for name in ("test", "train")
    )
    evaluated = predict(inputs, load_network(folder / "models"))
    frame_idx = Labels.load(folder / "splits/test.slp").frame_idx
    truth = Truth(
        frame_idx[evaluated.row[evaluated.image]],
        evaluated.truth,
        remembered_truth(inputs, training, params),
        params.audit.copy_distance,
    )
    return truth, evaluated.found


def peer_points(folder: Path, truth: Truth) -> Points:
    """What another tool found, for the same instances in the same order."""
    with np.load(folder / "predictions.npz") as stored:
        frame_idx, points = stored["frame_idx"], np.asarray(stored["points"], np.float64)
    if not np.array_equal(frame_idx, truth.frame_idx) or points.shape != truth.points.shape:
        msg = f"{folder}: expected points of the {len(truth.frame_idx)} test instances in order"
        raise ValueError(msg)
    return points


def figures_of(truth: Truth, found: Points) -> dict[str, Any]:
    """Figures of all points and of novel ones."""
    report = memory_report(truth.points, found, truth.remembered, within=truth.within)
    return {"all": error_figures(point_distances(truth.points, found)), "novel": report["novel"]}


def _row(told: dict[str, Any], figures: dict[str, Any]) -> str:
    clock, cores = (_later(told[name]) for name in ("step_seconds", "step_core_seconds"))
    cells = [told["tool"], f"{clock:.3f}", f"{cores:.3f}", f"{told['minutes']:.1f}"]
    for part in ("all", "novel"):
        errors, pck = figures[part]["error_px"], figures[part]["pck"]["within_2_px"]
        shown = (errors["median"], errors["p90"], pck, errors["n_missed"], errors["n_points"])
        cells += ["-" if value is None else f"{value:.5g}" for value in shown]
    return f"| {' | '.join(cells)} |"


def _later(of_epochs: Sequence[float]) -> float:
    """The mean over all epochs but the first, which compiles and fills caches."""
    return float(np.mean(of_epochs[1:] or of_epochs))


if __name__ == "__main__":
    main()
