"""Labels put into one file: of splits, the tables of the source bit by bit."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import places
import pytest
import sleap_io
from drawn import tries
from every_table import labels_with_tables, write
from hypothesis import given
from hypothesis import strategies as st
from raw_hdf5 import Content, content
from real_files import shared_path
from real_labels import SPLIT, real_files
from synthetic_labels import (
    MadeFrame,
    MadeLabels,
    embedded,
    png,
    small_labels,
    small_package,
    user_instance,
)

from splitlib.commands.main import main
from splitlib.errors import SplitError, UnsupportedFormatError
from splitlib.labels import Labels
from splitlib.split.index import SourceId
from splitlib.split.merge_splits import merge_splits
from splitlib.split.write_index import IndexWriter

DEMO = str(places.DEMO)


def split_file(source: Labels, folder: Path, *, with_index: bool) -> list[Path]:
    """Three splits of whole frames that leave nothing out."""
    frames = np.stack([source.video, source.frame_idx], axis=1)
    _, number = np.unique(frames, axis=0, return_inverse=True)
    files = []
    for at, name in enumerate(("train", "val", "test")):
        rows = np.flatnonzero(number.reshape(-1) % 3 == at)
        files.append(folder / f"{name}.slp")
        source.extract(rows).save(files[-1])
        if with_index:
            origin = SourceId("labels.slp", "0" * 64, len(source))
            path = folder / f"{name}.json"
            IndexWriter(source, [origin], {}).write(path, rows, name)
    return files


def check_same(one: Path, other: Path) -> None:
    """Every table, attribute and image is the same: values, types and order."""
    first, second = (_without_limits(content(path)) for path in (one, other))
    assert {place for place in first | second if first.get(place) != second.get(place)} == set()


def _without_limits(found: Content) -> Content:
    """A dataset without the sizes that it may grow to, and without chunks."""
    return {
        place: (value[0], value[1][0], value[-1]) if len(value) == 5 else value
        for place, value in found.items()
    }


@pytest.mark.parametrize("name", [DEMO, *real_files(SPLIT)])
def test_merged_splits_are_the_source(name: str, tmp_path: Path) -> None:
    source = Labels.load(DEMO if name == DEMO else shared_path(name))
    normal = tmp_path / "normal.slp"  # video numbers as in every file that splitlib writes
    source.save(normal)
    files = split_file(source, tmp_path, with_index=True)
    assert merge_splits(files[::-1], tmp_path / "merged.slp") == len(source)
    check_same(tmp_path / "merged.slp", normal)
    if name == DEMO:
        check_same(normal, Path(DEMO))


@given(labels_with_tables(), st.booleans())
@tries(60, at_least=10)
@pytest.mark.slow
def test_merged_splits_have_every_table_of_the_source(
    tmp_path_factory: pytest.TempPathFactory, made: sleap_io.Labels, with_index: bool
) -> None:
    folder = tmp_path_factory.mktemp("merge", numbered=True)
    source = Labels.load(write(made, folder / "labels.slp"))
    if not with_index:
        order = np.lexsort((source.frame_idx, source.video))
        write(made.extract(order.tolist(), copy=True), folder / "labels.slp")
        source = Labels.load(folder / "labels.slp")
    merge_splits(split_file(source, folder, with_index=with_index), folder / "merged.slp")
    check_same(folder / "merged.slp", folder / "labels.slp")
    shutil.rmtree(folder)


def test_without_indexes_frames_come_by_video_and_number(tmp_path: Path) -> None:
    source = Labels.load(small_package().write(tmp_path / "labels.slp"))
    files = split_file(source, tmp_path, with_index=False)
    merge_splits(files, tmp_path / "merged.slp")
    order = np.lexsort((source.frame_idx, source.video))
    source.extract(order).save(tmp_path / "sorted.slp")
    check_same(tmp_path / "merged.slp", tmp_path / "sorted.slp")


def test_a_frame_in_two_files_is_named(tmp_path: Path) -> None:
    source = Labels.load(small_package().write(tmp_path / "labels.slp"))
    source.extract([0, 1]).save(tmp_path / "a.slp")
    source.extract([1, 2]).save(tmp_path / "b.slp")
    with pytest.raises(SplitError, match=r"b\.slp: .*video\.mp4 frame 7 is in another"):
        merge_splits([tmp_path / "a.slp", tmp_path / "b.slp"], tmp_path / "merged.slp")
    assert not (tmp_path / "merged.slp").exists()


def test_a_table_that_would_be_lost_is_named(tmp_path: Path) -> None:
    source = Labels.load(small_package().write(tmp_path / "labels.slp"))
    files = split_file(source, tmp_path, with_index=False)
    with h5py.File(files[1], "r+") as file:
        file["new_table"] = [1]
    with pytest.raises(UnsupportedFormatError, match=r"val\.slp: /new_table cannot be put into"):
        merge_splits(files, tmp_path / "merged.slp")


def two_days(folder: Path, video: str, other: str, *, embedded_images: bool) -> list[Path]:
    """Labels of two videos, in files that differ in nothing else."""
    files = []
    for at, name in enumerate((video, other)):
        frames = tuple(MadeFrame(0, 2 * n + at, (user_instance(x=n),)) for n in range(4))
        images = replace(embedded(at, [2 * n + at for n in range(4)]), source_filename=name)
        made = MadeLabels(frames, options={"videos": [images if embedded_images else name]})
        files.append(made.write(folder / f"{'ab'[at]}.slp"))
    return files


@pytest.mark.parametrize("embedded_images", [True, False])
def test_two_videos_of_one_name_stay_two(tmp_path: Path, embedded_images: bool) -> None:
    names = ["/data/day1/top.mp4", "/data/day2/top.mp4"]
    files = two_days(tmp_path, *names, embedded_images=embedded_images)
    assert merge_splits(files, tmp_path / "merged.slp") == 8
    merged = Labels.load(tmp_path / "merged.slp")
    assert [video.origin for video in merged.videos] == names
    assert merged.video.tolist() == [0] * 4 + [1] * 4
    assert merged.frame_idx.tolist() == [0, 2, 4, 6, 1, 3, 5, 7]
    if embedded_images:
        images = merged.read_images(merged.video, merged.frame_idx)
        assert images == [png(0, n) for n in (0, 2, 4, 6)] + [png(1, n) for n in (1, 3, 5, 7)]


@pytest.mark.parametrize("embedded_images", [True, False])
def test_one_video_in_two_files_is_one(tmp_path: Path, embedded_images: bool) -> None:
    files = two_days(tmp_path, "/d/top.mp4", "/d/top.mp4", embedded_images=embedded_images)
    assert merge_splits(files[::-1], tmp_path / "merged.slp") == 8
    merged = Labels.load(tmp_path / "merged.slp")
    assert merged.video.tolist() == [0] * 8
    assert merged.frame_idx.tolist() == list(range(8))


def test_videos_of_other_names_are_no_frames_of_one_another(tmp_path: Path) -> None:
    files = []
    for name in "ab":
        made = MadeLabels(
            (MadeFrame(0, 0, (user_instance(),)),), options={"videos": [f"{name}.mp4"]}
        )
        files.append(made.write(tmp_path / f"{name}.slp"))
    assert merge_splits(files, tmp_path / "merged.slp") == 2
    assert [video.key for video in Labels.load(tmp_path / "merged.slp").videos] == [
        "a.mp4",
        "b.mp4",
    ]


def test_labels_of_two_people_for_one_frame_are_both_kept(tmp_path: Path) -> None:
    files = []
    for x in (0.0, 0.5):
        frames = tuple(MadeFrame(0, n, (user_instance(x=n + x * (n > 1)),)) for n in range(5))
        made = MadeLabels(frames, options={"videos": ["/d/top.mp4"]})
        files.append(made.write(tmp_path / f"{x}.slp"))
    with pytest.warns(UserWarning, match="5 frames are labeled in two or more .*, 2 of them alike"):
        merge_splits(files, tmp_path / "merged.slp")
    merged = Labels.load(tmp_path / "merged.slp")
    assert merged.frame_idx.tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    assert merged.columns.xy[8:12, 0].tolist() == [2, 2, 2.5, 2.5]


def test_splits_of_two_sources_come_together(tmp_path: Path) -> None:
    files = []
    for name in "ab":
        made = replace(small_package(), n_tracks=2)
        videos = [
            replace(video, source_filename=f"/{name}/{at}.mp4")
            for at, video in enumerate(made.options["videos"])
        ]
        made = replace(made, options=made.options | {"videos": videos})
        source = Labels.load(made.write(tmp_path / name / "labels.slp"))
        files += split_file(source, tmp_path / name, with_index=True)
    assert merge_splits(files, tmp_path / "merged.slp") == 12
    merged = Labels.load(tmp_path / "merged.slp")
    assert np.unique(merged.video, return_counts=True)[1].tolist() == [3, 3, 3, 3]


@pytest.mark.parametrize("embed", [True, False])
def test_splits_that_sleap_io_made_come_together(tmp_path: Path, embed: bool) -> None:
    made = small_package() if embed else small_labels()
    source = Labels.load(made.write(tmp_path / "labels.slp"))
    theirs = sleap_io.load_slp(str(tmp_path / "labels.slp"), open_videos=embed)
    for name, frames in (("one", [5, 1, 4]), ("two", [0, 2, 3])):
        part = theirs.extract(frames, copy=True)
        part.save(str(tmp_path / f"{name}.slp"), embed=embed, verbose=False)
    merge_splits([tmp_path / "one.slp", tmp_path / "two.slp"], tmp_path / "merged.slp")
    merged = Labels.load(tmp_path / "merged.slp")
    names = [[video.origin for video in labels.videos] for labels in (source, merged)]
    assert sorted(names[1]) == sorted(names[0])

    def points(labels: Labels) -> list[Any]:
        return sorted(
            (
                frame.video.origin,
                frame.frame_idx,
                [each.points.tolist() for each in frame.instances],
            )
            for frame in labels
        )

    assert points(merged) == points(source)
    assert merged.has_image().tolist() == [embed] * 6


def test_images_of_two_videos_in_files_that_are_else_alike_stay_apart(tmp_path: Path) -> None:
    """A package without the name of its video says nothing else of it."""
    files = two_days(tmp_path, "/d/1.mp4", "/d/2.mp4", embedded_images=True)
    for path in files:
        with h5py.File(path, "r+") as file:
            del file["video0/source_video"]
            file["video0/frame_numbers"][...] = [0, 1, 2, 3]
            rows = file["frames"][()]
            rows["frame_idx"] = np.arange(4)
            file["frames"][...] = rows
    with pytest.warns(UserWarning, match="videos without a path"):
        merge_splits(files, tmp_path / "merged.slp")
    assert Labels.load(tmp_path / "merged.slp").video.tolist() == [0] * 4 + [1] * 4


def test_a_json_file_beside_that_is_no_index_is_left_alone(tmp_path: Path) -> None:
    files = two_days(tmp_path, "/d/top.mp4", "/d/top.mp4", embedded_images=False)
    for path in files:
        path.with_suffix(".json").write_text("[]")
    assert merge_splits(files, tmp_path / "merged.slp") == 8


@pytest.mark.parametrize("name", ["video0/video", "tracks_json", "points"])
def test_a_damaged_file_ends_in_a_message(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    source = Labels.load(small_package().write(tmp_path / "labels.slp"))
    files = split_file(source, tmp_path, with_index=False)
    with h5py.File(files[1], "r+") as file:
        data = file[name][()]
        del file[name]
        kept = file.create_dataset(name, data=data, chunks=data.shape, compression="gzip")
        offset, size = kept.id.get_chunk_info(0).byte_offset, kept.id.get_chunk_info(0).size
    with files[1].open("r+b") as raw:
        raw.seek(offset)
        raw.write(bytes(size))
    assert main(["merge", *map(str, files), "-o", str(tmp_path / "merged.slp")]) == 1
    message = capsys.readouterr().err
    assert "val.slp" in message
    assert "Traceback" not in message
    assert not list(tmp_path.glob(".*"))


def test_merge_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [str(file) for file in split_file(Labels.load(DEMO), tmp_path, with_index=True)]
    assert main(["merge", *files, "-o", str(tmp_path / "merged.slp")]) == 0
    assert "merged.slp: 471 labeled frames" in capsys.readouterr().out
    assert main(["merge", files[0], files[0], "-o", str(tmp_path / "other.slp")]) == 1
    assert "merge splits that share no frame" in capsys.readouterr().err
