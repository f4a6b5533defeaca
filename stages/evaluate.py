"""Measure the trained model on the test split, which nothing before has seen."""

import splitlib.inputs.graph.quiet_tensorflow  # noqa: F401 - before anything else imports tensorflow

# isort: split

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from splitlib.inputs.input_fn import SplitInputs
from splitlib.jsonfile import write_json
from splitlib.models.fit import make_repeatable
from splitlib.models.model_pictures import node_records, write_gallery, write_table
from splitlib.models.predictions import (
    evaluation_metrics,
    metrics_of,
    metrics_report,
    node_names,
    predict,
)
from splitlib.models.storage import load_network
from splitlib.params import load_params
from stages.command import parse_arguments, run


def main(argv: Sequence[str] | None = None) -> None:
    """Write evaluate.json in metrics and reports; gallery.png and nodes.csv in plots/evaluate."""
    params = load_params(parse_arguments(__doc__, argv))
    make_repeatable(params.train.seed)
    inputs = SplitInputs.load(Path("splits/test.slp"), params)
    predictions = predict(inputs, load_network(Path("models")))
    metrics = metrics_of(predictions, node_names(inputs))
    plots = Path("plots/evaluate")
    write_table(plots / "nodes.csv", node_records(metrics))
    write_gallery(plots / "gallery.png", predictions, inputs.edges, inputs.source.video_keys)
    report = metrics_report(metrics, len(predictions.truth), predictions.n_extra)
    write_json(Path("reports/evaluate.json"), report)
    write_json(Path("metrics/evaluate.json"), evaluation_metrics(report))
    print(summary(report))


def summary(report: Mapping[str, Any]) -> str:
    """The errors as a line for a person."""
    errors = report["error_px"]
    found = f"median error {errors['median']} px, 90 % within {errors['p90']} px, "
    if errors["median"] is None:
        found = "no point was found, "
    n_missed, n_points = errors["n_missed"], errors["n_points"]
    return f"{report['n_instances']} instances: {found}{n_missed} of {n_points} points missed"


if __name__ == "__main__":
    run(main)
