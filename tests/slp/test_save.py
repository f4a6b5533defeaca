import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import row_by_row
from drawn import is_thorough, tries
from hypothesis import given
from hypothesis import strategies as st
from raw_hdf5 import content, content_besides
from real_files import shared_path
from real_labels import COLLIDING, LARGE, PACKAGES, PLAIN, SPLIT, real_files
from sleap_io_reader import differences, document_record, frame_records, load, load_source
from synthetic_labels import (
    MadeLabels,
    found,
    made_labels,
    replace_dataset,
    small_labels,
    small_package,
)

from splitlib.errors import LabelsFileError
from splitlib.labels import Labels

Partition = list[list[int]]


def partitions(n: int, *, times: int) -> list[Partition]:
    """Frames in three parts, in random order; all frames, each once."""
    orders = [np.random.default_rng(seed).permutation(n) for seed in range(times)]
    return [[part.tolist() for part in np.array_split(order, 3)] for order in orders]


def times(path: Path) -> int:
    return 3 if is_thorough() and path.stat().st_size < 400_000 else 1


@pytest.mark.parametrize("relative", real_files([*PLAIN, *PACKAGES]))
def test_parts_read_back_through_sleap_io_as_the_same_frames(relative: str, tmp_path: Path) -> None:
    source = load_source(shared_path(relative))
    labels = Labels.load(shared_path(relative))
    for part in (part for parts in partitions(len(labels), times=1) for part in parts):
        labels.extract(part).save(tmp_path / "part.slp")
        saved = load(tmp_path / "part.slp")
        read_back = frame_records(saved, range(len(saved)))
        assert differences(frame_records(source, part), read_back) == []
        assert document_record(saved) == document_record(source)


@pytest.mark.parametrize("relative", real_files(SPLIT))
def test_parts_read_back_through_our_reader_as_the_same_frames(
    relative: str, tmp_path: Path
) -> None:
    path = shared_path(relative)
    labels = Labels.load(path)
    for part in (p for parts in partitions(len(labels), times=times(path)) for p in parts):
        chosen = labels.extract(part)
        chosen.save(tmp_path / "part.slp")
        saved = Labels.load(tmp_path / "part.slp")
        assert saved[:] == chosen[:]
        for name in ("videos", "tracks", "skeletons", "suggestions"):
            assert getattr(saved, name) == getattr(labels, name)


@pytest.mark.parametrize("relative", real_files(SPLIT))
def test_parts_hold_the_rows_that_a_slow_copy_holds(relative: str, tmp_path: Path) -> None:
    path = shared_path(relative)
    labels, tables = Labels.load(path), row_by_row.read_tables(path)
    for part in partitions(len(labels), times=1)[0]:
        labels.extract(part).save(tmp_path / "part.slp")
        saved = row_by_row.read_tables(tmp_path / "part.slp")
        assert row_by_row.differences(row_by_row.subset(tables, part), saved) == []


TABLES = ("frames", "instances", "points", "pred_points", "negative_frames")
ANNOTATIONS = (
    *("masks", "mask_rle", "mask_categories", "mask_names", "mask_sources"),
    *("mask_score_map_index", "mask_score_maps", "bboxes", "centroids"),
    *("rois", "roi_wkb", "roi_categories", "roi_names", "roi_sources"),
    *("label_images", "label_image_data", "label_image_objects", "label_image_sources"),
    *("label_image_obj_categories", "label_image_obj_names"),
    *("identity", "categories", "embeddings", "session_data"),
)
CATALOGS = ("name", "meta_owner", "meta_key", "meta_val")


@pytest.mark.parametrize("relative", real_files(SPLIT))
def test_everything_else_is_carried_over_bit_by_bit(relative: str, tmp_path: Path) -> None:
    path = shared_path(relative)
    labels = Labels.load(path)
    labels.extract(range(0, len(labels), 2)).save(tmp_path / "part.slp")
    images = {images.dataset.partition("/")[0] for images in labels.images.values()}
    own = (*TABLES, *ANNOTATIONS, *images)
    if "multiview" in relative or "sink" in relative:  # names labeled frames: see test_sessions
        own = (*own, "sessions_json")
    assert content_besides(tmp_path / "part.slp", *own) == content_besides(path, *own)
    one, other = content(path), content(tmp_path / "part.slp")
    for place in (f"/{top}/{name}" for top in ("identity", "categories") for name in CATALOGS):
        assert one.get(place) == other.get(place)


