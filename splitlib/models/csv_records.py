"""Records as CSV files, for plots of DVC."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from splitlib.files import atomic_path


def write_table(
    path: Path,
    records: Sequence[Mapping[str, float | int | str | None]],
    columns: Sequence[str] = (),
) -> None:
    """Write records with the same keys as CSV; none as the columns alone."""
    names = list(records[0]) if records else columns
    with atomic_path(path) as temporary, temporary.open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(records)
