"""Print the metrics of the last run as one table, from the files that the stages wrote."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from splitlib.jsonfile import read_json

FOLDER = Path("metrics")
STAGES = ("split", "audit", "inputs", "evaluate")


def main() -> None:
    """Print a line per metric: its stage, its name, its value."""
    rows = [
        (stage, name, value)
        for stage in STAGES
        if (FOLDER / f"{stage}.json").is_file()
        for name, value in leaves(read_json(FOLDER / f"{stage}.json"))
    ]
    if not rows:
        print("no metrics yet: run `dvc repro`", file=sys.stderr)
    width = max((len(name) for _, name, _ in rows), default=0)
    last = ""
    for stage, name, value in rows:
        print(f"{stage if stage != last else '':<10}{name:<{width + 2}}{value}")
        last = stage


def leaves(value: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - any JSON
    """The numbers in nested objects, with dotted names; lists are no metrics."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, f"{prefix}.{key}" if prefix else key)
    elif not isinstance(value, list):
        yield prefix, value


if __name__ == "__main__":
    main()
