"""Which found instance belongs to which label of an image."""

import numpy as np
from numpy.typing import NDArray

from splitlib.evaluation.core.boxes import box_sides

Points = NDArray[np.floating]

LEAST_RADIUS = 16.0
"""Pixels, for instances of one node and for tiny ones. This is twice the largest reported radius of
PCK, so a point within a reported radius never is a miss for want of a pair."""


def pair_instances(truth: Points, found: Points) -> NDArray[np.int64]:
    """Give each label the found instance that lies nearest to it.

    Two instances are as far apart as their labeled nodes are in the mean, where a node counts at
    most a *radius*: half the diagonal of the label's box, or `LEAST_RADIUS`. A node that was not
    found counts a radius. The nearest pair comes first; each instance is given once, and none where
    every node is a radius away.

    Args:
        truth: (t, n_nodes, 2), (x, y) in pixels of the video, NaN for no label.
        found: (f, n_nodes, 2), NaN where nothing was found.

    Returns:
        (t,) int64, the row in `found` of each label, -1 for none.

    Example:
        >>> truth = np.array([[[1.0, 1.0]], [[5.0, 1.0]]])
        >>> found = np.array([[[4.0, 1.0]], [[2.0, 1.0]], [[90.0, 9.0]]])
        >>> pair_instances(truth, found).tolist()
        [1, 0]
    """
    paired = np.full(len(truth), -1, np.int64)
    distance = _shares_of_radius(truth, found)
    while distance.size and distance.min() < 1:
        label, instance = np.unravel_index(np.argmin(distance), distance.shape)
        paired[label] = instance
        distance[label], distance[:, instance] = 1, 1
    return paired


def instance_errors(truth: Points, found: Points) -> NDArray[np.float64]:
    """The mean distance of the labeled nodes of each pair of (n, n_nodes, 2), in pixels: (n,).

    A node counts at most a radius as of `pair_instances`.
    """
    return _shares(truth, found) * _radius(truth)


def _shares_of_radius(truth: Points, found: Points) -> NDArray[np.float64]:
    """(t, f) mean distances in radii of the label, at most 1."""
    return _shares(truth[:, None], found[None])


def _shares(truth: Points, found: Points) -> NDArray[np.float64]:
    labeled = ~np.isnan(truth).any(axis=-1)
    distance = np.linalg.norm(truth.astype(np.float64) - found, axis=-1)
    shares = np.fmin(distance / _radius(truth)[..., None], 1)  # NaN becomes 1
    total = np.where(labeled, shares, 0).sum(axis=-1)
    return np.asarray(total / np.maximum(labeled.sum(axis=-1), 1))


def _radius(truth: Points) -> NDArray[np.float64]:
    diagonal = np.linalg.norm(box_sides(truth), axis=-1)
    return np.asarray(np.maximum(diagonal / 2, LEAST_RADIUS))
