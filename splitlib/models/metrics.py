"""Errors of predicted points. This file uses only numpy: figures for a file need no tensorflow.

A NaN in the truth is a node without a label, which counts nowhere. A NaN in the prediction of a
labeled node is a miss, which counts against the prediction.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.floating]
"""(n, n_nodes, 2), (x, y) in pixels, NaN where a node is missing."""

OKS_STDDEV = 0.025
"""Spread of careful labeling, as a share of the animal's size; the value of SLEAP's `evaluate`.

COCO measured 0.025 for eyes, its easiest point, up to 0.107 for hips.
"""


@dataclass(frozen=True)
class ErrorSummary:
    """Distances from prediction to truth in pixels, of one node or of all.

    Mean, median and percentile are those of found points; they are None if no point was found.
    """

    n_points: int  # number of labeled points
    n_missed: int  # number of labeled points without a prediction
    mean: float | None  # mean distance
    median: float | None  # half of the found points are nearer
    p90: float | None  # nine of ten found points are nearer


@dataclass(frozen=True)
class PoseMetrics:
    """All figures of a set of predictions."""

    overall: ErrorSummary  # errors of all nodes together
    nodes: dict[str, ErrorSummary]  # errors of each node, by its name
    pck: dict[float, float | None]  # as of `fraction_within`, by radius
    oks: float | None  # mean of `keypoint_similarity`; None where no instance has one


def pose_metrics(
    truth: Points, predicted: Points, *, node_names: Sequence[str], radii: Sequence[float]
) -> PoseMetrics:
    """Compare predictions, one for each true instance, with the truth; PCK at radii in pixels."""
    distances = point_distances(truth, predicted)
    similarity = keypoint_similarity(truth, predicted)
    labeled = similarity[~np.isnan(similarity)]
    return PoseMetrics(
        overall=summarize_errors(distances),
        nodes={name: summarize_errors(distances[:, i]) for i, name in enumerate(node_names)},
        pck=dict(zip(radii, fraction_within(distances, radii), strict=True)),
        oks=float(labeled.mean()) if len(labeled) else None,
    )


def point_distances(truth: Points, predicted: Points) -> NDArray[np.float64]:
    """(n, n_nodes) float64 distances in pixels: NaN for nodes without a label, inf for misses."""
    distances = np.linalg.norm(truth.astype(np.float64) - predicted, axis=-1)
    missed = np.isnan(predicted).any(axis=-1)
    labeled = ~np.isnan(truth).any(axis=-1)
    return np.where(labeled, np.where(missed, np.inf, distances), np.nan)


def summarize_errors(distances: NDArray[np.float64]) -> ErrorSummary:
    """The figures of distances as of `point_distances`, in any shape."""
    labeled = distances[~np.isnan(distances)]
    found = labeled[np.isfinite(labeled)]
    n_points, n_missed = len(labeled), len(labeled) - len(found)
    if not len(found):
        return ErrorSummary(n_points, n_missed, None, None, None)
    median, p90 = np.percentile(found, [50, 90])
    return ErrorSummary(n_points, n_missed, float(found.mean()), float(median), float(p90))


def fraction_within(distances: NDArray[np.float64], radii: Sequence[float]) -> list[float | None]:
    """The percentage of correct keypoints (PCK), as a fraction, for each radius in pixels.

    Distances are as of `point_distances`, in any shape. A point at exactly the radius is correct,
    and a miss is an error at every radius. All are None if nothing is labeled.
    """
    labeled = distances[~np.isnan(distances)]
    if not len(labeled):
        return [None] * len(radii)
    return [float((labeled <= radius).mean()) for radius in radii]


def keypoint_similarity(
    truth: Points, predicted: Points, *, stddev: float = OKS_STDDEV
) -> NDArray[np.float64]:
    """The object keypoint similarity (OKS) of each instance, as COCO and SLEAP define it.

    It is the mean over labeled nodes of exp(-d^2 / (2 * area * (2 * stddev)^2)), where area is that
    of the truth's bounding box, and stddev as of `OKS_STDDEV`. A miss counts 0.

    Returns:
        (n,) float64 in [0, 1]; NaN for an instance whose box has no area, such as one of a single
        labeled node: it gives no scale, and SLEAP counts any error as a miss.
    """
    distances = point_distances(truth, predicted)
    labeled = ~np.isnan(distances)
    areas = _box_areas(truth, labeled)
    spread = 2 * (2 * stddev) ** 2 * (areas + np.spacing(1))
    similarity = np.exp(-np.square(np.where(labeled, distances, np.inf)) / spread[:, None])
    means = similarity.sum(axis=1) / np.maximum(labeled.sum(axis=1), 1)
    return np.where(areas > 0, means, np.nan)


def _box_areas(points: Points, labeled: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(n,) areas of the bounding boxes, 0 for an instance without points."""
    low = np.where(labeled[..., None], points, np.inf).min(axis=1)
    high = np.where(labeled[..., None], points, -np.inf).max(axis=1)
    sides: NDArray[np.float64] = np.maximum(high - low, 0.0)
    return sides[:, 0] * sides[:, 1]
