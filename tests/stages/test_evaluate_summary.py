"""What the stage evaluate says on the console."""

import pytest

from stages.evaluate import summary

OTHERS = {
    "measured_on": "whole frames",
    "splits": {"name": ["train", "test"], "median": [0.3, 0.41]},
    "intervals": {"figures": {"error_px.median": [0.2, 0.6]}},
}
LINES = {
    "some": (
        "test",
        {"median": 0.41, "p90": 1.4, "n_missed": 6, "n_points": 90},
        "test: 9 instances: median error 0.41 px, 90 % within 1.4 px, 6 of 90 points missed",
    ),
    "none": (
        "test",
        {"median": None, "p90": None, "n_missed": 6, "n_points": 6},
        "test: 9 instances: no point was found, 6 of 6 points missed",
    ),
    "val": (
        "val",
        {"median": 0.41, "p90": 1.4, "n_missed": 0, "n_points": 90},
        "val, as test has no frames: 9 instances: median error 0.41 px, 90 % within 1.4 px,"
        " 0 of 90 points missed",
    ),
}


@pytest.mark.parametrize(("split", "errors", "line"), LINES.values(), ids=LINES)
def test_errors_are_said_where_points_were_found(
    split: str, errors: dict[str, object], line: str
) -> None:
    report = {"split": split, "n_instances": 9, "error_px": errors, **of_memory(None), **OTHERS}
    first, second, third, fourth = summary(report).splitlines()
    assert first == line
    assert second == "  measured on whole frames"
    assert fourth == "  median error on train 0.3 px; 95 % interval of the median: 0.2 to 0.6 px"
    assert third == "  copied labels of training frames would find 75% of the points within 2 px"


def of_memory(novel_median: float | None) -> dict[str, object]:
    errors = {"median": novel_median, "p90": 3.5, "n_missed": 2, "n_points": 20}
    return {
        "memory": {"pck": {"within_2_px": 0.75}, "within_px": 2.0},
        "novel": {"error_px": errors, "pck": {"within_2_px": 0.6}},
    }


def test_errors_on_points_that_nobody_could_copy_are_said() -> None:
    errors = {"median": 0.4, "p90": 1.4, "n_missed": 6, "n_points": 90}
    report = {"split": "test", "n_instances": 9, "error_px": errors, **of_memory(0.9), **OTHERS}
    report |= {"intervals": {"figures": None}, "splits": {"name": ["train"], "median": [None]}}
    assert summary(report).endswith(
        "75% of the points within 2 px; on the 20 points that none hits by 2 px: median 0.9 px, 60%"
        " within 2 px, 2 missed"
    )
