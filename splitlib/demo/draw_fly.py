"""A fly as layers of grey, from its joints.

Only + - * / and the square root are used, so the pixels are the same everywhere.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from splitlib.demo import anatomy as part
from splitlib.demo.portable_math import Floats, between_0_and_1
from splitlib.demo.shapes import disc, ellipse, ellipse_depth, seen_along, shade, stroke

_REACH = 36  # pixels around the thorax that hold all of a fly


@dataclass(frozen=True)
class Look:
    """Greys of a fly, 0 to 255."""

    body: float  # thorax and head
    belly: float  # abdomen between its bands
    band: float  # bands and tip of the abdomen
    leg: float  # legs
    eye: float  # eyes
    wing: float  # membrane of the wings
    vein: float  # rim and veins of the wings
    shadow: float  # share of the light that the shadow takes
    size: float  # 1 for a body of about 45 pixels with wings


@dataclass(frozen=True)
class Layer:
    """One part of a fly at some pixels."""

    cover: Floats  # the share of the layers below that this layer hides, 0 to 1
    grey: Floats | float  # the colour of the layer
    solid: bool = True  # whether nothing is seen through the layer


def draw_fly(image: Floats, joints: Floats, look: Look) -> None:
    """Draw a fly into an image, (height, width) float64 greys, which is changed in place.

    Joints are (N_JOINTS, 2) x and y, where pixel centres are whole numbers.
    """
    left, top = (int(at) - _REACH for at in joints[part.THORAX])
    rows, columns = (np.arange(max(at, 0), at + 2 * _REACH) for at in (top, left))
    rows, columns = rows[rows < image.shape[0]], columns[columns < image.shape[1]]
    patch = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    x, y = columns[None, :].astype(np.float64), rows[:, None].astype(np.float64)
    for layer in fly_layers(x, y, joints, look):
        patch += layer.cover * (layer.grey - patch)


def hidden_by(x: Floats, y: Floats, joints: Floats, look: Look) -> Floats:
    """The share that a fly hides of everything below, at the points (x, y), 0 to 1."""
    covers = [layer.cover for layer in fly_layers(x, y, joints, look) if layer.solid]
    return np.asarray(np.max(np.stack(covers), axis=0))


def fly_layers(x: Floats, y: Floats, joints: Floats, look: Look) -> Iterator[Layer]:
    """The parts of a fly, from the floor up, at the pixels (x, y)."""
    yield _shadow(x, y, joints, look)
    yield from _legs(x, y, joints, look)
    yield _abdomen(x, y, joints, look)
    yield from _wing(x, y, joints[part.HINGE_L], joints[part.WING_L], look)
    yield from _wing(x, y, joints[part.HINGE_R], joints[part.WING_R], look)
    yield from _thorax(x, y, joints, look)
    yield from _head(x, y, joints, look)


def _shadow(x: Floats, y: Floats, joints: Floats, look: Look) -> Layer:
    middle = (joints[part.NECK] + joints[part.ABDOMEN]) / 2 + np.array([2.5, 3.5]) * look.size
    along, across = seen_along(x, y, middle, joints[part.HEAD] - joints[part.ABDOMEN])
    u, v = along / (25 * look.size), across / (13 * look.size)
    return Layer(look.shadow * between_0_and_1(1 - (u * u + v * v)), 0.0, solid=False)


def _legs(x: Floats, y: Floats, joints: Floats, look: Look) -> Iterator[Layer]:
    legs = (joints[parts] for parts in (part.HIPS, part.KNEES, part.LEG_TIPS))
    for hip, knee, tip in zip(*legs, strict=True):
        thigh = stroke(x, y, hip, knee, 1.25 * look.size)
        shin = stroke(x, y, knee, tip, 0.85 * look.size)
        foot = disc(x, y, tip, 1.35 * look.size)
        yield Layer(np.maximum(np.maximum(thigh, shin), foot), look.leg)


def _abdomen(x: Floats, y: Floats, joints: Floats, look: Look) -> Layer:
    middle = (joints[part.WAIST] + joints[part.ABDOMEN]) / 2
    along, across = seen_along(x, y, middle, joints[part.WAIST] - joints[part.ABDOMEN])
    a, b = 8.6 * look.size, 6.0 * look.size
    step = (a - along) / (3.6 * look.size)  # bands, counted from the waist
    within = step - np.floor(step)
    band = between_0_and_1(4 * (within - 0.5)) * between_0_and_1(8 * (1 - within))
    tip = between_0_and_1(2 * (step - 3.6))
    grey = look.belly + np.maximum(band, tip) * (look.band - look.belly)
    return Layer(ellipse(along, across, a, b), grey * shade(along, across, a, b))


def _wing(x: Floats, y: Floats, hinge: Floats, tip: Floats, look: Look) -> Iterator[Layer]:
    """A membrane with a rim and two veins. The node lies just inside of the rim."""
    along, across = seen_along(x, y, hinge, tip - hinge)
    a, b = 14.7 * look.size, 5.0 * look.size
    depth = ellipse_depth(along - 11.6 * look.size, across, a, b)
    membrane = between_0_and_1(0.5 + depth)
    front, rear = (
        stroke(along, across, np.zeros(2), np.array([reach, aside]) * look.size, 0.45)
        for reach, aside in ((23.0, 1.4), (20.5, -2.0))
    )
    yield Layer(0.42 * membrane, look.wing, solid=False)
    yield Layer(0.75 * membrane * between_0_and_1(1.6 - depth), look.vein, solid=False)
    yield Layer(0.25 * np.maximum(front, rear), look.vein, solid=False)


def _thorax(x: Floats, y: Floats, joints: Floats, look: Look) -> Iterator[Layer]:
    along, across = seen_along(x, y, joints[part.THORAX], joints[part.NECK] - joints[part.WAIST])
    a, b = 8.4 * look.size, 6.6 * look.size
    stripes = between_0_and_1(1.3 - np.abs(np.abs(across) - 2.2 * look.size))
    grey = look.body * shade(along, across, a, b) * (1 - 0.16 * stripes)
    yield Layer(ellipse(along, across, a, b), grey)
    plate = ellipse(along + 6.2 * look.size, across, 2.4 * look.size, 3.2 * look.size)
    yield Layer(0.7 * plate, 1.2 * look.body)


def _head(x: Floats, y: Floats, joints: Floats, look: Look) -> Iterator[Layer]:
    ahead = joints[part.HEAD] - joints[part.NECK]
    along, across = seen_along(x, y, joints[part.HEAD], ahead)
    a, b = 3.7 * look.size, 5.2 * look.size
    grey = 1.08 * look.body * shade(along, across, a, b)
    yield Layer(ellipse(along, across, a, b), grey)
    for eye in (part.EYE_L, part.EYE_R):
        along, across = seen_along(x, y, joints[eye], ahead)
        a, b = 3.0 * look.size, 2.3 * look.size
        yield Layer(ellipse(along, across, a, b), look.eye * shade(along, across, a, b))
