"""The four videos of the demo: their flies, their floors, and every frame as an image."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from splitlib.demo.anatomy import N_JOINTS, joints_of
from splitlib.demo.draw_fly import Look, draw_fly, hidden_by
from splitlib.demo.floors import Floor, agar, paper, plastic, velvet
from splitlib.demo.motion import simulate
from splitlib.demo.portable_math import Floats, chance

SIZE = 192  # pixels, height and width
N_FRAMES = 600
ARRIVAL = 12  # first frame with flies: the arena is empty before


@dataclass(frozen=True)
class Scene:
    """A video."""

    number: int  # decides all that is left to chance
    name: str  # name of the video file that the scene stands for
    floor: Floor  # draws the empty arena
    looks: tuple[Look, Look]  # looks of the two flies; the second fly is drawn over the first
    grain: float = 0.02  # share of the pixels that are one grey off

    @cached_property
    def joints(self) -> Floats:
        """(2, N_FRAMES, N_JOINTS, 2) x and y of every joint of both flies."""
        flies = simulate(self.number, n_frames=N_FRAMES, size=SIZE)
        return np.stack(
            [
                joints_of(fly, scene=self.number, number=number, size=look.size)
                for number, (fly, look) in enumerate(zip(flies, self.looks, strict=True))
            ]
        )

    @cached_property
    def _empty(self) -> Floats:
        return np.floor(self.floor(SIZE) + 0.5)

    def image(self, frame: int) -> NDArray[np.uint8]:
        """(SIZE, SIZE) uint8, the frame as the camera sees it."""
        image = self._empty.copy()
        if frame >= ARRIVAL:
            for joints, look in zip(self.joints[:, frame], self.looks, strict=True):
                draw_fly(image, joints, look)
        pixels = np.arange(SIZE * SIZE).reshape(SIZE, SIZE)
        noise = chance(self.number, frame, pixels) / self.grain
        image += np.where(noise < 0.5, 1.0, np.where(noise < 1.0, -1.0, 0.0))
        return np.floor(np.clip(image, 0, 255) + 0.5).astype(np.uint8)

    def hidden(self, frame: int, number: int) -> NDArray[np.bool_]:
        """(N_JOINTS,) bool, which joints of a fly the other one covers."""
        if number == 1:  # drawn on top
            return np.zeros(N_JOINTS, np.bool_)
        x, y = self.joints[0, frame].T
        return hidden_by(x, y, self.joints[1, frame], self.looks[1]) > 0.5


# Greys in the order of `Look`: body, belly, band, leg, eye, wing, vein.
SCENES = (
    Scene(
        number=0,
        name="arena_a.mp4",
        floor=agar,
        looks=(
            Look(118, 168, 72, 78, 62, 176, 104, shadow=0.20, size=1.05),
            Look(82, 128, 36, 50, 34, 166, 88, shadow=0.20, size=0.95),
        ),
    ),
    Scene(
        number=1,
        name="arena_b.mp4",
        floor=paper,
        looks=(
            Look(98, 150, 58, 62, 44, 150, 82, shadow=0.26, size=1.0),
            Look(66, 104, 28, 40, 24, 140, 70, shadow=0.26, size=0.92),
        ),
    ),
    Scene(
        number=2,
        name="arena_c.mp4",
        floor=plastic,
        looks=(
            Look(84, 124, 44, 46, 30, 120, 58, shadow=0.30, size=1.08),
            Look(56, 88, 22, 30, 16, 112, 48, shadow=0.30, size=0.97),
        ),
    ),
    Scene(
        number=3,
        name="arena_d.mp4",
        floor=velvet,
        looks=(
            Look(150, 196, 112, 140, 222, 92, 158, shadow=0.5, size=1.02),
            Look(118, 158, 84, 116, 196, 84, 138, shadow=0.5, size=0.94),
        ),
    ),
)
