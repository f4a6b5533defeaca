"""Pictures that ask to be turned (EXIF orientation), and the labels that were made on them.

SLEAP 1.x reads pictures with OpenCV, which turns them. imageio, and sleap-io through it, does not.
So the same picture has labels of either kind, and the size that the labels state tells which.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from splitlib.errors import ImageError

Size = tuple[int, int]
"""Height and width in pixels."""

UPRIGHT = 1
"""The orientation of a picture that is shown as it is stored (EXIF 2.3, tag 274)."""

_SIDEWAYS = (5, 6, 7, 8)
"""Orientations that exchange height and width."""

BACK = {6: 8, 8: 6}
"""Orientations that undo one another; all others undo themselves."""


def turned(pixels: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Turn a picture, (height, width, ...), as its orientation from 1 to 8 asks for.

    Example:
        >>> turned(np.array([[1, 2], [3, 4]]), 6).tolist()  # by 90 degrees, clockwise
        [[3, 1], [4, 2]]
    """
    if orientation in _SIDEWAYS:
        pixels = pixels.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)


def is_labeled_turned(stored: Size, orientation: int, stated: Size | None) -> bool:
    """Whether labels were made on the turned picture, by the size that they state.

    The orientation is any number; one that EXIF does not know stands for none.

    Raises:
        ImageError: The size does not tell, because it fits both, or none, or is not stated.
    """
    if orientation not in range(2, 9):
        return False
    shown = stored[::-1] if orientation in _SIDEWAYS else stored
    if stated == shown != stored:
        return True
    if stated == stored != shown:
        return False
    found = "state no size" if stated is None else f"state {_words(stated)}"
    msg = (
        f"it asks to be turned (orientation {orientation}), from {_words(stored)} to"
        f" {_words(shown)}, and programs differ in whether they do it; the labels {found}, which"
        " does not tell what was labeled; save it without an orientation, as it looked then"
    )
    raise ImageError(msg)


def _words(size: Size) -> str:
    return f"{size[0]} x {size[1]} (height x width)"
