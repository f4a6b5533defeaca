"""Labels files of any size to measure with."""

from pathlib import Path

import numpy as np

from splitlib.slp import dtypes
from splitlib.slp.create import EmbeddedVideo, create_labels_file

N_INSTANCES, N_NODES, N_VIDEOS = 2, 13, 4


def make_labels(path: Path, n_frames: int, image_bytes: int = 0) -> None:
    """Write labels of two animals with 13 nodes in each frame of four videos.

    Args:
        path: Where to.
        n_frames: Labeled frames in all, a multiple of four.
        image_bytes: Size of the image embedded for each frame; 0 embeds none. The bytes are random
            and no image: nothing here decodes them.
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
    names = [f"video{number}.mp4" for number in range(N_VIDEOS)]
    create_labels_file(
        path,
        frames=frames,
        instances=instances,
        points=points,
        nodes=[f"node{number}" for number in range(N_NODES)],
        videos=[_video(name, per_video, image_bytes) for name in names] if image_bytes else names,
        tracks=["one", "two"],
    )


def _video(name: str, n_images: int, image_bytes: int) -> EmbeddedVideo:
    image = np.random.default_rng(1).bytes(image_bytes)
    return EmbeddedVideo(
        images=[image] * n_images,
        frame_numbers=np.arange(n_images) * 3,
        height=384,
        width=384,
        channels=1,
        source_filename=name,
    )
