"""The level of white against the levels that images have."""

import pytest

from splitlib.errors import SplitError
from splitlib.inputs.brightest import check_white


@pytest.mark.parametrize(
    ("most", "advised"),
    [(200, 255), (1000, 1023), (4013, 4095), (4095, 4095), (16000, 16383)],
)
def test_a_default_that_is_far_above_all_levels_is_questioned(most: int, advised: int) -> None:
    warning = check_white({"train": most, "val": 0}, None)
    assert warning == (f"found at most {most} of 65535 in the images: set inputs.white: {advised}")


@pytest.mark.parametrize(("most", "white"), [(40000, None), (65535, None), (1000, 4095), (0, None)])
def test_a_white_that_fits_says_nothing(most: int, white: int | None) -> None:
    """A white that somebody wrote is taken for what it is: images may be dark."""
    assert check_white({"train": most}, white) is None


def test_images_of_8_bits_are_left_out() -> None:
    assert check_white({}, 4095) is None


def test_a_level_above_white_stops() -> None:
    with pytest.raises(SplitError, match=r"inputs\.white: 1023 .* val has .* 4000; .* 4095"):
        check_white({"train": 1000, "val": 4000}, 1023)
