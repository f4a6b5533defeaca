"""What a leak does to the figures of a test: ``python -m benchmarks.leak SHARED``.

The same network is trained on splits of the same labels by `frame`, by `block`, by `video` and in
the order of time. Each split's own test says how good the model is. The truth comes from frames
that no split could know: the end of the videos. Training is that of the pipeline, through its
stages, with few labels and many epochs.

SHARED is a folder with the files of public repositories, as `owner+repo/path`. Results are printed
as JSON, one run to a line, and drawn by ``python -m benchmarks.leak_picture``.
"""

import json
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.project_folders import ROOT, run_stage
from splitlib.labels import Labels

FRACTIONS = {"train": 0.6, "val": 0.1, "test": 0.3}


@dataclass(frozen=True)
class Case:
    """Labels, and how they are cut and trained on.

    Attributes:
        name: For the picture.
        path: Of the labels; from SHARED, or from the project if it has no video beside it.
        video: Of the labels, from SHARED; None for embedded frames.
        every: Every so many labeled frames are used: labs label some.
        epochs: Epochs of training.
        kinds: Values of `split.groups`; "chronological" is that `split.assignment`, by block.
        known: Share of the time of the videos that may be split. The rest, the end, is the truth.
        takes_predictions: Whether predicted instances count as labels.
    """

    name: str
    path: str
    video: str | None
    every: int
    epochs: int
    kinds: tuple[str, ...] = ("frame", "block", "chronological")
    known: float = 0.8
    takes_predictions: bool = False


SLEAP = "talmolab+sleap/tests/data"
CASES = (
    Case("fly clip", f"{SLEAP}/tracks/clip.slp", f"{SLEAP}/tracks/clip.mp4", every=8, epochs=40),
    Case(
        "centered pair",
        f"{SLEAP}/hdf5_format_v1/centered_pair_predictions.slp",
        f"{SLEAP}/json_format_v1/centered_pair_low_quality.mp4",
        every=6,
        epochs=40,
        takes_predictions=True,
    ),
    Case("demo", "data/demo.slp", None, 2, 40, ("frame", "block", "video")),
)


def main() -> None:
    """Run all cases, or those that the arguments name after SHARED."""
    shared, *names = sys.argv[1:]
    for case in CASES:
        if not names or case.name in names:
            for result in results(case, Path(shared)):
                print(json.dumps(result), flush=True)


def results(case: Case, shared: Path) -> Iterator[dict[str, Any]]:
    """What each kind of split claims, and what is true of its model."""
    labels = Labels.load((shared if case.video else ROOT) / case.path)
    known, end = cut(labels, case)
    for kind in case.kinds:
        with TemporaryDirectory() as temporary:
            folder = Path(temporary)
            labels.extract(known).save(folder / "known.slp")
            labels.extract(end).save(folder / "end.slp")
            if case.video:
                (folder / Path(case.video).name).symlink_to(shared / case.video)
            (folder / "params.yaml").write_text(params_of(case, kind))
            for stage in ("split", "inputs", "train", "evaluate"):
                run_stage(stage, folder)
            claimed = figures(folder)
            shutil.copy(folder / "end.slp", folder / "splits/test.slp")
            run_stage("evaluate", folder)
            yield {
                "case": case.name,
                "groups": kind,
                "n_train": len(Labels.load(folder / "splits/train.slp")),
                "claimed": claimed,
                "true": figures(folder),
            }


def cut(labels: Labels, case: Case) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows that may be split, every so many of them, and rows that no split knows."""
    moments = labels.moments
    order = np.lexsort((moments.time, moments.recording))
    time = moments.time[order]
    is_known = time < np.quantile(time, case.known)
    return np.sort(order[is_known][:: case.every]), np.sort(order[~is_known])


def params_of(case: Case, kind: str) -> str:
    """The params of a run."""
    by_time = {"groups": "block", "assignment": "chronological"}
    how = by_time if kind == "chronological" else {"groups": kind}
    sections: Mapping[str, Any] = {
        "labels": {"path": "known.slp", "user_instances_only": not case.takes_predictions},
        "split": {"fractions": FRACTIONS, "gap": 0 if kind == "frame" else 5, **how},
        "train": {"epochs": case.epochs},
    }
    return json.dumps(sections)


def figures(folder: Path) -> dict[str, Any]:
    """The figures of an evaluation that are compared."""
    report = json.loads((folder / "reports/evaluate.json").read_text())
    return {
        "n_instances": report["n_instances"],
        "median": report["error_px"]["median"],
        "n_missed": report["error_px"]["n_missed"],
        "pck_2": report["pck"]["within_2_px"],
        "p90": report["error_px"]["p90"],
        "copyable": report["memory"]["pck"]["within_2_px"],
        "intervals": report["intervals"],
    }


if __name__ == "__main__":
    main()
