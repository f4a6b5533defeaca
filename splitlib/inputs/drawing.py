"""Drawing of what a model sees: points, skeletons, maps and fields over their image."""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from splitlib.files import atomic_path

SIDE = 2.2
"""Inches of one crop in a picture."""

DOT = 12.0
"""Area of a node in a crop, in square points."""

STRONG_FIELD = 0.3
"""Length above which a vector of a field is drawn as an arrow; the longest have length 1."""


def node_colours(n_nodes: int) -> NDArray[np.float64]:
    """(n_nodes, 4) colours that tell neighbouring nodes apart; a bright one for a single node."""
    places = np.linspace(0.05, 0.95, n_nodes) if n_nodes > 1 else [0.55]
    return np.asarray(mpl.colormaps["turbo"](places))


def blank_figure(
    title: str, n_rows: int, n_columns: int, size: tuple[float, float]
) -> tuple[Figure, NDArray[np.object_]]:
    """A figure of a size in inches, and its (n_rows, n_columns) axes, in which nothing is drawn."""
    figure = Figure(figsize=size, layout="constrained")
    figure.suptitle(title, fontsize=10)
    rows = figure.subplots(n_rows, n_columns, squeeze=False)
    for axes in rows.flat:
        axes.set_axis_off()
    return figure, rows


def draw_instances(
    axes: Axes,
    image: NDArray[np.float32],
    points: NDArray[np.float32],
    edges: Sequence[tuple[int, int]],
    dot: float = DOT,
) -> None:
    """Draw instances over their image.

    The image is (height, width, channels) float32 in [0, 1], the points (n_instances, n_nodes, 2),
    (x, y) in its pixels, NaN where missing. Edges are pairs of nodes to join. The area of a node is
    `dot` square points.
    """
    _show(axes, image.squeeze(-1) if image.shape[-1] == 1 else image)
    colours = node_colours(points.shape[1])
    for instance in points:
        for one, other in edges:
            axes.plot(*instance[[one, other]].T, color="white", linewidth=0.8, alpha=0.7)
        axes.scatter(instance[:, 0], instance[:, 1], c=colours, s=dot, linewidths=0)


def draw_confidence_maps(
    axes: Axes, image: NDArray[np.float32], maps: NDArray[np.float32], stride: int
) -> None:
    """Draw confidence maps over their image, each node in its colour.

    The image is (height, width, channels) float32 in [0, 1], the maps are (grid, grid, n_nodes)
    float32 from 0 to 1. A cell of the maps is `stride` pixels of the image.
    """
    _show(axes, image.mean(axis=-1))
    overlay = node_colours(maps.shape[-1])[maps.argmax(axis=-1)]
    overlay[..., 3] = np.clip(maps.max(axis=-1), 0, 1) * 0.8
    # Value (0, 0) of the maps belongs to the centre of pixel (0, 0): cells reach half a step left.
    left, top = -stride / 2, -stride / 2
    extent = (left, left + maps.shape[1] * stride, top + maps.shape[0] * stride, top)
    axes.imshow(overlay, extent=extent, interpolation="nearest")


def draw_fields(
    axes: Axes, image: NDArray[np.float32], fields: NDArray[np.float32], stride: int
) -> None:
    """Draw part affinity fields over their image: an arrow where a field is strong.

    Fields are (grid, grid, 2 * n_edges) float32; the rest is as of `draw_confidence_maps`.
    """
    _show(axes, image.mean(axis=-1))
    vectors = fields.reshape(*fields.shape[:2], -1, 2)
    row, column, edge = np.nonzero(np.linalg.norm(vectors, axis=-1) > STRONG_FIELD)
    axes.quiver(
        column * stride,
        row * stride,
        *vectors[row, column, edge].T,
        color=node_colours(vectors.shape[2])[edge],
        angles="xy",
        scale_units="xy",
        scale=1 / stride,
        width=0.004,
    )


def _show(axes: Axes, image: NDArray[np.float32]) -> None:
    """Show an image, (height, width) or with colours, from border to border and nothing else."""
    axes.imshow(image, cmap="gray", vmin=0, vmax=1)
    axes.set(xlim=(-0.5, image.shape[1] - 0.5), ylim=(image.shape[0] - 0.5, -0.5))
    axes.set_axis_off()


def save_figure(figure: Figure, path: Path) -> None:
    """Write a figure as PNG. The same figure gives the same bytes."""
    with atomic_path(path) as temporary:
        temporary.write_bytes(png_bytes(figure))


def png_bytes(figure: Figure) -> bytes:
    """A figure as the bytes of a PNG file."""
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=120, metadata={"Software": None})
    return buffer.getvalue()
