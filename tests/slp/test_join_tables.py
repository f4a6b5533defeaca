"""Labels files with any tables in one: sleap-io reads the objects of both files from it."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import sleap_io
from drawn import tries
from every_table import TABLES, labels_of, labels_with_tables, write
from hypothesis import given
from real_files import shared_path
from real_labels import JS, NEWEST, NOT_FOR_SLEAP_IO
from sleap_io_reader import (
    Record,
    differences,
    document_record,
    frame_records,
    load,
    session_records,
)

from splitlib.errors import LabelsFileError, UnsupportedFormatError
from splitlib.labels import Labels
from splitlib.slp.join import join


def join_files(paths: list[Path], target: Path) -> Path:
    join([Labels.load(path).source for path in paths], target)
    return target


def in_folder(made: sleap_io.Labels, name: str) -> sleap_io.Labels:
    """The labels with videos of their own."""
    for video in made.videos:
        video.replace_filename(f"/{name}/{video.filename}", open=False)
    return made


def shifted(records: list[Record], n_videos: int) -> list[Record]:
    """Records of frames, of which the videos come later in the list."""
    return [(("video", one[0][1] + n_videos), *one[1:]) for one in records]


@given(labels_with_tables(), labels_with_tables())
@tries(60, at_least=8)
@pytest.mark.slow
def test_the_objects_of_both_files_are_there(
    tmp_path_factory: pytest.TempPathFactory, one: sleap_io.Labels, other: sleap_io.Labels
) -> None:
    folder = tmp_path_factory.mktemp("join", numbered=True)
    paths = [
        write(in_folder(made, name), folder / f"{name}.slp")
        for name, made in (("a", one), ("b", other))
    ]
    found = load(join_files(paths, folder / "joined.slp"))
    first, second = map(load, paths)
    n, n_videos = len(first), len(first.videos)
    every = frame_records(found, range(n)), frame_records(found, range(n, len(found)))
    assert differences(frame_records(first, range(n)), every[0]) == []
    expected = shifted(frame_records(second, range(len(second))), n_videos)
    assert differences(expected, every[1]) == []
    names = [roi.name for labels in (first, second) for roi in labels.static_rois]
    assert [roi.name for roi in found.static_rois] == names
    check_sessions(first, second, found)
    check_document(first, second, found)
    shutil.rmtree(folder)


def check_sessions(first: sleap_io.Labels, second: sleap_io.Labels, found: sleap_io.Labels) -> None:
    n = len(first)
    rows = range(n, len(found))
    assert session_records(found, range(n))[: len(first.sessions)] == session_records(
        first, range(n)
    )
    sessions = session_records(found, rows)[len(first.sessions) :]
    cameras = [
        (metadata, [(video - len(first.videos), camera) for video, camera in pairs], groups)
        for metadata, pairs, groups in sessions
    ]
    assert cameras == session_records(second, range(len(second)))


def check_document(first: sleap_io.Labels, second: sleap_io.Labels, found: sleap_io.Labels) -> None:
    one, two, both = map(document_record, (first, second, found))
    n_videos = len(first.videos)
    events = [(*event[:2], event[2] + n_videos, *event[3:]) for event in two["events"]]
    assert both["events"] == one["events"] + events
    for name in ("identities", "categories", "event_types"):
        names = [[entry[0] for entry in record[name]] for record in (one, two, both)]
        assert names[2] == list(dict.fromkeys(names[0] + names[1])), name
        assert both[name][: len(names[0])] == one[name], name


REAL = [*NEWEST[:3], NOT_FOR_SLEAP_IO[0], JS + "tests/data/slp/multiview.slp"]


@pytest.mark.parametrize("relative", REAL)
def test_real_files_come_together_with_their_tables(relative: str, tmp_path: Path) -> None:
    path = shared_path(relative)
    join_files([path], tmp_path / "joined.slp")
    labels, found = Labels.load(path), Labels.load(tmp_path / "joined.slp")
    pairs = zip(labels, found, strict=True)
    assert found[:] == [replace(frame, video=mine.video) for frame, mine in pairs]
    if relative not in NOT_FOR_SLEAP_IO:
        source, saved = load(path), load(tmp_path / "joined.slp")
        rows = range(len(source))
        assert differences(frame_records(source, rows), frame_records(saved, rows)) == []
        assert session_records(source, rows) == session_records(saved, rows)


def old_boxes(file: h5py.File) -> None:
    """Boxes as one table with lists in attributes, as formats 1.7 to 1.9 have them."""
    group = file["bboxes"]
    columns = {name: group[name][()] for name in group}
    del file["bboxes"]
    kinds = [
        ("x_center", "f8"),
        ("y_center", "f8"),
        ("width", "f8"),
        ("height", "f8"),
        ("angle", "f8"),
    ]
    kinds += [("video", "i4"), ("frame_idx", "i8"), ("track", "i4"), ("instance", "i4")]
    kinds += [("is_predicted", "u1"), ("score", "f4")]
    rows = np.zeros(len(columns["x1"]), kinds)
    for name in rows.dtype.names or ():
        if name in columns:
            rows[name] = columns[name]
    for side, centre, size in (("x", "x_center", "width"), ("y", "y_center", "height")):
        rows[centre] = (columns[f"{side}1"] + columns[f"{side}2"]) / 2
        rows[size] = columns[f"{side}2"] - columns[f"{side}1"]
    file["bboxes"] = rows
    for name, attribute in (("category", "categories"), ("name", "names"), ("source", "sources")):
        texts = [text.decode() for text in columns[name]]
        file["bboxes"].attrs[attribute] = json.dumps(texts)


def test_boxes_of_old_formats_get_the_newest_form(tmp_path: Path) -> None:
    made = labels_of(5, {"bboxes", "centroids"}, 8)
    path = write(made, tmp_path / "a.slp")
    expected = frame_records(load(path), range(8))
    with h5py.File(path, "r+") as file:
        old_boxes(file)
        file["metadata"].attrs["format_id"] = 1.7
    assert differences(expected, frame_records(load(path), range(8))) == []
    found = load(join_files([path], tmp_path / "joined.slp"))
    assert differences(expected, frame_records(found, range(8))) == []


@pytest.mark.parametrize(
    ("tables", "format_id"),
    [({"negative"}, 1.4), ({"bboxes"}, 2.0), ({"masks"}, 2.4), (set(TABLES), 2.8)],
    ids=["plain", "boxes", "masks", "all"],
)
def test_the_format_is_that_of_the_newest_table(
    tables: set[str], format_id: float, tmp_path: Path
) -> None:
    path = write(labels_of(2, tables, 9), tmp_path / "a.slp")
    assert Labels.load(join_files([path], tmp_path / "j.slp")).source.format_id == format_id


def set_last(name: str, column: str, value: int) -> Any:  # noqa: ANN401
    def edit(file: h5py.File) -> None:
        rows = file[name][()]
        rows[column][-1] = value
        file[name][...] = rows

    return edit


BROKEN = {
    "instance": (set_last("masks", "instance", 999), "the owner is row 999"),
    "origin": (set_last("masks", "from_predicted", 999), "the owner is row 999"),
    "video": (set_last("masks", "video", 9), "video is 9, but there is no such video"),
    "bytes": (set_last("masks", "rle_end", 10**6), "rle_end is 1000000, but /mask_rle has"),
    "owner": (set_last("identity/links", "owner_id", 10**6), "the owner is row 1000000"),
    "objects": (set_last("label_images", "n_objects", 999), "objects_end is"),
    "map": (set_last("mask_score_map_index", "mask_idx", 999), "the owner is row 999"),
    "frame of a session": (
        set_last("session_data/instance_group_members", "lf", 999),
        "the owner is row 999",
    ),
    "group of a session": (
        set_last("session_data/frame_groups", "ig_end", 999),
        "ig_end is 999, but",
    ),
}


@pytest.mark.parametrize(("edit", "problem"), BROKEN.values(), ids=BROKEN.keys())
def test_broken_tables_are_named(edit: Any, problem: str, tmp_path: Path) -> None:  # noqa: ANN401
    path = write(labels_of(3, set(TABLES), 9), tmp_path / "a.slp")
    with h5py.File(path, "r+") as file:
        edit(file)
    with pytest.raises(LabelsFileError, match=problem):
        join_files([path], tmp_path / "joined.slp")
    assert not (tmp_path / "joined.slp").exists()


def test_vectors_of_two_lengths_are_refused(tmp_path: Path) -> None:
    paths = [write(labels_of(3, set(TABLES), 9), tmp_path / f"{at}.slp") for at in range(2)]
    with h5py.File(paths[1], "r+") as file:
        n = len(file["embeddings/vectors"])
        del file["embeddings/vectors"]
        file["embeddings/vectors"] = np.zeros((n, 9), np.float32)
    with pytest.raises(UnsupportedFormatError, match=r"1\.slp: its embeddings have \(9,\)"):
        join_files(paths, tmp_path / "joined.slp")


def test_a_video_that_two_files_crop_in_two_ways_is_refused(tmp_path: Path) -> None:
    paths = [write(labels_of(3, set(), 3), tmp_path / f"{at}.slp") for at in range(2)]
    for path, crop in zip(paths, (b'[{"video":0,"crop":[0,0,5,5],"fill":0}]', b"[]"), strict=True):
        with h5py.File(path, "r+") as file:
            file["video_crops"] = np.bytes_(crop)
    with pytest.raises(UnsupportedFormatError, match=r"1\.slp: v0.mp4 is cropped in another way"):
        join_files(paths, tmp_path / "joined.slp")
    with h5py.File(paths[1], "r+") as file:
        del file["video_crops"]
        file["video_crops"] = np.bytes_(b'[{"video":0,"crop":[0,0,5,5],"fill":0}]')
    with h5py.File(join_files(paths, tmp_path / "joined.slp")) as file:
        assert file["video_crops"][()] == b'[{"video":0,"crop":[0,0,5,5],"fill":0}]'


def test_one_animal_of_two_files_is_one_and_keeps_what_both_say(tmp_path: Path) -> None:
    paths = []
    for at, about in enumerate(({"sex": "f"}, {"sex": "f", "age": "2"}, {"sex": "m"})):
        made = labels_of(at, {"identities"}, 3)
        made.identities[:] = [sleap_io.Identity("Ann", about)]
        for instance in (one for frame in made for one in frame.instances):
            instance.identity = made.identities[0]
        paths.append(write(made, tmp_path / f"{at}.slp"))
    with pytest.warns(UserWarning, match="/identity: files say different things of Ann"):
        found = load(join_files(paths, tmp_path / "joined.slp"))
    assert [(one.name, one.metadata) for one in found.identities] == [
        ("Ann", {"sex": "f", "age": "2"})
    ]
    instances = [one for frame in found for one in frame.instances]
    assert {id(one.identity) for one in instances} == {id(found.identities[0])}
