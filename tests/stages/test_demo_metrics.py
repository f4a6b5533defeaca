"""The metrics and reports of the demo as git keeps them: few figures, and nothing lost."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

import pytest
from places import ROOT
from rich.console import Console

from splitlib.jsonfile import read_json
from stages.summary import STAGES, metrics_table

METRICS: dict[str, dict[str, Any]] = {
    stage: read_json(ROOT / f"metrics/{stage}.json") for stage in STAGES
}

MOST = 31
"""Each figure is a column of `dvc metrics show` and `dvc exp show`, beside those of the params."""

REPORTS = {
    "split": {
        *{"n_frames", "n_asked", "n_groups", "groups", "n_off", "gap_loss", "strata_off", "claim"},
        *{"fraction", "n_videos", "excluded", "block_length", "gap"},
    },
    "inputs": {"n_frames", "n_instances", "n_nodes", "n_points", "n_points_outside_crops"},
}
"""What reports hold, of those that git keeps."""


def leaves(value: Any, *place: str) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - any JSON
    """Dotted names and values, lists as they are."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, *place, key)
    else:
        yield ".".join(place), value


FIGURES = list(chain.from_iterable(leaves(metrics) for metrics in METRICS.values()))


def test_metrics_are_few_and_all_numbers() -> None:
    assert len(FIGURES) <= MOST
    assert [name for name, value in FIGURES if type(value) not in (int, float)] == []


def test_no_two_stages_have_a_metric_of_one_name() -> None:
    names = [name for name, _ in FIGURES]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", [name for name, _ in FIGURES])
def test_the_docs_say_what_a_metric_means(name: str) -> None:
    assert f"| `{name}` |" in (ROOT / "docs" / "metrics.md").read_text()


@pytest.mark.parametrize("stage", REPORTS)
def test_a_report_holds_all_that_the_metrics_leave_out(stage: str) -> None:
    report = read_json(ROOT / f"reports/{stage}.json")
    assert report.keys() == REPORTS[stage]
    both = dict(leaves(report))
    same = {name: value for name, value in leaves(METRICS[stage]) if name in both}
    assert len(same) >= 3
    assert same == {name: both[name] for name in same}


@pytest.mark.parametrize("width", [60, 80, 100])
def test_the_table_of_the_metrics_keeps_within_its_width(width: int) -> None:
    console = Console(width=width)
    with console.capture() as captured:
        console.print(metrics_table(METRICS))
    lines = captured.get().splitlines()
    assert max(map(len, lines)) <= width
    assert len(lines) <= 32


def test_a_verdict_is_shown_as_a_word_and_a_large_number_with_all_digits() -> None:
    console = Console(width=80)
    with console.capture() as captured:
        console.print(metrics_table({"audit": {"checks": {"verdict": 1}, "n": 12_345_678}}))
    assert "verdict warn" in captured.get()
    assert "12345678" in captured.get()
