"""Pictures and tables of a trained network: its figures, and its best and worst examples."""

import csv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from splitlib.files import atomic_path
from splitlib.inputs.drawing import SIDE, blank_figure, draw_instances, node_colours, save_figure
from splitlib.models.metrics import PoseMetrics, point_distances, summarize_errors
from splitlib.models.predictions import Predictions, rounded

SHOWN = 4
"""Examples in each row of the gallery."""


NODE_COLUMNS = ("node", "median_px", "p90_px")
"""What `node_records` tell of a node."""


def write_table(
    path: Path,
    records: Sequence[Mapping[str, float | int | str | None]],
    columns: Sequence[str] = (),
) -> None:
    """Write records with the same keys as CSV, for plots of DVC; none as the columns alone."""
    names = list(records[0]) if records else columns
    with atomic_path(path) as temporary, temporary.open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(records)


def node_records(metrics: PoseMetrics) -> list[dict[str, float | int | str | None]]:
    """One record per node: its median error and its 90th percentile, in pixels."""
    return [
        dict(zip(NODE_COLUMNS, (name, rounded(errors.median), rounded(errors.p90)), strict=True))
        for name, errors in metrics.nodes.items()
    ]


def write_blank(path: Path, title: str) -> None:
    """Write a picture that holds a line of text alone, where there is nothing to draw."""
    save_figure(blank_figure(title, 1, 1, (SHOWN * SIDE, 1.0))[0], path)


def write_gallery(
    path: Path,
    predictions: Predictions,
    edges: Sequence[tuple[int, int]],
    frame_title: Callable[[int, int], str],
) -> None:
    """Draw the instances with the smallest and with the largest error of a split, as PNG.

    Edges are pairs of nodes to join. What `frame_title` makes of the position of a video and a
    frame is written above the instances.
    """
    title = "circles: labels    crosses: predictions    lines: errors"
    figure, rows = blank_figure(title, 2, SHOWN, (SHOWN * SIDE, 2 * SIDE + 1.2))
    order = np.argsort(predictions.error, kind="stable")
    for row, name, chosen in zip(rows, ("best", "worst"), (order, order[::-1]), strict=True):
        for axes, at in zip(row, chosen.tolist(), strict=False):
            draw_prediction(axes, predictions, at, edges)
            where = frame_title(int(predictions.video[at]), int(predictions.frame_idx[at]))
            axes.set_title(f"{where}\n{_error_text(predictions, at)}", fontsize=7)
        row[0].text(-0.08, 0.5, name, rotation=90, va="center", transform=row[0].transAxes)
    save_figure(figure, path)


def draw_prediction(
    axes: Axes, predictions: Predictions, at: int, edges: Sequence[tuple[int, int]]
) -> None:
    """Draw one instance: its label, its prediction, and lines between the two."""
    truth, predicted = predictions.truth[at], predictions.predicted[at]
    draw_instances(axes, predictions.images[predictions.image[at]], predicted[None], edges)
    colours = node_colours(len(truth))
    axes.collections[-1].remove()  # crosses instead of dots
    axes.scatter(predicted[:, 0], predicted[:, 1], c=colours, marker="x", s=16, linewidths=1.0)
    rings = axes.scatter(truth[:, 0], truth[:, 1], facecolors="none", s=26, linewidths=0.9)
    rings.set_edgecolor([tuple(colour) for colour in colours.tolist()])
    for one, other in zip(truth, predicted, strict=True):
        axes.plot(*np.stack([one, other]).T, color="red", linewidth=0.8)


def _error_text(predictions: Predictions, at: int) -> str:
    errors = summarize_errors(point_distances(predictions.truth[at], predictions.predicted[at]))
    mean = "nothing found" if errors.mean is None else f"{errors.mean:.1f} px"
    return f"{mean}, {errors.n_missed} missed" if errors.n_missed else mean
