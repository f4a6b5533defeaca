"""Frames of 384 x 384 pixels with two flies, cut out of the fly clip around both of them."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from splitlib.convert.source_frames import read_source_frames
from splitlib.labels import Labels
from splitlib.slp import dtypes
from splitlib.slp.create import EmbeddedVideo, create_labels_file
from splitlib.slp.png import encode_png

CLIP = "talmolab+sleap/tests/data/tracks/clip.slp"
"""1,500 frames of 1024 x 1024 pixels; in each, both flies lie within 380 pixels."""

SIDE, CLIP_SIDE, N_FLIES = 384, 1024, 2


def write_pairs(shared: Path, path: Path, n_frames: int) -> None:
    """Write labels with embedded frames, evenly spaced over the clip.

    Args:
        shared: A folder with the files of public repositories, as `owner+repo/path`.
        path: The .slp file to write.
        n_frames: How many, at most 1,500.
    """
    clip = Labels.load(shared / CLIP)
    rows = np.arange(n_frames, dtype=np.int64) * len(clip) // n_frames
    skeleton = clip.skeletons[0]
    n_nodes = len(skeleton.nodes)
    points = clip.columns.xy.reshape(len(clip), N_FLIES, n_nodes, 2)[rows]
    corners = _corners(points)
    pixels = read_source_frames(clip, 0, clip.frame_idx[rows])
    images = [
        encode_png(image[y : y + SIDE, x : x + SIDE])
        for image, (x, y) in zip(pixels, corners.tolist(), strict=True)
    ]
    frames = np.zeros(n_frames, dtypes.FRAMES)
    frames["frame_id"] = frames["frame_idx"] = np.arange(n_frames)
    frames["instance_id_start"] = np.arange(n_frames) * N_FLIES
    frames["instance_id_end"] = frames["instance_id_start"] + N_FLIES
    instances = np.zeros(n_frames * N_FLIES, dtypes.INSTANCES)
    instances["instance_id"] = np.arange(len(instances))
    instances["frame_id"] = np.repeat(np.arange(n_frames), N_FLIES)
    instances["track"], instances["from_predicted"] = -1, -1
    instances["point_id_start"] = np.arange(len(instances)) * n_nodes
    instances["point_id_end"] = instances["point_id_start"] + n_nodes
    placed = np.zeros(len(instances) * n_nodes, dtypes.POINTS)
    placed["x"], placed["y"] = (points - corners[:, None, None]).reshape(-1, 2).T
    placed["visible"] = ~np.isnan(placed["x"])
    video = EmbeddedVideo(images, np.arange(n_frames), SIDE, SIDE, 1, "pairs.mp4")
    create_labels_file(
        path,
        frames=frames,
        instances=instances,
        points=placed,
        nodes=skeleton.nodes,
        edges=skeleton.edges,
        videos=[video],
    )


def _corners(points: NDArray[np.float64]) -> NDArray[np.int64]:
    """(n_frames, 2) int64, x and y of the first pixel of each cut-out, within the frame."""
    low, high = np.nanmin(points, axis=(1, 2)), np.nanmax(points, axis=(1, 2))
    middle = (low + high) / 2
    corners: NDArray[np.float64] = np.clip(np.round(middle - SIDE / 2), 0, CLIP_SIDE - SIDE)
    return corners.astype(np.int64)
