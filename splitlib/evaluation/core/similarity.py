"""How alike two instances are: the object keypoint similarity (OKS) of COCO and SLEAP.

It is the mean over labeled nodes of exp(-d^2 / (2 * area * (2 * stddev)^2)), where d is the
distance of the node in pixels, area that of the box around the labeled nodes, and stddev as of
`OKS_STDDEV`. A labeled node that was not found counts 0. An instance whose box has no area, such as
one of a single labeled node, has no similarity: nothing says how large the animal is.
"""

import numpy as np
from numpy.typing import NDArray

from splitlib.evaluation.core.boxes import box_sides

Points = NDArray[np.floating]
Floats = NDArray[np.float64]

OKS_STDDEV = 0.025
"""Spread of careful labeling, as a share of the animal's size; the value of SLEAP's `evaluate`.

COCO measured 0.025 for eyes, its easiest point, up to 0.107 for hips.
"""


def keypoint_similarity(truth: Points, predicted: Points, *, stddev: float = OKS_STDDEV) -> Floats:
    """The similarity of each prediction to its label.

    Args:
        truth: (n, n_nodes, 2), (x, y) in pixels, NaN for nodes without a label.
        predicted: (n, n_nodes, 2), NaN for nodes that were not found.
        stddev: As of `OKS_STDDEV`.

    Returns:
        (n,) float64 in [0, 1]; NaN for an instance without area.
    """
    return _similarity(truth, predicted, _box_areas(truth), stddev)


def pairwise_similarity(truth: Points, found: Points, *, stddev: float = OKS_STDDEV) -> Floats:
    """The similarity of each found instance to each label of one image.

    Args:
        truth: (t, n_nodes, 2), as of `keypoint_similarity`.
        found: (f, n_nodes, 2), as `predicted` there.
        stddev: As of `OKS_STDDEV`.

    Returns:
        (t, f) float64 in [0, 1]; NaN in the row of a label without area.
    """
    return _similarity(truth[:, None], found[None], _box_areas(truth)[:, None], stddev)


def _similarity(truth: Points, found: Points, areas: Floats, stddev: float) -> Floats:
    squares = np.square(truth.astype(np.float64) - found).sum(axis=-1)
    labeled = ~np.isnan(truth).any(axis=-1)
    spread = 2 * (2 * stddev) ** 2 * (areas + np.spacing(1))
    # NaN, of nodes that were not found, and nodes without a label count 0
    alike = np.exp(-np.where(labeled & ~np.isnan(squares), squares, np.inf) / spread[..., None])
    means = alike.sum(axis=-1) / np.maximum(labeled.sum(axis=-1), 1)
    return np.where(areas > 0, means, np.nan)


def _box_areas(points: Points) -> Floats:
    """(n,) areas of the boxes around the labeled nodes, 0 for an instance without any."""
    sides = box_sides(points)
    return np.asarray(sides[..., 0] * sides[..., 1])
