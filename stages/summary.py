"""Print the metrics of the last run as one table, from the files that the stages wrote."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from splitlib.audit.report import VERDICTS
from splitlib.jsonfile import read_json

FOLDER = Path("metrics")
STAGES = ("split", "audit", "inputs", "evaluate")

FIRST = ("verdict", "source", "train", "val", "test")
"""Figures that stand before others of their row, in this order."""

STYLES = dict(zip(VERDICTS, ("green", "yellow", "red"), strict=True))

WIDTH = 100
"""Columns where the output is no terminal: a file or a pipe does not say how wide it is."""


def main() -> None:
    """Print a row per metric or group of metrics: its stage, its name, its values."""
    stages = {
        stage: read_json(FOLDER / f"{stage}.json")
        for stage in STAGES
        if (FOLDER / f"{stage}.json").is_file()
    }
    if not stages:
        print("no metrics yet: run `dvc repro`", file=sys.stderr)
        return
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    console.print(metrics_table(stages))


def metrics_table(stages: dict[str, dict[str, Any]]) -> Table:
    """The metrics of each stage as one table."""
    table = Table(box=box.SIMPLE_HEAD, caption="docs/metrics.md says what each figure means")
    for name in ("stage", "metric"):
        table.add_column(name, no_wrap=True)
    table.add_column("values")
    for stage, metrics in stages.items():
        rows = [*named_rows(metrics)] or [("-", Text("nothing was measured"))]
        for row, (name, values) in enumerate(rows):
            last = row == len(rows) - 1
            table.add_row("" if row else stage, name, values, end_section=last)
    return table


def named_rows(metrics: dict[str, Any], place: str = "") -> Iterator[tuple[str, Text]]:
    """A metric, or a group of metrics, and its values; groups of groups by their dotted names."""
    for name, value in metrics.items():
        if isinstance(value, dict) and any(isinstance(item, dict) for item in value.values()):
            yield from named_rows(value, f"{place}{name}.")
        else:
            yield f"{place}{name}", values_text(name, value)


def values_text(name: str, value: Any) -> Text:  # noqa: ANN401 - any JSON
    """A number, or the numbers of a group with their names."""
    if not isinstance(value, dict):
        return shown(name, value)
    parts = [Text.assemble((f"{key} ", "dim"), shown(key, item)) for key, item in ordered(value)]
    return Text("   ").join(parts)


def ordered(values: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Names and values, those of `FIRST` before others."""
    rank = {name: at for at, name in enumerate(FIRST)}
    yield from sorted(values.items(), key=lambda item: rank.get(item[0], len(FIRST)))


def shown(name: str, value: int | float) -> Text:
    """A number as text; a verdict in its own word."""
    if name == "verdict":
        word = VERDICTS[int(value)]
        return Text(word, style=STYLES[word])
    return Text(f"{value:g}" if isinstance(value, float) else str(value))


if __name__ == "__main__":
    main()
