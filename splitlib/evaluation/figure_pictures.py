"""Pictures of figures: the loss of each epoch, and the error of each node on an animal."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from splitlib.evaluation.example_pictures import Edges, Points
from splitlib.inputs.drawing import png_bytes

BESIDE: dict[str, Any] = {"textcoords": "offset points", "fontsize": 8}


def curves_png(records: Sequence[Mapping[str, str]]) -> bytes:
    """The loss of each epoch, and that of validation, of the rows of plots/train/curves.csv."""
    figure = Figure(figsize=(8, 3), layout="constrained")
    axes = figure.subplots()
    for column, colour in (("loss", "#4477aa"), ("val_loss", "#ee9900")):
        rows = [row for row in records if row.get(column)]
        epochs, losses = ([float(row[name]) for row in rows] for name in ("epoch", column))
        if rows:
            axes.plot(epochs, losses, marker=".", color=colour, label=column)
    axes.set(xlabel="epoch", ylabel="loss")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    return png_bytes(figure)


def nodes_png(
    truth: Points, names: Sequence[str], errors: Sequence[float | None], edges: Edges
) -> bytes:
    """The median error of each node on the best labeled animal.

    Args:
        truth: (n, n_nodes, 2), the labeled instances, of which that with most nodes is drawn.
        names: Names of the nodes.
        errors: Median error of each node in pixels, None where it was never found.
        edges: Pairs of nodes to join.
    """
    pose = _fullest(truth)
    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.subplots()
    for one, other in edges:
        axes.plot(*pose[[one, other]].T, color="#c8ccd0", linewidth=1.5, zorder=1)
    values = np.array([np.nan if error is None else error for error in errors])
    dots = axes.scatter(pose[:, 0], pose[:, 1], c=values, cmap="viridis_r", s=90, zorder=2)
    for (x, y), name, error in zip(pose, names, errors, strict=True):
        if not np.isnan(x):
            text = f"{name} -" if error is None else f"{name} {error:.2g}"
            axes.annotate(text, (x, y), (6, 4), parse_math=False, **BESIDE)
    figure.colorbar(dots, ax=axes, label="median error in pixels", shrink=0.7)
    axes.set_aspect("equal")
    axes.invert_yaxis()
    axes.margins(0.15)
    axes.set_axis_off()
    return png_bytes(figure)


def _fullest(truth: Points) -> NDArray[np.float64]:
    if not len(truth):
        return np.full(truth.shape[1:], np.nan)
    n_labeled = (~np.isnan(truth).any(axis=-1)).sum(axis=1)
    return np.asarray(truth[int(n_labeled.argmax())])
