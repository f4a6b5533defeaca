"""A subset of a labels file, worked out row by row in plain Python: slow, obvious, independent.

Nothing of splitlib is used: tables are lists of dicts, and references are followed one at a time.
The rules are those of the file format, not of the code under test.
"""

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np

Row = dict[str, Any]
Tables = dict[str, list[Row]]

CORE = ("frames", "instances", "points", "pred_points", "negative_frames")
STORES = {"masks": ("rle", "mask_rle"), "rois": ("wkb", "roi_wkb")}
LISTS = {
    "masks": ("mask_categories", "mask_names", "mask_sources"),
    "rois": ("roi_categories", "roi_names", "roi_sources"),
}
GROUPS = ("bboxes", "centroids")

COLUMNS = {  # of tables that are stored as a matrix without names
    "frames": "frame_id video frame_idx instance_id_start instance_id_end",
    "instances": "instance_id instance_type frame_id skeleton track from_predicted score"
    " point_id_start point_id_end tracking_score",
    "points": "x y visible complete",
    "pred_points": "x y visible complete score",
}


def read_tables(path: Path) -> Tables:
    """All rows of the tables of a file, with the bytes and texts that belong to a row in it."""
    with h5py.File(path) as file:
        tables = {name: _rows(file, name) for name in (*CORE, *STORES) if name in file}
        for name, (prefix, store) in STORES.items():
            content = file[store][()].tobytes() if store in file else b""
            for row in tables.get(name, []):
                start, end = int(row[f"{prefix}_start"]), int(row[f"{prefix}_end"])
                row["own bytes"] = content[start:end]
        for name, lists in LISTS.items():
            for entries_name in lists:
                for row, entry in zip(
                    tables.get(name, []), _entries(file, entries_name), strict=False
                ):
                    row[entries_name] = entry
        for name in GROUPS:
            if name in file:
                tables[name] = _group_rows(file[name])
    return tables


def _rows(file: h5py.File, name: str) -> list[Row]:
    table = file[name]
    if table.dtype.names:
        return [dict(zip(table.dtype.names, row, strict=True)) for row in table[()].tolist()]
    named = table.attrs.get("field_names")
    names = json.loads(named) if named is not None else COLUMNS[name].split()
    return [dict(zip(names, row, strict=True)) for row in table[()].tolist()]


def _entries(file: h5py.File, name: str) -> list[Any]:
    if name not in file:
        return []
    text = file[name].attrs.get("json")
    return list(json.loads(text)) if text is not None else list(file[name][()])


def _group_rows(group: h5py.Group) -> list[Row]:
    columns = {name: group[name][()].tolist() for name in group}
    return [
        dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)
    ]


def subset(tables: Tables, keep: list[int]) -> Tables:
    """The tables of a file that holds some frames of another, in the order of `keep`."""
    new: Tables = {name: [] for name in tables}
    new_instance: dict[int, int] = {}
    for old_frame in keep:
        frame = dict(tables["frames"][old_frame])
        start, end = int(frame["instance_id_start"]), int(frame["instance_id_end"])
        frame["frame_id"] = len(new["frames"])
        frame["instance_id_start"] = len(new_instance)
        for old_instance in range(start, end):
            new_instance[old_instance] = len(new_instance)
            _take_instance(tables, new, old_instance, frame["frame_id"])
        frame["instance_id_end"] = len(new_instance)
        new["frames"].append(frame)
    for instance in new["instances"]:
        instance["from_predicted"] = new_instance.get(int(instance["from_predicted"]), -1)
    kept_keys = {(int(row["video"]), int(row["frame_idx"])) for row in new["frames"]}
    for row in tables.get("negative_frames", []):
        if (int(row["video_id"]), int(row["frame_idx"])) in kept_keys:
            new["negative_frames"].append(dict(row))
    for name in (*STORES, *GROUPS):
        if name in tables:
            new[name] = _annotations(tables[name], kept_keys, new_instance, STORES.get(name))
    return new


def _take_instance(tables: Tables, new: Tables, old_instance: int, frame_id: int) -> None:
    instance = dict(tables["instances"][old_instance])
    points = "points" if int(instance["instance_type"]) == 0 else "pred_points"
    start, end = int(instance["point_id_start"]), int(instance["point_id_end"])
    instance["instance_id"] = len(new["instances"])
    instance["frame_id"] = frame_id
    instance["point_id_start"] = len(new[points])
    for old_point in range(start, end):
        new[points].append(dict(tables[points][old_point]))
    instance["point_id_end"] = len(new[points])
    new["instances"].append(instance)


def _annotations(
    rows: list[Row],
    kept_keys: set[tuple[int, int]],
    new_instance: dict[int, int],
    store: tuple[str, str] | None,
) -> list[Row]:
    kept: list[Row] = []
    new_row: dict[int, int] = {}
    n_bytes = 0
    for old_row, row in enumerate(rows):
        video, frame_idx = int(row["video"]), int(row["frame_idx"])
        if video >= 0 and frame_idx >= 0 and (video, frame_idx) not in kept_keys:
            continue
        new_row[old_row] = len(kept)
        kept.append(dict(row))
    for row in kept:
        if "instance" in row:
            row["instance"] = new_instance.get(int(row["instance"]), -1)
        if "from_predicted" in row:
            row["from_predicted"] = new_row.get(int(row["from_predicted"]), -1)
        if store:
            row[f"{store[0]}_start"] = n_bytes
            n_bytes += len(row["own bytes"])
            row[f"{store[0]}_end"] = n_bytes
    return kept


def differences(expected: Tables, found: Tables) -> list[str]:
    """Where two sets of tables differ, as text; numbers compare by value, NaN equals NaN."""
    problems = [
        f"/{name}: {len(expected.get(name, []))} rows expected, {len(found.get(name, []))} found"
        for name in sorted({*expected, *found})
        if len(expected.get(name, [])) != len(found.get(name, []))
    ]
    return problems or [
        f"/{name} row {at}: expected {_plain(one)}, found {_plain(other)}"
        for name in sorted(expected)
        for at, (one, other) in enumerate(zip(expected[name], found[name], strict=True))
        if _plain(one) != _plain(other)
    ]


def _plain(row: Row) -> Row:
    return {
        name: repr(float(value)) if isinstance(value, bool | int | float) else repr(value)
        for name, value in row.items()
    }


def images(path: Path) -> dict[str, dict[int, bytes]]:
    """The stored bytes of each embedded image, padding included, by group and frame number."""
    with h5py.File(path) as file:
        groups = [name for name in file if isinstance(file[name], h5py.Group)]
        return {
            name: {
                int(number): np.asarray(image).tobytes()
                for number, image in zip(
                    file[name]["frame_numbers"][()], file[name]["video"][()], strict=True
                )
            }
            for name in groups
            if "frame_numbers" in file[name]
        }
