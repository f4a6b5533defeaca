"""What the stage evaluate says on the console."""

import pytest

from stages.evaluate import summary

LINES = {
    "some": (
        {"median": 0.41, "p90": 1.4, "n_missed": 6, "n_points": 90},
        "9 instances: median error 0.41 px, 90 % within 1.4 px, 6 of 90 points missed",
    ),
    "none": (
        {"median": None, "p90": None, "n_missed": 6, "n_points": 6},
        "9 instances: no point was found, 6 of 6 points missed",
    ),
}


@pytest.mark.parametrize(("errors", "line"), LINES.values(), ids=LINES)
def test_errors_are_said_where_points_were_found(errors: dict[str, object], line: str) -> None:
    assert summary({"n_instances": 9, "error_px": errors}) == line
