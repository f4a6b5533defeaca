"""The table of the folds of a cross-validation."""

from typing import Any

import pytest
from rich.console import Console

from stages.alike_runs import alike
from stages.fold_table import fold_table, half_interval

NAN = float("nan")
SETTINGS = {"split.n_folds": 3.0, "train.epochs": 10.0}


def row(fold: float, median: float, **others: Any) -> dict[str, Any]:  # noqa: ANN401
    return {**SETTINGS, "split.fold": fold, "error_px.median": median, **others}


ROWS = [
    row(2, 0.5),  # the workspace
    {"split.fold": "None", "split.n_folds": "None", "train.epochs": 10.0},  # the commit
    row(2, 0.5),
    row(0, 0.4),
    row(1, 9.9, **{"train.epochs": 2.0}),
    row(0, 0.1),  # an earlier run of the fold
]


def test_each_fold_has_its_last_run_with_the_params_of_the_workspace() -> None:
    folds = alike(ROWS, "split.fold")
    assert {fold: one["error_px.median"] for fold, one in folds.items()} == {0: 0.4, 2: 0.5}


def test_without_runs_there_is_nothing() -> None:
    assert alike(ROWS[:2], "split.fold") == {}


def test_the_table_has_each_fold_the_mean_and_its_interval() -> None:
    folds = {0: row(0, 0.4, oks=0.9), 1: row(1, 0.6, oks=NAN)}
    console = Console(width=80)
    with console.capture() as captured:
        console.print(fold_table(folds, ["error_px.median", "oks", "map"]))
    lines = [line.split() for line in captured.get().splitlines()]
    assert ["error_px.median", "0.4", "0.6", "0.5", "1.271"] in lines
    assert ["oks", "0.9", "-", "0.9", "-"] in lines
    assert not any(line[:1] == ["map"] for line in lines)


@pytest.mark.parametrize(("n", "t"), [(2, 12.71), (5, 2.78), (16, 2.13), (18, 2.11), (40, 2.023)])
def test_few_folds_are_less_sure(n: int, t: float) -> None:
    values = [0.0, 1.0] * (n // 2) + [0.5] * (n % 2)
    mean = sum(values) / n
    spread = (sum((value - mean) ** 2 for value in values) / (n - 1) / n) ** 0.5
    assert half_interval(values) == pytest.approx(t * spread, rel=1e-3)
    assert half_interval(values[:1]) is None
