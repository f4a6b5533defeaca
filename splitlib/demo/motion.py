"""How two flies move about in an arena: they walk, rest, groom, and one courts the other.

The first fly goes its own way. The second one follows it, sings with one wing stretched out, climbs
on it, and wanders off again. Positions are those of the thorax, in pixels.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from splitlib.demo.portable_math import Floats, chance, cosine, length, sine

TOP_SPEED = 2.6  # pixels per frame
TOP_TURN = 0.016  # turns per frame
STRIDE = 15.0  # pixels walked in one cycle of the legs
PERSONAL_SPACE = 24.0  # pixels between two thoraxes, unless one fly climbs on the other
MARGIN = 13.0  # pixels between a thorax and the edge of the image: limbs may be outside

# Kind of bout, share of the bouts, fewest and most frames; for the first fly and for the second.
BOUTS = (
    (("walk", 0.6, 40, 80), ("rest", 0.2, 12, 30), ("groom", 0.2, 25, 45)),
    (
        ("follow", 0.35, 30, 60),
        ("sing", 0.25, 30, 45),
        ("climb", 0.15, 25, 35),
        ("walk", 0.25, 40, 70),
    ),
)


class Fly(NamedTuple):
    """A fly at one frame, or, with one more axis in front, at every frame."""

    at: Floats  # (2,) x, y of the thorax
    heading: Floats  # direction of the body in turns, from the x axis towards the y axis
    speed: Floats  # pixels per frame
    turning: Floats  # turns per frame
    gait: Floats  # cycles of the legs since the start
    wings: Floats  # (2,) how far the left and the right wing are stretched out, 0 to 1
    groom: Floats  # how far the forelegs are at the head, 0 to 1


class Bout(NamedTuple):
    """The activity of a fly for a while: a kind of `BOUTS`, and the goal of its walk."""

    kind: str
    goal: Floats


def simulate(scene: int, *, n_frames: int, size: int) -> list[Fly]:
    """Two flies at each of `n_frames` frames, in an arena of `size` x `size` pixels."""
    flies = [_newcomer(scene, 0, size), _newcomer(scene, 1, size)]
    history = []
    scripts = (_script(scene, fly, n_frames, size) for fly in (0, 1))
    for first, second in zip(*scripts, strict=True):
        flies = [_step(flies[0], flies[1], first, size), _step(flies[1], flies[0], second, size)]
        history.append(flies)
    return [Fly(*map(np.stack, zip(*states, strict=True))) for states in zip(*history, strict=True)]


def _newcomer(scene: int, fly: int, size: int) -> Fly:
    zero = np.zeros(())
    at = np.array([size / 2 + (30.0 if fly else -30.0), size / 2])
    return Fly(at, chance(scene, fly, 77), zero, zero, zero, np.zeros(2), zero)


def _script(scene: int, fly: int, n_frames: int, size: int) -> list[Bout]:
    """The bout of every frame."""
    bouts = [bout for bout, n in _bouts(scene, fly, n_frames, size) for _ in range(n)]
    return bouts[:n_frames]


def _bouts(scene: int, fly: int, n_bouts: int, size: int) -> Iterator[tuple[Bout, int]]:
    kinds = BOUTS[fly]
    bounds = np.cumsum([share for _, share, _, _ in kinds])
    for number in range(n_bouts):
        which, long, x, y = chance(scene, fly, number, np.arange(4))
        kind, _, fewest, most = kinds[int(np.searchsorted(bounds[:-1], which))]
        away = np.array([x, y]) - 0.5
        away = away * (1.5 - np.abs(away))  # rather along the walls than in the middle
        goal = size / 2 + away * (size - 2 * MARGIN)
        yield Bout(kind, goal), int(fewest + long * (most - fewest))


def _step(fly: Fly, other: Fly, bout: Bout, size: int) -> Fly:
    """The fly one frame later."""
    turn, pace = _intent(fly, other, bout)
    turning = fly.turning + 0.35 * (turn - fly.turning)
    speed = fly.speed + 0.25 * (pace - fly.speed)
    heading = fly.heading + turning
    step = speed * _way(heading) + _evasion(fly, other, bout)
    return Fly(
        at=np.clip(fly.at + step, MARGIN, size - MARGIN),
        heading=heading,
        speed=speed,
        turning=turning,
        gait=fly.gait + (speed + 150.0 * np.abs(turning)) / STRIDE,
        wings=fly.wings + 0.2 * (_singing(fly, other, bout) - fly.wings),
        groom=fly.groom + 0.2 * ((bout.kind == "groom") - fly.groom),
    )


def _intent(fly: Fly, other: Fly, bout: Bout) -> tuple[float, float]:
    """The turn and the pace that the fly aims at."""
    target, top_speed = _aim(other, bout)
    if target is None:
        return 0.0, 0.0
    ahead, right, distance = _seen_from(fly, target)
    turn = min(max(0.09 * right / max(distance, 8.0), -TOP_TURN), TOP_TURN)
    if ahead < 0:  # the target lies behind: turn at full speed
        turn = TOP_TURN if right > 0 else -TOP_TURN
    facing = max(ahead / max(distance, 1e-6), 0.15)
    return turn, top_speed * min(1.0, distance / 25.0) * facing


def _aim(other: Fly, bout: Bout) -> tuple[Floats | None, float]:
    """The target that the fly turns to, if any, and the speed at which it would walk there."""
    match bout.kind:
        case "walk":
            return bout.goal, TOP_SPEED
        case "follow":
            return other.at - 34.0 * _way(other.heading), 1.15 * TOP_SPEED
        case "climb":
            return other.at - 12.0 * _way(other.heading), 1.1 * TOP_SPEED
        case "sing":
            return other.at, 0.0
    return None, 0.0


def _evasion(fly: Fly, other: Fly, bout: Bout) -> Floats:
    """The step aside of a fly, where the other one has come too near."""
    away = fly.at - other.at
    distance = max(float(length(away[0], away[1])), 1e-6)
    step = 0.0 if bout.kind == "climb" else min(0.06 * max(PERSONAL_SPACE - distance, 0.0), 1.2)
    return away / distance * step


def _singing(fly: Fly, other: Fly, bout: Bout) -> Floats:
    """(2,) 1 for the wing that is stretched out: the one nearer to the other fly."""
    _, right, _ = _seen_from(fly, other.at)
    sings = bout.kind == "sing"
    return np.array([sings and right < 0, sings and right >= 0], np.float64)


def _seen_from(fly: Fly, target: Floats) -> tuple[float, float, float]:
    """The distances of a target from the fly: ahead, to the right, and in all."""
    x, y = target - fly.at
    c, s = _way(fly.heading)
    return float(x * c + y * s), float(y * c - x * s), float(length(x, y))


def _way(heading: Floats) -> Floats:
    return np.stack([cosine(heading), sine(heading)])