@pytest.mark.parametrize("relative", real_files(SPLIT))
def test_all_frames_give_the_source_bit_by_bit(relative: str, tmp_path: Path) -> None:
    path = shared_path(relative)
    Labels.load(path).save(tmp_path / "all.slp")
    assert content(tmp_path / "all.slp") == content(path)


@pytest.mark.parametrize("relative", real_files(SPLIT))
def test_tables_keep_their_types_layout_and_attributes(relative: str, tmp_path: Path) -> None:
    path = shared_path(relative)
    labels = Labels.load(path)
    labels.extract(range(0, len(labels), 3)).save(tmp_path / "part.slp")
    one, other = content(path), content(tmp_path / "part.slp")
    for table in (name for name in one if name.split("@")[0].strip("/") in TABLES):
        if "@" in table:
            assert one[table] == other[table]
        else:
            kind, (_, limits), layout, filters, _ = one[table]
            assert other[table][0] == kind
            assert (other[table][1][1], *other[table][2:4]) == (limits, layout, filters)


@pytest.mark.parametrize("format_id", [1.0, 1.1])
def test_nine_columns_stay_nine_columns(format_id: float, tmp_path: Path) -> None:
    path = MadeLabels(small_labels().frames, n_videos=2, n_tracks=2, format_id=format_id).write(
        tmp_path / "a.slp"
    )
    Labels.load(path).extract([0, 4]).save(tmp_path / "part.slp")
    with h5py.File(tmp_path / "part.slp") as file:
        assert len(file["instances"].dtype) == 9
        assert file["metadata"].attrs["format_id"] == format_id


def odd_attributes(file: h5py.File) -> None:
    file["named"] = np.dtype("<i2")
    padded = h5py.h5t.C_S1.copy()
    padded.set_size(8)
    padded.set_strpad(h5py.h5t.STR_SPACEPAD)
    padded.set_cset(h5py.h5t.CSET_UTF8)
    for holder in (file, file["frames"], file["video0"], file["video0/video"]):
        holder.attrs["null"] = h5py.Empty("f4")
        holder.attrs["text"] = "ä\n"
        holder.attrs["texts"] = np.array(["a", "ü", ""], object)
        holder.attrs["bytes"] = np.bytes_(b"\xff\x00a")
        holder.attrs["bool"] = True
        holder.attrs["big-endian"] = np.arange(6, dtype=">f8").reshape(2, 3)
        holder.attrs["pair"] = np.array((1, 2.5), [("a", ">i4"), ("b", "f4", (2,))])
        holder.attrs["opaque"] = np.void(b"\x00\x01\xff")
        holder.attrs["nan"] = np.float32("nan")
        holder.attrs.create("enum", 1, dtype=h5py.enum_dtype({"A": 0, "B": 1}))
        holder.attrs.create("array", np.zeros(2, "i4"), dtype=np.dtype(("i4", (2,))))
        holder.attrs.create("named", 3, dtype=file["named"])
        ragged = np.empty(2, object)
        ragged[:] = [np.arange(3), np.arange(0)]
        holder.attrs.create("ragged", ragged, dtype=h5py.vlen_dtype(np.int32))
        space = h5py.h5s.create(h5py.h5s.SCALAR)
        created = h5py.h5a.create(holder.id, b"padded", padded, space)
        created.write(np.array(b"a\xc3\xa4", created.dtype))


def odd_objects(file: h5py.File) -> None:
    group = file.create_group("odd/deeper", track_order=True)
    group["opaque"] = np.array([b"ab", b"cd"], "V2")
    group["enum"] = np.array([0, 1], h5py.enum_dtype({"A": 0, "B": 1}, basetype="i8"))
    group["null"] = h5py.Empty("f4")
    group["texts"] = np.array(["a", "ä"], object)
    group["type"] = np.dtype("f8")
    group["link"] = h5py.SoftLink("/odd/nowhere")
    group["again"] = group["opaque"]
    group.create_dataset(
        "packed", data=np.arange(99), chunks=(9,), compression="gzip", shuffle=True
    )
    group.create_dataset("complex", data=np.array([1j, 2]))
    file["nowhere"] = h5py.SoftLink("/nope")
    file["video0/more"] = np.arange(3)


