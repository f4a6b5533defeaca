"""Instances that were found in a batch of images, as columns."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class FoundInstances:
    """Instances of a batch, ordered by image.

    Attributes:
        image: (n,) int64, position of the image in the batch, ascending.
        points: (n, n_nodes, 2) float64, (x, y) in pixels, NaN for a node that was not found.
        point_scores: (n, n_nodes) float64, value of the confidence map at each point; 0 for a node
            that was not found.
    """

    image: NDArray[np.int64]
    points: NDArray[np.float64]
    point_scores: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.image)

    @property
    def score(self) -> NDArray[np.float64]:
        """(n,) float64 from 0 to 1: the mean score over all nodes, 0 for those not found."""
        return np.asarray(self.point_scores.mean(axis=1))

    @property
    def n_found(self) -> NDArray[np.int64]:
        """(n,) int64, nodes that were found."""
        return np.asarray((~np.isnan(self.points[..., 0])).sum(axis=1))

    def take(self, rows: NDArray[np.int64]) -> "FoundInstances":
        """The instances at some rows, (m,) int64, whose images are ascending."""
        return FoundInstances(self.image[rows], self.points[rows], self.point_scores[rows])

    def best(self, *, min_nodes: int, most: int | None = None) -> "FoundInstances":
        """The instances with enough nodes, in each image the best first, and no more than `most`.

        Equal scores keep their order.
        """
        order = np.lexsort((-self.score, self.image))
        order = order[self.n_found[order] >= min_nodes]
        if most is not None:
            image = self.image[order]
            order = order[np.arange(len(image)) - np.searchsorted(image, image) < most]
        return self.take(order)
