"""Shapes with smooth edges: the share of each pixel that they cover.

A shape is a function of pixel coordinates, which may be the axes of a grid or single points. A
pixel whose centre lies on the edge is half covered. Half a pixel further out a pixel is not covered
at all, and half a pixel further in it is covered fully.
"""

import numpy as np

from splitlib.demo.portable_math import Floats, between_0_and_1, length


def seen_along(x: Floats, y: Floats, origin: Floats, ahead: Floats) -> tuple[Floats, Floats]:
    """Coordinates of (x, y) along the direction `ahead` and to the right of it, from an origin."""
    ux, uy = ahead / length(ahead[0], ahead[1])
    dx, dy = x - origin[0], y - origin[1]
    return dx * ux + dy * uy, dy * ux - dx * uy


def ellipse(along: Floats, across: Floats, a: float, b: float) -> Floats:
    """An ellipse about the origin with half-axes a and b."""
    return between_0_and_1(0.5 + ellipse_depth(along, across, a, b))


def ellipse_depth(along: Floats, across: Floats, a: float, b: float) -> Floats:
    """The depth inside of an ellipse, in pixels, to first order; negative outside of it.

    With k = 1 on the edge, the depth is k (1 - k) over the slope of k**2 / 2.
    """
    u, v = along / a, across / b
    k = length(u, v)
    slope = length(u / a, v / b)
    return np.where(slope > 1e-9, k * (1 - k) / np.maximum(slope, 1e-9), min(a, b))


def stroke(x: Floats, y: Floats, start: Floats, end: Floats, radius: float) -> Floats:
    """A line with round ends."""
    wx, wy = end - start
    dx, dy = x - start[0], y - start[1]
    t = between_0_and_1((dx * wx + dy * wy) / (wx * wx + wy * wy))
    return between_0_and_1(0.5 + radius - length(dx - t * wx, dy - t * wy))


def disc(x: Floats, y: Floats, at: Floats, radius: float) -> Floats:
    """A disc."""
    return between_0_and_1(0.5 + radius - length(x - at[0], y - at[1]))


def shade(along: Floats, across: Floats, a: float, b: float) -> Floats:
    """The light on an ellipsoid: bright on top, dark at the edge; factors from 0.65 to 1.3."""
    u, v = along / a, across / b
    top = between_0_and_1(1 - (u * u + v * v))
    return 0.65 + 0.35 * np.sqrt(top) + 0.3 * top * top * top
