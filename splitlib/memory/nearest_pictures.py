"""The nearest of other pictures, where time says nothing: frames of different videos."""

import numpy as np
from numpy.typing import NDArray

Pictures = NDArray[np.uint8]
"""(n, ...) uint8, small gray pictures of one size."""

PIECE = 4096
"""Pictures of each side that are compared at a time."""


def nearest_pictures(pictures: Pictures, others: Pictures) -> NDArray[np.int64]:
    """The row of the nearest of other pictures, by the squared differences of cells.

    Sums are of whole numbers below 2**53, so every machine finds the same picture. Of pictures
    that are equally near, the first is found.

    Args:
        pictures: (n, ...) uint8.
        others: (m, ...) uint8 of the same cells, m > 0.

    Returns:
        (n,) int64.

    Example:
        >>> pictures, others = np.array([[9, 9], [0, 3]]), np.array([[0, 1], [8, 9]])
        >>> nearest_pictures(pictures.astype(np.uint8), others.astype(np.uint8))
        array([1, 0])
    """
    nearest = np.zeros(len(pictures), np.int64)
    for start in range(0, len(pictures), PIECE):
        own = _cells(pictures[start : start + PIECE])
        least = np.full(len(own), np.inf)
        for first in range(0, len(others), PIECE):
            other = _cells(others[first : first + PIECE])
            away = (other**2).sum(axis=1) - 2 * own @ other.T  # less the same for all others
            found = away.argmin(axis=1)
            value = away[np.arange(len(own)), found]
            is_nearer = value < least
            least[is_nearer] = value[is_nearer]
            nearest[start : start + len(own)][is_nearer] = found[is_nearer] + first
    return nearest


def _cells(pictures: Pictures) -> NDArray[np.float64]:
    return pictures.reshape(len(pictures), -1).astype(np.float64)
