"""Predictions of a trained network on a split, beside the truth."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from splitlib.inputs.heads import instances_of
from splitlib.inputs.in_video import points_in_video
from splitlib.inputs.input_fn import SplitInputs
from splitlib.inputs.keys.key_paths import key_path
from splitlib.inputs.keys.model_names import output_tensors
from splitlib.jsonfile import without_nulls
from splitlib.models.matching import match_peaks
from splitlib.models.metrics import (
    ErrorSummary,
    PoseMetrics,
    fraction_within,
    point_distances,
    pose_metrics,
    summarize_errors,
)
from splitlib.models.peaks import find_local_peaks, find_peaks
from splitlib.progress import tracked

PCK_RADII = (1.0, 2.0, 4.0, 8.0)
"""Pixels within which a predicted point counts as right."""

ONE_PEAK_HEADS = ("single_instance", "centered_instance")
"""Heads whose maps show one instance: the highest value is the node, and nothing has to match."""


@dataclass(frozen=True, eq=False)
class Predictions:
    """Every instance of a split, with its prediction."""

    images: NDArray[np.float32]  # (n_images, height, width, channels) float32 in [0, 1]
    image: NDArray[np.int64]  # (n,) int64, the image of each instance
    truth: NDArray[np.float32]  # (n, n_nodes, 2) float32, (x, y) in image pixels, NaN: no label
    predicted: NDArray[np.float32]  # (n, n_nodes, 2) float32, NaN where nothing was found
    truth_in_video: NDArray[np.float64]  # (n, n_nodes, 2) float64, the truth in video pixels
    predicted_in_video: NDArray[np.float64]  # (n, n_nodes, 2) float64, the prediction likewise
    video: NDArray[np.int64]  # (n,) int64 position in the list of videos
    frame_idx: NDArray[np.int64]  # (n,) int64 frame of its video
    n_extra: int  # points that were found and belong to no label

    @property
    def error(self) -> NDArray[np.float64]:
        """(n,) mean distance of the labelled nodes of an instance, in pixels of the image.

        A missed node counts as far as the border of the image is from its middle.
        """
        distances = point_distances(self.truth, self.predicted)
        counted = np.where(np.isinf(distances), self.images.shape[1] / 2, distances)
        return np.asarray(np.nanmean(counted, axis=1))


def node_names(inputs: SplitInputs) -> tuple[str, ...]:
    """What the confidence maps of the head show, in their order."""
    is_centroid = inputs.params.model.head == "centroid"
    return ("centroid",) if is_centroid else inputs.source.skeleton.nodes


def predict(inputs: SplitInputs, model: keras.Model) -> Predictions:
    """Run a network over all examples of a split, without augmentation.

    Where a frame may hold several instances, each labeled node takes the nearest peak of its map
    (`match_peaks`); peaks are not joined to animals.
    """
    batches = tracked(inputs.batches(training=False), "batches", total=inputs.steps_per_epoch)
    parts = [_predict_batch(inputs, model, batch) for batch in batches]
    of_points = ("truth", "predicted", "truth_in_video", "predicted_in_video")
    columns = {
        name: np.concatenate([part[name] for part in parts])
        for name in ("images", *of_points, "video", "frame_idx")
    }
    n_images = np.cumsum([0, *(len(part["images"]) for part in parts)])
    image = np.concatenate([part["image"] + n for part, n in zip(parts, n_images, strict=False)])
    return Predictions(**columns, image=image, n_extra=sum(part["n_extra"] for part in parts))


def _predict_batch(
    inputs: SplitInputs, model: keras.Model, batch: Mapping[str, tf.Tensor]
) -> dict[str, Any]:
    """The columns of `Predictions` for a batch."""
    keys = inputs.keys
    maps = confidence_maps(inputs, model, inputs.key_mapper(batch)[0])
    truth = instances_of(batch[keys.points].numpy(), inputs.params.model.head)
    predicted, n_extra = _points_for(truth, maps, inputs)
    true_in_video, found_in_video = (
        points_in_video(points, batch, inputs.params) for points in (truth, predicted)
    )
    # what nobody labelled is no instance: frames without animals, and what fills up frames
    image, instance = np.nonzero(~np.isnan(truth).all(axis=(2, 3)))
    return {
        "images": batch[keys.image].numpy(),
        "image": image,
        "truth": truth[image, instance],
        "predicted": predicted[image, instance],
        "truth_in_video": true_in_video[image, instance],
        "predicted_in_video": found_in_video[image, instance],
        "video": batch["video_ind"].numpy()[image],
        "frame_idx": batch["frame_ind"].numpy()[image],
        "n_extra": n_extra,
    }


def _points_for(
    truth: NDArray[np.float32], maps: tf.Tensor, inputs: SplitInputs
) -> tuple[NDArray[np.float32], int]:
    """A prediction for each true point, and how many peaks were left over."""
    stride = inputs.params.inputs.targets.output_stride
    if inputs.params.model.head in ONE_PEAK_HEADS:
        return find_peaks(maps, output_stride=stride)[0].numpy()[:, None], 0
    peaks, where = find_local_peaks(maps, output_stride=stride)
    return match_peaks(truth, peaks.numpy(), where.numpy())


def metrics_of(predictions: Predictions, nodes: tuple[str, ...]) -> PoseMetrics:
    """The figures of predictions in pixels of the video, with PCK at `PCK_RADII`."""
    return pose_metrics(
        predictions.truth_in_video,
        predictions.predicted_in_video,
        node_names=nodes,
        radii=PCK_RADII,
    )


def metrics_report(
    metrics: PoseMetrics, n_instances: int, n_extra: int, *, split: str = "test"
) -> dict[str, Any]:
    """Figures of a split for reports/evaluate.json: pixels and shares, rounded to 4 digits."""
    return {
        "split": split,
        "n_instances": n_instances,
        "n_extra_points": n_extra,
        "error_px": _summary(metrics.overall),
        "nodes": _node_columns(metrics.nodes),
        "pck": _pck(metrics.pck),
        "oks": rounded(metrics.oks),
    }


def error_figures(distances: NDArray[np.float64]) -> dict[str, Any]:
    """Errors and PCK of distances as of `point_distances`, as in `metrics_report`."""
    shares = fraction_within(distances, PCK_RADII)
    return {
        "error_px": _summary(summarize_errors(distances)),
        "pck": _pck(dict(zip(PCK_RADII, shares, strict=True))),
    }


def _pck(shares: Mapping[float, float | None]) -> dict[str, float | None]:
    return {f"within_{radius:g}_px": rounded(share) for radius, share in shares.items()}


def evaluation_metrics(report: Mapping[str, Any]) -> dict[str, Any]:
    """What of `metrics_report` is worth comparing between runs, for metrics/evaluate.json.

    A figure that could not be measured is left out. The figures of another split than test stand
    below its name, so that runs are never compared by figures of different splits.
    """
    if report["split"] is None:
        return {}
    figures = without_nulls(
        {
            "error_px": {name: report["error_px"][name] for name in ("median", "p90", "n_missed")},
            "n_extra_points": report["n_extra_points"],
            "pck": {radius: report["pck"][radius] for radius in ("within_2_px", "within_8_px")},
            "oks": report["oks"],
            "memory": {
                "median": report["memory"]["error_px"]["median"],
                "pck_within_2_px": report["memory"]["pck"]["within_2_px"],
            },
            "novel": {
                "median": report["novel"]["error_px"]["median"],
                "n_missed": report["novel"]["error_px"]["n_missed"],
                "pck_within_2_px": report["novel"]["pck"]["within_2_px"],
            },
        }
    )
    return figures if report["split"] == "test" else {report["split"]: figures}


def _node_columns(nodes: dict[str, ErrorSummary]) -> dict[str, list[Any]]:
    """Figures of the nodes as parallel lists: DVC would give each number a column of its own."""
    rows: list[dict[str, Any]] = [{"name": name, **_summary(e)} for name, e in nodes.items()]
    return {column: [row[column] for row in rows] for column in rows[0]}


def _summary(errors: ErrorSummary) -> dict[str, float | int | None]:
    return {name: rounded(value) for name, value in asdict(errors).items()}


def rounded(value: float | None) -> float | None:
    """A figure to 4 digits behind the point."""
    return None if value is None else round(value, 4)


def confidence_maps(inputs: SplitInputs, model: keras.Model, mapped: Any) -> tf.Tensor:  # noqa: ANN401
    """The confidence maps of a batch of mapped inputs: the output that the key maps feed them to.

    Returns:
        (n, height / stride, width / stride, n_nodes) float32.
    """
    output = model(mapped, training=False)
    targets = inputs.key_mapper.key_maps[1] if len(inputs.key_mapper.key_maps) > 1 else {}
    path = key_path(targets.get(inputs.keys.targets[0], "confmaps"))
    if isinstance(output, list | tuple):
        return tf.cast(output[list(output_tensors(model)).index(path)], tf.float32)
    for name in path:
        if isinstance(output, Mapping):
            output = output[name] if name in output else next(iter(output.values()))
    return tf.cast(output, tf.float32)
