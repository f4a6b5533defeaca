"""What becomes of the rows of tables that refer to frames, besides the core tables."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from splitlib.labels import Labels

NOTE = "tables"
GROUPS = "sessions/instance_groups"


def table_rows(
    labels: Labels, splits: Mapping[str, NDArray[np.int64]]
) -> dict[str, dict[str, dict[str, int]]]:
    """Under `NOTE` for each table its rows in the source, in each split, and in none of them.

    Rows that belong to no frame are in every split, and views of one group of a session may be in
    several. Nothing where no table has a row.
    """
    frames = list(splits.values())
    found = labels.kept_rows([*frames, np.concatenate(frames)])
    rows = {
        name: {
            "source": n,
            **dict(zip(splits, kept, strict=False)),
            "left_out": n - kept[-1],
        }
        for name, (n, kept) in found.items()
    }
    return {NOTE: rows} if rows else {}


def table_lines(report: Mapping[str, Any], splits: Mapping[str, object]) -> list[str]:
    """The rows that are in no split, for a person, and the groups that are in several."""
    tables: Mapping[str, Mapping[str, int]] = report.get(NOTE, {})
    left_out = [
        f"{rows['left_out']} of {rows['source']} in /{name}"
        for name, rows in tables.items()
        if rows["left_out"]
    ]
    lines = [f"  rows left out with their frames: {', '.join(left_out)}"] if left_out else []
    groups = tables.get(GROUPS)
    if groups is not None:
        n_more = sum(groups[name] for name in splits) - (groups["source"] - groups["left_out"])
        if n_more:
            lines.append(
                f"  sessions: {n_more} parts of groups are in another split than the rest of their"
                " group; a column of split.groups_file can keep the videos of a session together"
            )
    return lines
