"""Fractions of n frames as whole numbers of frames.

The sizes are those of SLEAP's `split_labels` (`sleap.nn.data.training`, SLEAP 1.3.3), without two
faults of its float arithmetic: 0.55 of 100 frames is 55, not 56, and fractions that sum to 1 never
ask for more frames than there are. For this, a float is read as the ratio that was meant: 0.07 as
7/100, and 0.8333333333333334 as 5/6.
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
"""A float is read as the nearest ratio with a denominator of at most this.

Two such ratios are at least 1e-12 apart, which is some 10,000 times the precision of a float. So no
two ratios share a float.
"""


def split_sizes(n: int, fractions: Sequence[float | Fraction]) -> tuple[int, ...]:
    """The number of frames in each split.

    A split gets `ceil(fraction * n)` frames, computed exactly. A fraction of 0 gives an empty
    split. The fraction -1 takes the frames that are left, at least one. If rounding up asks for
    more than n frames, the split furthest above its share (of equals the last) gives one frame
    back, until the sum is n. A split gives no frame back if it has only one.

    Args:
        n: Number of frames to split, >= 0.
        fractions: A fraction in [0, 1] for each split; one may be -1. If none is -1 and the sum is
            below 1, the remaining frames are in no split.

    Returns:
        One size for each fraction, in their order. Their sum is at most n.

    Raises:
        SplitError: There are no fractions, one is no number or out of range, several are -1, the
            others leave nothing for the -1, the sum is above 1, or there are fewer frames than
            splits that need one.

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
    while sum(sizes) > n:
        above = [(sizes[i] - shares[i] * n, i) for i in range(len(sizes)) if sizes[i] > 1]
        sizes[max(above)[1]] -= 1
    return tuple(sizes)


def train_val_sizes(n: int, validation_fraction: float) -> tuple[int, int]:
    """The numbers of training and validation frames of SLEAP's `split_labels_train_val`.

    Args:
        n: Number of frames to split, >= 1.
        validation_fraction: Fraction of the frames for validation, in [0, 1].

    Returns:
        `(n_train, n_val)`, with `n_val = round(n * validation_fraction)` and at least one frame in
        each. As in SLEAP, the product is that of floats, and `round` takes halves to the even
        number. If n is 1, training and validation both hold the only frame.

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
    """The checked fractions as exact numbers, and the position of the -1, None without one.

    The -1 is replaced by the share that the other fractions leave.

    Raises:
        SplitError: As for `split_sizes`, apart from too few frames.

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
    """A list of at least one fraction; sets and dicts are refused, as they have no sure order."""
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
    # bool is a number in Python, but True for "all frames" is more likely a mistake
    if isinstance(value, bool) or not isinstance(value, Real):
        msg = f"{where}: expected {allowed}, got {value!r} ({type(value).__name__})"
        raise SplitError(msg)
    number = float(value)
    if not (0 <= number <= 1 or (rest_allowed and number == REST)):  # NaN is in no range
        msg = f"{where}: expected {allowed}, got {value}"
        raise SplitError(msg)
    text = Fraction(str(value))  # str gives the shortest text, 0.1, for a numpy float32 too
    ratio = text.limit_denominator(LARGEST_DENOMINATOR)
    return ratio if float(ratio) == number else text


def _text(fractions: Iterable[object]) -> str:
    return f"[{', '.join(map(str, fractions))}]"
