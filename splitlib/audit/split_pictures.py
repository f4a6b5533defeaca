"""Pictures of splits: places in time, sizes, distances, places in the image, the closest pair."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from splitlib.audit.findings import Findings
from splitlib.audit.frame_digests import frame_pictures
from splitlib.files import atomic_path
from splitlib.params import AuditParams

COLOURS = ("#4477aa", "#ee9a00", "#cc3355", "#228833", "#aa5599", "#66aacc")
"""Colours of the splits, in their order; they differ in brightness too."""

TOO_NEAR = "#f9e6ea"
"""Colour behind distances that are too short."""

UNUSED = "#c8c8c8"
"""Colour of labeled frames that are in no split."""

WIDTH = 9.0
"""Width of the pictures in inches."""

MAX_VIDEOS = 30
"""Videos in a picture, those with the most frames."""

LONG_NAME = 28
"""Characters of a name in a picture; a longer name shows its end."""


def write_pictures(folder: Path, found: Findings, params: AuditParams) -> dict[str, Path]:
    """Draw all pictures that the findings allow.

    Args:
        folder: Gets a PNG per picture.
        found: The findings.
        params: The limits to draw.

    Returns:
        The title and the file of each picture.
    """
    figures = {
        "timeline": ("Which frames are in which split", timeline(found)),
        "shares": ("How many frames each split has", shares(found)),
        "distance": (
            "How far held-out frames are from training",
            distance_histogram(found, params),
        ),
        "copied_labels": (
            "How much copied labels would find",
            copied_labels(found, params),
        ),
        "places": ("Where the animals are", places(found)),
        "closest_pair": ("The most similar frames of two splits", closest_pair(found)),
    }
    written = {}
    for name, (title, figure) in figures.items():
        path = folder / f"{name}.png"
        if figure is None:
            path.unlink(missing_ok=True)
            continue
        with atomic_path(path) as temporary:
            figure.savefig(temporary, format="png", dpi=110, metadata={"Software": None})
        written[title] = path
    return written


def colour(split: int) -> str:
    """The colour of a split."""
    return COLOURS[split % len(COLOURS)]


def short_name(name: str) -> str:
    """A name that fits into a picture, without signs that matplotlib reads as formulas.

    A letter that is no valid Unicode, which matplotlib cannot draw, is shown by its escape.
    """
    name = name.encode("utf-8", "backslashreplace").decode()
    short = name if len(name) <= LONG_NAME else "…" + name[1 - LONG_NAME :]
    return short.replace("$", r"\$")


def timeline(found: Findings) -> Figure:
    """A row per video, a mark per labeled frame in the colour of its split."""
    splits = found.splits
    video, frame_idx = splits.labeled
    counts = np.bincount(np.append(video, splits.video), minlength=len(splits.videos))
    shown = _largest(counts)
    figure, axes = _rows(1.3, [short_name(splits.videos[at]) for at in shown])
    for place, at in enumerate(shown.tolist()):
        _marks(axes, place, frame_idx[video == at], UNUSED)
        for split in range(len(splits.parts)):
            here = (splits.video == at) & (splits.split == split)
            _marks(axes, place, splits.frame_idx[here], colour(split))
    axes.set_xlabel("frame of the video")
    axes.xaxis.set_major_locator(MaxNLocator("auto", integer=True, steps=[1, 2, 5, 10]))
    unused = [Patch(color=UNUSED, label="in no split")] if splits.source else []
    _legend(figure, found, splits.names, unused)
    if len(shown) < int((counts > 0).sum()):
        axes.set_title(f"the {len(shown)} videos with the most frames", fontsize=9)
    return figure


def _largest(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """The videos with the most frames, in their order, none without frames."""
    largest = np.sort(np.argsort(-counts, kind="stable")[:MAX_VIDEOS])
    return largest[counts[largest] > 0]


def _rows(margins: float, names: list[str]) -> tuple[Figure, Axes]:
    """A figure with a row per name; the margins are inches of its height."""
    figure = Figure(figsize=(WIDTH, margins + 0.34 * max(1, len(names))), layout="constrained")
    axes = figure.subplots()
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    return figure, axes


def _marks(axes: Axes, place: int, frame_idx: NDArray[np.int64], colour: str) -> None:
    axes.vlines(frame_idx, place - 0.36, place + 0.36, color=colour, linewidth=1.3)


def _legend(
    figure: Figure, found: Findings, names: Iterable[str], signs: Sequence[Patch | Line2D] = ()
) -> None:
    """A legend with the colours of the splits of these names, and with other signs."""
    at = found.splits.names.index
    patches = [Patch(color=colour(at(name)), label=short_name(name)) for name in names]
    handles = [*patches, *signs]
    figure.legend(handles=handles, loc="outside upper left", ncols=len(handles), frameon=False)


def shares(found: Findings) -> Figure:
    """Bars of the number of frames per video, and of all, by split."""
    splits = found.splits
    counts = np.zeros((len(splits.parts), len(splits.videos)), np.int64)
    np.add.at(counts, (splits.split, splits.video), 1)
    shown = _largest(counts.sum(axis=0))
    rows = np.concatenate([counts.sum(axis=1, keepdims=True), counts[:, shown]], axis=1)
    part = rows / np.maximum(1, rows.sum(axis=0))
    figure, axes = _rows(1.2, ["all", *(short_name(splits.videos[at]) for at in shown)])
    left = np.zeros(rows.shape[1])
    for split in range(len(splits.parts)):
        axes.barh(range(len(left)), part[split], left=left, color=colour(split), height=0.72)
        for row in np.flatnonzero(part[split] > 0.04).tolist():
            middle = left[row] + part[split, row] / 2
            text = str(rows[split, row])
            axes.text(middle, row, text, ha="center", va="center", color="white", fontsize=8)
        left += part[split]
    axes.set(xlim=(0, 1), xlabel="share of the frames")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    _legend(figure, found, splits.names)
    return figure


def distance_histogram(found: Findings, params: AuditParams) -> Figure | None:
    """How many held-out frames are how far from the nearest training frame."""
    known = {name: one.known for name, one in found.distances.items() if len(one.known)}
    if not known:
        return None
    longest = max(int(distance.max()) for distance in known.values())
    edges = _edges(max(longest, params.min_distance))
    figure = Figure(figsize=(WIDTH, 3.4), layout="constrained")
    axes = figure.subplots()
    heights = {name: np.histogram(distance, edges)[0] for name, distance in known.items()}
    places, width = np.arange(len(edges) - 1), 0.84 / len(known)
    for at, (name, height) in enumerate(heights.items()):
        split = found.splits.names.index(name)
        axes.bar(places + (at + 0.5) * width - 0.42, height, width, color=colour(split))
    texts = [_range(a, b - 1) for a, b in pairwise(edges.tolist())]
    axes.set_xticks(places, texts)
    axes.yaxis.set_major_locator(MaxNLocator("auto", integer=True, steps=[1, 2, 5, 10]))
    limit = np.interp(params.min_distance, edges, np.arange(len(edges)) - 0.5)
    axes.axvspan(-0.5, limit, color=TOO_NEAR, linewidth=0, zorder=0)
    signs: list[Patch | Line2D] = [Patch(color=TOO_NEAR, label="nearer than min_distance")]
    if found.step:
        step = np.interp(found.step + 0.5, edges, np.arange(len(edges)) - 0.5)
        line = axes.axvline(step, color="black", linestyle=":", linewidth=1.2)
        line.set_label(f"labeling step, {found.step:g}")
        signs.append(line)
    axes.set(
        xlim=(-0.5, len(places) - 0.5),
        xlabel="frames of video to the nearest training frame of the same video",
        ylabel="held-out frames",
    )
    axes.spines[["top", "right"]].set_visible(False)
    _legend(figure, found, known, signs)
    return figure


def copied_labels(found: Findings, params: AuditParams) -> Figure | None:
    """The share of held-out points within any distance of the label of a training frame."""
    known = {name: one for name, one in found.copyable.items() if len(one.distance)}
    if not known:
        return None
    figure = Figure(figsize=(WIDTH, 3.0), layout="constrained")
    axes = figure.subplots()
    pixels = np.geomspace(0.25, 256, 200)
    for name, one in known.items():
        share = np.searchsorted(one.distance, pixels, side="right") / one.n_points
        axes.plot(pixels, share, color=colour(found.splits.names.index(name)), linewidth=2)
    limit = axes.axvline(params.copy_distance, color="black", linestyle=":", linewidth=1.2)
    limit.set_label(f"copy_distance, {params.copy_distance:g}")
    axes.set(xscale="log", xlim=(pixels[0], pixels[-1]), ylim=(0, 1))
    axes.set(xlabel="pixels from the copied label", ylabel="share of held-out points")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axes.spines[["top", "right"]].set_visible(False)
    _legend(figure, found, known, [limit])
    return figure


def _edges(longest: int) -> NDArray[np.int64]:
    """Bounds of the bins: single frames first, then ever wider, up to the longest distance."""
    steps = [1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 50, 100, 200, 500, 1000, 10_000, 100_000]
    edges = [0, *(step for step in steps if step <= longest), longest + 1]
    return np.array(edges, np.int64)


def _range(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}-{last}"


def places(found: Findings) -> Figure | None:
    """A density of the middles of the animals per split, at one scale for all splits."""
    filled = [at for at, content in enumerate(found.contents) if len(content.centre)]
    if not filled:
        return None
    centres = np.concatenate([found.contents[at].centre for at in filled])
    low = centres.min(axis=0)
    high = np.maximum(centres.max(axis=0), low + 1)
    bounds = list(zip(low.tolist(), high.tolist(), strict=True))
    densities = [_density(found.contents[at].centre, bounds) for at in filled]
    height = min(WIDTH / len(filled) * (high[1] - low[1]) / (high[0] - low[0]), WIDTH) + 0.9
    figure = Figure(figsize=(WIDTH, max(2.0, height)), layout="constrained")
    row = figure.subplots(1, len(filled), squeeze=False, sharex=True, sharey=True)[0]
    most = max(float(density.max()) for density in densities)
    for axes, at, density in zip(row, filled, densities, strict=True):
        extent = (*bounds[0], *reversed(bounds[1]))
        axes.imshow(density, extent=extent, vmin=0, vmax=most, cmap="viridis", aspect="equal")
        n = len(found.contents[at].centre)
        title = f"{short_name(found.splits.names[at])}: {n} instances"
        axes.set_title(title, fontsize=10, color=colour(at))
    row[0].set(xlabel="x, pixels", ylabel="y, pixels")
    return figure


BINS = 24
"""Cells of the density on each side."""


def _density(centre: NDArray[np.float64], bounds: list[tuple[float, float]]) -> NDArray[np.float64]:
    """(BINS, BINS) share of the instances around each cell, smoothed over its neighbours."""
    counts, _, _ = np.histogram2d(centre[:, 1], centre[:, 0], BINS, range=bounds[::-1])
    kernel = np.array([1, 4, 6, 4, 1]) / 16
    for axis in (0, 1):
        counts = np.apply_along_axis(np.convolve, axis, counts, kernel, "same")
    share: NDArray[np.float64] = counts / len(centre)
    return share


def closest_pair(found: Findings) -> Figure | None:
    """The two most similar frames of different splits, side by side, and their difference."""
    pair = found.duplicates.closest if found.duplicates else None
    if pair is None:
        return None
    one, other = frame_pictures(found.splits, pair)
    if one is None or other is None:
        return None
    same_size = one.shape == other.shape
    n_shown = 3 if same_size else 2
    height = WIDTH / n_shown * one.shape[0] / one.shape[1]
    figure = Figure(figsize=(WIDTH, min(height, WIDTH) + 0.8), layout="constrained")
    row = figure.subplots(1, n_shown, squeeze=False)[0]
    for axes, image, at in zip(row, (one, other), pair, strict=False):
        split = int(found.splits.split[at])
        axes.imshow(image, cmap="gray", vmin=0, vmax=255)
        video = short_name(found.splits.videos[found.splits.video[at]])
        frame = f"{video} frame {found.splits.frame_idx[at]}"
        title = f"{short_name(found.splits.names[split])}\n{frame}"
        axes.set_title(title, fontsize=9, color=colour(split))
    if same_size:
        difference = np.abs(one.astype(np.int16) - other)
        row[2].imshow(difference, cmap="magma", vmin=0, vmax=max(1, int(difference.max())))
        row[2].set_title(f"difference\nup to {difference.max()} gray levels", fontsize=9)
    for axes in row:
        axes.set_axis_off()
    return figure
