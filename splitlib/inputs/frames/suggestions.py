"""Frames that were suggested for labeling, and where they are in the labels."""

import numpy as np
from numpy.typing import NDArray

from splitlib.labels import Labels


def suggested_frames(labels: Labels) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Video and frame_idx of the suggestions that name a frame, each once, in their order."""
    sound = dict.fromkeys(
        (named.video, named.frame_idx)
        for named in labels.suggestions
        if named.video is not None and 0 <= named.video < len(labels.videos)
        if named.frame_idx is not None and 0 <= named.frame_idx < 2**63
    )
    pairs = np.array(list(sound), np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def first_rows(
    labels: Labels, video: NDArray[np.int64], frame_idx: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The first row of the labels that holds each of these frames, -1 for none."""
    n = len(labels)
    pairs = np.stack(
        [np.append(labels.video, video), np.append(labels.frame_idx, frame_idx)], axis=1
    )
    distinct, frame = np.unique(pairs, axis=0, return_inverse=True)
    frame = frame.reshape(-1)
    first = np.full(len(distinct), n)
    np.minimum.at(first, frame[:n], np.arange(n))
    rows = first[frame[n:]]
    return np.where(rows < n, rows, -1)
