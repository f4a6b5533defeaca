"""Checks that the rows of the tables point into their tables.

The checks run once, when a file is loaded; everything later trusts the tables. All of them are
operations on whole columns.
"""

from collections.abc import Sized

import numpy as np
from numpy.typing import NDArray

from splitlib.slp.dtypes import PREDICTED, USER
from splitlib.slp.tables import Table


def check_ranges(
    table: Table, prefix: str, target: str, size: int, *, rows: NDArray[np.bool_] | None = None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Check half-open row ranges of one table into another.

    Args:
        table: The table.
        prefix: Such as "point_id" for the columns "point_id_start" and "point_id_end".
        target: The dataset that the ranges point into.
        size: The number of rows of `target`.
        rows: (n,) bool, the rows to check; None checks all.

    Returns:
        The two columns, (n,) int64 each.

    Raises:
        LabelsFileError: A range ends before it starts, leaves the target, or overlaps another.
    """
    start, end = table.ints(f"{prefix}_start"), table.ints(f"{prefix}_end")
    checked = np.ones(len(table), bool) if rows is None else rows
    check_bounds(table, prefix, target, size, start, end, checked)
    return start, end


def check_bounds(
    table: Table,
    prefix: str,
    target: str,
    size: int,
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    checked: NDArray[np.bool_],
) -> None:
    """Check ranges as `check_ranges` does, given as (n,) int64 each; `checked` is (n,) bool.

    Raises:
        LabelsFileError: As `check_ranges`.
    """
    if not checked.any():
        return
    # the extremes of all rows mostly say it, and need no columns of bools
    is_plain = start.min() >= 0 and end.max() <= size and (end - start).min() >= 0
    wrong = None if is_plain else checked & ((start > end) | (start < 0) | (end > size))
    if wrong is not None and wrong.any():
        row = int(np.argmax(wrong))
        raise table.error(
            row,
            f"{prefix}_start is {start[row]} and {prefix}_end is {end[row]}, but /{target} has"
            f" {size} rows",
        )
    if (start[1:] < end[:-1]).any():  # not ascending: real files are not so
        _check_no_overlap(table, prefix, start, end, np.flatnonzero(checked & (start < end)))


def check_owner(
    table: Table, owner: NDArray[np.int64], rows: NDArray[np.int64], size: int, target: str
) -> None:
    """Make sure that rows of a table name rows of another one, of this size.

    Raises:
        LabelsFileError: A row is past the end.
    """
    wrong = rows[owner[rows] >= size]
    if len(wrong):
        row = int(wrong[0])
        raise table.error(row, f"the owner is row {owner[row]}, but /{target} has {size} rows")


def _check_no_overlap(
    table: Table,
    prefix: str,
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    used: NDArray[np.int64],
) -> None:
    used = used[np.argsort(start[used], kind="stable")]
    overlap = start[used[1:]] < end[used[:-1]]
    if overlap.any():
        at = int(np.argmax(overlap))
        one, other = used[at : at + 2].tolist()
        raise table.error(other, f"{prefix} range shares rows with that of row {one}")


def check_instances(
    instances: Table,
    n_nodes: NDArray[np.int64],
    n_tracks: int,
    points: Sized,
    pred_points: Sized,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Check type, skeleton, track, points and origin of every instance.

    `n_nodes` is (n_skeletons,) int64, the number of nodes of each skeleton.

    Returns:
        First and one-past-last point of each instance, (n,) int64 each.

    Raises:
        LabelsFileError: A row points outside of its table, or the number of its points is not that
            of its skeleton's nodes.
    """
    n, n_skeletons = len(instances), len(n_nodes)
    columns = ("instance_type", "skeleton", "track", "from_predicted")
    kind, skeleton, track, origin = (instances.ints(column) for column in columns)
    is_user, is_predicted = kind == USER, kind == PREDICTED
    instances.check("instance_type", is_user | is_predicted, "expected 0 (user) or 1 (predicted)")
    instances.check_within(
        "skeleton", skeleton, 0, n_skeletons, f"but there are {n_skeletons} skeletons"
    )
    instances.check_within(
        "track", track, -1, n_tracks, f"but there are {n_tracks} tracks (-1 is none)"
    )
    # Any negative number stands for no origin.
    instances.check_within("from_predicted", origin, -(2**63), n, f"but there are {n} instances")
    start, end = check_ranges(instances, "point_id", "points", len(points), rows=is_user)
    check_ranges(instances, "point_id", "pred_points", len(pred_points), rows=is_predicted)
    wrong = end - start != n_nodes[skeleton] if n else np.zeros(0, bool)
    if wrong.any():
        row = int(np.argmax(wrong))
        nodes = n_nodes[skeleton[row]]
        raise instances.error(
            row, f"has {end[row] - start[row]} points, but its skeleton has {nodes} nodes"
        )
    return start, end
