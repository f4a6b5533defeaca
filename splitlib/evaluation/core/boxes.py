"""The box around the labeled nodes of an animal, which says how large it is."""

import numpy as np
from numpy.typing import NDArray


def box_sides(points: NDArray[np.floating]) -> NDArray[np.float64]:
    """Width and height of the boxes around the nodes of instances.

    Args:
        points: (..., n_nodes, 2), (x, y) in pixels, NaN for nodes that are missing.

    Returns:
        (..., 2) float64, 0 for an instance without nodes.
    """
    is_there = ~np.isnan(points).any(axis=-1, keepdims=True)
    low = np.where(is_there, points, np.inf).min(axis=-2)
    high = np.where(is_there, points, -np.inf).max(axis=-2)
    return np.asarray(np.maximum(high - low, 0.0), np.float64)
