"""Pictures of examples as the model will see them: image, points, skeleton, confidence maps."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from splitlib.files import atomic_path

COLUMNS = 4
SIDE = 2.2
"""Inches of one crop in a picture."""


def node_colours(n_nodes: int) -> NDArray[np.float64]:
    """(n_nodes, 4) colours that tell neighbouring nodes apart."""
    return np.asarray(mpl.colormaps["turbo"](np.linspace(0.05, 0.95, max(1, n_nodes))))


def draw_instance(
    axes: Axes,
    image: NDArray[np.float32],
    points: NDArray[np.float32],
    edges: Sequence[tuple[int, int]],
) -> None:
    """Draw an instance over its image.

    Args:
        axes: Where to.
        image: (height, width, channels) float32 in [0, 1].
        points: (n_nodes, 2) float32, (x, y) in pixels of the image; NaN where missing.
        edges: Pairs of nodes to join.
    """
    axes.imshow(image.squeeze(-1) if image.shape[-1] == 1 else image, cmap="gray", vmin=0, vmax=1)
    for one, other in edges:
        axes.plot(*points[[one, other]].T, color="white", linewidth=0.8, alpha=0.7)
    axes.scatter(points[:, 0], points[:, 1], c=node_colours(len(points)), s=12, linewidths=0)
    axes.set(xlim=(-0.5, image.shape[1] - 0.5), ylim=(image.shape[0] - 0.5, -0.5))
    axes.set_axis_off()


def draw_confidence_maps(
    axes: Axes,
    image: NDArray[np.float32],
    maps: NDArray[np.float32],
) -> None:
    """Draw confidence maps over their image, each node in its colour.

    Args:
        axes: Where to.
        image: (height, width, channels) float32 in [0, 1].
        maps: (grid, grid, n_nodes) float32 from 0 to 1.
    """
    axes.imshow(image.mean(axis=-1), cmap="gray", vmin=0, vmax=1)
    colours = node_colours(maps.shape[-1])
    strongest = maps.argmax(axis=-1)
    overlay = colours[strongest]
    overlay[..., 3] = np.clip(maps.max(axis=-1), 0, 1) * 0.8
    # Value (0, 0) of the maps belongs to the centre of pixel (0, 0): cells reach half a step left.
    step_y, step_x = (image.shape[at] / maps.shape[at] for at in (0, 1))
    left, top = -step_x / 2, -step_y / 2
    extent = (left, left + maps.shape[1] * step_x, top + maps.shape[0] * step_y, top)
    axes.imshow(overlay, extent=extent, interpolation="nearest")
    axes.set(xlim=(-0.5, image.shape[1] - 0.5), ylim=(image.shape[0] - 0.5, -0.5))
    axes.set_axis_off()


def write_preview(
    path: Path,
    batch: Mapping[str, NDArray[np.float32]],
    edges: Sequence[tuple[int, int]],
    title: str,
) -> None:
    """Draw a batch: above each example's image with its points, below its confidence maps.

    Args:
        path: The PNG to write.
        batch: "instance_image", "instance_points" and "instance_confidence_maps" of a batch.
        edges: Pairs of nodes to join.
        title: What the picture shows.
    """
    n_shown = min(len(batch["instance_image"]), COLUMNS)
    figure = Figure(figsize=(COLUMNS * SIDE, 2 * SIDE + 0.4), layout="constrained")
    figure.suptitle(title, fontsize=10)
    rows = figure.subplots(2, COLUMNS, squeeze=False)
    for axes in rows.flat:
        axes.set_axis_off()
    for at in range(n_shown):
        image = batch["instance_image"][at]
        draw_instance(rows[0, at], image, batch["instance_points"][at], edges)
        draw_confidence_maps(rows[1, at], image, batch["instance_confidence_maps"][at])
    save_figure(figure, path)


def save_figure(figure: Figure, path: Path) -> None:
    """Write a figure as PNG; the same figure gives the same bytes."""
    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=120, metadata={"Software": None})
