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
STORES = {
    "masks": ("rle", "mask_rle"),
    "rois": ("wkb", "roi_wkb"),
    "label_images": ("data", "label_image_data"),
}
LISTS = {
    "label_images": ("label_image_sources",),
    "label_image_objects": ("label_image_obj_categories", "label_image_obj_names"),
    "masks": ("mask_categories", "mask_names", "mask_sources"),
    "rois": ("roi_categories", "roi_names", "roi_sources"),
}
GROUPS = ("bboxes", "centroids")
SCORE_MAPS = {
    "mask_score_map_index": ("mask_idx", "masks", "mask_score_maps"),
    "label_image_score_map_index": ("li_idx", "label_images", "label_image_score_maps"),
}
OWNERS = {0: "instances", 2: "centroids", 3: "masks", 4: "bboxes", 5: "rois"}
OWNED = ("identity/links", "categories/links", "embeddings/vectors", "embeddings/category_vectors")

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
        names = (*CORE, *STORES, *SCORE_MAPS, "label_image_objects", *OWNED[:2])
        tables = {name: _rows(file, name) for name in names if name in file}
        for name, (prefix, store) in STORES.items():
            _add_bytes(file, tables.get(name, []), prefix, store)
        for name, (_, _, store) in SCORE_MAPS.items():
            _add_bytes(file, tables.get(name, []), "data", store)
        for name, lists in LISTS.items():
            _add_attributes(file, tables.get(name, []), name)
            for entries_name in lists:
                for row, entry in zip(
                    tables.get(name, []), _entries(file, entries_name), strict=False
                ):
                    row[entries_name] = entry
        for name in GROUPS:
            if name in file:
                tables[name] = _group_rows(file[name])
        for name, prefix in zip(OWNED[2:], ("", "category_"), strict=True):
            if name in file:
                columns = {at: file[f"embeddings/{prefix}{at}"][()].tolist() for at in OWNER}
                vectors = [vector.tobytes() for vector in file[name][()]]
                rows = zip(*columns.values(), vectors, strict=True)
                tables[name] = [dict(zip((*OWNER, "vector"), row, strict=True)) for row in rows]
        if "sessions_json" in file:
            tables["sessions"] = _sessions(file)
    return tables


OWNER = ("owner_type", "owner_id")


def _add_attributes(file: h5py.File, rows: list[Row], name: str) -> None:
    """Lists that stand in attributes of the table."""
    for attribute in ("categories", "names", "sources"):
        if name in file and attribute in file[name].attrs:
            entries = json.loads(file[name].attrs[attribute])
            for row, entry in zip(rows, entries, strict=True):
                row[attribute] = entry


def _add_bytes(file: h5py.File, rows: list[Row], prefix: str, store: str) -> None:
    if store in file and file[store].ndim == 3:
        for row, image in zip(rows, file[store][()], strict=True):
            row["own bytes"] = image.tobytes()
        return
    content = file[store][()].tobytes() if store in file else b""
    for row in rows:
        row["own bytes"] = content[int(row[f"{prefix}_start"]) : int(row[f"{prefix}_end"])]


# Sessions as nested lists, whatever form they are stored in

MEMBERS = "camcorder_to_lf_and_inst_idx_map"


def _sessions(file: h5py.File) -> list[Row]:
    texts = (
        [json.loads(text) for text in file["sessions_json"][()]]
        if len(file["sessions_json"])
        else []
    )
    if "session_data/frame_groups" not in file:
        return [_inline_session(row) if isinstance(row, dict) else {"row": row} for row in texts]
    found = file["session_data"]
    tables = {
        name: _rows(found, name)
        for name in ("frame_groups", "instance_groups", "instance_group_members")
    }
    for table, name in (("frame_groups", "frame_group"), ("instance_groups", "instance_group")):
        for row, text in zip(tables[table], found.get(f"{name}_meta", ()), strict=False):
            row["meta"] = text
    for row in tables["instance_groups"]:
        points = "pred_points_3d" if row["pts3d_predicted"] else "points_3d"
        start, end = (int(row.pop(f"pts3d_{side}")) for side in ("start", "end"))
        row["points"] = found[points][start:end].tobytes() if start >= 0 else None
        row["members"] = tables["instance_group_members"][_range(row, "member")]
    for row in tables["frame_groups"]:
        row["groups"] = tables["instance_groups"][_range(row, "ig")]
    for row in texts:
        row["groups"] = tables["frame_groups"][_range(row, "fg")]
    return texts


