"""The floors that the flies walk on: light and texture, without a fly.

Each is (size, size) float64, greys from 0 to 255. Light changes slowly and lines are few, so that
PNG packs the floors well.
"""

from collections.abc import Callable

import numpy as np

from splitlib.demo.portable_math import Floats, between_0_and_1, chance, cosine, length, sine

Floor = Callable[[int], Floats]


def agar(size: int) -> Floats:
    """Bright in the middle, with a patch of food, and the wall of the dish in the corners."""
    x, y, middle = _grid(size)
    light = 212 - 18 * _falloff(x, y, 0.9 * middle, 0.8 * middle) / (middle * middle)
    food = between_0_and_1((24 - length(x - 1.45 * middle, y - 0.62 * middle)) / 6)
    wall = between_0_and_1((length(x - middle, y - middle) - 1.17 * middle) / 1.5)
    return light - 10 * food - 40 * wall


def paper(size: int) -> Floats:
    """Squared paper, lit from the left."""
    x, y, middle = _grid(size)
    light = 200 - 9 * x / middle - 3 * y / middle
    lines: Floats = np.maximum(_lines(x, 32), _lines(y, 32))
    return light - 13 * lines


def plastic(size: int) -> Floats:
    """Worn plastic with scratches, lit from above."""
    x, y, middle = _grid(size)
    floor = 168 - 14 * y / middle + 4 * x / middle
    for scratch in range(22):
        at_x, at_y, way, reach = chance(901, scratch, np.arange(4))
        dx, dy = x - at_x * size, y - at_y * size
        ux, uy = cosine(way), sine(way)
        near = between_0_and_1(1.1 - np.abs(dx * uy - dy * ux))
        inside = between_0_and_1((8 + 26 * reach - np.abs(dx * ux + dy * uy)) / 4)
        floor = floor - (9 if scratch % 3 else -7) * near * inside
    return floor


def velvet(size: int) -> Floats:
    """Dark cloth with specks of dust, under a lamp."""
    x, y, middle = _grid(size)
    floor = 52 - 6 * _falloff(x, y, 0.4 * middle, 0.5 * middle) / (middle * middle)
    for speck in range(46):
        at_x, at_y, bright = chance(902, speck, np.arange(3))
        away = length(x - at_x * size, y - at_y * size)
        floor = floor + (8 + 14 * bright) * between_0_and_1(1.6 - away)
    return floor


def _grid(size: int) -> tuple[Floats, Floats, float]:
    along = np.arange(size, dtype=np.float64)
    return along[None, :], along[:, None], (size - 1) / 2


def _falloff(x: Floats, y: Floats, lamp_x: float, lamp_y: float) -> Floats:
    return (x - lamp_x) * (x - lamp_x) + (y - lamp_y) * (y - lamp_y)


def _lines(along: Floats, every: int) -> Floats:
    off = along - every * np.floor(along / every) - every / 2
    return between_0_and_1(1.0 - np.abs(off))
