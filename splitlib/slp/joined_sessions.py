"""The recording sessions of several labels files, one after the other, and the crops of videos.

Groups of frames stay in the form that they have: in /sessions_json, or in tables of /session_data.
"""

from collections.abc import Sequence
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from splitlib.errors import LabelsFileError, UnsupportedFormatError
from splitlib.slp import dtypes
from splitlib.slp.container import optional_dataset, reading
from splitlib.slp.create import write_json_rows
from splitlib.slp.joined_annotations import OpenPart
from splitlib.slp.joined_forms import mapped, read_form, write_texts_of
from splitlib.slp.jsonparts import compact_json, read_json_rows, read_json_scalar
from splitlib.slp.parts import Column
from splitlib.slp.row_checks import check_owner, check_ranges
from splitlib.slp.session_json import GROUPS, INSTANCES, MEMBERS, RANGE, inline_groups
from splitlib.slp.session_tables import GROUP, METADATA, POINTS
from splitlib.slp.skeletons import node_order
from splitlib.slp.tables import Table

CAMERAS = "camcorder_to_video_idx_map"

TABLES = {
    "frame_groups": dtypes.FRAME_GROUPS,
    "instance_groups": dtypes.INSTANCE_GROUPS,
    "instance_group_members": dtypes.GROUP_MEMBERS,
}
_BELOW = {"frame_groups": ("ig", "instance_groups"),
          "instance_groups": ("member", "instance_group_members")}  # fmt: skip
_LISTS = {"frame_groups": "frame_group_meta", "instance_groups": "instance_group_meta"}


def join_sessions(parts: Sequence[OpenPart], identities: Sequence[Column], new: h5py.File) -> None:
    """Write the sessions of all files; `identities` has the new number of each identity per file.

    Raises:
        LabelsFileError: A row points outside of its table, or a session is malformed.
        UnsupportedFormatError: Groups stand in both forms, or points in space are of nodes in
            another order.
    """
    n_frames = [len(one.part.source.frames) for one in parts]
    first_frames = (np.cumsum(n_frames) - n_frames).tolist()
    done = dict.fromkeys((*TABLES, *POINTS), 0)
    joined: dict[str, list[Any]] = {name: [] for name in (*TABLES, *POINTS, *METADATA)}
    rows: list[Any] = []
    for one, first_frame, numbers in zip(parts, first_frames, identities, strict=True):
        sessions = read_json_rows(one.file, one.part.source.path, "sessions_json", required=False)
        own = [_with_videos(row, one.part.videos) for row in sessions]
        if _has_tables(one):
            _refuse_both_forms(one, own)
            rows += [_shifted(row, done["frame_groups"]) for row in own]
            _add_tables(one, first_frame, numbers, joined, done)
        else:
            groups = inline_groups(own, one.part.source)  # names a frame that is not there
            has_points = any("points" in row for _, row in groups.instance_groups)
            _check_points(one, has_points=has_points)
            rows += [_inline(row, first_frame, numbers) for row in own]
    if rows:
        write_json_rows(new, "sessions_json", rows)
    if joined["frame_groups"]:
        if any(isinstance(row, dict) and row.get(GROUPS) for row in rows):
            msg = (
                f"{parts[0].part.source.path} and other files hold groups of sessions in two forms;"
                " save all of them with one version of sleap-io"
            )
            raise UnsupportedFormatError(msg)
        _write_tables(joined, new)


def _has_tables(one: OpenPart) -> bool:
    group = one.file.get(GROUP)
    return isinstance(group, h5py.Group) and any(name in group for name in TABLES)


def _refuse_both_forms(one: OpenPart, rows: Sequence[Any]) -> None:
    if any(isinstance(row, dict) and row.get(GROUPS) for row in rows):
        msg = (
            f"{one.part.source.path}: groups stand in /sessions_json and in /{GROUP}; save the"
            " labels again with sleap-io"
        )
        raise UnsupportedFormatError(msg)


def _with_videos(row: Any, videos: Column) -> Any:  # noqa: ANN401 - any JSON
    """A session whose cameras name the videos of the joined file; the type of numbers is kept."""
    if not isinstance(row, dict) or not isinstance(row.get(CAMERAS), dict):
        return row
    cameras = {
        camera: type(video)(int(videos[int(video)]))
        for camera, video in row[CAMERAS].items()
        if str(video).isdecimal() and int(video) < len(videos)
    }
    return {**row, CAMERAS: cameras}


def _shifted(row: Any, n: int) -> Any:  # noqa: ANN401 - any JSON
    if not isinstance(row, dict) or RANGE[0] not in row:
        return row
    return {**row, **{name: row[name] + n for name in RANGE}}


def _inline(row: Any, first_frame: int, identities: Column) -> Any:  # noqa: ANN401 - any JSON
    """A session with groups in JSON, of which rows of frames and identities are renumbered."""
    if not isinstance(row, dict) or GROUPS not in row:
        return row
    groups = []
    for group in row[GROUPS]:
        own = [_inline_group(one, first_frame, identities) for one in group.get(INSTANCES, [])]
        groups.append({**group, INSTANCES: own} if INSTANCES in group else group)
    return {**row, GROUPS: groups}


def _inline_group(group: dict[str, Any], first_frame: int, identities: Column) -> dict[str, Any]:
    members = {
        camera: [type(member[0])(int(member[0]) + first_frame), *member[1:]]
        for camera, member in group.get(MEMBERS, {}).items()
    }
    number = group.get("identity_idx")
    identity = (
        {}
        if not isinstance(number, int)
        else {"identity_idx": int(mapped(np.array([number]), identities)[0])}
    )
    return {**group, MEMBERS: members, **identity} if MEMBERS in group else {**group, **identity}