@pytest.mark.parametrize("edit", [odd_attributes, odd_objects])
def test_unknown_objects_and_attributes_of_any_type_are_kept(
    edit: Callable[[h5py.File], None], tmp_path: Path
) -> None:
    path = small_package().write(tmp_path / "a.slp")
    with h5py.File(path, "r+") as file:
        edit(file)
    labels = Labels.load(path)
    labels.save(tmp_path / "all.slp")
    assert content(tmp_path / "all.slp") == content(path)
    labels.extract([0]).save(tmp_path / "part.slp")
    part, whole = content(tmp_path / "part.slp"), content(path)
    own = [*TABLES, *(f"video{at}/{name}" for at in (0, 1) for name in ("video", "frame_numbers"))]
    changed = {place for place, value in whole.items() if part.get(place) != value}
    assert changed <= {f"/{name}" for name in own}


COLUMN_TYPES = {
    "text of any length": h5py.string_dtype(),
    "text": np.dtype("S3"),
    "array": np.dtype(("f4", (2, 2))),
    "record": np.dtype([("a", "i4"), ("b", "f8")]),
    "half": np.dtype("f2"),
}


@pytest.mark.parametrize("table", ["frames", "instances", "points", "pred_points"])
@pytest.mark.parametrize("kind", COLUMN_TYPES.values(), ids=COLUMN_TYPES.keys())
def test_unknown_columns_of_any_type_are_kept(
    table: str, kind: np.dtype[np.generic], tmp_path: Path
) -> None:
    path = small_labels().write(tmp_path / "a.slp")
    with h5py.File(path, "r+") as file:
        rows = file[table][()]
        wider = np.zeros(len(rows), [*rows.dtype.descr, ("unknown", kind)])
        for name in rows.dtype.names:
            wider[name] = rows[name]
        wider["unknown"] = "abc" if h5py.check_string_dtype(kind) else np.ones((), kind)
        replace_dataset(file, table, wider)
    Labels.load(path).save(tmp_path / "all.slp")
    assert content(tmp_path / "all.slp") == content(path)
    Labels.load(path).extract([4, 0]).save(tmp_path / "part.slp")
    with h5py.File(path) as old, h5py.File(tmp_path / "part.slp") as new:
        assert old[table].dtype == new[table].dtype
        assert repr(new[table][0]["unknown"]) == repr(old[table][0]["unknown"])


# The comparison itself: it has to notice every column that a save renumbers, and every row.


def sabotage_column(
    table: str, column: str, row: int, value: object
) -> Callable[[h5py.File], None]:
    def edit(file: h5py.File) -> None:
        rows = file[table][()]
        rows[column][row] = value
        file[table][...] = rows

    return edit


def swap_points(file: h5py.File) -> None:
    file["points"][...] = file["points"][()][::-1]


def drop_negative_frames(file: h5py.File) -> None:
    replace_dataset(file, "negative_frames", file["negative_frames"][:0])


def swap_videos(file: h5py.File) -> None:
    replace_dataset(file, "videos_json", file["videos_json"][()][::-1])


SABOTAGE = {
    "video": sabotage_column("frames", "video", 0, 1),
    "frame": sabotage_column("frames", "frame_idx", 0, 17),
    "first instance": sabotage_column("frames", "instance_id_start", 0, 1),
    "last instance": sabotage_column("frames", "instance_id_end", 0, 1),
    "origin lost": sabotage_column("instances", "from_predicted", 0, -1),
    "origin wrong": sabotage_column("instances", "from_predicted", 0, 0),
    "track": sabotage_column("instances", "track", 0, 0),
    "kind": sabotage_column("instances", "instance_type", 1, 0),
    "instance id": sabotage_column("instances", "instance_id", 1, 0),
    "instance score": sabotage_column("instances", "score", 1, 0.5),
    "tracking score": sabotage_column("instances", "tracking_score", 1, 0.5),
    "first point": sabotage_column("instances", "point_id_start", 3, 0),
    "coordinate": sabotage_column("points", "x", 0, 0.0),
    "visible": sabotage_column("points", "visible", 0, value=False),
    "complete": sabotage_column("points", "complete", 0, value=True),
    "point score": sabotage_column("pred_points", "score", 0, 0.75),
    "order of points": swap_points,
    "negative": drop_negative_frames,
}


