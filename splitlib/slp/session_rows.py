"""Which groups of a recording session stay, and how the groups of several splits become one.

A session holds groups of frames, these hold groups of instances, and these hold members: a labeled
frame and a position in it, per camera. The views of one group may go to several splits. Nothing in
a group tells which one it is, so each split says of its rows which rows of the source they were: in
attributes of /sessions_json, which other tools leave out when they write the table anew.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import h5py
import numpy as np
from numpy.typing import NDArray

from splitlib.slp.parts import Column, Numbering, numbering
from splitlib.slp.ranges import bounds

LEVELS = ("frame_groups", "instance_groups", "members")

ATTRIBUTE = "source_rows"
"""With JSON: for each of `LEVELS` the ranges of rows of the source, as pairs from and to. A long
text goes on in source_rows_1 and so on."""

_CONTRADICTION = "two files say that their groups are the same rows of one source, and differ"

_MOST_OF_ATTRIBUTE = 60_000  # bytes: HDF5 ends at 64 KiB


@dataclass(frozen=True, eq=False)
class SessionRows:
    """The rows of the sessions of one file, session after session.

    Attributes:
        parent: For each of `LEVELS` (n,) int64, the session, frame group, or instance group that
            each row is of; ascending.
        number: For each of `LEVELS` (n,) int64, the row in the source; ascending.
        n_sessions: The sessions.
    """

    parent: tuple[Column, Column, Column]
    number: tuple[Column, Column, Column]
    n_sessions: int


@dataclass(frozen=True, eq=False)
class ChosenRows:
    """The rows that stay, in their new order.

    Attributes:
        rows: For each of `LEVELS` (n,) int64, the row, counted file after file.
        bounds: For each of `LEVELS` (m + 1,) int64, the range of each session, frame group, or
            instance group.
        number: For each of `LEVELS` (n,) int64, the row in the source.
        numbers: For each of `LEVELS`, the same as a numbering.
    """

    rows: tuple[Column, ...]
    bounds: tuple[Column, ...]
    number: tuple[Column, ...]
    numbers: tuple[Numbering, ...]

    @property
    def source_rows(self) -> str | None:
        """The text that says which rows of the source these are; None for all of them."""
        if all(np.array_equal(one, np.arange(len(one))) for one in self.number):
            return None
        pairs = zip(LEVELS, map(_as_ranges, self.number), strict=True)
        return json.dumps(dict(pairs), separators=(",", ":"))


def choose(parts: Sequence[SessionRows], kept: NDArray[np.bool_]) -> ChosenRows:
    """Keep members, and the groups that have one left or had none from the start.

    Args:
        parts: The rows of each file. Rows of one number are one row.
        kept: (n_members,) bool, which members stay, counted file after file.

    Raises:
        ValueError: The numbers of several files contradict one another.
    """
    levels = [_level(parts, at) for at in range(len(LEVELS))]
    if len(np.unique(levels[2].number)) < len(levels[2].number):
        raise ValueError(_CONTRADICTION)
    of_instances = _kept_groups(levels[2], kept, len(levels[1].number))
    of_frames = _kept_groups(levels[1], of_instances, len(levels[0].number))
    rows, number, borders = [], [], []
    above = np.arange(parts[0].n_sessions)
    for level, stays in zip(levels, (of_frames, of_instances, kept), strict=True):
        own = np.flatnonzero(stays)
        own = own[np.unique(level.number[own], return_index=True)[1]]
        borders.append(_borders(level.parent_number[own], above))
        above = level.number[own]
        rows.append(own)
        number.append(above)
    numbers = [
        numbering(f"sessions/{name}", level.sizes, own)
        for name, level, own in zip(LEVELS, levels, rows, strict=True)
    ]
    return ChosenRows(tuple(rows), tuple(borders), tuple(number), tuple(numbers))


class _Level(NamedTuple):
    """The rows of a level of all files, file after file: (n,) int64 each.

    `parent` is a row of the level above, counted likewise; `parent_number` is its number.
    """

    number: Column
    parent: Column
    parent_number: Column
    sizes: list[int]


def _level(parts: Sequence[SessionRows], at: int) -> _Level:
    sizes = [len(part.number[at]) for part in parts]
    n_above = np.array([len(part.number[at - 1]) if at else 0 for part in parts], np.int64)
    offset = np.repeat(np.cumsum(n_above) - n_above, sizes)
    parent = np.concatenate([part.parent[at] for part in parts])
    numbers = [part.number[at - 1][part.parent[at]] if at else part.parent[at] for part in parts]
    number = np.concatenate([part.number[at] for part in parts])
    return _Level(number, parent + offset, np.concatenate(numbers), sizes)


def _kept_groups(below: _Level, stays: NDArray[np.bool_], n: int) -> NDArray[np.bool_]:
    """(n,) bool, which groups have a row left, or had none."""
    kept = np.ones(n, bool)
    kept[below.parent] = False
    kept[below.parent[stays]] = True
    return kept


def _borders(parent: Column, above: Column) -> Column:
    """The ranges of rows with these parents, given by number; both are expected to ascend."""
    n_below = np.searchsorted(parent, above, "right") - np.searchsorted(parent, above)
    if (np.diff(parent) < 0).any() or int(n_below.sum()) != len(parent):
        raise ValueError(_CONTRADICTION)
    return bounds(n_below)


def read_numbers(found: h5py.Dataset, sizes: Sequence[int]) -> tuple[Column, Column, Column]:
    """The rows of the source that rows of these numbers say they were; all of them if none says."""
    every = tuple(np.arange(size) for size in sizes)
    text, at = "", 0
    try:
        while (name := _name(at)) in found.attrs:
            text, at = text + found.attrs[name].decode(), at + 1
        ranges = json.loads(text) if at else {}
        pairs = zip(LEVELS, sizes, strict=True)
        stated = tuple(_from_ranges(ranges[level], size) for level, size in pairs)
    except (ValueError, TypeError, KeyError, OverflowError, AttributeError, OSError, RuntimeError):
        return every  # type: ignore[return-value]
    return stated  # type: ignore[return-value]


def _from_ranges(ranges: Sequence[Sequence[int]], size: int) -> Column:
    """Rows of ranges; they are as many as rows of the table, and ascend.

    Raises:
        ValueError: They are not.
    """
    pairs = np.array(ranges, np.int64).reshape(-1, 2)
    edges = pairs.reshape(-1)
    is_good = (edges >= 0).all() and (np.diff(edges) >= 0).all()
    if not is_good or int((pairs[:, 1] - pairs[:, 0]).sum()) != size:
        msg = "the ranges are those of other rows"
        raise ValueError(msg)
    parts = [np.arange(first, last) for first, last in pairs.tolist()]
    return np.concatenate([np.zeros(0, np.int64), *parts])


def _as_ranges(rows: Column) -> list[list[int]]:
    breaks = np.flatnonzero(np.diff(rows) != 1) + 1
    return [[int(one[0]), int(one[-1]) + 1] for one in np.split(rows, breaks) if len(one)]


def _name(at: int) -> str:
    return f"{ATTRIBUTE}_{at}" if at else ATTRIBUTE


def write_numbers(created: h5py.Dataset, chosen: ChosenRows) -> None:
    """Say of rows which rows of the source they are, unless they are all of them."""
    for name in [name for name in created.attrs if name.startswith(ATTRIBUTE)]:
        del created.attrs[name]
    text = chosen.source_rows or ""
    for at, start in enumerate(range(0, len(text), _MOST_OF_ATTRIBUTE)):
        created.attrs[_name(at)] = np.bytes_(text[start : start + _MOST_OF_ATTRIBUTE])
