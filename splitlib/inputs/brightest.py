"""Whether the level that becomes 1 fits images of more than 8 bits: cameras fill 10 or 12 of 16."""

from collections.abc import Mapping

from splitlib.convert.pictures import WHITE_16
from splitlib.errors import SplitError


def check_white(brightest: Mapping[str, int], white: int | None) -> str | None:
    """Compare `inputs.white` with the largest level in the images of each split.

    Splits whose images have 8 bits are left out. An image may well be dark, so only a default is
    questioned.

    Returns:
        A warning, where the default is far above all images.

    Raises:
        SplitError: An image is brighter than white.

    Example:
        >>> check_white({"train": 4013, "val": 3999}, None)
        'found at most 4013 of 65535 in the images: set inputs.white: 4095'
    """
    if not brightest:
        return None
    split = max(brightest, key=lambda name: brightest[name])
    most = brightest[split]
    if most > (white or WHITE_16):
        msg = (
            f"inputs.white: {white} becomes 1, and {split} has images with levels up to {most};"
            f" set inputs.white: {_full(most)}, or save all images with the same bits"
        )
        raise SplitError(msg)
    if white is not None or most == 0 or _full(most) == WHITE_16:
        return None
    return f"found at most {most} of {WHITE_16} in the images: set inputs.white: {_full(most)}"


def _full(level: int) -> int:
    """The largest level with as many bits, at least 8."""
    return int(2 ** max(8, level.bit_length()) - 1)
