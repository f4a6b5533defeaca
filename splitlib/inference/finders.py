"""What finds instances in a batch of frames, and the settings that all kinds of models share."""

from collections.abc import Callable
from dataclasses import dataclass

from splitlib.inference.frame_batches import FrameBatch
from splitlib.inference.grouping import FoundInstances
from splitlib.models.peaks import THRESHOLD

Finder = Callable[[FrameBatch], FoundInstances]
"""From frames to the instances in them, in pixels of the video."""

CROPS_PER_FRAME = 4
"""Crops that are predicted at a time, for each frame of a batch. They are smaller than frames."""


@dataclass(frozen=True)
class PredictSettings:
    """How frames are predicted on.

    Attributes:
        batch_size: Frames at a time, >= 1. Memory grows with it.
        min_score: Lowest value of a map that counts as a point, > 0.
        min_nodes: Instances with fewer points are left out; None for 3 where peaks are joined to
            animals (or all nodes of a smaller skeleton), and 1 otherwise.
        max_instances: Instances of a frame at most, those with the highest scores; None for all.
    """

    batch_size: int = 8
    min_score: float = THRESHOLD
    min_nodes: int | None = None
    max_instances: int | None = None

    def kept(self, found: FoundInstances, least: int = 1) -> FoundInstances:
        """The instances that are kept, of a head that asks for `least` points."""
        min_nodes = least if self.min_nodes is None else self.min_nodes
        return found.best(min_nodes=min_nodes, most=self.max_instances)
