"""The few figures of an evaluation: those of the report, without what is unknown."""

from typing import Any

import numpy as np
import pytest
from drawn_animals import split_of
from numpy.typing import NDArray

from splitlib.evaluation.figures import evaluation_metrics, short_columns, split_figures
from splitlib.evaluation.memory_figures import memory_report

TRUTH = np.array([[[0, 0], [10, 5]], [[4, 0], [np.nan, np.nan]]], np.float64)


def report_of(predicted: NDArray[np.float64], split: str = "test") -> dict[str, Any]:
    remembered = np.full_like(TRUTH, np.nan)
    remembered[0, 0] = 1, 1  # of three points one could be copied
    return {
        "split": split,
        **split_figures(split_of(TRUTH, predicted), ("head", "tail")),
        **memory_report(TRUTH, predicted, remembered, within=2.0),
    }


def test_the_report_holds_every_figure_and_those_of_nodes_as_lists() -> None:
    errors = {"median", "p75", "p90", "p95", "mean", "n_points", "n_missed"}
    report = report_of(TRUTH + 3)
    counts = {"n_instances", "n_missed_instances", "n_extra_instances", "n_extra_points"}
    figures = {"error_px", "nodes", "pck", "oks", "oks_stddev", "precision", "visibility"}
    assert report.keys() == {"split", *counts, *figures, "memory", "novel"}
    assert report["error_px"].keys() == errors
    assert report["nodes"].keys() == {"name", *errors}
    assert report["precision"].keys() == {"map", "mar", "thresholds", "at"}


def test_splits_stand_side_by_side_in_their_order() -> None:
    figures = {"test": report_of(TRUTH + 3), "train": report_of(TRUTH)}
    columns = short_columns(figures)
    assert columns["name"] == ["train", "test"]
    assert columns["median"] == [0, pytest.approx(18**0.5, abs=1e-4)]
    assert columns["map"] == [1, 0]


def test_metrics_are_figures_of_the_report() -> None:
    offsets = np.array([[[3, 4], [0, 1]], [[np.nan, np.nan]] * 2])
    report = report_of(TRUTH + offsets)
    assert evaluation_metrics(report) == {
        "error_px": {"median": 3.0, "p90": 4.6, "n_missed": 1},
        "n_extra_points": 0,
        "pck": {"within_2_px": 0.3333, "within_8_px": 0.6667},
        "oks": report["oks"],
        "map": report["precision"]["map"],
        "memory": {"median": 1.4142, "pck_within_2_px": 0.3333},
        "novel": {"median": 1.0, "n_missed": 1, "pck_within_2_px": 0.5},
    }


def test_novel_points_are_those_that_no_copy_hits() -> None:
    report = report_of(TRUTH + 3)
    assert report["memory"]["error_px"]["n_missed"] == 2
    assert report["memory"]["error_px"]["median"] == pytest.approx(2**0.5, abs=1e-4)
    assert report["novel"]["error_px"]["n_points"] == 2
    all_copied = memory_report(TRUTH, TRUTH, TRUTH, within=2.0)
    assert all_copied["novel"]["share"] == 0
    assert all_copied["novel"]["error_px"]["median"] is None
    assert all_copied["memory"]["pck"]["within_2_px"] == 1


@pytest.mark.parametrize("split", ["train", "val"])
def test_figures_of_another_split_are_never_taken_for_those_of_test(split: str) -> None:
    ours, theirs = (evaluation_metrics(report_of(TRUTH + 3, name)) for name in ("test", split))
    assert theirs == {split: ours}


def test_errors_of_points_that_were_never_found_are_left_out() -> None:
    metrics = evaluation_metrics(report_of(np.full_like(TRUTH, np.nan)))
    assert metrics["error_px"] == {"n_missed": 3}
    assert metrics["pck"] == {"within_2_px": 0, "within_8_px": 0}
    assert metrics["novel"] == {"n_missed": 2, "pck_within_2_px": 0}
