"""Chance and circles that are the same to the last bit on every machine.

Random generators and the trigonometry of numpy and of the C library differ in their last bits
between versions and processors. Only the four operations of arithmetic, square roots and integer
shifts are used here, which IEEE 754 and the C language define exactly.
"""

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def chance(*keys: int | NDArray[np.int64]) -> Floats:
    """Uniform numbers in [0, 1), multiples of 2**-53, one for each combination of keys.

    The keys are integers or integer arrays, and are broadcast against one another.
    """
    state = np.zeros(1, np.uint64)
    for key in keys:
        state = _mix(state ^ np.asarray(key, np.int64).view(np.uint64))
    shape = np.broadcast_shapes(*(np.shape(key) for key in keys))
    return (state >> np.uint64(11)).astype(np.float64).reshape(shape) * 2.0**-53


def _mix(state: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """A step of splitmix64 (Steele, Lea and Flood 2014); arrays of uint64 wrap around."""
    state = state + np.uint64(0x9E3779B97F4A7C15)
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))


def sine(turns: Floats | float) -> Floats:
    """The sine of an angle in turns, exact to 1e-9."""
    folded = np.asarray(turns - np.floor(turns + 0.5))  # [-0.5, 0.5)
    folded = np.where(np.abs(folded) > 0.25, np.copysign(0.5, folded) - folded, folded)
    angle = math.tau * folded
    series = np.ones_like(angle)
    for k in (12, 10, 8, 6, 4, 2):  # Taylor's series, from its small end
        series = 1.0 - angle * angle / (k * (k + 1)) * series
    return angle * series


def cosine(turns: Floats | float) -> Floats:
    """The cosine of an angle in turns, exact to 1e-9."""
    return sine(turns + 0.25)


def length(x: Floats, y: Floats) -> Floats:
    """Length of the vectors (x, y). The square root is exact by IEEE 754, `hypot` is not."""
    return np.asarray(np.sqrt(x * x + y * y))


def between_0_and_1(values: Floats) -> Floats:
    """The values, clipped to the range from 0 to 1."""
    return np.asarray(np.clip(values, 0.0, 1.0))