def _range(row: Row, prefix: str) -> slice:
    return slice(int(row.pop(f"{prefix}_start")), int(row.pop(f"{prefix}_end")))


def _inline_session(row: Row) -> Row:
    groups = [
        {
            **{name: value for name, value in group.items() if name != "instance_groups"},
            "groups": [
                {
                    **{name: value for name, value in own.items() if name != MEMBERS},
                    "members": [
                        {"camera": camera, "lf": member[0], "rest": member[1:]}
                        for camera, member in own.get(MEMBERS, {}).items()
                    ],
                }
                for own in group.get("instance_groups", [])
            ],
        }
        for group in row.get("frame_group_dicts", [])
    ]
    rest = {name: value for name, value in row.items() if name != "frame_group_dicts"}
    return {**rest, "groups": groups}


def _subset_sessions(rows: list[Row], new_frame: dict[int, int]) -> list[Row]:
    sessions = []
    for row in rows:
        frame_groups = []
        for frame_group in row.get("groups", []):
            groups = []
            for group in frame_group["groups"]:
                members = [
                    {**member, "lf": type(member["lf"])(new_frame[int(member["lf"])])}
                    for member in group["members"]
                    if int(member["lf"]) in new_frame
                ]
                if members:
                    groups.append({**group, "members": members})
            if groups:
                frame_groups.append({**frame_group, "groups": groups})
        sessions.append({**row, "groups": frame_groups} if "groups" in row else row)
    return sessions


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
    new_rows = {"instances": new_instance}
    for name in (*STORES, *GROUPS):
        if name in tables:
            new_rows[name] = {}
            new[name] = _annotations(
                tables[name], kept_keys, new_instance, STORES.get(name), new_rows[name]
            )
    if "label_image_objects" in tables:
        _take_objects(tables, new, new_instance)
    for name, (column, owner, _) in SCORE_MAPS.items():
        for row in tables.get(name, []):
            if int(row[column]) in new_rows[owner]:
                new[name].append({**row, column: new_rows[owner][int(row[column])]})
        _re_base(new.get(name, []), "data")
    for name in OWNED:
        for row in tables.get(name, []):
            owner_row = new_rows[OWNERS[int(row["owner_type"])]].get(int(row["owner_id"]), -1)
            if owner_row >= 0:
                new[name].append({**row, "owner_id": owner_row})
    if "sessions" in tables:
        new_frame = {old: at for at, old in enumerate(keep)}
        new["sessions"] = _subset_sessions(tables["sessions"], new_frame)
    return new


def _take_objects(tables: Tables, new: Tables, new_instance: dict[int, int]) -> None:
    for image in new["label_images"]:
        start, n = int(image["objects_start"]), int(image["n_objects"])
        image["objects_start"] = len(new["label_image_objects"])
        for row in tables["label_image_objects"][start : start + n]:
            instance = new_instance.get(int(row["instance"]), -1)
            new["label_image_objects"].append({**row, "instance": instance})


def _re_base(rows: list[Row], prefix: str) -> None:
    n_bytes = 0
    for row in rows:
        row[f"{prefix}_start"] = n_bytes
        n_bytes += len(row["own bytes"])
        row[f"{prefix}_end"] = n_bytes


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
    new_row: dict[int, int],
) -> list[Row]:
    kept: list[Row] = []
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
    is_images = any(row.get("data_end") == 0 and row["own bytes"] for row in kept)
    if store and not is_images:  # images of one size stand in rows, and the ranges are not used
        _re_base(kept, store[0])
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
