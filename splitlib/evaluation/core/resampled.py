"""The figures of a split when each of its images counts any number of times, for `intervals`."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from splitlib.evaluation.core.evaluated import Evaluated
from splitlib.evaluation.core.metrics import PERCENTILES, point_distances
from splitlib.evaluation.core.precision import detections_of
from splitlib.evaluation.core.similarity import keypoint_similarity


class ResampledErrors:
    """Errors and PCK when image `i` counts `times[i]` times, by their dotted names.

    Errors are in pixels of the video, PCK is a share. Distances are sorted once.
    """

    def __init__(self, evaluated: Evaluated, radii: Sequence[float]) -> None:
        distances = point_distances(evaluated.truth, evaluated.found)
        labeled = ~np.isnan(distances)
        order = np.argsort(distances[labeled], kind="stable")
        self._distance = distances[labeled][order]  # of misses, at the end, infinite
        self._image = np.broadcast_to(evaluated.image[:, None], labeled.shape)[labeled][order]
        self._n_found = int(np.isfinite(self._distance).sum())
        ends = np.searchsorted(self._distance, radii, side="right")
        self._n_within = dict(zip(radii, ends.tolist(), strict=True))

    def __call__(self, times: NDArray[np.int64]) -> dict[str, float | None]:
        """The figures of (n_images,) int64 `times`; None for one that nothing is left for."""
        count = np.cumsum(times[self._image])  # points that are no farther than each
        n_found = int(count[self._n_found - 1]) if self._n_found else 0
        n_points = int(count[-1]) if len(count) else 0
        figures: dict[str, float | None] = {}
        for percentile in PERCENTILES:
            name = "median" if percentile == 50 else f"p{percentile}"
            at = int(np.searchsorted(count, n_found * percentile / 100))
            figures[f"error_px.{name}"] = float(self._distance[at]) if n_found else None
        for radius, n in self._n_within.items():
            n_right = int(count[n - 1]) if n else 0
            figures[f"pck.within_{radius:g}_px"] = n_right / n_points if n_points else None
        return figures


class ResampledFigures:
    """`ResampledErrors`, and with them the figures of instances, which are shares."""

    def __init__(self, evaluated: Evaluated, radii: Sequence[float]) -> None:
        self._errors = ResampledErrors(evaluated, radii)
        similarity = keypoint_similarity(evaluated.truth, evaluated.found)
        has_size = ~np.isnan(similarity)
        self._similarity, self._of_size = similarity[has_size], evaluated.image[has_size]
        self._detections = detections_of(evaluated)

    def __call__(self, times: NDArray[np.int64]) -> dict[str, float | None]:
        """The figures, as of `ResampledErrors`."""
        precision = self._detections.precision(times)
        return {
            **self._errors(times),
            "oks": _mean(self._similarity, times[self._of_size]),
            "map": precision.mean if precision else None,
            "mar": precision.recall if precision else None,
        }


def _mean(values: NDArray[np.float64], times: NDArray[np.int64]) -> float | None:
    return float(np.average(values, weights=times)) if times.any() else None
