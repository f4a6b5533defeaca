"""The demo labels as one file."""

from pathlib import Path

import numpy as np

from splitlib.demo.anatomy import EDGES, NODES, SYMMETRIES
from splitlib.demo.label_tables import label_tables
from splitlib.demo.labeling import SceneLabels, label_scene
from splitlib.demo.scenes import N_FRAMES, SCENES, SIZE, Scene
from splitlib.slp.create import EmbeddedVideo, create_labels_file
from splitlib.slp.png import encode_png

SUGGESTED_TOO = "arena_b.mp4"
"""The video whose suggested frames are embedded, labeled or not."""


def write_demo(path: str | Path) -> None:
    """Write the demo labels with all images, some 3 MB; this takes a few seconds."""
    labels = [label_scene(scene.number) for scene in SCENES]
    create_labels_file(
        path,
        **label_tables(SCENES, labels),
        nodes=NODES,
        edges=EDGES,
        symmetries=SYMMETRIES,
        skeleton_name="fly",
        videos=[_embedded(scene, its) for scene, its in zip(SCENES, labels, strict=True)],
        tracks=[f"{scene.name[6]}_{sex}" for scene in SCENES for sex in ("female", "male")],
        suggestions=[
            (video, int(frame)) for video, its in enumerate(labels) for frame in its.suggested
        ],
        provenance={"made_by": "python -m splitlib.demo"},
    )


def _embedded(scene: Scene, labels: SceneLabels) -> EmbeddedVideo:
    frames = labels.frame_idx
    if scene.name == SUGGESTED_TOO:
        frames = np.union1d(frames, labels.suggested)
    return EmbeddedVideo(
        images=[encode_png(scene.image(frame), level=9) for frame in frames],
        frame_numbers=frames,
        height=SIZE,
        width=SIZE,
        channels=1,
        source_filename=scene.name,
        n_frames=N_FRAMES,
    )