@pytest.mark.parametrize("edit", SABOTAGE.values(), ids=SABOTAGE.keys())
def test_the_comparison_notices_a_changed_value(
    edit: Callable[[h5py.File], None], tmp_path: Path
) -> None:
    path, part = small_labels().write(tmp_path / "a.slp"), [0, 4, 3]
    Labels.load(path).extract(part).save(tmp_path / "part.slp")
    source, rows = load(path), row_by_row.subset(row_by_row.read_tables(path), part)
    assert notices(tmp_path / "part.slp", frame_records(source, part), rows) == [False, False]
    with h5py.File(tmp_path / "part.slp", "r+") as file:
        edit(file)
    assert notices(tmp_path / "part.slp", frame_records(source, part), rows) == [True, True]


def notices(path: Path, records: object, rows: row_by_row.Tables) -> list[bool]:
    """Whether the comparison of objects, and that of rows, finds a difference."""
    try:
        saved = load(path)
        objects = differences(records, frame_records(saved, range(len(saved))))  # type: ignore[arg-type]
    except (ValueError, IndexError, KeyError) as err:  # sleap-io on a broken file
        objects = [repr(err)]
    return [bool(objects), bool(row_by_row.differences(rows, row_by_row.read_tables(path)))]


def test_the_comparison_notices_a_changed_document(tmp_path: Path) -> None:
    path = small_labels().write(tmp_path / "a.slp")
    before = document_record(load(path))
    with h5py.File(path, "r+") as file:
        swap_videos(file)
    assert document_record(load(path)) != before


# Synthetic labels: the expectation is never read from a file.


