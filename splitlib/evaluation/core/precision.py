"""Average precision and recall of found instances over thresholds of similarity, as COCO has them.

At a threshold, a found instance is right if it is alike enough to a label of its image that no
surer instance took. Precision is the share of found instances that are right, recall the share of
labels that were found, and both change as less sure instances are taken in.

Source: the protocol of COCO's keypoint detection task, as pycocotools 2.0 computes it
(`COCOeval.evaluateImg` and `accumulate`), without its limit of 20 instances in an image.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from splitlib.evaluation.core.evaluated import Evaluated
from splitlib.evaluation.core.similarity import keypoint_similarity, pairwise_similarity

Floats = NDArray[np.float64]

THRESHOLDS = tuple(round(0.5 + 0.05 * at, 2) for at in range(10))
"""Similarities from which on an instance counts as found."""

RECALLS = np.linspace(0, 1, 101)
"""Recalls at which precision is read."""


@dataclass(frozen=True)
class Precision:
    """Shares in [0, 1].

    Attributes:
        mean: Mean over `THRESHOLDS` of the average precision (mAP).
        recall: Mean over `THRESHOLDS` of the share of labels that were found (mAR).
        at: Average precision at each of `THRESHOLDS`.
    """

    mean: float
    recall: float
    at: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class Detections:
    """Found instances, the surest first, and the labels that they could be right about.

    Attributes:
        image: (m,) int64, the image of each instance.
        is_right: (n_thresholds, m) bool, whether each is right.
        label_image: (n,) int64, the image of each label.
    """

    image: NDArray[np.int64]
    is_right: NDArray[np.bool_]
    label_image: NDArray[np.int64]

    def precision(self, times: NDArray[np.int64] | None = None) -> Precision | None:
        """The figures, where image `i` counts `times[i]` times; None where no label counts."""
        weight, labels = np.ones(len(self.image), np.int64), len(self.label_image)
        if times is not None:
            weight, labels = times[self.image], int(times[self.label_image].sum())
        if not labels:
            return None
        right = np.cumsum(self.is_right * weight, axis=1)
        recall = right / labels
        share = right / np.maximum(np.cumsum(weight), np.spacing(1))
        # the best precision that is reached at a recall or beyond it
        best = np.maximum.accumulate(share[:, ::-1], axis=1)[:, ::-1]
        best = np.pad(best, ((0, 0), (0, 1)))  # beyond the last recall nothing is found
        pairs = zip(best, recall, strict=True)
        at = [float(row[np.searchsorted(reached, RECALLS)].mean()) for row, reached in pairs]
        last = recall[:, -1] if recall.shape[1] else np.zeros(len(THRESHOLDS))
        return Precision(float(np.mean(at)), float(last.mean()), tuple(at))


def detections_of(evaluated: Evaluated) -> Detections:
    """The found instances of a split; labels without area, and what was found for them, are out."""
    has_size = ~np.isnan(keypoint_similarity(evaluated.truth, evaluated.truth))
    mine = np.flatnonzero(has_size & evaluated.is_found)
    extra = evaluated.extra
    image = np.concatenate([evaluated.image[mine], extra.image])
    points = np.concatenate([evaluated.found[mine], extra.points])
    score = np.concatenate([evaluated.score[mine], extra.score])
    order = np.lexsort((-score, image))  # image by image, the surest first
    label_image, truth = evaluated.image[has_size], evaluated.truth[has_size]
    is_right = np.zeros((len(THRESHOLDS), len(image)), np.bool_)
    images = np.unique(image)
    found_bounds, label_bounds = (
        np.searchsorted(column, [images, images + 1]).T for column in (image[order], label_image)
    )
    for mine, labels in zip(found_bounds.tolist(), label_bounds.tolist(), strict=True):
        rows = order[slice(*mine)]
        is_right[:, rows] = _right(pairwise_similarity(truth[slice(*labels)], points[rows]))
    surest = order[np.argsort(-score[order], kind="stable")]
    return Detections(image[surest], is_right[:, surest], label_image)


def _right(similarity: Floats) -> NDArray[np.bool_]:
    """(n_thresholds, f) whether each found instance takes a label, of (t, f) similarities."""
    is_right = np.zeros((len(THRESHOLDS), similarity.shape[1]), np.bool_)
    if not len(similarity):
        return is_right
    for at, threshold in enumerate(THRESHOLDS):
        left = similarity.copy()
        for found in range(similarity.shape[1]):
            label = int(np.argmax(left[:, found]))
            if left[label, found] >= threshold:
                is_right[at, found] = True
                left[label] = -1
    return is_right
