"""The figures of a model beside those of copied labels, and on the points that no copy hits."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from splitlib.evaluation.core.metrics import Points, point_distances
from splitlib.evaluation.figures import error_figures, rounded
from splitlib.evaluation.small_pictures import small_pictures
from splitlib.inputs.frames.frame_source import LabelsSource
from splitlib.inputs.input_fn import SplitInputs
from splitlib.inputs.instance_offsets import anchor_ind
from splitlib.inputs.transforms.centroids import instance_centroids
from splitlib.memory.copied_labels import PlacedInstances, remembered_points
from splitlib.params import Params

MOST_PICTURES = 4000
"""Training frames whose pictures are compared: some seconds of decoding."""


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
        "memory": figures of the copied labels on all points.
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


def remembered_truth(held_out: SplitInputs, training: SplitInputs, params: Params) -> Points:
    """The labels of training instances for each instance of a split, as `Evaluated` lists them.

    Images are read only for frames of videos that are not trained on: those, and `MOST_PICTURES`
    training frames at most, evenly spaced.

    Args:
        held_out: The split that the model is measured on.
        training: The split that it was trained on.
        params: Those of the pipeline. With `head: centroid`, points are centroids.

    Returns:
        (n, n_nodes, 2) float32, as of `remembered_points`.
    """
    sources = _labels_source(held_out), _labels_source(training)
    keys = sorted({key for source in sources for key in _recording_keys(source)})
    frames = [_recording_numbers(source, keys) for source in sources]
    unknown = np.flatnonzero(~np.isin(frames[0], frames[1]))
    n, most = len(frames[1]), min(MOST_PICTURES, len(frames[1]))
    shown = np.arange(most, dtype=np.int64) * n // most if len(unknown) else unknown
    pictures = small_pictures(held_out, unknown), small_pictures(training, shown)
    return remembered_points(
        _placed(sources[0], frames[0], _places(len(frames[0]), unknown, 0), params),
        _placed(sources[1], frames[1], _places(n, shown, len(unknown)), params),
        np.concatenate(pictures),
    )


def _labels_source(inputs: SplitInputs) -> LabelsSource:
    assert isinstance(inputs.source, LabelsSource)  # the stages read .slp files
    return inputs.source


def _places(n: int, rows: NDArray[np.int64], first: int) -> NDArray[np.int64]:
    """(n,) int64, the rows numbered from the first on, -1 elsewhere."""
    places = np.full(n, -1, np.int64)
    places[rows] = first + np.arange(len(rows))
    return places


def _recording_numbers(source: LabelsSource, keys: list[str]) -> NDArray[np.int64]:
    """(n_frames,) int64, the recording of each frame of a split as its position in the keys."""
    reader = source.reader
    number = np.array([keys.index(key) for key in _recording_keys(source)], np.int64)
    return number[reader.labels.moments.recording[reader.indices]]


def _recording_keys(source: LabelsSource) -> list[str]:
    return list(source.reader.labels.recordings.keys)


def _placed(
    source: LabelsSource, recording: NDArray[np.int64], picture: NDArray[np.int64], params: Params
) -> PlacedInstances:
    """The instances of a split, of the recording and the picture of each of its frames."""
    reader = source.reader
    frame = np.repeat(np.arange(len(reader.indices)), reader.n_instances)
    points = source.points
    if params.model.head == "centroid":
        points = _centroids(points, anchor_ind(source, params))
    return PlacedInstances(
        recording[frame],
        reader.labels.moments.time[reader.indices[frame]],
        reader.instance_tracks.astype(np.int64),
        points,
        picture[frame],
    )


def _centroids(points: NDArray[np.float32], anchor: int | None) -> NDArray[np.float32]:
    centroids: NDArray[np.float32] = instance_centroids(points, anchor).numpy()
    return centroids[:, np.newaxis]
