"""Average precision and recall, beside those of pycocotools."""

import contextlib
import io
from typing import Any

import numpy as np
import pytest
from drawn import tries
from drawn_animals import N_NODES, evaluated_splits, split_of
from hypothesis import given
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from splitlib.evaluation.core.evaluated import Evaluated
from splitlib.evaluation.core.precision import THRESHOLDS, detections_of
from splitlib.evaluation.core.similarity import OKS_STDDEV, keypoint_similarity

NOWHERE = 1e7
"""Where pycocotools is told that nodes lie which were not found: it has no such nodes."""


def coco_keypoints(points: np.ndarray[Any, Any], seen: np.ndarray[Any, Any]) -> list[float]:
    filled = np.where(np.isnan(points), NOWHERE, points)
    return np.column_stack([filled, np.where(seen, 2, 0)]).ravel().tolist()


def coco_figures(evaluated: Evaluated) -> tuple[float, float, list[float]]:
    """mAP, mAR and the precision at each threshold, of labels that have an area."""
    has_size = ~np.isnan(keypoint_similarity(evaluated.truth, evaluated.truth))
    truth, image = evaluated.truth[has_size], evaluated.image[has_size]
    labels = []
    for number, points in enumerate(truth):
        seen = ~np.isnan(points).any(axis=1)
        low, high = np.nanmin(points, axis=0), np.nanmax(points, axis=0)
        labels.append(
            {
                "id": number + 1,
                "image_id": int(image[number]),
                "category_id": 1,
                "iscrowd": 0,
                "area": float(np.prod(high - low)),
                "bbox": [*low, *(high - low)],
                "num_keypoints": int(seen.sum()),
                "keypoints": coco_keypoints(points, seen),
            }
        )
    mine = has_size & evaluated.is_found
    found = [
        *zip(evaluated.image[mine], evaluated.found[mine], evaluated.score[mine], strict=True),
        *zip(evaluated.extra.image, evaluated.extra.points, evaluated.extra.score, strict=True),
    ]
    detections = [
        {
            "image_id": int(at),
            "category_id": 1,
            "score": float(score),
            "keypoints": coco_keypoints(points, np.ones(len(points), bool)),
        }
        for at, points, score in found
    ]
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = {
            "images": [{"id": int(at)} for at in evaluated.row],
            "categories": [{"id": 1, "name": "animal"}],
            "annotations": labels,
        }
        coco.createIndex()
        judge = COCOeval(coco, coco.loadRes(detections) if detections else COCO(), "keypoints")
        judge.params.kpt_oks_sigmas = np.full(evaluated.truth.shape[1], OKS_STDDEV)
        judge.params.areaRng, judge.params.areaRngLbl = [[0, 1e20]], ["all"]
        judge.params.imgIds = evaluated.row.tolist()
        judge.evaluate()
        judge.accumulate()
    precision, recall = judge.eval["precision"][:, :, 0, 0, 0], judge.eval["recall"][:, 0, 0, 0]
    return float(precision.mean()), float(recall.mean()), precision.mean(axis=1).tolist()


@tries(60)
@given(evaluated_splits())
def test_figures_are_those_of_pycocotools(evaluated: Evaluated) -> None:
    detections = detections_of(evaluated)
    found = detections.precision()
    if not len(detections.label_image):
        assert found is None
        return
    assert found is not None
    if not len(detections.image):
        assert (found.mean, found.recall) == (0, 0)
        return
    mean, recall, at = coco_figures(evaluated)
    assert found.mean == pytest.approx(mean, abs=1e-9)
    assert found.recall == pytest.approx(recall, abs=1e-9)
    assert found.at == pytest.approx(at, abs=1e-9)


@tries(30)
@given(evaluated_splits())
def test_an_image_that_counts_twice_is_an_image_that_is_there_twice(evaluated: Evaluated) -> None:
    detections = detections_of(evaluated)
    times = np.full(len(evaluated.row), 2)
    once, twice = detections.precision(), detections.precision(times)
    assert (once is None) == (twice is None)
    if once and twice:
        # a recall that lies on a step may fall to either side of it
        assert twice.mean == pytest.approx(once.mean, abs=0.02)
        assert twice.recall == pytest.approx(once.recall)
    assert detections.precision(np.zeros_like(times)) is None


def test_by_hand() -> None:
    truth = np.array([[[0, 0], [10, 10]], [[0, 0], [10, 10]]], np.float64)
    far = truth[1] + 100
    figures = detections_of(split_of(truth, np.stack([truth[0], far]))).precision()
    assert figures is not None
    assert figures.recall == 0.5
    # of two equally sure instances one is right: up to half of the labels every one is
    assert figures.at == pytest.approx([51 / 101] * len(THRESHOLDS))


def test_a_label_without_area_counts_nowhere() -> None:
    truth = np.full((2, N_NODES, 2), np.nan)
    truth[0, 0] = 5, 5
    truth[1, :2] = [[0, 0], [10, 10]]
    figures = detections_of(split_of(truth, truth)).precision()
    assert figures is not None
    assert (figures.mean, figures.recall) == (1, 1)
