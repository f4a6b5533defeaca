"""Predictions as a labels file that SLEAP and sleap-io open."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from splitlib.errors import PredictionError
from splitlib.files import check_writable
from splitlib.inference.grouping import FoundInstances
from splitlib.inference.predictor import PredictedFrames, Predictor
from splitlib.models.description import ModelDescription
from splitlib.slp.create import create_labels_file
from splitlib.slp.dtypes import FRAMES, INSTANCES, PRED_POINTS, PREDICTED


@dataclass(frozen=True)
class Counts:
    """What was written."""

    frames: int
    instances: int
    points: int


def predict_labels(predictor: Predictor, output: str | Path) -> Counts:
    """Predict, and write what was found.

    The file has format 1.4, the videos of the source, and all frames that were looked at, those
    without an animal as well. Instances have scores and no track. The same models and frames give
    the same bytes on one machine.

    Args:
        predictor: As of `predict_frames`.
        output: The .slp file. An older one is replaced when all is done, and kept where something
            fails.

    Raises:
        PredictionError: The output would replace the source, or a video of it.
        SplitlibError: As of `predict_frames`, said while frames are read.
    """
    output = Path(output)
    check_output(predictor, output)
    frames, instances, points = _tables(predictor, len(predictor.model.description.nodes))
    description = predictor.model.description
    create_labels_file(
        output,
        frames=frames,
        instances=instances,
        pred_points=points,
        nodes=description.nodes,
        edges=description.edges,
        symmetries=description.symmetries,
        skeleton_name=description.skeleton or "Skeleton-0",
        videos=predictor.source.video_rows(),
        provenance={"predicted_by": [_named(each.description) for each in predictor.models]},
    )
    return Counts(len(frames), len(instances), int(points["visible"].sum()))


def check_output(predictor: Predictor, output: Path) -> None:
    """Check that the file can be written, and that nothing that is read would be replaced.

    Raises:
        PredictionError: It would.
        OSError: The file or its folder cannot be written.
    """
    if predictor.source.uses(output):
        msg = (
            f"{output}: predictions would replace what they are made from"
            f" ({predictor.source.name}); expected another file for -o, such as predictions.slp"
        )
        raise PredictionError(msg)
    check_writable(output)  # and not after an hour of film


def _named(description: ModelDescription) -> dict[str, Any]:
    names = ("head", "splitlib", "weights_sha256")
    return {name: getattr(description, name) for name in names}


def _tables(
    batches: Iterable[PredictedFrames], n_nodes: int
) -> tuple[NDArray[np.void], NDArray[np.void], NDArray[np.void]]:
    """Frames, instances and points as tables of a labels file, in the order of the videos."""
    parts = list(batches)
    video, frame_idx = (
        np.concatenate([np.zeros(0, np.int64), *(getattr(part, name) for part in parts)])
        for name in ("video", "frame_idx")
    )
    found, frame = _together(parts, n_nodes)
    order = np.lexsort((frame_idx, video))
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    by_frame = np.argsort(place[frame], kind="stable")
    found, frame = found.take(by_frame), place[frame][by_frame]
    return _frames(video[order], frame_idx[order], frame), _instances(found, frame), _points(found)


def _together(
    parts: Sequence[PredictedFrames], n_nodes: int
) -> tuple[FoundInstances, NDArray[np.int64]]:
    """The instances of all parts, and the frame of each, counted through all parts."""
    before = np.cumsum([0, *(len(part.video) for part in parts)])
    frame = [part.found.image + n for part, n in zip(parts, before, strict=False)]
    none = FoundInstances(np.zeros(0, np.int64), np.zeros((0, n_nodes, 2)), np.zeros((0, n_nodes)))
    every = [none, *(part.found for part in parts)]
    found = FoundInstances(
        *(
            np.concatenate([getattr(one, name) for one in every])
            for name in ("image", "points", "point_scores")
        )
    )
    return found, np.concatenate([none.image, *frame])


def _frames(
    video: NDArray[np.int64], frame_idx: NDArray[np.int64], frame: NDArray[np.int64]
) -> NDArray[np.void]:
    rows = np.zeros(len(video), FRAMES)
    rows["frame_id"] = np.arange(len(video))
    rows["video"], rows["frame_idx"] = video, frame_idx
    rows["instance_id_start"] = np.searchsorted(frame, rows["frame_id"], side="left")
    rows["instance_id_end"] = np.searchsorted(frame, rows["frame_id"], side="right")
    return rows


def _instances(found: FoundInstances, frame: NDArray[np.int64]) -> NDArray[np.void]:
    rows, n_nodes = np.zeros(len(found), INSTANCES), found.points.shape[1]
    rows["instance_id"] = np.arange(len(found))
    rows["instance_type"], rows["frame_id"] = PREDICTED, frame
    rows["track"], rows["from_predicted"] = -1, -1
    rows["score"] = found.score
    rows["point_id_start"] = np.arange(len(found)) * n_nodes
    rows["point_id_end"] = rows["point_id_start"] + n_nodes
    return rows


def _points(found: FoundInstances) -> NDArray[np.void]:
    rows = np.zeros(found.point_scores.size, PRED_POINTS)
    rows["x"], rows["y"] = found.points.reshape(-1, 2).T
    rows["visible"] = ~np.isnan(rows["x"])
    rows["score"] = found.point_scores.reshape(-1)
    return rows
