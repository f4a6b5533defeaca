"""Measure the trained model on the test split, which nothing before has seen; or on val."""

import stages.load_tensorflow  # noqa: F401 - before anything else imports tensorflow

# isort: split

import csv
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from splitlib.evaluation.core.evaluated import Evaluated
from splitlib.evaluation.evaluation_page import Shown, evaluation_text, nothing_text
from splitlib.evaluation.example_pictures import write_blank, write_gallery
from splitlib.evaluation.examples_shown import chosen_examples, read_images
from splitlib.evaluation.figures import (
    NODE_COLUMNS,
    PCK_RADII,
    evaluation_metrics,
    interval_figures,
    node_records,
    part_figures,
    short_columns,
    split_figures,
)
from splitlib.evaluation.film_links import film_links
from splitlib.evaluation.frame_groups import groups_of, video_groups_of
from splitlib.evaluation.memory_figures import memory_report, novel_points, remembered_truth
from splitlib.evaluation.predictions import evenly_spaced, measured_on, predict
from splitlib.inputs.frames.frame_source import LabelsSource
from splitlib.inputs.input_fn import SplitInputs, used_splits
from splitlib.jsonfile import read_json, write_json
from splitlib.models.build import build_model
from splitlib.models.csv_records import write_table
from splitlib.models.fit import make_repeatable
from splitlib.models.outputs import node_names
from splitlib.models.settled_params import with_settled
from splitlib.models.storage import load_network
from splitlib.page.render import write_page
from splitlib.params import Params, load_params
from stages.command import parse_arguments, run

FOLDER, PLOTS = Path("splits"), Path("plots/evaluate")

MOST_TRAINING_FRAMES = 1000
"""Frames of the train split that are measured, evenly spaced: enough to show a leak."""

NOTHING = "nothing is held out: test and val have no frames, so the model is not measured"


def main(argv: Sequence[str] | None = None) -> None:
    """Write evaluate.json in metrics and reports; plots/evaluate/{report.html,gallery.png,...}."""
    params = with_settled(load_params(parse_arguments(__doc__, argv)))
    make_repeatable(params.train.seed)
    held_out = used_splits(FOLDER, params, ("test", "val"))
    report = measure(held_out, params) if held_out else write_nothing()
    write_json(Path("reports/evaluate.json"), report)
    write_json(Path("metrics/evaluate.json"), evaluation_metrics(report))
    print(summary(report))


def measure(held_out: Sequence[str], params: Params) -> dict[str, Any]:
    """The report of the trained model on the first split of several, beside the others."""
    names = ("train", *reversed(held_out))
    inputs = {name: SplitInputs.load(FOLDER / f"{name}.slp", params) for name in names}
    split = held_out[0]
    model = load_network(Path("models"), _rebuild(inputs[split]))
    shown = {**inputs, "train": evenly_spaced(inputs["train"], MOST_TRAINING_FRAMES)}
    measured = {name: predict(one, model) for name, one in shown.items()}
    report = report_of(split, inputs, measured)
    write_table(PLOTS / "nodes.csv", node_records(report["nodes"]), NODE_COLUMNS)
    draw(report, inputs[split], measured[split])
    return report


def _rebuild(inputs: SplitInputs) -> Any:  # noqa: ANN401 - of `load_network`
    return partial(build_model, inputs) if inputs.params.model.build else None


def report_of(
    split: str, inputs: Mapping[str, SplitInputs], measured: Mapping[str, Evaluated]
) -> dict[str, Any]:
    """All figures of a split, and the few of every split."""
    nodes = node_names(inputs[split])
    figures = {name: split_figures(one, nodes) for name, one in measured.items()}
    params, source, evaluated = inputs[split].params, inputs[split].source, measured[split]
    assert isinstance(source, LabelsSource)  # of a .slp file
    within = params.audit.copy_distance
    remembered = remembered_truth(inputs[split], inputs["train"], params)
    split_report = read_json(Path("reports/split.json"))
    groups = groups_of(source, split_report["groups"], split_report.get("block_length"))
    is_novel = novel_points(evaluated.truth, remembered, within=within)
    return {
        "split": split,
        "measured_on": measured_on(params.model.head),
        **figures[split],
        **memory_report(evaluated.truth, evaluated.found, remembered, within=within),
        "intervals": interval_figures(evaluated, is_novel, groups),
        "videos": part_figures(evaluated, video_groups_of(source)),
        "groups": part_figures(evaluated, groups),
        "splits": short_columns(figures),
    }


def draw(report: Mapping[str, Any], inputs: SplitInputs, evaluated: Evaluated) -> None:
    """Write the gallery and the page of a split."""
    assert isinstance(inputs.source, LabelsSource)
    examples = chosen_examples(evaluated, inputs.source)
    images = read_images(inputs, {one.row for some in examples.values() for one in some})
    write_gallery(PLOTS / "gallery.png", evaluated, examples, images, inputs.edges)
    with Path("plots/train/curves.csv").open(newline="") as file:
        records = list(csv.DictReader(file))
    page = PLOTS / "report.html"
    links = film_links(inputs.source, images, page)
    shown = Shown(evaluated, examples, images, inputs.edges, records, links)
    write_page(page, evaluation_text(report, shown))


def write_nothing() -> dict[str, Any]:
    """The report and the pictures where nothing can be measured: DVC asks for the files."""
    write_table(PLOTS / "nodes.csv", [], NODE_COLUMNS)
    write_blank(PLOTS / "gallery.png", NOTHING)
    write_page(PLOTS / "report.html", nothing_text(NOTHING))
    return {"split": None, "n_instances": 0}


def summary(report: Mapping[str, Any]) -> str:
    """The split and its errors as lines for a person."""
    if report["split"] is None:
        return NOTHING
    errors = report["error_px"]
    found = f"median error {errors['median']} px, 90 % within {errors['p90']} px, "
    if errors["median"] is None:
        found = "no point was found, "
    n_missed, n_points = errors["n_missed"], errors["n_points"]
    where = "test" if report["split"] == "test" else f"{report['split']}, as test has no frames"
    n = report["n_instances"]
    lines = [
        f"{where}: {n} instances: {found}{n_missed} of {n_points} points missed",
        f"  measured on {report['measured_on']}",
        _memory_line(report),
        _train_line(report),
    ]
    return "\n".join(filter(None, lines))


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
        f"{line}; on the {errors['n_points']} points that none hits by {memory['within_px']:g} px:"
        " median"
        f" {errors['median']} px, {novel['pck'][within]:.0%} within 2 px,"
        f" {errors['n_missed']} missed"
    )


def _train_line(report: Mapping[str, Any]) -> str:
    """The error on training frames beside it, and the interval."""
    splits = report["splits"]
    trained = splits["median"][splits["name"].index("train")]
    ends = (report["intervals"]["figures"] or {}).get("error_px.median")
    between = f"; 95 % interval of the median: {ends[0]} to {ends[1]} px" if ends else ""
    return f"  median error on train {trained} px{between}" if trained is not None else ""


if __name__ == "__main__":
    run(main)
