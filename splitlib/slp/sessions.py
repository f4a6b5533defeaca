"""Recording sessions of several cameras, as far as they name labeled frames by row.

A session groups instances that several cameras saw: per camera a labeled frame (the row in /frames)
and a position among the instances of that frame. Members whose frame left are left out, and so are
groups that lose all of their members.
"""

from typing import Any

import h5py
import numpy as np

from splitlib.errors import UnsupportedFormatError
from splitlib.slp.hdf5copy import Writer, write_texts
from splitlib.slp.jsonparts import json_like, read_json_rows
from splitlib.slp.parts import Column, Numbering, Parts
from splitlib.slp.session_json import GROUPS, RANGE, chosen_sessions, inline_groups
from splitlib.slp.session_rows import (
    ChosenRows,
    SessionRows,
    choose,
    read_numbers,
    write_numbers,
)
from splitlib.slp.session_tables import (
    GROUP,
    SessionTables,
    read_session_tables,
    rows_of_file,
    table_writers,
)

JSON = "sessions_json"


def session_writers(parts: Parts) -> tuple[dict[str, Writer], dict[str, Numbering]]:
    """Writers of the sessions, where these name labeled frames; and the new rows of their groups.

    Raises:
        LabelsFileError: A session names a frame that is not there, or is malformed.
        UnsupportedFormatError: Groups stand in JSON and in tables.
        ValueError: Several files contradict one another.
    """
    if JSON not in parts.files[0]:
        return {}, {}
    sessions = [
        read_json_rows(file, source.path, JSON, required=False)
        for file, source in zip(parts.files, parts.sources, strict=True)
    ]
    tables = read_session_tables(parts)
    if tables is not None:
        _refuse_two_forms(parts, sessions)
        return _from_tables(parts, sessions, tables)
    return _from_json(parts, sessions)


def _refuse_two_forms(parts: Parts, sessions: list[list[Any]]) -> None:
    for source, rows in zip(parts.sources, sessions, strict=True):
        if any(isinstance(row, dict) and row.get(GROUPS) for row in rows):
            msg = (
                f"{source.path}: groups of sessions stand in /{JSON} and in /{GROUP}; save the"
                " labels again with sleap-io"
            )
            raise UnsupportedFormatError(msg)


def _from_json(
    parts: Parts, sessions: list[list[Any]]
) -> tuple[dict[str, Writer], dict[str, Numbering]]:
    pairs = zip(sessions, parts.sources, strict=True)
    groups = [inline_groups(rows, source) for rows, source in pairs]
    if not any(one.frame_groups for one in groups):
        return {}, {}
    levels = [one.rows(_numbers(parts, at, one), len(sessions[0])) for at, one in enumerate(groups)]
    frame = np.concatenate([one.frame for one in groups])
    chosen, new_frame = _choose(parts, levels, frame, "names labeled frame")
    rows = chosen_sessions(sessions[0], groups, chosen, new_frame)
    return {JSON: _json_writer(rows, chosen)}, _counts(chosen)


def _numbers(parts: Parts, at: int, groups: Any) -> tuple[Column, Column, Column]:  # noqa: ANN401
    sizes = [len(groups.frame_groups), len(groups.instance_groups), len(groups.members)]
    return read_numbers(parts.files[at][JSON], sizes)


def _from_tables(
    parts: Parts, sessions: list[list[Any]], tables: SessionTables
) -> tuple[dict[str, Writer], dict[str, Numbering]]:
    levels, orders = [], []
    for at, rows in enumerate(sessions):
        parents, own = rows_of_file(tables, at, rows)
        number = read_numbers(parts.files[at][JSON], [len(one) for one in own])
        levels.append(SessionRows(parents, number, len(sessions[0])))
        before = [sum(stack.sizes[:at]) for stack in tables.stacks]
        orders.append([one + n for one, n in zip(own, before, strict=True)])
    first, second, third = (np.concatenate(order) for order in zip(*orders, strict=True))
    tables = SessionTables(tables.stacks, (first, second, third))
    frame = tables.stacks[2].ints("lf")[third]
    chosen, new_frame = _choose(parts, levels, frame, tables.stacks[2].place("lf"))
    texts = [
        {**row, RANGE[0]: int(chosen.bounds[0][at]), RANGE[1]: int(chosen.bounds[0][at + 1])}
        if isinstance(row, dict) and RANGE[0] in row
        else row
        for at, row in enumerate(sessions[0])
    ]
    writers = {
        JSON: _json_writer(texts, chosen),
        GROUP: table_writers(parts, tables, chosen, new_frame),
    }
    return writers, _counts(chosen)


def _choose(
    parts: Parts, levels: list[SessionRows], frame: Column, place: str
) -> tuple[ChosenRows, Column]:
    """The rows that stay, and the new frame of each member that does."""
    part = np.repeat(np.arange(len(levels)), [len(one.number[2]) for one in levels])
    new_frame = parts.frames.renumber(frame, part, place)
    chosen = choose(levels, new_frame >= 0)
    return chosen, new_frame[chosen.rows[2]]


def _counts(chosen: ChosenRows) -> dict[str, Numbering]:
    return {one.name: one for one in chosen.numbers}


def _json_writer(rows: list[Any], chosen: ChosenRows) -> Writer:
    def write(old: h5py.Group, new: h5py.Group) -> None:
        stored = [bytes(text) if isinstance(text, bytes) else text for text in old[JSON][()]]
        texts = [json_like(text, row) for text, row in zip(stored, rows, strict=True)]
        write_texts(old[JSON], new, JSON, texts)
        write_numbers(new[JSON], chosen)

    return write
