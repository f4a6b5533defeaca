"""Recording sessions of several cameras, as far as they name labeled frames by row.

Each row of /sessions_json groups instances that several cameras saw: per camera a labeled frame
(the row in /frames) and a position among the instances of that frame. SLEAP writes these numbers as
texts, and their type is kept. Groups without a member left are dropped. Formats from 2.8 on keep
the groups in /session_data instead.
"""

from typing import Any

import h5py

from splitlib.errors import LabelsFileError
from splitlib.slp.hdf5copy import Writer, write_texts
from splitlib.slp.jsonparts import compact_json, read_json_rows
from splitlib.slp.selection import Selection
from splitlib.slp.source import SlpFile

GROUPS = "frame_group_dicts"
MEMBERS = "camcorder_to_lf_and_inst_idx_map"


def session_writers(old: h5py.File, source: SlpFile, selection: Selection) -> dict[str, Writer]:
    """The writer of /sessions_json, where that names labeled frames.

    Raises:
        LabelsFileError: A session names a frame that is not there.
    """
    if "sessions_json" not in old:
        return {}
    sessions = read_json_rows(old, source.path, "sessions_json", required=False)
    if not any(isinstance(row, dict) and row.get(GROUPS) for row in sessions):
        return {}
    subset = [_subset_session(row, at, source, selection) for at, row in enumerate(sessions)]
    texts = [compact_json(row) for row in subset]

    def write(old: h5py.Group, new: h5py.Group) -> None:
        write_texts(old["sessions_json"], new, "sessions_json", texts)

    return {"sessions_json": write}


def _subset_session(
    row: Any,  # noqa: ANN401 - any JSON
    at: int,
    source: SlpFile,
    selection: Selection,
) -> Any:  # noqa: ANN401 - any JSON
    if not isinstance(row, dict) or GROUPS not in row:
        return row
    try:
        groups = [_subset_frame_group(group, source, selection) for group in row[GROUPS]]
    except (AttributeError, IndexError, KeyError, OverflowError, TypeError) as err:
        msg = (
            f"{source.path}: /sessions_json row {at} is malformed: {err!r}; expected groups of"
            f" instances, each with a {MEMBERS}"
        )
        raise LabelsFileError(msg) from err
    return {**row, GROUPS: [group for group in groups if group["instance_groups"]]}


def _subset_frame_group(
    group: dict[str, Any], source: SlpFile, selection: Selection
) -> dict[str, Any]:
    kept = []
    for instances in group.get("instance_groups", []):
        members = {  # the type of the number is kept
            camera: [type(member[0])(new_row), *member[1:]]
            for camera, member in instances.get(MEMBERS, {}).items()
            if (new_row := _new_frame(member[0], source, selection)) >= 0
        }
        if members:
            kept.append({**instances, MEMBERS: members})
    return {**group, "instance_groups": kept}


def _new_frame(number: Any, source: SlpFile, selection: Selection) -> int:  # noqa: ANN401 - JSON
    row = int(number) if str(number).isdecimal() else -1
    if not 0 <= row < len(selection.new_frame):
        msg = (
            f"{source.path}: /sessions_json names labeled frame {number!r}, but /frames has"
            f" {len(selection.new_frame)} rows"
        )
        raise LabelsFileError(msg)
    return int(selection.new_frame[row])
