"""Fractions of n frames as whole numbers of frames.

The sizes are those of SLEAP's `split_labels` (`sleap.nn.data.training`, SLEAP 1.3.3), without two
faults of its float arithmetic: 0.55 of 100 frames is 55, not 56, and fractions that sum to 1 never
ask for more frames than there are. So that this holds, a fraction is not the binary number that
stands for it but the number that was meant: 7/100 for 0.07, and 5/6 for 0.8333333333333334.
"""

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from numbers import Real
from typing import cast

import numpy as np

from splitlib.errors import SplitError

REST = -1
"""The fraction that stands for all frames that the other splits leave."""

LARGEST_DENOMINATOR = 1_000_000
"""A float that is nearest to a ratio with a denominator up to this one is read as that ratio.

Ratios of a million are 1e-12 apart, some 10,000 times the precision of a float: no two share one.
"""


def split_sizes(n: int, fractions: Sequence[float]) -> tuple[int, ...]:
    """The number of frames in each split.

    A split gets `ceil(fraction * n)` frames, computed exactly; a fraction of 0 is an empty split.
    The fraction -1 takes what is left, at least one frame. Where rounding up asks for more than n
    frames, the excess is taken back one by one from the split that is furthest above its share
    (of equals the last), none below one frame.

    Args:
        n: Number of frames to split, >= 0.
        fractions: A fraction in [0, 1] for each split; one may be -1. Where they sum to less than 1
            and none is -1, the remaining frames are in no split.

    Returns:
        One size for each fraction, in their order. Their sum is at most n.

    Raises:
        SplitError: no fractions; a fraction that is no number or out of range; more than one -1; a
            -1 that the others leave nothing; a sum above 1; fewer frames than splits that need one.

    Example:
        >>> split_sizes(100, [0.8, 0.1, 0.1])
        (80, 10, 10)
        >>> split_sizes(7, [0.8, 0.1, -1])
        (5, 1, 1)
    """
    shares, rest = exact_shares(fractions)
    sizes = [math.ceil(share * n) for share in shares]
    if rest is not None:
        sizes[rest] = max(n - sum(sizes) + sizes[rest], 1)
    needed = sum(size > 0 for size in sizes)
    if needed > n:
        msg = (
            f"fractions {_text(fractions)}: expected at least {needed} frames, one for each split "
            f"that is not empty, found {n}. Ask for fewer splits, or give more labeled frames"
        )
        raise SplitError(msg)
    return tuple(_without_excess(n, sizes, shares))


def train_val_sizes(n: int, validation_fraction: float) -> tuple[int, int]:
    """The numbers of training and validation frames of SLEAP's `split_labels_train_val`.

    Args:
        n: Number of frames to split, >= 1.
        validation_fraction: Fraction of the frames for validation, in [0, 1].

    Returns:
        `(n_train, n_val)`: `n_val = round(n * validation_fraction)` (halves to the even number, as
        Python's round; the product is that of floats, as in SLEAP), at least one frame in each. The
        only frame of n = 1 counts twice: training and validation both hold it.

    Raises:
        SplitError: n is 0, or the fraction is no number in [0, 1].

    Example:
        >>> train_val_sizes(25, 0.1)
        (23, 2)
    """
    fraction = _read(validation_fraction, "validation_fraction")
    if n < 1:
        msg = "a training and a validation split need at least one labeled frame, found none"
        raise SplitError(msg)
    if n == 1:
        return 1, 1
    n_val = min(max(round(n * float(fraction)), 1), n - 1)
    return n - n_val, n_val


def exact_shares(fractions: object) -> tuple[list[Fraction], int | None]:
    """The checked fractions as exact numbers, -1 as what the others leave, and where it stands.

    Raises:
        SplitError: As for `split_sizes`, but for the number of frames.

    Example:
        >>> exact_shares([-1, 0.1, 0.1])
        ([Fraction(4, 5), Fraction(1, 10), Fraction(1, 10)], 0)
    """
    values = _listed(fractions)
    where = f"fractions {_text(values)}"
    shares = [_read(value, where, rest_allowed=True) for value in values]
    rests = [i for i, share in enumerate(shares) if share == REST]
    if len(rests) > 1:
        msg = f"{where}: only one can be -1 (all that is left), got {len(rests)}"
        raise SplitError(msg)
    left = 1 - sum(share for share in shares if share != REST)
    if left < 0 or (rests and left == 0):
        limit = "less than 1, so that -1 has something left" if rests else "at most 1"
        msg = f"{where}: expected a sum of {limit}, got {float(1 - left)}"
        raise SplitError(msg)
    if not rests:
        return shares, None
    shares[rests[0]] = Fraction(left)
    return shares, rests[0]


def _listed(fractions: object) -> list[object]:
    """A list of at least one fraction; a set or a dict has no order that can be relied on."""
    ordered = isinstance(fractions, Sequence) and not isinstance(fractions, str)
    if ordered or (isinstance(fractions, np.ndarray) and fractions.ndim == 1):
        values = list(cast("Iterable[object]", fractions))
        if values:
            return values
    msg = f"expected a list of fractions such as [0.8, 0.1, 0.1], got {fractions!r}"
    raise SplitError(msg)


def _read(value: object, where: str, *, rest_allowed: bool = False) -> Fraction:
    """The exact number that was meant by a float."""
    allowed = "a number from 0 to 1" + (", or -1 for all that is left" if rest_allowed else "")
    # bool is a number in Python; True for "all frames" is more likely a mistake
    if isinstance(value, bool) or not isinstance(value, Real):
        msg = f"{where}: expected {allowed}, got {value!r} ({type(value).__name__})"
        raise SplitError(msg)
    number = float(value)
    if not (0 <= number <= 1 or (rest_allowed and number == REST)):  # NaN is in no range
        msg = f"{where}: expected {allowed}, got {value}"
        raise SplitError(msg)
    text = Fraction(str(value))  # str gives the shortest text, 0.1, of a numpy float32 too
    ratio = text.limit_denominator(LARGEST_DENOMINATOR)
    return ratio if float(ratio) == number else text


def _without_excess(n: int, sizes: Sequence[int], shares: Sequence[Fraction]) -> list[int]:
    """Sizes lowered to a sum of n at most; every split with a frame keeps one."""
    lowered = list(sizes)
    while sum(lowered) > n:
        above = [(lowered[i] - shares[i] * n, i) for i in range(len(sizes)) if lowered[i] > 1]
        lowered[max(above)[1]] -= 1
    return lowered


def _text(fractions: Iterable[object]) -> str:
    return "[" + ", ".join(str(value) for value in fractions) + "]"
