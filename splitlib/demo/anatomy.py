"""The parts of a fly: its skeleton, and the joints of its body in every frame.

Images and labels are made from the same joints, which lie on multiples of 1/64 pixel. So labels and
images agree exactly.
"""

import numpy as np

from splitlib.demo.motion import Fly
from splitlib.demo.portable_math import Floats, chance, cosine, length, sine

NODES = (
    "head", "thorax", "abdomen", "wingL", "wingR", "forelegL4", "forelegR4", "midlegL4",
    "midlegR4", "hindlegL4", "hindlegR4", "eyeL", "eyeR",
)  # fmt: skip
"""The nodes of SLEAP's public fly data, in their order. L and R are the animal's own."""

HEAD, THORAX, ABDOMEN, WING_L, WING_R = range(5)
LEG_TIPS = slice(5, 11)
EYE_L, EYE_R = 11, 12
# Joints that are drawn, but not labeled. Legs are in the order of NODES.
NECK, WAIST, HINGE_L, HINGE_R = range(13, 17)
HIPS = slice(17, 23)
KNEES = slice(23, 29)
N_JOINTS = 29

EDGES = (
    *((THORAX, node) for node in (HEAD, ABDOMEN, WING_L, WING_R, *range(5, 11))),
    (HEAD, EYE_L),
    (HEAD, EYE_R),
)
SYMMETRIES = ((WING_L, WING_R), (5, 6), (7, 8), (9, 10), (EYE_L, EYE_R))

# A leg of the right side of a fly of size 1: pixels ahead and to the right of the thorax.
_HIP = np.repeat([[6.0, 4.0], [0.5, 5.5], [-5.0, 4.5]], 2, axis=0)
_TIP = np.repeat([[18.0, 12.0], [1.0, 19.0], [-15.0, 17.0]], 2, axis=0)
_KNEE_BEND = np.repeat([3.0, 2.5, -3.0], 2)  # forwards
_SIDE = np.array([-1.0, 1.0] * 3)  # left, right
_TRIPOD = np.array([0.0, 0.5, 0.5, 0.0, 0.0, 0.5])  # fore and hind leg step with the other mid leg
_REACH = 4.5  # pixels that a foot is set before and leaves behind its resting place
_LOOK_EVERY = 16  # frames between two movements of head and abdomen


def joints_of(fly: Fly, *, scene: int, number: int, size: float) -> Floats:
    """Every joint of a fly, whose states have a first axis of n_frames, in every frame.

    Scene and number (0 for the first fly, 1 for the second) decide its small movements. Size 1 is a
    body of about 45 pixels with wings.

    Returns:
        (n_frames, N_JOINTS, 2) float64, x and y in pixels, where pixel centres are whole numbers.
        The first 13 joints are `NODES`.
    """
    body = _body(fly, scene, number) * size
    c, s = cosine(fly.heading)[:, None], sine(fly.heading)[:, None]
    ahead, right = body[..., 0], body[..., 1]
    turned = np.stack([ahead * c - right * s, ahead * s + right * c], axis=-1)
    return np.floor((fly.at[:, None, :] + turned) * 64 + 0.5) / 64


def _body(fly: Fly, scene: int, number: int) -> Floats:
    """(n_frames, N_JOINTS, 2) pixels ahead and to the right of the thorax."""
    body = np.zeros((len(fly.heading), N_JOINTS, 2))
    # Head and abdomen bend into a turn, and move a little by themselves.
    nod = 2.2 * fly.turning + 0.035 * _wander(len(body), scene, number, 11)
    bend = -2.5 * fly.turning + 0.012 * _wander(len(body), scene, number, 12)
    body[:, NECK] = 7.5, 0.0
    body[:, HEAD] = body[:, NECK] + _polar(5.0, nod)
    body[:, EYE_L] = body[:, HEAD] + _polar(0.4, nod) + _polar(4.6, nod - 0.25)
    body[:, EYE_R] = body[:, HEAD] + _polar(0.4, nod) + _polar(4.6, nod + 0.25)
    body[:, WAIST] = -6.0, 0.0
    body[:, ABDOMEN] = body[:, WAIST] + _polar(13.0, 0.5 + bend)
    opened = 0.02 + 0.2 * fly.wings
    body[:, HINGE_L] = 1.5, -4.0
    body[:, HINGE_R] = 1.5, 4.0
    body[:, WING_L] = body[:, HINGE_L] + _polar(25.5, 0.5 + opened[:, 0] + 0.4 * bend)
    body[:, WING_R] = body[:, HINGE_R] + _polar(25.5, 0.5 - opened[:, 1] + 0.4 * bend)
    tips = _leg_tips(fly)
    for joints, places in ((HIPS, _HIP), (KNEES, _knees(tips)), (LEG_TIPS, tips)):
        body[:, joints] = places
        body[:, joints, 1] *= _SIDE
    return body


def _leg_tips(fly: Fly) -> Floats:
    """(n_frames, 6, 2), all as if on the right side.

    A foot stands for half of a cycle, and so moves back along the body. In the other half it swings
    ahead, nearer to the body.
    """
    phase = fly.gait[:, None] + _TRIPOD
    phase = phase - np.floor(phase)
    swing = np.maximum(2 * phase - 1, 0.0)
    tips = np.broadcast_to(_TIP, (*phase.shape, 2)).copy()
    tips[..., 0] += _REACH * np.where(swing > 0, 2 * _ease(swing) - 1, 1 - 4 * phase)
    tips[..., 1] -= 3.0 * swing * (1 - swing)
    rub = 1.5 * sine(np.arange(len(phase)) / 9.0)
    at_head = np.stack([[21.0 + rub, 21.0 - rub], np.full((2, len(phase)), 3.0)]).T
    tips[:, :2] += fly.groom[:, None, None] * (at_head - tips[:, :2])
    return tips


def _knees(tips: Floats) -> Floats:
    along = tips - _HIP
    across = np.stack([along[..., 1], -along[..., 0]], axis=-1)
    across = across / length(along[..., 0], along[..., 1])[..., None]
    knees: Floats = _HIP + 0.45 * along + _KNEE_BEND[:, None] * across
    return knees


def _polar(radius: float, turns: Floats) -> Floats:
    return np.stack([radius * cosine(turns), radius * sine(turns)], axis=-1)


def _ease(t: Floats) -> Floats:
    return t * t * (3 - 2 * t)


def _wander(n_frames: int, *keys: int) -> Floats:
    """(n_frames,) from -1 to 1, which move smoothly to another value every few frames."""
    leg, t = np.divmod(np.arange(n_frames), _LOOK_EVERY)
    stops = 2 * chance(*keys, np.arange(n_frames // _LOOK_EVERY + 2)) - 1
    values: Floats = stops[leg] + _ease(t / _LOOK_EVERY) * (stops[leg + 1] - stops[leg])
    return values
