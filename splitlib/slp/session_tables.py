"""Sessions that hold their groups in the tables of /session_data, as files since format 2.8 do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from splitlib.errors import LabelsFileError
from splitlib.slp.container import optional_dataset
from splitlib.slp.hdf5copy import Writer, copy_group
from splitlib.slp.parts import Column, Parts, Stack, read_stack
from splitlib.slp.ranges import bounds, expand
from splitlib.slp.row_checks import check_bounds, check_ranges
from splitlib.slp.session_json import RANGE
from splitlib.slp.session_rows import ChosenRows
from splitlib.slp.stacked_copy import taken_rows, wide_rows
from splitlib.slp.tables import Table, table_writer

GROUP = "session_data"

COLUMNS = {
    "frame_groups": ("frame_idx", "ig_start", "ig_end"),
    "instance_groups": (
        "pts3d_start",
        "pts3d_end",
        "pts3d_predicted",
        "member_start",
        "member_end",
    ),
    "instance_group_members": ("camera", "lf", "inst"),
}

METADATA = {"frame_group_meta": 0, "instance_group_meta": 1}
"""Lists with one text per row of a level."""

POINTS = ("points_3d", "pred_points_3d")
"""By `pts3d_predicted`."""


@dataclass(frozen=True, eq=False)
class SessionTables:
    """The tables of all files.

    Attributes:
        stacks: frame groups, instance groups, members.
        order: For each of them (n,) int64, its rows in the order of the sessions, file after file.
    """

    stacks: tuple[Stack, Stack, Stack]
    order: tuple[Column, Column, Column]


def read_session_tables(parts: Parts) -> SessionTables | None:
    """The tables of the groups; None where the first file has none.

    Raises:
        LabelsFileError: A table is missing or broken.
    """
    if GROUP not in parts.files[0]:
        return None
    stacks = [read_stack(parts, f"{GROUP}/{name}", names) for name, names in COLUMNS.items()]
    if all(stack is None for stack in stacks):
        return None
    first, second, third = stacks
    if first is None or second is None or third is None:
        missing = [name for name, one in zip(COLUMNS, stacks, strict=True) if one is None]
        msg = f"{parts.sources[0].path}: /{GROUP} has no {missing[0]}; restore a copy of the file"
        raise LabelsFileError(msg)
    none = np.zeros(0, np.int64)
    return SessionTables((first, second, third), (none, none, none))


def rows_of_file(
    tables: SessionTables, at: int, sessions: Sequence[Any]
) -> tuple[tuple[Column, Column, Column], tuple[Column, Column, Column]]:
    """For each level of a file, the parent of each row and the row itself, session after session.

    Raises:
        LabelsFileError: A range leaves its table.
    """
    frames, instances, members = (stack.tables[at] for stack in tables.stacks)
    start, end = _session_ranges(sessions, frames)
    of_session, frame_rows = _below(start, end, np.arange(len(sessions)))
    start, end = check_ranges(frames, "ig", instances.name, len(instances))
    of_frames, instance_rows = _below(start, end, frame_rows)
    start, end = check_ranges(instances, "member", members.name, len(members))
    of_instances, member_rows = _below(start, end, instance_rows)
    return (of_session, of_frames, of_instances), (frame_rows, instance_rows, member_rows)


def _below(start: Column, end: Column, rows: Column) -> tuple[Column, Column]:
    """The rows in the ranges of other rows, and the place of the range that each is in."""
    start, end = start[rows], end[rows]
    return np.repeat(np.arange(len(rows)), end - start), expand(start, end)


def _session_ranges(sessions: Sequence[Any], frames: Table) -> tuple[Column, Column]:
    ranges = []
    for at, row in enumerate(sessions):
        pair = [row.get(name, 0) for name in RANGE] if isinstance(row, dict) else [0, 0]
        if not all(type(number) is int and 0 <= number < 2**63 for number in pair):
            msg = (
                f"{frames.file}: /sessions_json row {at}: fg_start and fg_end are {pair}, expected"
                f" rows of /{frames.name}"
            )
            raise LabelsFileError(msg)
        ranges.append(pair)
    start, end = np.array(ranges, np.int64).reshape(-1, 2).T
    dtype = [(name, np.int64) for name in RANGE]
    table = Table(frames.file, "sessions_json", np.array(list(map(tuple, ranges)), dtype))
    every = np.ones(len(ranges), bool)
    check_bounds(table, "fg", frames.name, len(frames), start, end, every)
    return start, end


def table_writers(
    parts: Parts, tables: SessionTables, chosen: ChosenRows, new_frame: Column
) -> Writer:
    """The writer of /session_data with the chosen rows.

    `new_frame` is (n,) int64, the new frame of each chosen member.
    """
    frames, instances, members = tables.stacks
    rows = [order[own] for order, own in zip(tables.order, chosen.rows, strict=True)]
    writers = _point_writers(parts, instances, rows[1])
    start, end = writers.pop("pts3d")
    changes = {
        "frame_groups": (frames, _range("ig", chosen.bounds[1])),
        "instance_groups": (
            instances,
            {**_range("member", chosen.bounds[2]), "pts3d_start": start, "pts3d_end": end},
        ),
        "instance_group_members": (members, {"lf": new_frame}),
    }
    for (name, (stack, columns)), own in zip(changes.items(), rows, strict=True):
        writers[name] = table_writer(name, stack.take(own, **columns))
    for name, level in METADATA.items():
        if name in parts.files[0][GROUP]:
            _check_length(parts, name, tables.stacks[level])
            writers[name] = taken_rows(parts.files, f"{GROUP}/{name}", rows[level])
    return lambda old, new: copy_group(old[GROUP], new.create_group(GROUP), writers)


def _range(prefix: str, border: Column) -> dict[str, Column]:
    return {f"{prefix}_start": border[:-1], f"{prefix}_end": border[1:]}


def _point_writers(parts: Parts, groups: Stack, rows: Column) -> dict[str, Any]:
    """The points in space of the chosen groups, and under "pts3d" where they are then."""
    start, end = (groups.ints(f"pts3d_{side}")[rows].copy() for side in ("start", "end"))
    kind = groups.ints("pts3d_predicted")[rows] != 0
    has = start >= 0
    writers: dict[str, Any] = {}
    for at, name in enumerate(POINTS):
        own = has & (kind == bool(at))
        sizes = [_n_points(parts, part, name) for part in range(len(parts.files))]
        for table, size in zip(groups.tables, sizes, strict=True):
            checked = (table.ints("pts3d_start") >= 0) & (
                (table.ints("pts3d_predicted") != 0) == bool(at)
            )
            check_ranges(table, "pts3d", f"{GROUP}/{name}", size, rows=checked)
        if name not in parts.files[0][GROUP]:
            continue
        first = start[own] + bounds(np.array(sizes, np.int64))[groups.part[rows[own]]]
        length = end[own] - start[own]
        writers[name] = wide_rows(parts.files, f"{GROUP}/{name}", expand(first, first + length))
        start[own], end[own] = bounds(length)[:-1], bounds(length)[1:]
    return {**writers, "pts3d": (start, end)}


def _n_points(parts: Parts, at: int, name: str) -> int:
    found = optional_dataset(parts.files[at][GROUP], name, parts.sources[at].path)
    return len(found) if found is not None and found.ndim else 0


def _check_length(parts: Parts, name: str, stack: Stack) -> None:
    for at, table in enumerate(stack.tables):
        found = optional_dataset(parts.files[at][GROUP], name, parts.sources[at].path)
        shape = None if found is None else found.shape
        if shape != (len(table),):
            msg = (
                f"{table.file}: /{GROUP}/{name} is expected to have {len(table)} entries, found"
                f" {shape}"
            )
            raise LabelsFileError(msg)
