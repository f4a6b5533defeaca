"""Which rows of each table a choice of frames keeps, and where they go."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from splitlib.slp.ranges import bounds, expand, positions_of
from splitlib.slp.source import SlpFile


@dataclass(frozen=True, eq=False)
class Selection:
    """Rows kept of each table, in their new order.

    Attributes:
        frames: (n,) int64 rows of /frames.
        instances: (m,) int64 rows of /instances, ordered by frame.
        instance_bounds: (n + 1,) int64, where the instances of each frame begin and end.
        new_frame: (frames in the source,) int64 new row of each frame, -1 for one left out.
        new_instance: (instances in the source,) int64 new row of each, -1 for one left out.
    """

    frames: NDArray[np.int64]
    instances: NDArray[np.int64]
    instance_bounds: NDArray[np.int64]
    new_frame: NDArray[np.int64]
    new_instance: NDArray[np.int64]


def select(source: SlpFile, frames: NDArray[np.int64]) -> Selection:
    """The rows that belong to frames.

    Args:
        source: The labels file.
        frames: (n,) int64 rows of /frames, each at most once, in their new order.
    """
    start, end = source.instance_start[frames], source.instance_end[frames]
    instances = expand(start, end)
    return Selection(
        frames=frames,
        instances=instances,
        instance_bounds=bounds(end - start),
        new_frame=positions_of(frames, len(source.frames)),
        new_instance=positions_of(instances, len(source.instances)),
    )
