"""Peaks of maps that show several instances, given to the labeled nodes nearest to them."""

import numpy as np
from numpy.typing import NDArray

MATCH_RADIUS = 16.0
"""Pixels beyond which a peak is no prediction of a node: twice the largest radius that is reported,
so that every error that counts as near is seen as one and not as a miss."""


def match_peaks(
    truth: NDArray[np.float32],
    peaks: NDArray[np.float32],
    where: NDArray[np.int32],
    *,
    radius: float = MATCH_RADIUS,
) -> tuple[NDArray[np.float32], int]:
    """Give each labeled node a peak of its map, the nearest pair first; each peak is given once.

    Args:
        truth: (n, n_instances, n_nodes, 2) float32, NaN where nobody labelled.
        peaks: (n_peaks, 2) float32.
        where: (n_peaks, 2) int32, the image and the node of each peak.
        radius: Pixels that a peak may be away.

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
        distance[~(distance <= radius)] = np.inf  # NaN as well: nobody labelled
        while np.isfinite(distance).any():
            instance, peak = np.unravel_index(np.argmin(distance), distance.shape)
            matched[image, instance, node] = mine[peak]
            distance[instance], distance[:, peak] = np.inf, np.inf
            n_taken += 1
    return matched, len(peaks) - n_taken
