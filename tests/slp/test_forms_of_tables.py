"""Forms of tables that sleap-io does not write, and broken tables: kept, or named."""

import json
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import row_by_row
from every_table import TABLES, labels_of, write
from raw_hdf5 import content
from sleap_io_reader import load, session_records
from synthetic_labels import replace_dataset

from splitlib.errors import LabelsFileError, UnsupportedFormatError
from splitlib.labels import Labels
from splitlib.split.merge_splits import merge_splits

Edit = Callable[[h5py.File], None]


def every_table(folder: Path, edit: Edit | None = None, *, seed: int = 3) -> Path:
    path = write(labels_of(seed, set(TABLES), 9), folder / "a.slp")
    if edit:
        with h5py.File(path, "r+") as file:
            edit(file)
    return path


def as_matrix(*names: str) -> Edit:
    """Tables as sleap-io.js writes them."""

    def edit(file: h5py.File) -> None:
        for name in names:
            rows = file[name][()]
            columns = rows.dtype.names
            matrix = np.stack([rows[column].astype(float) for column in columns], axis=1)
            del file[name]
            file[name] = matrix
            file[name].attrs["field_names"] = json.dumps(columns)

    return edit


def lists_in_attributes(file: h5py.File) -> None:
    """Lists as formats 1.5 to 1.8 have them."""
    for dataset, table, attribute in (
        ("label_image_sources", "label_images", "sources"),
        ("label_image_obj_names", "label_image_objects", "names"),
        ("label_image_obj_categories", "label_image_objects", "categories"),
        ("mask_names", "masks", "names"),
        ("roi_categories", "rois", "categories"),
    ):
        texts = [text.decode() for text in file[dataset][()]]
        file[table].attrs[attribute] = json.dumps(texts)
        del file[dataset]


def lists_as_json(file: h5py.File) -> None:
    """Lists as sleap-io.js writes them."""
    for name in ("label_image_sources", "mask_names", "roi_sources"):
        texts = [text.decode() for text in file[name][()]]
        stored = json.dumps(texts, separators=(",", ":"), ensure_ascii=False).encode()
        del file[name]
        file[name] = np.frombuffer(stored, np.uint8)
        file[name].attrs["json"] = np.bytes_(stored)


MATRICES = ("identity/links", "categories/links", "session_data/frame_groups",
            "session_data/instance_groups", "session_data/instance_group_members")  # fmt: skip

FORMS: dict[str, Edit] = {
    "matrices": as_matrix(*MATRICES),
    "lists in attributes": lists_in_attributes,
    "lists as JSON": lists_as_json,
}


@pytest.mark.parametrize("edit", FORMS.values(), ids=FORMS.keys())
@pytest.mark.slow
def test_every_form_is_split_and_merged(edit: Edit, tmp_path: Path) -> None:
    path = every_table(tmp_path, edit)
    labels, tables = Labels.load(path), row_by_row.read_tables(path)
    parts = [[0, 3, 6], [1, 4, 7], [2, 5, 8]]
    for at, part in enumerate(parts):
        target = tmp_path / f"{at}.slp"
        labels.extract(part).save(target)
        expected = row_by_row.subset(tables, part)
        assert row_by_row.differences(expected, row_by_row.read_tables(target)) == []
    order = np.lexsort((labels.frame_idx, labels.video))
    labels.extract(order).save(tmp_path / "sorted.slp")
    merge_splits([tmp_path / f"{at}.slp" for at in range(3)], tmp_path / "merged.slp")
    merged = row_by_row.read_tables(tmp_path / "merged.slp")
    assert merged["frames"] == row_by_row.read_tables(tmp_path / "sorted.slp")["frames"]
    for name, rows in merged.items():
        assert len(rows) == len(tables[name]), name
    with h5py.File(path) as old, h5py.File(tmp_path / "merged.slp") as new:
        for name in old:
            assert type(old[name]) is type(new[name])
            assert dict(old[name].attrs).keys() == dict(new[name].attrs).keys()