@given(made_labels(), st.data())
@tries(80)
def test_a_part_says_of_its_frames_what_they_were_made_of(
    tmp_path_factory: pytest.TempPathFactory, made: MadeLabels, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("part", numbered=True)
    labels = Labels.load(made.write(folder / "a.slp"))
    order = data.draw(st.permutations(range(len(made.frames))))
    part = order[: data.draw(st.integers(0, len(order)))]
    labels.extract(part).save(folder / "part.slp")
    saved = Labels.load(folder / "part.slp")
    assert found(saved, saved[:]) == made.expected(part)
    tables = row_by_row.read_tables(folder / "a.slp")
    rows = row_by_row.subset(tables, part)
    assert row_by_row.differences(rows, row_by_row.read_tables(folder / "part.slp")) == []
    shutil.rmtree(folder)


@given(made_labels())
@tries(20)
def test_links_survive_where_both_ends_are_kept(
    tmp_path_factory: pytest.TempPathFactory, made: MadeLabels
) -> None:
    folder = tmp_path_factory.mktemp("links", numbered=True)
    path = made.write(folder / "a.slp")
    part = list(range(0, len(made.frames), 2))
    Labels.load(path).extract(part).save(folder / "part.slp")
    source, saved = load(path), load(folder / "part.slp")
    read_back = frame_records(saved, range(len(saved)))
    if made.format_id >= 1.1:  # sleap-io shifts predicted points of 1.0 as well: shifted twice
        assert differences(frame_records(source, part), read_back) == []
    shutil.rmtree(folder)


# Determinism.


def other_times(path: Path) -> None:
    """Give the objects of a file times of change, as h5py 2 did."""
    with h5py.File(path, "r+") as file:
        for name in ("frames", "points", "videos_json"):
            values, attributes = file[name][()], dict(file[name].attrs)
            del file[name]
            created = file.create_dataset(
                name, data=values, track_times=True, chunks=(2,), maxshape=(None,)
            )
            created.attrs.update(attributes)
        unknown = file.create_group("unknown")
        unknown.create_dataset("times", data=np.arange(9), track_times=True)
        unknown.create_dataset("texts", data=["a", "ä"], dtype=h5py.string_dtype())


def write_kind(kind: str, folder: Path) -> Path:
    folder.mkdir()
    path = (small_labels() if kind == "plain" else small_package()).write(folder / "a.slp")
    if kind == "with times":
        other_times(path)
    return to_latest_layout(path) if kind == "latest layout" else path


def test_the_same_frames_give_the_same_bytes(tmp_path: Path) -> None:
    kinds = ["plain", "package", "with times", "latest layout"]
    sources = {kind: write_kind(kind, tmp_path / kind) for kind in kinds}
    for kind, path in sources.items():
        other = tmp_path / f"other {kind}" / "ü.slp"
        other.parent.mkdir()
        shutil.copyfile(path, other)
        Labels.load(path).extract([5, 0, 2]).save(tmp_path / kind / "one.slp")
    seconds_pass(tmp_path)  # once for all kinds
    for kind in kinds:
        two = tmp_path / "two" / f"{kind}.slp"
        Labels.load(tmp_path / f"other {kind}" / "ü.slp").extract([5, 0, 2]).save(two)
        assert (tmp_path / kind / "one.slp").read_bytes() == two.read_bytes(), kind


def seconds_pass(folder: Path) -> None:
    """Wait until the clock that HDF5 stamps objects with, in whole seconds, has moved on."""
    clock = folder / "clock"
    clock.write_bytes(b"")
    start = int(clock.stat().st_mtime)
    while int(clock.stat().st_mtime) == start:
        time.sleep(0.02)
        os.utime(clock)


def to_latest_layout(path: Path) -> Path:
    """The same file as newer HDF5 lays it out: other versions of types, groups and superblock."""
    new = path.with_name("latest.slp")
    with h5py.File(path) as old, h5py.File(new, "w", libver="latest", track_order=True) as file:
        for name in old:
            if isinstance(old[name], h5py.Group):
                old.copy(name, file)
            else:
                created = file.create_dataset(name, data=old[name][()])
                created.attrs.update(old[name].attrs)
    return new


@pytest.mark.parametrize(
    "relative", ["oracle/data/mixed.pkg.slp", "oracle/data/mixed.head.pkg.slp"]
)
def test_real_packages_give_the_same_bytes(relative: str, tmp_path: Path) -> None:
    path = shared_path(relative)
    shutil.copyfile(path, tmp_path / "copy.slp")
    for name, source in {"one.slp": path, "two.slp": tmp_path / "copy.slp"}.items():
        Labels.load(source).extract([3, 1, 0]).save(tmp_path / name)
    assert (tmp_path / "one.slp").read_bytes() == (tmp_path / "two.slp").read_bytes()


def test_bytes_do_not_depend_on_how_frames_were_chosen(tmp_path: Path) -> None:
    labels = Labels.load(small_package().write(tmp_path / "a.slp"))
    labels.extract([1, 3, 5]).extract([2, 0]).save(tmp_path / "one.slp")
    labels.extract([5, 1]).save(tmp_path / "two.slp")
    assert (tmp_path / "one.slp").read_bytes() == (tmp_path / "two.slp").read_bytes()


# Where to, and from what.


def test_a_source_of_the_latest_layout_is_saved(tmp_path: Path) -> None:
    path = to_latest_layout(small_package().write(tmp_path / "a.slp"))
    labels = Labels.load(path).extract([5, 0])
    labels.save(tmp_path / "part.slp")
    assert Labels.load(tmp_path / "part.slp")[:] == labels[:]


def test_the_source_may_be_the_target(tmp_path: Path) -> None:
    path = small_package().write(tmp_path / "a.slp")
    expected = Labels.load(path).extract([1, 5])
    views = expected[:]
    expected.save(path)
    assert Labels.load(path)[:] == views
    with pytest.raises(LabelsFileError, match="changed after it was loaded; load it again"):
        expected.save(tmp_path / "b.slp")


def test_a_link_is_replaced_and_its_target_left_alone(tmp_path: Path) -> None:
    path = small_labels().write(tmp_path / "a.slp")
    cache = tmp_path / "cache"
    cache.write_bytes(b"what DVC keeps")
    (tmp_path / "part.slp").symlink_to(cache)
    Labels.load(path).extract([0]).save(tmp_path / "part.slp")
    assert cache.read_bytes() == b"what DVC keeps"
    assert not (tmp_path / "part.slp").is_symlink()
    assert len(Labels.load(tmp_path / "part.slp")) == 1


def test_a_linked_source_is_read_through_the_link(tmp_path: Path) -> None:
    small_labels().write(tmp_path / "cache")
    (tmp_path / "a.slp").symlink_to(tmp_path / "cache")
    Labels.load(tmp_path / "a.slp").extract([0]).save(tmp_path / "a.slp")
    assert len(Labels.load(tmp_path / "a.slp")) == 1
    assert len(Labels.load(tmp_path / "cache")) == 6


def change(path: Path, stamp: int) -> None:
    with h5py.File(path, "r+") as file:
        file["video0/video"][0] = 1
    os.utime(path, ns=(0, stamp + 1))


def remove(path: Path, _: int) -> None:
    path.unlink()


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (change, "changed after it was loaded"),
        (remove, r"a.slp: the labels file was removed"),
    ],
)
def test_a_source_that_was_changed_is_not_mixed_with_what_was_loaded(
    edit: Callable[[Path, int], None], message: str, tmp_path: Path
) -> None:
    path = small_package().write(tmp_path / "a.slp")
    labels = Labels.load(path)
    edit(path, labels.source.stamp[1])
    left = [*tmp_path.iterdir()]
    with pytest.raises(LabelsFileError, match=message):
        labels.save(tmp_path / "part.slp")
    with pytest.raises(LabelsFileError, match=message):
        labels.read_images([0], [4])
    assert [*tmp_path.iterdir()] == left


