"""The rows of each table that a choice of frames keeps, and their new order."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from splitlib.slp.ranges import bounds, expand, positions_of, renumber
from splitlib.slp.source import SlpFile


@dataclass(frozen=True, eq=False)
class Selection:
    """Rows kept of each table, in their new order.

    Attributes:
        source: The labels file.
        frames: (n,) int64 rows of /frames.
        instances: (m,) int64 rows of /instances, ordered by frame.
        instance_bounds: (n + 1,) int64, where the instances of each frame begin and end in
            `instances`.
    """

    source: SlpFile
    frames: NDArray[np.int64]
    instances: NDArray[np.int64]
    instance_bounds: NDArray[np.int64]

    @cached_property
    def new_frame(self) -> NDArray[np.int64]:
        """(frames of the source,) int64, the new row of each frame; -1 for a frame left out."""
        return positions_of(self.frames, len(self.source.frames))

    @cached_property
    def new_instance(self) -> NDArray[np.int64]:
        """(instances of the source,) int64, the same for instances."""
        return positions_of(self.instances, len(self.source.instances))

    def renumber_instances(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """The new rows of rows of instances, as `renumber` gives them."""
        has_some = numbers.max(initial=-1) >= 0
        return renumber(numbers, self.new_instance) if has_some else np.full(len(numbers), -1)


def select(source: SlpFile, frames: NDArray[np.int64]) -> Selection:
    """The rows that belong to frames, given as (n,) int64 rows of /frames in their new order."""
    start, end = source.instance_start[frames], source.instance_end[frames]
    return Selection(source, frames, expand(start, end), bounds(end - start))
