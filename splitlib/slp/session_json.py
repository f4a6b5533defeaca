"""Sessions that hold their groups in the rows of /sessions_json, as files before format 2.8 do.

SLEAP writes the row of a labeled frame as a text, sleap-io as a number; the type is kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from splitlib.errors import LabelsFileError
from splitlib.slp.parts import Column
from splitlib.slp.session_rows import ChosenRows, SessionRows
from splitlib.slp.source import SlpFile

GROUPS = "frame_group_dicts"
INSTANCES = "instance_groups"
MEMBERS = "camcorder_to_lf_and_inst_idx_map"

Json = dict[str, Any]


@dataclass(frozen=True, eq=False)
class InlineGroups:
    """The groups of all sessions of a file.

    Attributes:
        frame_groups: Each with the session that it is of.
        instance_groups: Each with the frame group that it is of.
        members: Each with the instance group that it is of: the camera, and row and position.
        frame: (n_members,) int64, the row of /frames of each member.
    """

    frame_groups: list[tuple[int, Json]]
    instance_groups: list[tuple[int, Json]]
    members: list[tuple[int, tuple[str, list[Any]]]]
    frame: Column

    def rows(self, number: tuple[Column, Column, Column], n_sessions: int) -> SessionRows:
        """The rows of the groups, with their numbers in the source."""
        levels = (self.frame_groups, self.instance_groups, self.members)
        parents = [np.array([up for up, _ in level], np.int64) for level in levels]
        return SessionRows((parents[0], parents[1], parents[2]), number, n_sessions)


def inline_groups(sessions: Sequence[Any], source: SlpFile) -> InlineGroups:
    """The groups in rows of /sessions_json.

    Raises:
        LabelsFileError: A session is malformed, or names a frame that is not there.
    """
    found = InlineGroups([], [], [], np.zeros(0, np.int64))
    frames: list[int] = []
    for at, row in enumerate(sessions):
        try:
            _add_session(found, frames, at, row, source)
        except (AttributeError, IndexError, KeyError, OverflowError, TypeError) as err:
            msg = (
                f"{source.path}: /sessions_json row {at} is malformed: {err!r}; expected groups of"
                f" instances, each with a {MEMBERS}"
            )
            raise LabelsFileError(msg) from err
    frame = np.array(frames, np.int64)
    return InlineGroups(found.frame_groups, found.instance_groups, found.members, frame)


def _add_session(
    found: InlineGroups,
    frames: list[int],
    at: int,
    row: Any,  # noqa: ANN401 - any JSON
    source: SlpFile,
) -> None:
    for group in row.get(GROUPS, []) if isinstance(row, dict) else []:
        found.frame_groups.append((at, group))
        for instances in group.get(INSTANCES, []):
            found.instance_groups.append((len(found.frame_groups) - 1, instances))
            for camera, member in instances.get(MEMBERS, {}).items():
                found.members.append((len(found.instance_groups) - 1, (camera, member)))
                frames.append(_frame(member[0], source))


def _frame(number: Any, source: SlpFile) -> int:  # noqa: ANN401 - JSON
    row = int(number) if str(number).isdecimal() else -1
    if not 0 <= row < len(source.frames):
        msg = (
            f"{source.path}: /sessions_json names labeled frame {number!r}, but /frames has"
            f" {len(source.frames)} rows"
        )
        raise LabelsFileError(msg)
    return row


def chosen_sessions(
    sessions: Sequence[Any],
    groups: Sequence[InlineGroups],
    chosen: ChosenRows,
    new_frame: Column,
) -> list[Any]:
    """The rows of /sessions_json with the chosen groups; `new_frame` is the frame of each member.

    `sessions` are the rows of the first file, which differ from the others in their groups alone.
    """
    every: tuple[list[Any], ...] = tuple(
        [row for one in groups for _, row in getattr(one, name)]
        for name in ("frame_groups", "instance_groups", "members")
    )
    members = [
        (camera, [type(member[0])(frame), *member[1:]])  # the type of the number is kept
        for (camera, member), frame in zip(
            (every[2][row] for row in chosen.rows[2].tolist()), new_frame.tolist(), strict=True
        )
    ]
    instances = [
        {**row, MEMBERS: dict(own)} if MEMBERS in row or own else row
        for row, own in _with_parts(every[1], members, chosen, 2)
    ]
    frames = [
        {**row, INSTANCES: own} if INSTANCES in row or own else row
        for row, own in _with_parts(every[0], instances, chosen, 1)
    ]
    own = np.split(np.arange(len(frames)), chosen.bounds[0][1:-1])
    return [
        {**row, GROUPS: [frames[at] for at in of_session]}
        if isinstance(row, dict) and GROUPS in row
        else row
        for row, of_session in zip(sessions, own, strict=True)
    ]


def _with_parts(
    every: Sequence[Json], parts: Sequence[Any], chosen: ChosenRows, level: int
) -> list[tuple[Json, list[Any]]]:
    """The chosen rows of the level above, each with its parts."""
    border = chosen.bounds[level].tolist()
    return [
        (every[row], list(parts[border[at] : border[at + 1]]))
        for at, row in enumerate(chosen.rows[level - 1].tolist())
    ]


def without_groups(row: Any) -> Any:  # noqa: ANN401 - any JSON
    """A row of /sessions_json besides what names frames or groups."""
    if not isinstance(row, dict):
        return row
    return {name: value for name, value in row.items() if name not in (GROUPS, *RANGE)}


RANGE = ("fg_start", "fg_end")
"""The frame groups of a session in /session_data."""
