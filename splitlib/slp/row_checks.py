"""Checks that the rows of the tables point into their tables.

They run once, when a file is loaded; everything later trusts the tables. All of them are operations
on whole columns.
"""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from splitlib.slp.dtypes import PREDICTED, USER
from splitlib.slp.tables import Table


def check_ranges(
    table: Table, prefix: str, target: str, size: int, *, rows: NDArray[np.bool_] | None = None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Check half-open row ranges of one table into another.

    Args:
        table: The table with the columns `<prefix>_start` and `<prefix>_end`.
        prefix: Such as "instance_id" or "point_id".
        target: Name of the dataset that the ranges point into.
        size: Its rows.
        rows: (n,) bool, the rows to check; None checks all.

    Returns:
        Start and end of each row, (n,) int64 each.

    Raises:
        LabelsFileError: A range ends before it starts, leaves the target, or overlaps another.
    """
    start, end = table.ints(f"{prefix}_start"), table.ints(f"{prefix}_end")
    wrong = (start > end) | (start < 0) | (end > size)
    if rows is not None:
        wrong &= rows
    if wrong.any():
        row = int(np.argmax(wrong))
        raise table.error(
            row,
            f"{prefix}_start is {start[row]} and {prefix}_end is {end[row]}, but /{target} has"
            f" {size} rows",
        )
    _check_no_overlap(table, prefix, start, end, rows)
    return start, end


def _check_no_overlap(
    table: Table,
    prefix: str,
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    rows: NDArray[np.bool_] | None,
) -> None:
    if (start[1:] >= end[:-1]).all():  # ascending: the form of all real files
        return
    used = np.flatnonzero((start < end) if rows is None else (start < end) & rows)
    order = np.argsort(start[used], kind="stable")
    first, last = start[used[order]], end[used[order]]
    overlap = first[1:] < last[:-1]
    if overlap.any():
        at = int(np.argmax(overlap))
        one, other = int(used[order[at]]), int(used[order[at + 1]])
        raise table.error(other, f"{prefix} range shares rows with that of row {one}")


def check_instances(
    instances: Table, n_nodes: NDArray[np.int64], n_tracks: int, points: Table, pred_points: Table
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Check every instance: its type, skeleton, track, points and origin.

    Args:
        instances: The table /instances.
        n_nodes: (n_skeletons,) int64, nodes of each skeleton.
        n_tracks: Rows of /tracks_json.
        points: The table /points.
        pred_points: The table /pred_points.

    Returns:
        First and one-past-last point of each instance, (n,) int64 each.

    Raises:
        LabelsFileError: A row points outside of its table, or has another number of points than its
            skeleton has nodes.
    """
    n = len(instances)
    columns = ("instance_type", "skeleton", "track", "from_predicted")
    kind, skeleton, track, origin = (instances.ints(column) for column in columns)
    lowest = int(origin.min(initial=-1))  # any negative number stands for none
    n_skeletons = len(n_nodes)
    within = partial(_check_within, instances)
    within("instance_type", kind, USER, PREDICTED + 1, "expected 0 (user) or 1 (predicted)")
    within("skeleton", skeleton, 0, n_skeletons, f"but there are {n_skeletons} skeletons")
    within("track", track, -1, n_tracks, f"but there are {n_tracks} tracks (-1 is none)")
    within("from_predicted", origin, lowest, n, f"but there are {n} instances")
    start, end = check_ranges(instances, "point_id", "points", len(points), rows=kind == USER)
    check_ranges(instances, "point_id", "pred_points", len(pred_points), rows=kind == PREDICTED)
    wrong = end - start != n_nodes[skeleton] if n else np.zeros(0, bool)
    if wrong.any():
        row = int(np.argmax(wrong))
        nodes = n_nodes[skeleton[row]]
        raise instances.error(
            row, f"has {end[row] - start[row]} points, but its skeleton has {nodes} nodes"
        )
    return start, end


def _check_within(
    table: Table, column: str, values: NDArray[np.int64], low: int, high: int, expected: str
) -> None:
    wrong = (values < low) | (values >= high)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise table.error(row, f"{column} is {values[row]}, {expected}")


def check_covered(instances: Table, start: NDArray[np.int64], end: NDArray[np.int64]) -> int:
    """How many instances belong to no frame; they cannot be reached, and are not copied."""
    return len(instances) - int((end - start).sum())
