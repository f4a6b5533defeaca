"""Matching of labeled nodes with peaks of maps that show several instances."""

import numpy as np
from numpy.typing import NDArray

MATCH_RADIUS = 16.0
"""Pixels from a node beyond which a peak does not predict the node. This is twice the largest
reported radius, so that no peak within a reported radius counts as a miss."""


def match_peaks(
    truth: NDArray[np.float32], peaks: NDArray[np.float32], where: NDArray[np.int32]
) -> tuple[NDArray[np.float32], int]:
    """Give each labeled node a peak of its map within `MATCH_RADIUS`.

    The nearest pair is first; each peak is given once.

    Args:
        truth: (n, n_instances, n_nodes, 2) float32, NaN for nodes without a label.
        peaks: (n_peaks, 2) float32.
        where: (n_peaks, 2) int32, the image and the node of each peak.

    Returns:
        Tuple of
            (n, n_instances, n_nodes, 2) float32, the peak of each node, NaN for none;
            the number of peaks that no node took.

    Example:
        >>> truth = np.array([[[[1, 1]], [[5, 1]]]], np.float32)
        >>> peaks = np.array([[4, 1], [2, 1], [90, 9]], np.float32)
        >>> matched, n_extra = match_peaks(truth, peaks, np.zeros((3, 2), np.int32))
        >>> matched.reshape(2, 2).tolist(), n_extra
        ([[2.0, 1.0], [4.0, 1.0]], 1)
    """
    matched = np.full_like(truth, np.nan)
    n_taken = 0
    for image, node in np.unique(where, axis=0):
        mine = peaks[(where == (image, node)).all(axis=1)]
        distance = np.linalg.norm(truth[image, :, node, None] - mine, axis=-1)
        distance[~(distance <= MATCH_RADIUS)] = np.inf  # NaN as well, for nodes without a label
        while np.isfinite(distance).any():
            instance, peak = np.unravel_index(np.argmin(distance), distance.shape)
            matched[image, instance, node] = mine[peak]
            distance[instance], distance[:, peak] = np.inf, np.inf
            n_taken += 1
    return matched, len(peaks) - n_taken
