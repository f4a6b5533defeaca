"""The figures of a model beside those of copied labels, and on the points that no copy hits."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from splitlib.evaluation.core.metrics import Points, point_distances
from splitlib.evaluation.figures import error_figures, rounded
from splitlib.inputs.frames.frame_source import LabelsSource
from splitlib.inputs.instance_offsets import anchor_ind
from splitlib.inputs.transforms.centroids import instance_centroids
from splitlib.memory.copied_labels import PlacedInstances, remembered_points
from splitlib.params import Params


def memory_report(
    truth: Points, predicted: Points, remembered: Points, *, within: float
) -> dict[str, Any]:
    """What copied labels score, and what the model scores where they fail.

    Args:
        truth: (n, n_nodes, 2), the instances of a split in pixels of the video.
        predicted: (n, n_nodes, 2), what the model says of them.
        remembered: (n, n_nodes, 2), as of `remembered_truth`.
        within: Pixels of the video within which a copied label counts as right.

    Returns:
        "memory": figures of the copied labels on all points; points of videos that are not trained
        on are missed.
        "novel": figures of the model on points that no copied label hits, and their share.
    """
    copied = point_distances(truth, remembered)
    is_novel = _is_novel(copied, within)
    found = point_distances(truth, predicted)
    share = float(is_novel.sum() / max(1, np.isfinite(truth[..., 0]).sum()))
    return {
        "memory": {"within_px": within, **error_figures(copied)},
        "novel": {"share": rounded(share), **error_figures(np.where(is_novel, found, np.nan))},
    }


def novel_points(truth: Points, remembered: Points, *, within: float) -> NDArray[np.bool_]:
    """(n, n_nodes) bool, the labeled points that no copied label hits.

    The arguments are those of `memory_report`.
    """
    return _is_novel(point_distances(truth, remembered), within)


def _is_novel(copied: NDArray[np.float64], within: float) -> NDArray[np.bool_]:
    return ~(copied <= within) & ~np.isnan(copied)


def remembered_truth(held_out: LabelsSource, training: LabelsSource, params: Params) -> Points:
    """The labels of training instances for each instance of a split, as `Evaluated` lists them.

    Args:
        held_out: The split that the model is measured on.
        training: The split that it was trained on.
        params: Those of the pipeline. With `head: centroid`, points are centroids.

    Returns:
        (n, n_nodes, 2) float32, as of `remembered_points`.
    """
    keys = sorted({key for one in (held_out, training) for key in _recording_keys(one)})
    return remembered_points(*(_placed(one, keys, params) for one in (held_out, training)))


def _recording_keys(source: LabelsSource) -> list[str]:
    return list(source.reader.labels.recordings.keys)


def _placed(source: LabelsSource, keys: list[str], params: Params) -> PlacedInstances:
    reader = source.reader
    frame = np.repeat(reader.indices, reader.n_instances)
    moments = reader.labels.moments
    number = np.array([keys.index(key) for key in _recording_keys(source)], np.int64)
    points = source.points
    if params.model.head == "centroid":
        points = _centroids(points, anchor_ind(source, params))
    return PlacedInstances(
        number[moments.recording[frame]],
        moments.time[frame],
        reader.instance_tracks.astype(np.int64),
        points,
    )


def _centroids(points: NDArray[np.float32], anchor: int | None) -> NDArray[np.float32]:
    centroids: NDArray[np.float32] = instance_centroids(points, anchor).numpy()
    return centroids[:, np.newaxis]
