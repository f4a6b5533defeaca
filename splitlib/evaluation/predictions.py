"""What a trained network finds in the frames of a split, beside the labels."""

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from splitlib.evaluation.core.evaluated import Evaluated, Extra
from splitlib.evaluation.core.pairing import pair_instances
from splitlib.inference.grouping import FoundInstances, join_peaks
from splitlib.inputs.frames.frame_source import LabelsSource
from splitlib.inputs.heads import examples_per_frame, instances_of
from splitlib.inputs.in_video import points_in_video
from splitlib.inputs.input_fn import SplitInputs
from splitlib.models.outputs import drawn_maps
from splitlib.models.peaks import find_peaks, find_scored_peaks
from splitlib.params import Head
from splitlib.progress import tracked

Floats = NDArray[np.float64]
Peaks = NDArray[np.float32]

PLACES = ("scale", "crop_offset")
"""What leads points of an image back to pixels of the video."""


def predict(inputs: SplitInputs, model: keras.Model) -> Evaluated:
    """Run a network over all examples of a split, without augmentation.

    The crops of `centered_instance` are cut out around the labels, so each label has the prediction
    of its crop. In whole frames, found instances are paired with labels by `pair_instances`.
    """
    batches = tracked(inputs.batches(training=False), "batches", total=inputs.steps_per_epoch)
    parts = [_predict_batch(inputs, model, batch) for batch in batches]
    n_before = np.cumsum([0, *(part.n_images for part in parts)])
    columns = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in ("truth", "found", "score")
    }
    image, extra_image = (
        np.concatenate([getattr(part, name) + n for part, n in zip(parts, n_before, strict=False)])
        for name in ("image", "extra_image")
    )
    extra = (np.concatenate([getattr(part, name) for part in parts]) for name in _EXTRA)
    per_frame = examples_per_frame(inputs.source, inputs.params)
    row = np.repeat(np.arange(len(per_frame)), per_frame)
    return Evaluated(row=row, image=image, **columns, extra=Extra(extra_image, *extra))


def evenly_spaced(inputs: SplitInputs, most: int) -> SplitInputs:
    """The examples of so many frames of a split at most, evenly spaced."""
    source, n = inputs.source, inputs.n_frames
    if n <= most or not isinstance(source, LabelsSource):
        return inputs
    rows = np.arange(most, dtype=np.int64) * n // most
    return replace(inputs, source=source.only(rows))


def measured_on(head: Head) -> str:
    """What a model of a head is measured on, for readers of its figures."""
    if head == "centered_instance":
        return "crops around labeled instances, as if a perfect detector had found them"
    return "whole frames"


_EXTRA = ("extra_points", "extra_score")


class _Part(NamedTuple):
    """The columns of `Evaluated` and `Extra` for a batch, with images counted from 0."""

    n_images: int
    image: NDArray[np.int64]
    truth: Floats
    found: Floats
    score: Floats
    extra_image: NDArray[np.int64]
    extra_points: Floats
    extra_score: Floats


def _predict_batch(
    inputs: SplitInputs, model: keras.Model, batch: Mapping[str, tf.Tensor]
) -> _Part:
    head, params = inputs.params.model.head, inputs.params
    labels = instances_of(batch[inputs.keys.points].numpy(), head)
    found = found_instances(inputs, drawn_maps(inputs, model, inputs.key_mapper(batch)[0]))
    # what nobody labelled is no instance: frames without animals, and what fills up frames
    image, instance = np.nonzero(~np.isnan(labels).all(axis=(2, 3)))
    truth = points_in_video(labels, batch, params)[image, instance]
    of_found = {key: tf.gather(batch[key], found.image) for key in PLACES if key in batch}
    points = points_in_video(found.points, of_found, params)
    if head == "centered_instance":
        paired = _first_of_each(found.image, image)
    else:
        paired = _paired(truth, image, points, found.image, len(labels))
    return _part(len(labels), image, truth, points, found, paired)


def _part(
    n_images: int,
    image: NDArray[np.int64],
    truth: Floats,
    points: Floats,
    found: FoundInstances,
    paired: NDArray[np.int64],
) -> _Part:
    """The columns of a batch, of the row in `found` that each label got, -1 for none."""
    none = np.full((1, *truth.shape[1:]), np.nan)
    extra = np.setdiff1d(np.arange(len(points)), paired)
    return _Part(
        n_images,
        image,
        truth,
        np.concatenate([points, none])[paired],
        np.append(found.score, np.nan)[paired],
        found.image[extra],
        points[extra],
        found.score[extra],
    )


def _first_of_each(of_found: NDArray[np.int64], image: NDArray[np.int64]) -> NDArray[np.int64]:
    """The row of what was found in each image, -1 for nothing; of one instance at most."""
    at = np.searchsorted(of_found, image)
    return np.where(np.append(of_found, -1)[at] == image, at, -1)


def _paired(
    truth: Floats,
    image: NDArray[np.int64],
    points: Floats,
    of_found: NDArray[np.int64],
    n_images: int,
) -> NDArray[np.int64]:
    paired = np.full(len(truth), -1, np.int64)
    for at in range(n_images):
        labels, mine = (slice(*np.searchsorted(of, [at, at + 1])) for of in (image, of_found))
        rows = pair_instances(truth[labels], points[mine])
        paired[labels] = np.where(rows < 0, -1, rows + mine.start)
    return paired


def found_instances(inputs: SplitInputs, drawn: list[tf.Tensor]) -> FoundInstances:
    """The instances that the maps of a batch show, as the head of the model draws them."""
    targets, head = inputs.params.inputs.targets, inputs.params.model.head
    if head in ("centroid", "multi_instance"):
        points, where, score = find_scored_peaks(drawn[0], output_stride=targets.output_stride)
        peaks = points.numpy(), score.numpy(), where.numpy()
        return _centroids(*peaks) if head == "centroid" else _joined(inputs, peaks, drawn[1])
    points, confidence = find_peaks(drawn[0], output_stride=targets.output_stride)
    found, sure = points.numpy().astype(np.float64), confidence.numpy().astype(np.float64)
    is_found = ~np.isnan(found).any(axis=-1)
    all_images = FoundInstances(np.arange(len(found)), found, np.where(is_found, sure, 0))
    return all_images.take(np.flatnonzero(is_found.any(axis=1)))


def _centroids(points: Peaks, score: Peaks, where: NDArray[np.int32]) -> FoundInstances:
    order = np.argsort(where[:, 0], kind="stable")
    found = FoundInstances(
        where[:, 0].astype(np.int64),
        points.astype(np.float64)[:, None],
        score.astype(np.float64)[:, None],
    )
    return found.take(order)


def _joined(
    inputs: SplitInputs, peaks: tuple[Peaks, Peaks, NDArray[np.int32]], fields: tf.Tensor
) -> FoundInstances:
    skeleton = inputs.source.skeleton
    return join_peaks(
        *peaks,
        fields.numpy(),
        edges=skeleton.edges,
        output_stride_of_fields=inputs.params.inputs.targets.paf_output_stride,
        n_nodes=len(skeleton.nodes),
    )
