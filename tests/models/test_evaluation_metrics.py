"""The few figures of an evaluation: those of the report, without what is unknown."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from splitlib.models.metrics import pose_metrics
from splitlib.models.predictions import PCK_RADII, evaluation_metrics, metrics_report

TRUTH = np.array([[[0, 0], [10, 5]], [[4, 0], [np.nan, np.nan]]], np.float64)


def report_of(predicted: NDArray[np.float64], split: str = "test") -> dict[str, Any]:
    metrics = pose_metrics(TRUTH, predicted, node_names=["head", "tail"], radii=PCK_RADII)
    return metrics_report(metrics, len(TRUTH), n_extra=3, split=split)


def test_the_report_holds_every_figure_and_those_of_nodes_as_lists() -> None:
    errors = {"median", "p90", "mean", "n_points", "n_missed"}
    report = report_of(TRUTH + 3)
    figures = {"n_instances", "n_extra_points", "error_px", "nodes", "pck", "oks"}
    assert report.keys() == {"split", *figures}
    assert report["error_px"].keys() == errors
    assert report["nodes"].keys() == {"name", *errors}


def test_metrics_are_figures_of_the_report() -> None:
    offsets = np.array([[[3, 4], [0, 1]], [[np.nan, np.nan]] * 2])
    report = report_of(TRUTH + offsets)
    assert evaluation_metrics(report) == {
        "error_px": {"median": 3.0, "p90": 4.6, "n_missed": 1},
        "n_extra_points": 3,
        "pck": {"within_2_px": 0.3333, "within_8_px": 0.6667},
        "oks": report["oks"],
    }


def test_figures_of_val_are_never_taken_for_those_of_test() -> None:
    ours, theirs = (evaluation_metrics(report_of(TRUTH + 3, split)) for split in ("test", "val"))
    assert theirs == {"val": ours}


def test_errors_of_points_that_were_never_found_are_left_out() -> None:
    metrics = evaluation_metrics(report_of(np.full_like(TRUTH, np.nan)))
    assert metrics["error_px"] == {"n_missed": 3}
    assert metrics["pck"] == {"within_2_px": 0, "within_8_px": 0}