def test_all_files_are_closed_before_the_part_takes_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = small_package().write(tmp_path / "a.slp")
    labels = Labels.load(path)
    replace, n_open = Path.replace, []

    def watched(self: Path, target: Path) -> Path:
        n_open.append(h5py.h5f.get_obj_count(h5py.h5f.OBJ_ALL, h5py.h5f.OBJ_FILE))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", watched)
    before = h5py.h5f.get_obj_count(h5py.h5f.OBJ_ALL, h5py.h5f.OBJ_FILE)
    labels.save(path)  # Windows replaces no file that is open
    assert n_open == [before]


PATHS = {
    "accents": ("Mäuse", "étiquettes.slp"),
    "Chinese": ("小鼠", "标签.slp"),
    "Cyrillic": ("новый", "часть.slp"),
    "several, with a blank": ("Mäuse 小鼠", "новый часть.slp"),
}


@pytest.mark.parametrize(("folder", "name"), PATHS.values(), ids=PATHS)
def test_paths_need_not_be_ascii(folder: str, name: str, tmp_path: Path) -> None:
    (tmp_path / folder).mkdir()
    labels = Labels.load(small_package().write(tmp_path / folder / name))
    labels.extract([0]).save(tmp_path / folder / folder / name)
    assert Labels.load(tmp_path / folder / folder / name)[:] == labels[:1]


@pytest.mark.parametrize(("target", "named"), [("file/part.slp", "file"), ("folder", "folder")])
def test_a_target_in_the_way_is_an_error_and_stays(target: str, named: str, tmp_path: Path) -> None:
    labels = Labels.load(small_labels().write(tmp_path / "a.slp"))
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match=named):
        labels.save(tmp_path / target)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.slp", "file", "folder"]


def test_an_error_while_saving_leaves_what_was_there(tmp_path: Path) -> None:
    path = small_package().write(tmp_path / "a.slp")
    with h5py.File(path, "r+") as file:
        data = file["video1/video"][()]
        damaged = replace_dataset(file, "video1/video", data, chunks=(1, 9), compression="gzip")
        damaged.id.write_direct_chunk((1, 0), b"garbage")
    (tmp_path / "part.slp").write_bytes(b"earlier")
    with pytest.raises(LabelsFileError, match=r"a\.slp: /video1/video cannot be read"):
        Labels.load(path).save(tmp_path / "part.slp")
    assert (tmp_path / "part.slp").read_bytes() == b"earlier"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.slp", "part.slp"]


@pytest.mark.filterwarnings("ignore:.*numbers of the videos:UserWarning")
def test_a_number_that_stands_for_two_videos_is_put_in_order(tmp_path: Path) -> None:
    labels = Labels.load(shared_path(COLLIDING))
    labels.save(tmp_path / "all.slp")
    saved = load(tmp_path / "all.slp")
    assert [saved.videos.index(frame.video) for frame in saved] == [0, 1, 2]
    assert [video.backend_metadata.get("dataset") for video in saved.videos] == [
        None,
        "video1/video",
        "video2/video",
    ]


def test_a_large_package_is_split_too(tmp_path: Path) -> None:
    path = shared_path(LARGE)
    labels = Labels.load(path).extract([499, 3, 77])
    labels.save(tmp_path / "part.slp")
    group = "video0"
    stored = row_by_row.images(path)[group]
    assert row_by_row.images(tmp_path / "part.slp")[group] == {
        frame: stored[frame] for frame in labels.frame_idx.tolist()
    }
