"""Draw what more labels would bring: the error of runs that train on a part of the training groups.

Each part is an experiment of DVC: `dvc exp run -S split.train_share=0.25`, and so on. The picture
is of the experiments of this commit whose params are those of params.yaml, but for the share.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure

from splitlib.inputs.drawing import save_figure
from stages.alike_runs import Row, alike, is_number, runs

PICTURE = Path("plots/learning_curve.png")

PANELS = {
    "error_px.median": "median error, pixels",
    "novel.median": "median error of novel points, pixels",
    "pck.within_2_px": "share of points within 2 pixels",
}


def main() -> None:
    """Write plots/learning_curve.png."""
    rows = list(alike(runs(), "split.train_share").values())
    if len(rows) < 2:
        sys.exit(
            "a learning curve needs two runs or more with the params of params.yaml: for each share"
            " `dvc exp run -S split.train_share=0.25`"
        )
    save_figure(curve(rows), PICTURE)
    print(f"{PICTURE}: {len(rows)} runs")


def curve(rows: Sequence[Row]) -> Figure:
    """A panel for each figure, over the number of training frames; of val without a test split."""
    of_val = all("val.error_px.median" in row for row in rows)
    figure = Figure(figsize=(3.6 * len(PANELS), 3), layout="constrained")
    for axes, (name, label) in zip(figure.subplots(1, len(PANELS)), PANELS.items(), strict=True):
        column, title = (f"val.{name}", f"{label} (val)") if of_val else (name, label)
        points = [(row["n_frames.train"], row.get(column)) for row in rows]
        known = sorted((n, value) for n, value in points if is_number(value))
        axes.plot([n for n, _ in known], [value for _, value in known], "o-", color="#4477aa")
        axes.set(xlabel="training frames", title=title, xscale="log", ylim=(0, None))
        axes.set_xticks([n for n, _ in known], [f"{n:g}" for n, _ in known], minor=False)
        axes.minorticks_off()
        axes.spines[["top", "right"]].set_visible(False)
    return figure


if __name__ == "__main__":
    main()
