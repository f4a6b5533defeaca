"""The choice of the labeled frames of a video, and of the instances in them.

People label runs of neighbouring frames and leave pauses between them. They forget an animal or a
whole frame, correct the proposals of a model, and mark frames without animals. All of that is here.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from splitlib.demo.portable_math import chance
from splitlib.demo.scenes import ARRIVAL, N_FRAMES

NEGATIVE = np.array([1, 5, 9])  # frames before the flies arrive, marked as holding no animal

# The numbers of labeled frames of each scene without a plain pair of user instances.
N_PREDICTED_ONLY = 5
N_EMPTY = (2, 3, 2, 3)
N_CORRECTED = 16  # predictions stand beside the user instances that were made from them
N_LONE = 6  # one fly alone was labeled, and without a track

N_SUGGESTED = 5  # of the frames with user instances, and as many of the unlabeled ones


@dataclass(frozen=True)
class SceneLabels:
    """The labeled frames of one scene, in the order of the video."""

    frame_idx: NDArray[np.int64]  # (n_frames,) int64, frames of the video, ascending
    by_user: NDArray[np.bool_]  # (n_frames, 2) bool, whether there is a user instance of each fly
    by_model: NDArray[np.bool_]  # (n_frames, 2) bool, the same of predicted instances
    tracked: NDArray[np.bool_]  # (n_frames,) bool, whether the instances have tracks
    suggested: NDArray[np.int64]  # (2 * N_SUGGESTED,) int64, the first half is labeled


def label_scene(scene: int) -> SceneLabels:
    """Choose the labeled and the suggested frames of a scene, and their instances."""
    runs = _runs(scene)
    counts = [N_PREDICTED_ONLY, N_EMPTY[scene], N_CORRECTED, N_LONE, N_SUGGESTED]
    lots = np.split(_shuffled(runs, scene), np.cumsum(counts))
    predicted_only, empty, corrected, lone, suggested, _ = lots
    frame_idx = np.concatenate([NEGATIVE, runs])
    user = ~np.isin(frame_idx, np.concatenate([NEGATIVE, predicted_only, empty]))
    model = np.isin(frame_idx, np.concatenate([predicted_only, corrected]))
    is_lone = np.isin(frame_idx, lone)
    forgotten = np.stack([frame_idx % 2 == 0, frame_idx % 2 == 1], axis=1)
    others = np.setdiff1d(np.arange(ARRIVAL, N_FRAMES), runs)
    return SceneLabels(
        frame_idx=frame_idx,
        by_user=user[:, None] & ~(is_lone[:, None] & forgotten),
        by_model=np.stack([model, model], axis=1),
        tracked=~is_lone,
        suggested=np.concatenate([suggested, _shuffled(others, scene)[:N_SUGGESTED]]),
    )


def _runs(scene: int) -> NDArray[np.int64]:
    """Every second or third frame of a run, then a pause, and so on to the end of the video."""
    frames: list[int] = []
    start = ARRIVAL
    for run in range(N_FRAMES):
        long, step, pause = chance(scene, 21, run, np.arange(3))
        every = 2 if step < 0.3 else 3
        end = start + every * int(8 + 6 * long)
        frames += range(start, end, every)
        start = end + int(18 + 18 * pause)
    return np.array([frame for frame in frames if frame < N_FRAMES])


def _shuffled(frames: NDArray[np.int64], scene: int) -> NDArray[np.int64]:
    return frames[np.argsort(chance(scene, 22, frames), kind="stable")]
