"""Print the figures of all folds of a cross-validation, with their mean and its interval.

Each fold is an experiment of DVC: `dvc exp run -S split.n_folds=4 -S split.fold=0`, and so on. The
table is of the experiments of this commit whose params are those of params.yaml, but for the fold.
"""

import math
import sys
from collections.abc import Mapping, Sequence
from statistics import fmean, stdev

from rich import box
from rich.console import Console
from rich.table import Table

from splitlib.jsonfile import read_json
from stages.alike_runs import Row, alike, dotted_names, is_number, runs
from stages.summary import FOLDER, WIDTH

T_95 = (12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.20, 2.18, 2.16, 2.14, 2.13)
"""97.5th percentile of Student's t with 1, 2, ... degrees of freedom."""


def main() -> None:
    """Print a row per metric of evaluate: each fold, the mean, half of its interval of 95 %."""
    rows = runs()
    folds = {int(fold): row for fold, row in alike(rows, "split.fold").items()}
    if not folds:
        sys.exit(
            "no fold was run with the params of params.yaml: set split.n_folds, then for each fold"
            " `dvc exp run -S split.fold=0`"
        )
    names = list(dotted_names(read_json(FOLDER / "evaluate.json")))
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    console.print(fold_table(folds, names))
    n_folds = rows[0]["split.n_folds"]
    if is_number(n_folds) and (missing := {*range(int(n_folds))} - folds.keys()):
        print(f"folds that were not run: {', '.join(map(str, sorted(missing)))}")


def fold_table(folds: Mapping[int, Row], names: Sequence[str]) -> Table:
    """A row per metric, a column per fold, and what the folds say together."""
    caption = "± holds 95 of 100 if folds were independent; they share training frames"
    table = Table(box=box.SIMPLE_HEAD, caption=caption)
    table.add_column("metric", no_wrap=True)
    for name in (*(f"fold {fold}" for fold in folds), "mean", "±"):
        table.add_column(name, justify="right")
    for name in names:
        values = [row[name] for row in folds.values() if is_number(row.get(name))]
        cells = [_text(row.get(name)) for row in folds.values()]
        if values:
            table.add_row(name, *cells, _text(fmean(values)), _text(half_interval(values)))
    return table


def half_interval(values: Sequence[float]) -> float | None:
    """Half of the 95 % interval of the mean of some folds, by Student's t; None for one fold.

    Example:
        >>> round(half_interval([1.0, 2.0, 3.0]), 3)
        2.483
    """
    n = len(values)
    if n < 2:
        return None
    # beyond the table by the expansion of Cornish and Fisher, which is right to 0.001 there
    t = T_95[n - 2] if n - 2 < len(T_95) else 1.96 + 2.372 / (n - 1) + 2.82 / (n - 1) ** 2
    return t * stdev(values) / math.sqrt(n)


def _text(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, int | float) and is_number(value) else "-"


if __name__ == "__main__":
    main()
