"""The labels of a split, each with what a model found for it, and what it found besides."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Extra:
    """Found instances that belong to no label.

    Attributes:
        image: (m,) int64, the image that each was found in.
        points: (m, n_nodes, 2) float64, (x, y) in pixels of the video, NaN where nothing was found.
        score: (m,) float64, how sure the model is.
    """

    image: Numbers
    points: Floats
    score: Floats


@dataclass(frozen=True, eq=False)
class Evaluated:
    """The n labeled instances of n_images images, and what a model found.

    Attributes:
        row: (n_images,) int64, the frame of the split that each image is of. An image is what the
            model saw at once: the frame, or the crop of one instance.
        image: (n,) int64, ascending: the image of each labeled instance.
        truth: (n, n_nodes, 2) float64, (x, y) in pixels of the video, NaN for no label.
        found: (n, n_nodes, 2) float64, likewise, NaN where nothing was found.
        score: (n,) float64, how sure the model is of the found instance; NaN where none was.
        extra: What was found besides.
    """

    row: Numbers
    image: Numbers
    truth: Floats
    found: Floats
    score: Floats
    extra: Extra

    @property
    def is_found(self) -> NDArray[np.bool_]:
        """(n,) bool, whether an instance was found for the label."""
        return ~np.isnan(self.score)
