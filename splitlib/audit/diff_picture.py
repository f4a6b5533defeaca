"""A picture of two versions of a split: a row of each video before, and one after."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from splitlib.audit.split_pictures import MAX_VIDEOS, WIDTH, colour, short_name
from splitlib.files import atomic_path
from splitlib.split.compare_splits import SplitDiff
from splitlib.split.examples import SPLITS

CHANGED = "#222222"
"""Colour of the mark between the rows at a frame that moved, came or went."""

ROW = 0.3
"""Inches of the height of a row."""

PAIR = 2.6
"""Distance of two videos, in rows."""


def write_diff_picture(path: Path, diff: SplitDiff) -> None:
    """Draw the frames of two versions in the colours of their splits, as PNG.

    Raises:
        OSError: The file cannot be written.
    """
    figure = diff_picture(diff)
    with atomic_path(path) as temporary:
        figure.savefig(temporary, format="png", dpi=110, metadata={"Software": None})


def diff_picture(diff: SplitDiff) -> Figure:
    """Two rows per video, before and after, and between them a mark at each frame that changed."""
    shown = _shown(diff)
    height = 1.4 + ROW * PAIR * max(1, len(shown))
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    axes = figure.subplots()
    _name_rows(axes, [short_name(diff.frames.keys[at]) for at in shown])
    for place, video in enumerate(shown):
        _draw_video(axes, diff, video, place * PAIR)
    axes.set_xlabel("frame of the video")
    axes.xaxis.set_major_locator(MaxNLocator("auto", integer=True, steps=[1, 2, 5, 10]))
    patches = [Patch(color=colour(at), label=name) for at, name in enumerate(SPLITS)]
    handles = [*patches, Patch(color=CHANGED, label="moved, came or went")]
    figure.legend(handles=handles, loc="outside upper left", ncols=len(handles), frameon=False)
    if len(shown) < len(diff.frames.keys):
        axes.set_title(f"the {len(shown)} videos that changed most", fontsize=9)
    return figure


def _shown(diff: SplitDiff) -> list[int]:
    """The videos of the picture: those with the most changes, then with the most frames."""
    n = len(diff.frames.keys)
    changed = np.bincount(diff.frames.video[diff.before != diff.after], minlength=n)
    frames = np.bincount(diff.frames.video, minlength=n)
    return sorted(np.lexsort((-frames, -changed))[:MAX_VIDEOS].tolist())


def _name_rows(axes: Axes, names: list[str]) -> None:
    places = [place * PAIR + row for place in range(len(names)) for row in (0, 1)]
    labels = [text for name in names for text in (f"{name}  old", "new")]
    axes.set_yticks(places, labels)
    axes.set_ylim(max(places, default=1) + 0.8, -0.8)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)


def _draw_video(axes: Axes, diff: SplitDiff, video: int, top: float) -> None:
    own = np.flatnonzero(diff.frames.video == video)
    time = diff.frames.time[own]
    for row, bits in enumerate((diff.before[own], diff.after[own])):
        for at in range(len(SPLITS)):
            _marks(axes, time[bits & 2**at > 0], top + row, 0.36, colour(at))
    changed = diff.before[own] != diff.after[own]
    _marks(axes, time[changed], top + 0.5, 0.12, CHANGED)


def _marks(axes: Axes, time: NDArray[np.int64], middle: float, reach: float, shade: str) -> None:
    axes.vlines(time, middle - reach, middle + reach, color=shade, linewidth=1.3)
