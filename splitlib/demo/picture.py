"""A picture of the demo labels: enlarged frames with skeletons, and the times of labeled frames."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from splitlib.demo.anatomy import EDGES, NODES
from splitlib.demo.labeling import label_scene
from splitlib.demo.scenes import N_FRAMES, SCENES, SIZE, Scene
from splitlib.files import atomic_path

SHOWN = (386, 164, 428, 77)
"""The frame that is shown of each scene."""

_WIDTH = 92  # pixels of the frame that are shown, square
_TRACKS = ("#ff8c42", "#35c2e0")


def write_picture(path: str | Path) -> None:
    """Write the picture as PNG, 1800 x 800 pixels."""
    figure = Figure(figsize=(9, 4), dpi=200, facecolor="white")
    for column, (scene, frame) in enumerate(zip(SCENES, SHOWN, strict=True)):
        _draw_frame(figure.add_axes((0.004 + 0.25 * column, 0.445, 0.242, 0.5445)), scene, frame)
    _draw_runs(figure.add_axes((0.092, 0.105, 0.89, 0.255)), SCENES)
    with atomic_path(path) as partial:
        # without the version of matplotlib, which would change the bytes
        figure.savefig(partial, format="png", metadata={"Software": None})


def _draw_frame(axes: Axes, scene: Scene, frame: int) -> None:
    axes.imshow(scene.image(frame), cmap="gray", vmin=0, vmax=255, interpolation="bicubic")
    flies = scene.joints[:, frame, : len(NODES)]
    middle = (flies.min(axis=(0, 1)) + flies.max(axis=(0, 1))) / 2
    for points, colour in zip(flies, _TRACKS, strict=True):
        lines = points[np.array(EDGES)]
        axes.plot(lines[..., 0].T, lines[..., 1].T, color=colour, linewidth=0.9, alpha=0.75)
        axes.plot(points[:, 0], points[:, 1], ".", color=colour, markersize=5)
    left, top = np.clip(middle - _WIDTH / 2, -0.5, SIZE - 0.5 - _WIDTH)
    axes.set(xlim=(left, left + _WIDTH), ylim=(top + _WIDTH, top), xticks=[], yticks=[])
    ink = "white" if scene.image(0).mean() < 128 else "black"
    label = f"{scene.name}, frame {frame}"
    axes.text(0.03, 0.96, label, color=ink, size=7, va="top", transform=axes.transAxes)


def _draw_runs(axes: Axes, scenes: Sequence[Scene]) -> None:
    for scene in scenes:
        labels = label_scene(scene.number)
        user = labels.by_user.any(axis=1)
        ends = scene.number - 0.36, scene.number + 0.36
        axes.vlines(labels.frame_idx[user], *ends, "#3d405b")
        axes.vlines(labels.frame_idx[~user], *ends, "#d8a7b1", zorder=0)
    axes.set(xlim=(-3, N_FRAMES + 2), ylim=(3.6, -0.6))
    axes.set_xlabel("frame of the video", fontsize=8)
    axes.set_yticks(range(len(scenes)), [scene.name for scene in scenes])
    axes.tick_params(labelsize=8, length=0)
    axes.set_title("labeled frames; pale: without a user instance", fontsize=8)
    axes.spines[:].set_visible(False)
