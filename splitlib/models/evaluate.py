"""Predictions of a trained network on a split, beside the truth."""

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from splitlib.inputs.input_fn import SplitInputs
from splitlib.models.metrics import ErrorSummary, PoseMetrics, point_distances, pose_metrics
from splitlib.models.peaks import find_peaks

PCK_RADII = (1.0, 2.0, 4.0, 8.0)
"""Pixels within which a predicted point counts as right."""


@dataclass(frozen=True, eq=False)
class Predictions:
    """Every instance of a split, with its prediction.

    Attributes:
        image: (n, crop_size, crop_size, channels) float32 in [0, 1].
        truth: (n, n_nodes, 2) float32, (x, y) in pixels of the crop, NaN where nobody labelled. A
            crop is not scaled: its pixels are those of the video.
        predicted: (n, n_nodes, 2) float32, NaN where nothing was found.
        video: (n,) int64 position in the list of videos.
        frame_idx: (n,) int64 frame of its video.
    """

    image: NDArray[np.float32]
    truth: NDArray[np.float32]
    predicted: NDArray[np.float32]
    video: NDArray[np.int64]
    frame_idx: NDArray[np.int64]

    @property
    def error(self) -> NDArray[np.float64]:
        """(n,) mean distance of the labelled nodes of an instance, in pixels.

        A missed node counts as far as the border of the crop is from its middle.
        """
        distances = point_distances(self.truth, self.predicted)
        counted = np.where(np.isinf(distances), self.image.shape[1] / 2, distances)
        return np.asarray(np.nanmean(counted, axis=1))


def predict(inputs: SplitInputs, model: keras.Model) -> Predictions:
    """Run a network over all instances of a split, without augmentation."""
    stride = inputs.params.inputs.targets.output_stride
    mapper = inputs.key_mapper
    columns: dict[str, list[NDArray[Any]]] = {}
    for batch in inputs.batches(training=False):
        maps = _only(model(mapper(batch)[0], training=False))
        points, _ = find_peaks(maps, output_stride=stride)
        found = {
            "image": batch["instance_image"],
            "truth": batch["instance_points"],
            "predicted": points,
            "video": batch["video_ind"],
            "frame_idx": batch["frame_ind"],
        }
        for name, values in found.items():
            columns.setdefault(name, []).append(values.numpy())
    return Predictions(**{name: np.concatenate(values) for name, values in columns.items()})


def metrics_of(predictions: Predictions, nodes: tuple[str, ...]) -> PoseMetrics:
    """The figures of predictions, with PCK at `PCK_RADII`."""
    return pose_metrics(predictions.truth, predictions.predicted, node_names=nodes, radii=PCK_RADII)


def metrics_report(metrics: PoseMetrics, n_instances: int) -> dict[str, Any]:
    """Figures as plain values for metrics/evaluate.json: pixels and shares, rounded to 4 digits."""
    return {
        "n_instances": n_instances,
        "error_px": _summary(metrics.overall),
        "nodes": _node_columns(metrics.nodes),
        "pck": {f"within_{radius:g}_px": _round(share) for radius, share in metrics.pck.items()},
        "oks": _round(metrics.oks),
    }


def _node_columns(nodes: dict[str, ErrorSummary]) -> dict[str, list[Any]]:
    """Figures of the nodes as parallel lists: DVC would give each number a column of its own."""
    rows: list[dict[str, Any]] = [{"name": name, **_summary(e)} for name, e in nodes.items()]
    return {column: [row[column] for row in rows] for column in rows[0]}


def _summary(errors: ErrorSummary) -> dict[str, float | int | None]:
    return {
        "median": _round(errors.median),
        "p90": _round(errors.p90),
        "mean": _round(errors.mean),
        "n_points": errors.n_points,
        "n_missed": errors.n_missed,
    }


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _only(output: Any) -> Any:  # noqa: ANN401 - nested dicts of tensors
    """The single tensor of a network's output."""
    while isinstance(output, dict):
        (output,) = output.values()
    return output
