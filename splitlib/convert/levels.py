"""Numbers of any type as pixels of 8 or 16 bits, and frames that are gray or coloured."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from splitlib.convert.pictures import Pixels
from splitlib.errors import ImageError

_ROUNDING = 1e-3
"""Distance from a whole number that float32 may give to a level that was divided by 255."""

_TINGE = 16
"""Share of white, as its divisor, by which channels of a gray frame may differ: compression gives
gray films a tinge of some levels."""


def as_pixels(image: NDArray[Any], *, convert_range: bool) -> Pixels:
    """A frame of any shape as uint8, or uint16 as it is; no level is lost.

    With `convert_range`, a frame of other types with no value above 1 is stretched to 0 .. 255, as
    SLEAP does (HDF5Video.get_frame of sleap/io/video.py).

    Raises:
        ImageError: The values are no levels of 8 bits.
    """
    if image.dtype == np.uint16:
        return image.astype(np.uint16)  # also one of another byte order
    if image.dtype == np.uint8 and not (convert_range and image.max(initial=0) <= 1):
        return image.astype(np.uint8, copy=False)  # what films give: the rest takes 5 ms of a frame
    if image.dtype == np.bool_ or (convert_range and image.max(initial=0) <= 1):
        image = image * (np.uint8(255) if image.dtype.kind in "bu" else 255)
    levels = np.rint(image)
    is_whole = image.dtype.kind != "f" or bool((abs(image - levels) < _ROUNDING).all())
    if not is_whole or not ((levels >= 0) & (levels <= 255)).all():
        msg = (
            f"has {image.dtype} values from {image.min()} to {image.max()}, expected 0 to 255 in"
            " whole numbers; save the video with 8 or 16 bits (uint8 or uint16)"
        )
        raise ImageError(msg)
    pixels: NDArray[np.uint8] = levels.astype(np.uint8)
    return pixels


def check_gray(image: Pixels) -> None:
    """Check a frame, (height, width, channels), of a video whose first frame is gray.

    Raises:
        ImageError: The frame has colours, which would be lost.
    """
    one, other = image[..., 0], image[..., -1]
    apart = np.maximum(one, other) - np.minimum(one, other)  # of unsigned levels
    if int(apart.max(initial=0)) * _TINGE > np.iinfo(image.dtype).max:
        msg = (
            "has colours, and the first one is gray, by which SLEAP takes all for gray; switch"
            " Grayscale on or off for this video in SLEAP, or save all frames in one way"
        )
        raise ImageError(msg)