def test_regions_of_no_frame_keep_their_place_among_others(tmp_path: Path) -> None:
    """sleap-io writes them last; here they stand first, between frames, and last."""
    path = write(labels_of(8, {"rois"}, 8), tmp_path / "a.slp")
    with h5py.File(path, "r+") as file:
        rows = file["rois"][()]
        rows["frame_idx"][[0, 3, 4, -1]] = -1
        replace_dataset(file, "rois", rows)
    labels = Labels.load(path)
    for at in (0, 1):
        labels.extract(np.flatnonzero(labels.frame_idx % 2 == at)).save(tmp_path / f"{at}.slp")
    order = np.lexsort((labels.frame_idx, labels.video))
    merge_splits([tmp_path / "0.slp", tmp_path / "1.slp"], tmp_path / "merged.slp")
    found = row_by_row.read_tables(tmp_path / "merged.slp")["rois"]
    expected = row_by_row.read_tables(path)["rois"]
    place = {(int(labels.video[at]), int(labels.frame_idx[at])): n for n, at in enumerate(order)}
    assert [row["own bytes"] for row in found if row["frame_idx"] < 0] == [
        row["own bytes"] for row in expected if row["frame_idx"] < 0
    ]
    keys = [place[row["video"], row["frame_idx"]] for row in found if row["frame_idx"] >= 0]
    assert keys == sorted(keys)
    assert len(found) == len(expected)


# Which rows of the source the groups of a session were


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{oops",
        b"[]",
        b'{"frame_groups":[[0,1]]}',
        b'{"frame_groups":[[5,1]],"instance_groups":[],"members":[]}',
        b'{"frame_groups":[[0,99999999999999999999]],"instance_groups":[],"members":[]}',
        b'{"frame_groups":"x","instance_groups":[],"members":[]}',
        b"\xff\xfe",
    ],
    ids=repr,
)
def test_rows_of_a_source_that_make_no_sense_are_ignored(text: bytes, tmp_path: Path) -> None:
    def edit(file: h5py.File) -> None:
        file["sessions_json"].attrs["source_rows"] = np.bytes_(text)

    path = every_table(tmp_path, edit)
    source = load(path)
    Labels.load(path).extract([0, 2, 4]).save(tmp_path / "part.slp")
    saved = load(tmp_path / "part.slp")
    assert session_records(source, [0, 2, 4]) == session_records(saved, range(3))


@pytest.mark.slow
def test_a_part_of_a_part_comes_together_again(tmp_path: Path) -> None:
    path = every_table(tmp_path)
    Labels.load(path).extract(range(1, 9)).save(tmp_path / "half.slp")
    half = Labels.load(tmp_path / "half.slp")
    order = np.lexsort((half.frame_idx, half.video))
    for at in (0, 1):
        half.extract(np.sort(order[at::2])).save(tmp_path / f"{at}.slp")
    merge_splits([tmp_path / "0.slp", tmp_path / "1.slp"], tmp_path / "merged.slp")
    merged = load(tmp_path / "merged.slp")
    assert session_records(merged, range(8)) == session_records(load(half.path), order.tolist())
    one, other = content(tmp_path / "half.slp"), content(tmp_path / "merged.slp")
    assert one["/sessions_json@source_rows"] == other["/sessions_json@source_rows"]


# Broken tables


def setting(name: str, column: str, value: float, row: int | slice = -1) -> Edit:
    def edit(file: h5py.File) -> None:
        rows = file[name][()]
        rows[column][row] = value
        file[name][...] = rows

    return edit


def shorter(name: str) -> Edit:
    def edit(file: h5py.File) -> None:
        rows = file[name][()][:-1]
        del file[name]
        file[name] = rows

    return edit


def images_of_one_row(file: h5py.File) -> None:
    del file["label_image_data"]
    file["label_image_data"] = np.zeros((1, 6, 7), np.int32)


def without(name: str) -> Edit:
    def edit(file: h5py.File) -> None:
        del file[name]

    return edit


