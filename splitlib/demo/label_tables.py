"""The demo labels as the tables of a labels file.

A labeled frame has four places for instances: the user instances of the first and the second fly,
then the predicted ones. The places that are taken become the rows, frame after frame.
"""

from collections.abc import Sequence
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from splitlib.demo.anatomy import NODES
from splitlib.demo.labeling import NEGATIVE, SceneLabels
from splitlib.demo.portable_math import Floats, chance
from splitlib.demo.scenes import SIZE, Scene
from splitlib.slp import dtypes

Rows = NDArray[np.void]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

TYPE_OF_PLACE = np.array([dtypes.USER, dtypes.USER, dtypes.PREDICTED, dtypes.PREDICTED])
FLY_OF_PLACE = np.array([0, 1, 0, 1])


class Tables(TypedDict):
    """The tables of a labels file, as arguments of `create_labels_file`."""

    frames: Rows
    instances: Rows
    points: Rows
    pred_points: Rows
    negative_frames: Rows


def label_tables(scenes: Sequence[Scene], labels: Sequence[SceneLabels]) -> Tables:
    """Every table of the demo labels."""
    video = np.repeat(np.arange(len(scenes)), [len(scene.frame_idx) for scene in labels])
    frame_idx = np.concatenate([scene.frame_idx for scene in labels])
    taken = np.concatenate([np.hstack([scene.by_user, scene.by_model]) for scene in labels])
    tracked = np.concatenate([scene.tracked for scene in labels])
    points = np.concatenate(list(map(_user_points, scenes, labels)))
    pred_points = np.concatenate(list(map(_pred_points, scenes, labels)))
    negative = np.isin(frame_idx, NEGATIVE)
    return {
        "frames": _frames(video, frame_idx, taken.sum(axis=1)),
        "instances": _instances(taken, np.where(tracked, 2 * video, -1), _scores(pred_points)),
        "points": points.ravel(),
        "pred_points": pred_points.ravel(),
        "negative_frames": _rows(
            dtypes.NEGATIVE_FRAMES, video_id=video[negative], frame_idx=frame_idx[negative]
        ),
    }


def _rows(dtype: np.dtype[np.void], **columns: NDArray[np.generic]) -> Rows:
    rows = np.zeros(np.broadcast_shapes(*(column.shape for column in columns.values())), dtype)
    for name, values in columns.items():
        rows[name] = values
    return rows


def _frames(video: Ints, frame_idx: Ints, n_instances: Ints) -> Rows:
    ends = np.cumsum(n_instances)
    return _rows(
        dtypes.FRAMES,
        frame_id=np.arange(len(video)),
        video=video,
        frame_idx=frame_idx,
        instance_id_start=ends - n_instances,
        instance_id_end=ends,
    )


def _instances(taken: Bools, first_track: Ints, pred_scores: Floats) -> Rows:
    """Instances of (n_frames, 4) places, (n_frames,) first tracks or -1, scores of predictions."""
    frame, place = np.nonzero(taken)
    row = np.full(taken.shape, -1)
    row[taken] = np.arange(len(frame))
    prediction = np.where([True, True, False, False], np.roll(row, -2, axis=1), -1)
    user = TYPE_OF_PLACE[place] == dtypes.USER
    nth = np.where(user, np.cumsum(user), np.cumsum(~user))  # of those of its type, from 1
    scores = np.zeros(len(frame))
    scores[~user] = pred_scores
    track = first_track[frame]
    return _rows(
        dtypes.INSTANCES,
        instance_id=row[taken],
        instance_type=TYPE_OF_PLACE[place],
        frame_id=frame,
        track=np.where(track < 0, -1, track + FLY_OF_PLACE[place]),
        from_predicted=prediction[taken],
        score=scores,
        point_id_start=(nth - 1) * len(NODES),
        point_id_end=nth * len(NODES),
        tracking_score=scores,
    )


def _scores(pred_points: Rows) -> Floats:
    """(n,) mean score of each predicted instance, summed in whole percents: exact everywhere."""
    percent = np.floor(pred_points["score"] * 100 + 0.5).astype(np.int64)
    scores: Floats = percent.sum(axis=1) / (100 * len(NODES))
    return scores


def _user_points(scene: Scene, labels: SceneLabels) -> Rows:
    """(n, 13) points of the user instances, frame after frame."""
    xy, inside, hidden, lot = _seen(scene, labels, labels.by_user)
    # A hidden point is guessed and marked as hidden, or not placed at all.
    placed = inside & ~(hidden & (lot[..., 0] < 0.5))
    x, y = np.where(placed[..., None], xy, np.nan).transpose(2, 0, 1)
    return _rows(dtypes.POINTS, x=x, y=y, visible=inside & ~hidden)


def _pred_points(scene: Scene, labels: SceneLabels) -> Rows:
    """(n, 13) points of the predicted instances, frame after frame."""
    xy, inside, hidden, lot = _seen(scene, labels, labels.by_model)
    error = lot[..., 1:3] + lot[..., 3:4] - 1.0  # up to 2 pixels, in multiples of 1/64
    found = xy + np.floor(128 * error + 0.5) / 64
    x, y = np.where(inside[..., None], found, np.nan).transpose(2, 0, 1)
    percent = np.where(hidden, 20, 60) + np.floor(40 * lot[..., 4])
    return _rows(dtypes.PRED_POINTS, x=x, y=y, visible=inside, score=percent / 100)


def _seen(scene: Scene, labels: SceneLabels, present: Bools) -> tuple[Floats, Bools, Bools, Floats]:
    """The nodes of n instances, as arrays of first axes (n, 13).

    They are: (..., 2) x and y, whether a node is inside of the image, whether it is hidden, and
    (..., 5) numbers drawn for it.
    """
    row, fly = np.nonzero(present)
    frame = labels.frame_idx[row]
    xy = scene.joints[fly, frame, : len(NODES)]
    inside = np.logical_and.reduce((xy >= -0.5) & (xy < SIZE - 0.5), axis=-1)
    hidden = np.stack(
        [scene.hidden(int(at), int(number)) for at, number in zip(frame, fly, strict=True)]
    )[:, : len(NODES)]
    keys = (fly[:, None, None], frame[:, None, None], np.arange(len(NODES))[:, None], np.arange(5))
    return xy, inside, hidden, chance(scene.number, 31, *keys)
