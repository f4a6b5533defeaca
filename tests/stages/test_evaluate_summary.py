"""What the stage evaluate says on the console."""

import pytest

from stages.evaluate import summary

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
    assert summary({"split": split, "n_instances": 9, "error_px": errors}) == line