def sessions_from(first: object) -> Edit:
    def edit(file: h5py.File) -> None:
        (text,) = file["sessions_json"][()]
        row = {**json.loads(text), "fg_start": first}
        replace_dataset(file, "sessions_json", np.array([json.dumps(row).encode()]))

    return edit


INSTANCES = "session_data/instance_groups"
MEMBERS = "session_data/instance_group_members"
BROKEN: dict[str, tuple[Edit, str]] = {
    "owner": (
        setting("identity/links", "owner_id", 10**9, 0),
        "/identity/links owner_id: 1000000000 is past the end of its table of",
    ),
    "vectors": (shorter("embeddings/vectors"), "/embeddings is expected to have vectors, owner_"),
    "owners": (shorter("embeddings/owner_id"), "/embeddings is expected to have vectors, owner_"),
    "objects": (setting("label_images", "n_objects", 2**31), "objects_end is"),
    "objects twice": (setting("label_images", "objects_start", 0), "objects range shares rows"),
    "no objects": (without("label_image_objects"), "but /label_image_objects has 0 rows"),
    "object": (
        setting("label_image_objects", "instance", 999, slice(None)),
        "instance: 999 is past the end",
    ),
    "images": (images_of_one_row, "/label_image_data is expected to have an image for each of"),
    "pixels": (setting("label_images", "data_end", 10**9), "data_end is 1000000000, but"),
    "map": (setting("mask_score_map_index", "mask_idx", 999), "mask_idx: 999 is past the end"),
    "bytes of a map": (
        setting("mask_score_map_index", "data_end", 10**9),
        "data_end is 1000000000, but /mask_score_maps has",
    ),
    "no maps": (without("mask_score_maps"), "but /mask_score_maps has 0 rows"),
    "about nobody": (setting("identity/links", "owner_type", 9, 0), ""),
    "frame": (setting(MEMBERS, "lf", 999), "lf: 999 is past the end of its table of 9 rows"),
    "members": (setting(INSTANCES, "member_end", 999), "member_end is 999, but"),
    "points": (setting(INSTANCES, "pts3d_end", 10**6, slice(None)), "pts3d_end is 1000000"),
    "groups": (setting("session_data/frame_groups", "ig_end", 999), "ig_end is 999, but"),
    "no members": (without(MEMBERS), "/session_data has no instance_group_members"),
    "texts": (shorter("session_data/instance_group_meta"), "instance_group_meta is expected to"),
    "session": (sessions_from(99), "fg_start is 99 and fg_end is"),
    "negative session": (sessions_from(-1), "expected rows of /session_data/frame_groups"),
    "text for a session": (sessions_from("1"), "expected rows of /session_data/frame_groups"),
}


@pytest.mark.parametrize(("edit", "problem"), BROKEN.values(), ids=BROKEN.keys())
def test_broken_tables_are_named(edit: Edit, problem: str, tmp_path: Path) -> None:
    path = every_table(tmp_path, edit)
    labels = Labels.load(path).extract([0, 1])
    if not problem:  # such as owners of a kind that nobody knows: they are left out
        labels.save(tmp_path / "part.slp")
        return
    with pytest.raises(LabelsFileError, match=problem) as caught:
        labels.save(tmp_path / "part.slp")
    assert str(caught.value).startswith(str(path))
    assert not (tmp_path / "part.slp").exists()


def test_groups_in_two_forms_are_refused(tmp_path: Path) -> None:
    def edit(file: h5py.File) -> None:
        (text,) = file["sessions_json"][()]
        group = {"instance_groups": [{"camcorder_to_lf_and_inst_idx_map": {"0": [0, 0]}}]}
        rows = [json.loads(text), {"calibration": {}, "frame_group_dicts": [group]}]
        texts = np.array([json.dumps(row).encode() for row in rows])
        replace_dataset(file, "sessions_json", texts)

    labels = Labels.load(every_table(tmp_path, edit))
    with pytest.raises(UnsupportedFormatError, match="in /sessions_json and in /session_data"):
        labels.extract([0]).save(tmp_path / "part.slp")
