"""Errors of predicted points, each beside its label.

A NaN in the truth is a node without a label, which counts nowhere. A NaN in the prediction of a
labeled node is a miss, which counts against the prediction.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from splitlib.evaluation.core.similarity import keypoint_similarity

Points = NDArray[np.floating]
"""(n, n_nodes, 2), (x, y) in pixels, NaN where a node is missing."""

PERCENTILES = (50, 75, 90, 95)
"""Of the errors of found points."""


@dataclass(frozen=True)
class ErrorSummary:
    """Distances from prediction to truth in pixels, of one node or of all.

    Mean, median and percentiles are those of found points; they are None if no point was found.
    """

    n_points: int  # number of labeled points
    n_missed: int  # number of labeled points without a prediction
    mean: float | None  # mean distance
    median: float | None  # half of the found points are nearer
    p75: float | None  # three of four found points are nearer
    p90: float | None  # nine of ten found points are nearer
    p95: float | None  # 95 of 100 found points are nearer


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
        return ErrorSummary(n_points, n_missed, None, None, None, None, None)
    percentiles = np.percentile(found, PERCENTILES)
    return ErrorSummary(n_points, n_missed, float(found.mean()), *map(float, percentiles))


def fraction_within(distances: NDArray[np.float64], radii: Sequence[float]) -> list[float | None]:
    """The percentage of correct keypoints (PCK), as a fraction, for each radius in pixels.

    Distances are as of `point_distances`, in any shape. A point at exactly the radius is correct,
    and a miss is an error at every radius. All are None if nothing is labeled.
    """
    labeled = distances[~np.isnan(distances)]
    if not len(labeled):
        return [None] * len(radii)
    return [float((labeled <= radius).mean()) for radius in radii]
