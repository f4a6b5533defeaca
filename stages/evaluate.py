"""Measure the trained model on the test split, which nothing before has seen; or on val."""

import splitlib.inputs.graph.quiet_tensorflow  # noqa: F401 - before anything else imports tensorflow

# isort: split

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from splitlib.inputs.frames.frame_source import LabelsSource
from splitlib.inputs.input_fn import SplitInputs, used_splits
from splitlib.jsonfile import write_json
from splitlib.models.build import build_model
from splitlib.models.fit import make_repeatable
from splitlib.models.memory_figures import memory_report, remembered_truth
from splitlib.models.model_pictures import (
    NODE_COLUMNS,
    node_records,
    write_blank,
    write_gallery,
    write_table,
)
from splitlib.models.predictions import (
    PCK_RADII,
    evaluation_metrics,
    metrics_of,
    metrics_report,
    node_names,
    predict,
)
from splitlib.models.settled_params import with_settled
from splitlib.models.storage import load_network
from splitlib.params import Params, load_params
from stages.command import parse_arguments, run

FOLDER, PLOTS = Path("splits"), Path("plots/evaluate")

NOTHING = "nothing is held out: test and val have no frames, so the model is not measured"


def main(argv: Sequence[str] | None = None) -> None:
    """Write evaluate.json in metrics and reports; gallery.png and nodes.csv in plots/evaluate."""
    params = with_settled(load_params(parse_arguments(__doc__, argv)))
    make_repeatable(params.train.seed)
    held_out = used_splits(FOLDER, params, ("test", "val"))
    report = measure(held_out[0], params) if held_out else write_nothing()
    write_json(Path("reports/evaluate.json"), report)
    write_json(Path("metrics/evaluate.json"), evaluation_metrics(report))
    print(summary(report))


def measure(split: str, params: Params) -> dict[str, Any]:
    """The report of the trained model on a split, and the pictures of its examples."""
    inputs = SplitInputs.load(FOLDER / f"{split}.slp", params)
    rebuild = partial(build_model, inputs) if params.model.build else None
    predictions = predict(inputs, load_network(Path("models"), rebuild))
    metrics = metrics_of(predictions, node_names(inputs))
    write_table(PLOTS / "nodes.csv", node_records(metrics), NODE_COLUMNS)
    held_out = inputs.source
    assert isinstance(held_out, LabelsSource)  # of a .slp file
    write_gallery(PLOTS / "gallery.png", predictions, inputs.edges, held_out.frame_title)
    training = LabelsSource.load(FOLDER / "train.slp", params, None)
    remembered = remembered_truth(held_out, training, params)
    return {
        **metrics_report(metrics, len(predictions.truth), predictions.n_extra, split=split),
        **memory_report(
            predictions.truth_in_video,
            predictions.predicted_in_video,
            remembered,
            within=params.audit.copy_distance,
        ),
    }


def write_nothing() -> dict[str, Any]:
    """The report and the pictures where nothing can be measured: DVC asks for the files."""
    write_table(PLOTS / "nodes.csv", [], NODE_COLUMNS)
    write_blank(PLOTS / "gallery.png", NOTHING)
    return {"split": None, "n_instances": 0}


def summary(report: Mapping[str, Any]) -> str:
    """The split and its errors as a line for a person."""
    if report["split"] is None:
        return NOTHING
    errors = report["error_px"]
    found = f"median error {errors['median']} px, 90 % within {errors['p90']} px, "
    if errors["median"] is None:
        found = "no point was found, "
    n_missed, n_points = errors["n_missed"], errors["n_points"]
    where = "test" if report["split"] == "test" else f"{report['split']}, as test has no frames"
    return "\n".join(
        [
            f"{where}: {report['n_instances']} instances: {found}{n_missed} of {n_points} points"
            " missed",
            _memory_line(report),
        ]
    )


def _memory_line(report: Mapping[str, Any]) -> str:
    """How much of the split a copied label would hit, and the errors on the rest."""
    memory, novel = report["memory"], report["novel"]
    within = f"within_{PCK_RADII[1]:g}_px"
    copied = memory["pck"][within] or 0
    line = f"  copied labels of training frames would find {copied:.0%} of the points within 2 px"
    errors = novel["error_px"]
    if errors["median"] is None:
        return line
    return (
        f"{line}; on the {errors['n_points']} points that none comes near: median"
        f" {errors['median']} px, {novel['pck'][within]:.0%} within 2 px,"
        f" {errors['n_missed']} missed"
    )


if __name__ == "__main__":
    run(main)
