"""Labels and what a model may have found: animals in images, some missed, some made up."""

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from splitlib.evaluation.core.evaluated import Evaluated, Extra

N_NODES = 4

SHAPE = np.array([[0, 0], [30, 5], [18, 25], [-6, 14]], np.float64)


@st.composite
def evaluated_splits(draw: st.DrawFn, *, most_images: int = 5) -> Evaluated:
    """Animals of one shape in a row, each found nearly, not at all, or in part."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n_images = draw(st.integers(1, most_images))
    n_animals = rng.integers(0, 4, n_images)
    image = np.repeat(np.arange(n_images), n_animals)
    n = len(image)
    place = np.stack([60.0 * np.arange(n), np.zeros(n)], axis=1)
    truth = SHAPE + place[:, None] + rng.normal(0, 1, (n, N_NODES, 2))
    noise = rng.choice([0.2, 1.0, 3.0], n)[:, None, None]
    found = truth + rng.normal(0, 1, truth.shape) * noise
    truth[rng.random(truth.shape[:2]) < 0.2] = np.nan
    found[rng.random(found.shape[:2]) < 0.2] = np.nan
    score = np.where(rng.random(n) < 0.2, np.nan, np.round(rng.random(n), 1))
    score[np.isnan(found).all(axis=(1, 2))] = np.nan
    found[np.isnan(score)] = np.nan
    extra = np.sort(rng.integers(0, n_images, rng.integers(0, 4)))
    made_up = SHAPE + rng.normal(0, 60, (len(extra), 1, 2))
    return Evaluated(
        row=np.arange(n_images),
        image=image,
        truth=truth,
        found=found,
        score=score,
        extra=Extra(extra, made_up, np.round(rng.random(len(extra)), 1)),
    )


def split_of(truth: NDArray[np.float64], found: NDArray[np.float64]) -> Evaluated:
    """A split whose labels are images of their own, each with what was found for it."""
    number = np.arange(len(truth))
    is_found = ~np.isnan(found).all(axis=(1, 2))
    none = Extra(np.zeros(0, np.int64), np.zeros((0, *truth.shape[1:])), np.zeros(0))
    return Evaluated(number, number, truth, found, np.where(is_found, 1.0, np.nan), none)
