"""Draw what splits claim and what is true: ``python -m benchmarks.leak_picture``.

It reads benchmarks/leak.jsonl, the output of ``python -m benchmarks.leak``, and writes
docs/leak.png.
"""

import json
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from splitlib.inputs.drawing import save_figure

RESULTS = Path(__file__).parent / "leak.jsonl"
PICTURE = Path(__file__).parent.parent / "docs" / "leak.png"

CLAIMED, TRUE = "#cc3355", "#4477aa"
WORDS = {
    "frame": "random frames",
    "block": "blocks with a gap",
    "video": "whole videos",
    "chronological": "past and future",
}


def main() -> None:
    """Draw a panel for each case: a pair of bars for each kind of split."""
    results = [json.loads(line) for line in RESULTS.read_text().splitlines()]
    cases: dict[str, list[dict[str, Any]]] = {}
    for result in results:
        cases.setdefault(result["case"], []).append(result)
    widths = [len(rows) for rows in cases.values()]
    figure = Figure(figsize=(1.45 * sum(widths) + 1, 3.2), layout="constrained")
    panels = figure.subplots(1, len(cases), sharey=True, width_ratios=widths)
    for axes, (name, rows) in zip(panels, cases.items(), strict=True):
        draw_case(axes, name, rows)
    panels[0].set_ylabel("points within 2 pixels")
    handles = [
        Patch(color=CLAIMED, label="what the split's own test says"),
        Patch(color=TRUE, label="what is true of frames that no split could know"),
    ]
    figure.legend(handles=handles, loc="outside upper left", ncols=2, frameon=False)
    save_figure(figure, PICTURE)
    print(PICTURE)


def draw_case(axes: Axes, name: str, rows: list[dict[str, Any]]) -> None:
    """Draw the splits of one set of labels."""
    for place, row in enumerate(rows):
        for side, (key, colour) in enumerate((("claimed", CLAIMED), ("true", TRUE))):
            share, at = row[key]["pck_2"], place + 0.4 * (side - 0.5)
            axes.bar(at, share, 0.38, color=colour)
            axes.text(at, share + 0.01, f"{share:.0%}", ha="center", fontsize=8)
    axes.set_xticks(range(len(rows)), [WORDS[row["groups"]].replace(" ", "\n", 1) for row in rows])
    axes.tick_params(length=0, labelsize=8)
    axes.set(title=name, ylim=(0, 1.05))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axes.spines[["top", "right"]].set_visible(False)


if __name__ == "__main__":
    main()
