"""Pictures of labels and predictions: single instances, and the frames that they are in."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from splitlib.evaluation.core.evaluated import Evaluated
from splitlib.evaluation.examples_shown import SHOWN, Image, ShownExample
from splitlib.inputs.drawing import (
    SIDE,
    blank_figure,
    draw_instances,
    node_colours,
    png_bytes,
    save_figure,
)

Edges = Sequence[tuple[int, int]]
Points = NDArray[np.float64]

KEY = "circles: labels    crosses: predictions    lines: errors"

MARGIN = 0.3
"""Of the side of an instance, around it on each side."""

FRAME_WIDTH = 8.0
"""Inches of the picture of a whole frame."""


def write_blank(path: Path, title: str) -> None:
    """Write a picture that holds a line of text alone, where there is nothing to draw."""
    save_figure(blank_figure(title, 1, 1, (SHOWN * SIDE, 1.0))[0], path)


def write_gallery(
    path: Path,
    evaluated: Evaluated,
    examples: Mapping[str, Sequence[ShownExample]],
    images: Mapping[int, Image],
    edges: Edges,
) -> None:
    """Draw examples as PNG, a row for each kind.

    Args:
        path: The PNG file.
        evaluated: The split.
        examples: The examples of each kind.
        images: The image of each row of the split that an example is in.
        edges: Pairs of nodes to join.
    """
    size = (SHOWN * SIDE, len(examples) * (SIDE + 0.4) + 0.4)
    figure, rows = blank_figure(KEY, len(examples), SHOWN, size)
    for row, (name, shown) in zip(rows, examples.items(), strict=True):
        for axes, example in zip(row, shown, strict=False):
            draw_example(axes, evaluated, example, images[example.row], edges)
            text = f"{example.where}\n{example.error}"
            axes.set_title(text, fontsize=7, parse_math=False)  # a name may hold dollars
        row[0].text(-0.08, 0.5, name, rotation=90, va="center", transform=row[0].transAxes)
    save_figure(figure, path)


def example_png(evaluated: Evaluated, example: ShownExample, image: Image, edges: Edges) -> bytes:
    """The picture of one instance as PNG."""
    figure, axes = blank_figure("", 1, 1, (SIDE, SIDE))
    draw_example(axes[0, 0], evaluated, example, image, edges)
    return png_bytes(figure)


def draw_example(
    axes: Axes, evaluated: Evaluated, example: ShownExample, image: Image, edges: Edges
) -> None:
    """Draw an instance with its surroundings: its label, its prediction, and lines between them."""
    truth, found = (points[example.instance] for points in (evaluated.truth, evaluated.found))
    left, top, right, bottom = _surroundings(truth, found, image.shape[:2])
    shift = np.array([left, top])
    draw_instances(axes, image[top:bottom, left:right], (found - shift)[None], edges)
    axes.collections[-1].remove()  # crosses instead of dots
    _mark(axes, truth - shift, found - shift)


def _surroundings(truth: Points, found: Points, size: Sequence[int]) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of a square around an instance, within its image."""
    points = np.concatenate([truth, found])
    low, high = np.nanmin(points, axis=0), np.nanmax(points, axis=0)
    half = (high - low).max() * (0.5 + MARGIN) + 8
    middle = (low + high) / 2
    last = np.array([size[1], size[0]])
    first = np.clip(np.floor(middle - half), 0, last - 1).astype(int)
    end = np.clip(np.ceil(middle + half), first + 1, last).astype(int)
    return int(first[0]), int(first[1]), int(end[0]), int(end[1])


def _mark(axes: Axes, truth: Points, found: Points) -> None:
    colours = node_colours(len(truth))
    axes.scatter(found[:, 0], found[:, 1], c=colours, marker="x", s=16, linewidths=1.0)
    rings = axes.scatter(truth[:, 0], truth[:, 1], facecolors="none", s=26, linewidths=0.9)
    rings.set_edgecolor([tuple(colour) for colour in colours.tolist()])
    for one, other in zip(truth, found, strict=True):
        axes.plot(*np.stack([one, other]).T, color="red", linewidth=0.8)


def frame_png(evaluated: Evaluated, row: int, image: Image, edges: Edges) -> bytes:
    """A whole frame as PNG: all its labels, and all that was found in it."""
    height = FRAME_WIDTH * image.shape[0] / image.shape[1]
    figure, axes = blank_figure("", 1, 1, (FRAME_WIDTH, height))
    extra = evaluated.extra
    mine = np.flatnonzero(evaluated.row[evaluated.image] == row)
    besides = extra.points[evaluated.row[extra.image] == row]
    found = np.concatenate([evaluated.found[mine], besides])
    draw_instances(axes[0, 0], image, found, edges, dot=0)
    for truth, points in zip(evaluated.truth[mine], evaluated.found[mine], strict=True):
        _mark(axes[0, 0], truth, points)
    for points in besides:
        _mark(axes[0, 0], np.full_like(points, np.nan), points)
    return png_bytes(figure)
