"""Labels files of any size to measure with."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from splitlib.slp import dtypes
from splitlib.slp.create import EmbeddedVideo, create_labels_file
from splitlib.slp.png import encode_png

N_INSTANCES, N_NODES, N_VIDEOS = 2, 13, 4


def make_labels(
    path: Path, n_frames: int, image_bytes: int = 0, images: Sequence[bytes] = ()
) -> None:
    """Write labels of two animals with 13 nodes in each frame of four videos.

    Args:
        path: Where to.
        n_frames: Labeled frames in all, a multiple of four.
        image_bytes: Size of the image embedded for each frame; 0 embeds none. The bytes are random
            and no image: nothing here decodes them.
        images: Encoded images of 384 x 384 pixels to embed instead, taken in turn.
    """
    rng = np.random.default_rng(0)
    frames = np.zeros(n_frames, dtypes.FRAMES)
    per_video = n_frames // N_VIDEOS
    frames["frame_id"] = np.arange(n_frames)
    frames["video"] = np.arange(n_frames) // per_video
    frames["frame_idx"] = np.arange(n_frames) % per_video * 3
    frames["instance_id_start"] = np.arange(n_frames) * N_INSTANCES
    frames["instance_id_end"] = frames["instance_id_start"] + N_INSTANCES
    instances = np.zeros(n_frames * N_INSTANCES, dtypes.INSTANCES)
    instances["instance_id"] = np.arange(len(instances))
    instances["frame_id"] = np.repeat(np.arange(n_frames), N_INSTANCES)
    instances["from_predicted"] = -1
    instances["track"] = np.tile(np.arange(N_INSTANCES), n_frames)
    instances["point_id_start"] = np.arange(len(instances)) * N_NODES
    instances["point_id_end"] = instances["point_id_start"] + N_NODES
    points = np.zeros(len(instances) * N_NODES, dtypes.POINTS)
    points["x"], points["y"] = rng.uniform(0, 1000, (2, len(points)))
    points["visible"] = True
    if image_bytes:
        images = [np.random.default_rng(1).bytes(image_bytes)]
    names = [f"video{number}.mp4" for number in range(N_VIDEOS)]
    create_labels_file(
        path,
        frames=frames,
        instances=instances,
        points=points,
        nodes=[f"node{number}" for number in range(N_NODES)],
        videos=[_video(name, per_video, images) for name in names] if images else names,
        tracks=["one", "two"],
    )


def made_images(n: int) -> list[bytes]:
    """Gray PNG images of 384 x 384 pixels: slow waves and a little noise, as in a dark arena."""
    rng = np.random.default_rng(2)
    y, x = np.mgrid[:384, :384]
    encoded = []
    for _ in range(n):
        waves = 90 + 40 * np.sin(x / rng.uniform(20, 60)) * np.cos(y / rng.uniform(20, 60))
        noise = rng.integers(0, 2, x.shape)
        encoded.append(encode_png((waves + noise).astype(np.uint8)))
    return encoded


def _video(name: str, n_images: int, images: Sequence[bytes]) -> EmbeddedVideo:
    return EmbeddedVideo(
        images=[images[at % len(images)] for at in range(n_images)],
        frame_numbers=np.arange(n_images) * 3,
        height=384,
        width=384,
        channels=1,
        source_filename=name,
    )
