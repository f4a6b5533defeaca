"""Files that contradict themselves, in ways that the shared hostile files do not."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray
from synthetic_labels import replace_dataset, small_package

from splitlib.errors import LabelsFileError, SplitlibError, UnsupportedFormatError
from splitlib.labels import Labels

Edit = Callable[[h5py.File], None]


def edited(folder: Path, edit: Edit) -> Path:
    path = small_package().write(folder / "a.slp")
    with h5py.File(path, "r+") as file:
        edit(file)
    return path


def refused(path: Path, problem: str) -> SplitlibError:
    with pytest.raises(LabelsFileError, match=problem) as caught:
        Labels.load(path)
    assert str(caught.value).startswith(f"{path}: ")
    return caught.value


def splits(path: Path) -> None:
    labels = Labels.load(path)
    for part in ([1, 3, 5], [4, 2, 0]):
        chosen = labels.extract(part)
        chosen.save(path.with_name("part.slp"))
        saved = Labels.load(path.with_name("part.slp"))
        assert saved[:] == chosen[:]
        assert saved.has_image().all()
        keys = chosen.video, chosen.frame_idx
        assert saved.read_images(*keys) == chosen.read_images(*keys)


# Columns of other types.

KINDS: dict[str, Any] = {
    "text": "S5",
    "text of any length": h5py.string_dtype(),
    "complex": "c16",
    "array": ("f8", (2,)),
    "record": [("a", "f8"), ("b", "i4")],
    "opaque": "V8",
}
COLUMNS = [
    ("frames", "video"),
    ("frames", "frame_idx"),
    ("frames", "instance_id_end"),
    ("instances", "instance_type"),
    ("instances", "track"),
    ("instances", "score"),
    ("points", "x"),
    ("points", "visible"),
    ("pred_points", "score"),
    ("negative_frames", "video_id"),
]


def with_column(table: str, column: str, kind: Any) -> Edit:  # noqa: ANN401
    def edit(file: h5py.File) -> None:
        rows = file[table][()]
        names = rows.dtype.names
        other = np.zeros(len(rows), [(n, kind if n == column else rows.dtype[n]) for n in names])
        for name in names:
            if name != column:
                other[name] = rows[name]
        if kind == h5py.string_dtype():
            other[column] = "0"
        replace_dataset(file, table, other)

    return edit


# every kind of column, and every column of some kind
KINDS_AND_COLUMNS = [
    pytest.param(
        kind,
        table,
        column,
        id=f"{name}-{table}-{column}",
        marks=[] if (at + row) % 3 == 0 else pytest.mark.slow,
    )
    for at, (name, kind) in enumerate(KINDS.items())
    for row, (table, column) in enumerate(COLUMNS)
]


@pytest.mark.parametrize(("kind", "table", "column"), KINDS_AND_COLUMNS)
def test_a_column_without_numbers_is_named(
    kind: Any,  # noqa: ANN401
    table: str,
    column: str,
    tmp_path: Path,
) -> None:
    path = edited(tmp_path, with_column(table, column, kind))
    refused(path, rf"a\.slp: /{table} is expected to have a column '{column}' of numbers, found ")


def test_a_tracking_score_without_numbers_is_named_when_it_is_asked_for(tmp_path: Path) -> None:
    labels = Labels.load(edited(tmp_path, with_column("instances", "tracking_score", "S3")))
    with pytest.raises(
        LabelsFileError, match=r"a\.slp: /instances is expected to .*tracking_score"
    ):
        labels[0]


def other_types(**kinds: str) -> Edit:
    """Tables of the same values in other types."""

    def edit(file: h5py.File) -> None:
        for table in ("frames", "instances", "points", "pred_points", "negative_frames"):
            rows = file[table][()]
            dtype = [(name, kinds.get(name, rows.dtype[name])) for name in rows.dtype.names]
            replace_dataset(file, table, rows.astype(dtype))

    return edit


def big_endian(file: h5py.File) -> None:
    for table in ("frames", "instances", "points", "pred_points", "negative_frames"):
        rows = file[table][()]
        replace_dataset(file, table, rows.astype(rows.dtype.newbyteorder(">")))


def padded(file: h5py.File) -> None:
    for table in ("frames", "instances", "points", "pred_points"):
        rows = file[table][()]
        fields = [(name, rows.dtype[name]) for name in rows.dtype.names]
        replace_dataset(file, table, rows.astype(np.dtype(fields, align=True)))


SOUND: dict[str, Edit] = {
    "small numbers": other_types(video="u1", frame_idx="i2", frame_id="u1", instance_id="i1"),
    "half precision": other_types(video="f2", frame_idx="f2", instance_id_start="f2", x="f2"),
    "floats": other_types(video="f4", frame_idx="f8", track="f4", point_id_end="f8", visible="f4"),
    "whole coordinates": other_types(x="i4", y="i8"),
    "signed": other_types(frame_id="i8", video="i8", instance_id_end="i8", skeleton="i4"),
    "big-endian": big_endian,
    "padded": padded,
}


@pytest.mark.parametrize("edit", SOUND.values(), ids=SOUND.keys())
def test_numbers_of_any_type_are_numbers(edit: Edit, tmp_path: Path) -> None:
    splits(edited(tmp_path, edit))


def test_a_number_that_its_column_cannot_hold_is_named(tmp_path: Path) -> None:
    def edit(file: h5py.File) -> None:  # the origin of the first instance will be gone
        rows = file["instances"][()]
        rows["from_predicted"] = [1, 1, 1, 1, 1, 1, 1]
        dtype = [(n, "u8" if n == "from_predicted" else rows.dtype[n]) for n in rows.dtype.names]
        replace_dataset(file, "instances", rows.astype(dtype))

    labels = Labels.load(edited(tmp_path, edit)).extract([1])
    with pytest.raises(
        LabelsFileError, match="/instances keeps from_predicted as uint64, which can"
    ):
        labels.save(tmp_path / "part.slp")


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ((np.nan, 0), "instance_id_start is nan, expected a whole number"),
        ((np.inf, 0), "instance_id_start is inf, expected a whole number"),
        ((0.5, 1), "instance_id_start is 0.5, expected a whole number"),
        ((2.0**53, 1), "instance_id_start is 9007199254740992.0, expected a whole number"),
        ((-1, 1), "instance_id_start is -1 and instance_id_end is 1, but /instances has 7 rows"),
    ],
)
def test_a_row_number_that_is_none_is_named(
    row: tuple[float, float], problem: str, tmp_path: Path
) -> None:
    def edit(file: h5py.File) -> None:
        rows = file["frames"][()]
        names = rows.dtype.names
        rows = rows.astype([(name, "f8") for name in names])
        rows["instance_id_start"][0], rows["instance_id_end"][0] = row
        replace_dataset(file, "frames", rows)

    refused(edited(tmp_path, edit), f"/frames row 0: {problem}")


# Tables as matrices, as sleap-io.js and h5wasm write them.

NAMES = ["frame_id", "video", "frame_idx", "instance_id_start", "instance_id_end"]


def matrix(file: h5py.File, table: str = "frames") -> NDArray[np.float64]:
    rows = file[table][()]
    return np.array([[float(value) for value in row] for row in rows.tolist()])


def frames_as_matrix(names: object, *, surplus: int = 0, raw: bool = False) -> Edit:
    def edit(file: h5py.File) -> None:
        rows = matrix(file)
        rows = np.hstack([rows, rows[:, :surplus]])
        created = replace_dataset(file, "frames", rows)
        created.attrs["field_names"] = names if raw else np.bytes_(json.dumps(names))

    return edit


def test_names_decide_over_order(tmp_path: Path) -> None:
    def edit(file: h5py.File) -> None:
        created = replace_dataset(file, "frames", matrix(file)[:, ::-1])
        created.attrs["field_names"] = json.dumps(NAMES[::-1])

    splits(edited(tmp_path, edit))


def test_columns_without_a_name_stay(tmp_path: Path) -> None:
    path = edited(tmp_path, frames_as_matrix(NAMES, surplus=2))
    splits(path)
    with h5py.File(path) as old, h5py.File(tmp_path / "part.slp") as new:
        np.testing.assert_array_equal(new["frames"][:, 5:], old["frames"][()][[4, 2, 0], 5:])


def test_more_names_than_columns_are_no_harm(tmp_path: Path) -> None:
    splits(edited(tmp_path, frames_as_matrix([*NAMES, "more"])))


BAD_NAMES: dict[str, tuple[Edit, str]] = {
    "too few": (frames_as_matrix(NAMES[:2]), "/frames has no column 'frame_idx'; expected a table"),
    "empty name": (frames_as_matrix(["", *NAMES[1:]]), "/frames has no column 'frame_id'"),
    "others": (frames_as_matrix(list("abcde")), "no column 'frame_id'; .*, found a, b, c, d, e"),
    "twice": (frames_as_matrix([*NAMES, "video"], surplus=1), "a list of different column names"),
    "clash": (frames_as_matrix([*NAMES, "column7"], surplus=3), "occurs more than once"),
    "exchanged": (
        frames_as_matrix([NAMES[0], NAMES[2], NAMES[1], *NAMES[3:]]),
        "/frames row 0: video is 4, but there are 2 videos",
    ),
    "object": (frames_as_matrix({"a": 1}), "field_names is expected to be a list of different"),
    "number": (frames_as_matrix(3), "field_names is expected to be a list of different"),
    "numbers": (frames_as_matrix([1, 2, 3, 4, 5]), "field_names is expected to be a list"),
    "no JSON": (frames_as_matrix("{oops", raw=True), "its attribute field_names is no JSON"),
    "no text": (frames_as_matrix(np.arange(3), raw=True), "its attribute field_names is no JSON"),
    "too deep": (frames_as_matrix("[" * 30_000, raw=True), "its attribute field_names is no JSON"),
}


@pytest.mark.parametrize(("edit", "problem"), BAD_NAMES.values(), ids=BAD_NAMES.keys())
def test_names_that_lie_are_named(edit: Edit, problem: str, tmp_path: Path) -> None:
    refused(edited(tmp_path, edit), problem)


# Objects of another shape or kind. A function replaces what is at a place.


def put(name: str, data: object, **options: Any) -> Edit:  # noqa: ANN401
    def edit(file: h5py.File) -> None:
        del file[name]
        file.create_dataset(name, data=data, **options)

    return edit


def group_at(name: str) -> Edit:
    def edit(file: h5py.File) -> None:
        del file[name]
        file.create_group(name)

    return edit


def first_row(name: str) -> Edit:
    return lambda file: put(name, file[name][0])(file)


def attribute(name: str, key: str, value: object) -> Edit:
    def edit(file: h5py.File) -> None:
        file[name].attrs[key] = value

    return edit


def metadata(**changes: object) -> Edit:
    def edit(file: h5py.File) -> None:
        content = json.loads(file["metadata"].attrs["json"])
        file["metadata"].attrs["json"] = np.bytes_(json.dumps(content | changes).encode())

    return edit


def texts(name: str, *rows: object) -> Edit:
    return put(name, np.array([json.dumps(row).encode() for row in rows]))


NO_TABLE = "has no column .*; expected a table of"
NUMBERS = "/video0/frame_numbers is expected to hold"
IMAGES = "/video0/video is expected to hold images"

BROKEN: dict[str, tuple[Edit, str]] = {
    "scalar frames": (first_row("frames"), f"/frames {NO_TABLE} .* of shape .."),
    "scalar points": (first_row("points"), f"/points {NO_TABLE}"),
    "null frames": (put("frames", h5py.Empty("f4")), f"/frames {NO_TABLE}"),
    "rank 3": (put("frames", np.zeros((2, 5, 1))), f"/frames {NO_TABLE}"),
    "complex matrix": (put("frames", np.zeros((2, 5), complex)), f"/frames {NO_TABLE}"),
    "no columns": (put("frames", np.zeros((0, 0))), f"/frames {NO_TABLE}"),
    "no frame": (
        put("negative_frames", np.zeros(1, [("video_id", "u4")])),
        "no column 'frame_idx'",
    ),
    "empty metadata": (attribute("metadata", "json", np.bytes_(b"")), "/metadata json is no JSON"),
    "null metadata": (attribute("metadata", "json", h5py.Empty("S1")), "/metadata json is no JSON"),
    "two metadata": (attribute("metadata", "json", [b"{}", b"{}"]), "/metadata json is no JSON"),
    "list of metadata": (attribute("metadata", "json", "[]"), "to be an object, found a list"),
    "no skeletons": (attribute("metadata", "json", "{}"), "skeletons in /metadata json are malfor"),
    "node without a name": (metadata(nodes=[{}, {}]), "skeletons in /metadata json are malformed"),
    "deep metadata": (
        attribute("metadata", "json", np.bytes_(b"[" * 20_000 + b"]" * 20_000)),
        "/metadata json is no JSON: maximum recursion",
    ),
    "endless number": (
        attribute("metadata", "json", np.bytes_(b'{"a": ' + b"1" * 5_000 + b"}")),
        "/metadata json is no JSON: Exceeds the limit",
    ),
    "infinite track": (texts("tracks_json", [1e999, "a"], [0, "b"]), "row 0 is .inf, 'a'., expect"),
    "track is null": (texts("tracks_json", None, [0, "b"]), "/tracks_json row 0 is None"),
    "short track": (texts("tracks_json", [0, "a"], [0]), "/tracks_json row 1 is .0., expected"),
    "scalar tracks": (put("tracks_json", b"[0, 1]"), "/tracks_json is expected to hold text"),
    "tracks in rows": (put("tracks_json", [[b"[]"]]), "/tracks_json is expected to hold text"),
    "numbers for tracks": (put("tracks_json", [1, 2]), "/tracks_json is expected to hold text"),
    "number for crops": (
        lambda file: file.create_dataset("video_crops", data=5),
        "/video_crops is",
    ),
    "source is a list": (
        attribute("video0/source_video", "json", "{"),
        "source_video json is no J",
    ),
    "source is a number": (
        attribute("video0/source_video", "json", 7),
        "source_video json is no J",
    ),
    "video is null": (texts("videos_json", None), "/videos_json row 0 is None, expected an object"),
    "dataset is a group": (
        texts("videos_json", {"backend": {"filename": ".", "dataset": "video0"}}),
        "/video0 is expected to be a dataset, it is a Group",
    ),
    "dataset is a table": (
        texts("videos_json", {"backend": {"filename": ".", "dataset": "points"}}),
        "/points is expected to hold images",
    ),
    "dataset of no text": (
        texts("videos_json", {"backend": {"filename": ".", "dataset": "\udc80/video"}}),
        "cannot be read: .*surrogates not allowed",
    ),
    "numbers in rows": (
        put("video0/frame_numbers", [[2], [3], [4], [11]]),
        f"{NUMBERS} one number",
    ),
    "scalar number": (put("video0/frame_numbers", 2), f"{NUMBERS} one number per image"),
    "null numbers": (put("video0/frame_numbers", h5py.Empty("i8")), f"{NUMBERS} one number per"),
    "no number": (put("video0/frame_numbers", [2, 3, np.nan, 4]), f"{NUMBERS} frames, whole num"),
    "infinite number": (put("video0/frame_numbers", [2, 3, np.inf, 4]), f"{NUMBERS} frames"),
    "half a frame": (put("video0/frame_numbers", [2, 3, 4.5, 11]), f"{NUMBERS} frames, whole"),
    "text numbers": (put("video0/frame_numbers", [b"2", b"3", b"4", b"x"]), f"{NUMBERS} frames"),
    "complex numbers": (put("video0/frame_numbers", [2, 3, 4, 5j]), f"{NUMBERS} frames"),
    "numbers are a group": (
        group_at("video0/frame_numbers"),
        "frame_numbers is expected to be a d",
    ),
    "float images": (put("video0/video", np.zeros(4)), f"{IMAGES} .* found float64 .4,."),
    "images of rank 3": (put("video0/video", np.zeros((4, 6, 8), "u1")), IMAGES),
    "unsigned rows": (put("video0/video", np.zeros((4, 9), "u1")), IMAGES),
    "texts for images": (put("video0/video", ["a"] * 4, dtype=h5py.string_dtype()), IMAGES),
    "null images": (put("video0/video", h5py.Empty("i1")), IMAGES),
    "images are a group": (group_at("video0/video"), "/video0/video is expected to be a dataset"),
    "text for a height": (
        attribute("video0/video", "height", "x"),
        "attribute height is x, expect",
    ),
    "heights": (attribute("video0/video", "height", np.arange(3)), "attribute height is"),
    "no height": (attribute("video0/video", "height", np.nan), "attribute height is nan"),
    "null height": (attribute("video0/video", "height", h5py.Empty("i4")), "attribute height is"),
    "no text for a format": (
        attribute("video0/video", "format", np.bytes_(b"\xff")),
        "/video0/video cannot be read: 'utf-8' codec",
    ),
    "unknown order": (
        attribute("video0/video", "channel_order", "XYZ"),
        "attribute channel_order is 'XYZ', expected RGB or BGR",
    ),
}


@pytest.mark.parametrize(("edit", "problem"), BROKEN.values(), ids=BROKEN.keys())
def test_what_is_of_another_form_is_named(edit: Edit, problem: str, tmp_path: Path) -> None:
    refused(edited(tmp_path, edit), problem)


def video_rows(edit: Callable[[list[Any]], object]) -> Edit:
    def change(file: h5py.File) -> None:
        rows = [json.loads(row) for row in file["videos_json"][()]]
        edit(rows)
        texts("videos_json", *rows)(file)

    return change


def inline(name: str) -> Edit:
    def edit(file: h5py.File) -> None:
        rows = [json.loads(row) for row in file[f"{name}_json"][()]]
        metadata(**{name: rows})(file)
        del file[f"{name}_json"]

    return edit


def linked(name: str) -> Edit:
    """Move an object and leave a link in its place."""

    def edit(file: h5py.File) -> None:
        file.move(name, "elsewhere")
        file[name] = h5py.SoftLink("/elsewhere")

    return edit


def delete(name: str) -> Edit:
    def edit(file: h5py.File) -> None:
        del file[name]

    return edit


ODD_BUT_SOUND: dict[str, Edit] = {
    "suggestions of any form": texts("suggestions_json", [1, 2], 5, None, "x", {"video": 1e999}),
    "provenance is a text": metadata(provenance="abc"),
    "tracks in the metadata": inline("tracks"),
    "videos in the metadata": inline("videos"),
    "suggestions in the metadata": inline("suggestions"),
    "negative frame numbers": put("video0/frame_numbers", [2, 3, 4, -1]),
    "huge frame numbers": put("video0/frame_numbers", np.array([2, 3, 4, 2**64 - 1], np.uint64)),
    "float frame numbers": put("video0/frame_numbers", [2.0, 3.0, 4.0, 11.0]),
    "half precision frame numbers": put("video0/frame_numbers", np.array([2, 3, 4, 11], "f2")),
    "source is a dataset": put("video0/source_video", 1),
    "source is a list": attribute("video0/source_video", "json", "[1, 2]"),
    "no source": delete("video0/source_video"),
    "format is a number": attribute("video0/video", "format", 3),
    "crops are null": lambda file: file.create_dataset("video_crops", data=h5py.Empty("S1")),
    "frames are a link": linked("frames"),
    "images are a link": linked("video0/video"),
    "a video is a link": linked("video0"),
    "rows of videos with more": video_rows(lambda rows: rows[0].update(source_video="abc", x=[1])),
    "a video without a backend": video_rows(lambda rows: rows.append({"backend": [1]})),
    "a dataset of another type": video_rows(
        lambda rows: rows.append({"backend": {"filename": ".", "dataset": 5}})
    ),
    "a dataset of a large number": video_rows(
        lambda rows: rows.append({"backend": {"filename": ".", "dataset": "video4000000000/video"}})
    ),
    "a damaged unknown object": lambda file: file.create_dataset(
        "notes", data=np.arange(100), chunks=(10,), compression="gzip"
    ).id.write_direct_chunk((0,), b"garbage"),
    "a second name of a table": lambda file: file.__setitem__("copy", file["frames"]),
    "an identity in a circle": lambda file: file.create_group("identity").__setitem__(
        "loop", h5py.SoftLink("/identity")
    ),
}


@pytest.mark.parametrize("edit", ODD_BUT_SOUND.values(), ids=ODD_BUT_SOUND.keys())
def test_what_is_odd_but_sound_is_split(edit: Edit, tmp_path: Path) -> None:
    splits(edited(tmp_path, edit))


# References, links and types that a copy cannot carry, or that end a process.


def reference_in_a_record(file: h5py.File) -> None:
    rows = np.zeros(1, [("a", "i4"), ("r", h5py.ref_dtype)])
    rows["r"][0] = file["frames"].ref
    file["notes"] = rows


def reference_in_a_list(file: h5py.File) -> None:
    created = file.create_dataset("notes", (1,), dtype=h5py.vlen_dtype(h5py.ref_dtype))
    created[0] = np.array([file["frames"].ref], h5py.ref_dtype)


def reference_in_a_column(file: h5py.File) -> None:
    rows = file["frames"][()]
    wider = np.zeros(len(rows), [*rows.dtype.descr, ("r", h5py.ref_dtype)])
    for name in rows.dtype.names:
        wider[name] = rows[name]
    wider["r"] = file["points"].ref
    replace_dataset(file, "frames", wider)


def reference_at(name: str) -> Edit:
    return lambda file: file.create_dataset(
        name, data=np.array([file["frames"].ref], h5py.ref_dtype), dtype=h5py.ref_dtype
    )


def reference_on(name: str) -> Edit:
    def edit(file: h5py.File) -> None:
        file[name].attrs["reference"] = file["points"].ref

    return edit


REFERENCES: dict[str, tuple[Edit, str]] = {
    "dataset": (reference_at("notes"), "/notes"),
    "deeper dataset": (reference_at("a/b/notes"), "/a/b/notes"),
    "beside images": (reference_at("video0/notes"), "/video0/notes"),
    "record": (reference_in_a_record, "/notes"),
    "list": (reference_in_a_list, "/notes"),
    "column of a table": (reference_in_a_column, "/frames"),
    "attribute of a table": (reference_on("frames"), "/frames"),
    "attribute of a group": (reference_on("video0"), "/video0"),
    "attribute of images": (reference_on("video0/video"), "/video0/video"),
    "attribute of the file": (reference_on("/"), "/"),
}


@pytest.mark.parametrize(("edit", "name"), REFERENCES.values(), ids=REFERENCES.keys())
def test_references_are_refused_wherever_they_hide(edit: Edit, name: str, tmp_path: Path) -> None:
    labels = Labels.load(edited(tmp_path, edit))
    with pytest.raises(UnsupportedFormatError, match=f"{name} holds references to other objects"):
        labels.extract([0]).save(tmp_path / "part.slp")
    assert not (tmp_path / "part.slp").exists()


def tower(file: h5py.File) -> None:
    group = file
    for _ in range(40):
        group = group.create_group("g")


def undecodable_name(file: h5py.File) -> None:
    h5py.h5g.create(file.id, b"bad\xff")


def undecodable_attribute(file: h5py.File) -> None:
    for holder in (file, file["frames"], file["video0"]):
        space = h5py.h5s.create_simple((3,))
        h5py.h5a.create(holder.id, b"bad\xff", h5py.h5t.NATIVE_INT32, space).write(np.arange(3))


def number_beyond_itself(file: h5py.File) -> None:
    kind = h5py.h5t.IEEE_F64LE.copy()
    kind.set_size(16)
    kind.set_offset(64)  # sound as long as the size is 16
    space = h5py.h5s.create_simple((3,))
    h5py.h5d.create(file.id, b"notes", kind, space)


def float_of_no_standard(file: h5py.File) -> None:
    """A float of 8 bytes with an exponent that only a wider one can hold."""
    kind = h5py.h5t.IEEE_F64LE.copy()
    kind.set_fields(63, 48, 15, 0, 48)
    kind.set_ebias(2**14 - 1)
    row = h5py.h5t.create(h5py.h5t.COMPOUND, 16)
    row.insert(b"a", 0, kind)
    row.insert(b"b", 8, h5py.h5t.IEEE_F64LE)
    h5py.h5d.create(file.id, b"notes", row, h5py.h5s.create_simple((3,)))


def missing_filter(name: str) -> Edit:
    def edit(file: h5py.File) -> None:
        data, attributes = file[name][()], dict(file[name].attrs)
        del file[name]
        layout = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        layout.set_chunk((1, *data.shape[1:]))
        layout.set_filter(32015, h5py.h5z.FLAG_OPTIONAL, (3,))
        kind, space = h5py.h5t.py_create(data.dtype), h5py.h5s.create_simple(data.shape)
        created = h5py.h5d.create(file.id, name.encode(), kind, space, layout)
        for row in range(len(data)):
            created.write_direct_chunk((row, *(0 for _ in data.shape[1:])), data[row].tobytes(), 0)
        file[name].attrs.update(attributes)

    return edit


REFUSED: dict[str, tuple[Edit, str]] = {
    "tower of groups": (tower, "is nested deeper than 32 groups"),
    "name of no text": (undecodable_name, "cannot be read: 'utf-8' codec can't decode"),
    "float of no standard": (float_of_no_standard, "/notes has a broken type; restore a copy"),
    "missing filter": (missing_filter("points"), "/points is compressed with HDF5 filter 32015"),
}


@pytest.mark.parametrize(("edit", "problem"), REFUSED.values(), ids=REFUSED.keys())
def test_what_would_end_the_process_is_refused(edit: Edit, problem: str, tmp_path: Path) -> None:
    refused(edited(tmp_path, edit), problem)


def test_a_number_inside_of_its_bytes_is_no_harm(tmp_path: Path) -> None:
    splits(edited(tmp_path, number_beyond_itself))


def test_an_attribute_with_a_name_of_no_text_is_carried_over(tmp_path: Path) -> None:
    splits(edited(tmp_path, undecodable_attribute))
    with h5py.File(tmp_path / "part.slp") as file:
        for holder in (file, file["frames"], file["video0"]):
            assert holder.attrs[b"bad\xff"].tolist() == [0, 1, 2]


def test_images_of_a_missing_filter_are_named_when_they_are_asked_for(tmp_path: Path) -> None:
    labels = Labels.load(edited(tmp_path, missing_filter("video0/video")))
    assert len(labels[:]) == 6
    problem = "/video0/video is compressed with HDF5 filter 32015 .*, which is not installed"
    with pytest.raises(UnsupportedFormatError, match=problem):
        labels.read_images([0], [4])
    with pytest.raises(UnsupportedFormatError, match=problem):
        labels.save(tmp_path / "part.slp")
    assert not (tmp_path / "part.slp").exists()


def test_an_unknown_object_of_a_missing_filter_is_carried_over(tmp_path: Path) -> None:
    def edit(file: h5py.File) -> None:
        file["notes"] = np.arange(10.0)
        missing_filter("notes")(file)

    splits(edited(tmp_path, edit))
