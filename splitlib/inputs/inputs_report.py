"""What goes into the model, in figures: frames, instances and labeled points of each split."""

from collections.abc import Mapping
from typing import Any

from splitlib.convert.pictures import WHITE_16
from splitlib.inputs.crop_reach import CropReach
from splitlib.inputs.frames.frame_source import LabelsSource
from splitlib.inputs.input_fn import SplitInputs


def inputs_report(
    splits: Mapping[str, SplitInputs],
    reaches: Mapping[str, CropReach],
    brightest: Mapping[str, int],
) -> dict[str, Any]:
    """The figures of all splits as plain values, for reports/inputs.json.

    One of the splits is `train`. Reaches are empty where the head sees whole frames. `brightest` is
    the largest level of each split whose images have more than 8 bits.
    """
    report: dict[str, Any] = {
        "n_frames": {name: inputs.n_frames for name, inputs in splits.items()},
        "n_instances": {
            name: int(inputs.source.n_instances.sum()) for name, inputs in splits.items()
        },
        "n_nodes": len(splits["train"].source.skeleton.nodes),
    }
    if reaches:
        report["n_points"] = {name: reach.n_points for name, reach in reaches.items()}
        report["n_points_outside_crops"] = {
            name: reach.n_outside for name, reach in reaches.items()
        }
    outside = {name: points_outside_pictures(inputs) for name, inputs in splits.items()}
    if any(outside.values()):
        report["n_points_outside_pictures"] = outside
    if brightest:
        report["white"] = splits["train"].params.inputs.white or WHITE_16
        report["brightest"] = dict(brightest)
    return report


def points_outside_pictures(inputs: SplitInputs) -> int:
    """Labeled points that lie outside of the picture of their frame; 0 for exported frames."""
    source = inputs.source
    return int(source.points_outside.sum()) if isinstance(source, LabelsSource) else 0


def inputs_metrics(report: Mapping[str, Any]) -> dict[str, Any]:
    """What of `inputs_report` is worth comparing between runs, for metrics/inputs.json.

    `outside_crops` is the share of the labeled points of all splits that lie outside of the crops.
    It is left out where the head sees whole frames, and where nothing is labeled.
    """
    metrics: dict[str, Any] = {"n_instances": report["n_instances"]}
    if n_points := sum(report.get("n_points", {}).values()):
        n_outside = sum(report["n_points_outside_crops"].values())
        metrics["outside_crops"] = round(n_outside / n_points, 6)
    return metrics