def _add_tables(
    one: OpenPart,
    first_frame: int,
    identities: Column,
    joined: dict[str, list[Any]],
    done: dict[str, int],
) -> None:
    path = one.part.source.path
    tables = {
        name: read_form(one.file, path, f"{GROUP}/{name}", kind) for name, kind in TABLES.items()
    }
    points = {name: _points(one, name) for name in POINTS}
    sizes = {name: 0 if table is None else len(table) for name, table in tables.items()}
    for name, table in tables.items():
        if table is None:
            continue
        rows = table.rows.copy()
        if name in _BELOW:
            prefix, below = _BELOW[name]
            start, end = check_ranges(table, prefix, below, sizes[below])
            rows[f"{prefix}_start"], rows[f"{prefix}_end"] = start + done[below], end + done[below]
            _add_texts(one, name, len(table), joined)
        if name == "instance_groups":
            rows["identity_idx"] = mapped(table.ints("identity_idx"), identities)
            _shift_points(table, rows, points, done)
        if name == "instance_group_members":
            frame, n_frames = table.ints("lf"), len(one.part.source.frames)
            check_owner(table, frame, np.arange(len(table)), n_frames, "frames")
            rows["lf"] = frame + first_frame
        joined[name].append(rows)
    _check_points(one, has_points=any(len(own) for own in points.values()))
    for name, own in points.items():
        joined[name].append(own)
        done[name] += len(own)
    for name, size in sizes.items():
        done[name] += size


def _shift_points(
    table: Table,
    rows: NDArray[np.void],
    points: dict[str, NDArray[np.float64]],
    done: dict[str, int],
) -> None:
    """Shift the ranges of points in space to those of the joined file."""
    has = table.ints("pts3d_start") >= 0
    predicted = table.ints("pts3d_predicted") != 0
    for at, name in enumerate(POINTS):
        own = has & (predicted == bool(at))
        check_ranges(table, "pts3d", name, len(points[name]), rows=own)
        for side in ("pts3d_start", "pts3d_end"):
            rows[side][own] += done[name]


def _points(one: OpenPart, name: str) -> NDArray[np.float64]:
    found = optional_dataset(one.file[GROUP], name, one.part.source.path)
    width = 3 + POINTS.index(name)
    if found is None or not found.size:
        return np.zeros((0, width))
    if found.ndim != 2 or found.shape[1] != width:
        msg = (
            f"{one.part.source.path}: /{GROUP}/{name} is expected to have {width} columns, found"
            f" {found.shape}"
        )
        raise LabelsFileError(msg)
    with reading(one.part.source.path, found.name):
        return np.asarray(found[()], np.float64)


def _check_points(one: OpenPart, *, has_points: bool) -> None:
    """Points in space are those of nodes, which the joined file may have in another order."""
    nodes = one.part.skeleton.nodes
    used = np.unique(one.part.source.instances.ints("skeleton")).tolist()
    orders = [node_order(one.part.source.skeletons[at].nodes, nodes) for at in used]
    if has_points and any(order != list(range(len(nodes))) for order in orders):
        msg = (
            f"{one.part.source.path}: points in space of sessions are of nodes in another order"
            " than those of the first file; put the nodes in one order, or split the file by itself"
        )
        raise UnsupportedFormatError(msg)


def _add_texts(one: OpenPart, name: str, n: int, joined: dict[str, list[Any]]) -> None:
    group, path = one.file[GROUP], one.part.source.path
    found = optional_dataset(group, _LISTS[name], path)
    texts = (
        [""] * n
        if found is None
        else [text.decode() if isinstance(text, bytes) else str(text) for text in found[()]]
    )
    if len(texts) != n:
        msg = f"{path}: /{GROUP}/{_LISTS[name]} is expected to have {n} entries, found {len(texts)}"
        raise LabelsFileError(msg)
    joined[_LISTS[name]] += texts


def _write_tables(joined: dict[str, list[Any]], new: h5py.File) -> None:
    group = new.create_group(GROUP)
    for name, kind in TABLES.items():
        group[name] = np.concatenate(joined[name] or [np.zeros(0, kind)])
    for name in POINTS:
        points = np.concatenate(joined[name])
        if len(points):
            group.create_dataset(name, data=points, compression="gzip")
    for name in METADATA:
        if any(joined[name]):
            write_texts_of(group, name, joined[name])


def join_crops(parts: Sequence[OpenPart], new: h5py.File) -> None:
    """Write the crops of the videos.

    Raises:
        UnsupportedFormatError: A video of two files is cropped in two ways.
    """
    crops: dict[int, Any] = {}
    for one in parts:
        found = read_json_scalar(one.file, one.part.source.path, "video_crops")
        own: dict[int, Any] = dict.fromkeys(one.part.videos.tolist())
        for crop in found if isinstance(found, list) else []:
            video = crop.get("video", -1) if isinstance(crop, dict) else -1
            if not isinstance(video, int) or not 0 <= video < len(one.part.videos):
                msg = f"{one.part.source.path}: /video_crops names video {video!r}, expected a row"
                raise LabelsFileError(msg)
            place = int(one.part.videos[video])
            own[place] = {**crop, "video": place}
        for place, crop in own.items():
            if crops.setdefault(place, crop) != crop:
                video = one.part.source.videos[one.part.videos.tolist().index(place)]
                msg = (
                    f"{one.part.source.path}: {video.key} is cropped in another way than in another"
                    " file; use one crop in all of them"
                )
                raise UnsupportedFormatError(msg)
    cropped = [crop for _, crop in sorted(crops.items()) if crop is not None]
    if cropped:
        new["video_crops"] = np.bytes_(compact_json(cropped))
