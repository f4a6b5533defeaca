"""Several labels files in one: nothing is lost, nothing is confused, and sleap-io agrees."""

import json
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import sleap_io_reader
from hypothesis import HealthCheck, given, settings
from synthetic_labels import (
    MadeFrame,
    MadeInstance,
    MadeLabels,
    MadePoint,
    embedded,
    made_labels,
    png,
    small_package,
    to_layout,
    user_instance,
)

from splitlib.errors import LabelsFileError, UnsupportedFormatError
from splitlib.labels import Labels
from splitlib.slp.create import EmbeddedVideo
from splitlib.slp.join import join
from splitlib.slp.source import Track


def joined(folder: Path, *made: MadeLabels, **names: MadeLabels) -> Labels:
    files = {**{f"file{at}": one for at, one in enumerate(made)}, **names}
    paths = [one.write(folder / f"{name}.slp") for name, one in files.items()]
    return join_files(folder, *paths)


def join_files(folder: Path, *paths: Path) -> Labels:
    join([Labels.load(path).source for path in paths], folder / "joined.slp")
    return Labels.load(folder / "joined.slp")


def plain(labels: Labels) -> list[Any]:
    """What is said of frames, by names instead of positions."""
    return [
        (
            frame.video.origin,
            frame.frame_idx,
            frame.is_negative,
            [
                (
                    each.is_user,
                    each.track and each.track.name,
                    each.from_predicted,
                    repr((each.score, each.tracking_score)),
                    {
                        node: (xy.tobytes(), bool(seen), score.tobytes())
                        for node, xy, seen, score in zip(
                            each.skeleton.nodes,
                            each.points + 0.0,
                            each.visible,
                            each.point_scores,
                            strict=True,
                        )
                    },
                )
                for each in frame.instances
            ],
        )
        for frame in labels
    ]


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(made_labels(), made_labels())
def test_frames_of_both_files_are_there_as_they_were(
    tmp_path: Path, one: MadeLabels, other: MadeLabels
) -> None:
    other = replace(other, options={"videos": [f"bob/{at}.mp4" for at in range(other.n_videos)]})
    if one.n_nodes != other.n_nodes:
        other = replace(other, frames=(), frame_order=(), negative=frozenset())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        paths = [one.write(tmp_path / "one.slp"), other.write(tmp_path / "other.slp")]
        both = join_files(tmp_path, *paths)
    expected = [frame for path in paths for frame in plain(Labels.load(path))]
    assert plain(both) == expected
    with h5py.File(tmp_path / "joined.slp") as file:
        complete = [file[name]["complete"].sum() for name in ("points", "pred_points")]
    made = [p for made in (one, other) for f in made.frames for i in f.instances for p in i.points]
    assert sum(complete) == sum(point.complete for point in made)
    check_with_sleap_io(tmp_path / "joined.slp")


def check_with_sleap_io(path: Path) -> None:
    """A second reader finds what ours finds."""
    ours, theirs = Labels.load(path), sleap_io_reader.load(path)
    assert len(theirs.labeled_frames) == len(ours)
    for mine, frame in zip(ours, theirs.labeled_frames, strict=True):
        assert frame.frame_idx == mine.frame_idx
        assert theirs.videos.index(frame.video) == ours.videos.index(mine.video)
        for one, other in zip(mine.instances, frame.instances, strict=True):
            xy = other.points["xy"]
            assert np.array_equal(xy, one.points, equal_nan=True)
            assert other.points["name"].tolist() == list(one.skeleton.nodes)
            assert (other.track and other.track.name) == (one.track and one.track.name)


def labels_of(video: object, *frames: int, x: float = 1.5, **options: object) -> MadeLabels:
    made = tuple(MadeFrame(0, frame, (user_instance(x=x + frame),)) for frame in frames)
    return MadeLabels(made, options={"videos": [video], **options})


GRAY = {"filename": "/d/top.mp4", "backend": {"filename": "/d/top.mp4", "grayscale": True}}
NO_PATH = {"filename": "", "backend": {}}

# videos of the files, each of which has one; the video of each frame, and its recording
SAME_VIDEOS: dict[str, tuple[list[object], list[int], list[int]]] = {
    "one path, and one name": (
        ["C:\\data\\day1\\top.mp4", "C:/data/day1/top.mp4", "C:/data/day2/top.mp4"],
        [0, 0, 1],
        [0, 0, 1],
    ),
    "letters in one or two code points": (
        ["/d/caf\u00e9.mp4", "/d/cafe\u0301.mp4"],
        [0, 0],
        [0, 0],
    ),
    "two ways of reading one path": (["/d/top.mp4", GRAY], [0, 1], [0, 0]),
    "no path": ([NO_PATH, NO_PATH], [0, 1], [0, 1]),
}


@pytest.mark.parametrize(("rows", "video", "recording"), SAME_VIDEOS.values(), ids=SAME_VIDEOS)
def test_videos_are_one_by_path_and_way_of_reading_and_recordings_by_path(
    rows: list[object], video: list[int], recording: list[int], tmp_path: Path
) -> None:
    both = joined(tmp_path, *(labels_of(row, 1) for row in rows))
    assert both.video.tolist() == video
    assert both.moments.recording.tolist() == recording


def test_videos_of_one_name_are_told_by_their_folders(tmp_path: Path) -> None:
    both = joined(tmp_path, *(labels_of(f"C:/data/day{day}/top.mp4", 1) for day in (1, 2)))
    assert [video.key for video in both.videos] == ["day1/top.mp4", "day2/top.mp4"]


def test_two_entries_of_one_file_stay_two(tmp_path: Path) -> None:
    twice = MadeLabels(
        (MadeFrame(1, 3), MadeFrame(0, 3)), n_videos=2, options={"videos": ["a.mp4", "a.mp4"]}
    )
    assert joined(tmp_path, twice, twice).video.tolist() == [1, 0, 1, 0]


def test_tracks_are_united_by_name_and_occurrence(tmp_path: Path) -> None:
    one = replace(labels_of("a.mp4", 1), n_tracks=3)
    frames = tuple(MadeFrame(0, at, (user_instance(track=at),)) for at in range(3))
    tracks = [[Track("x", 3), Track("y", 0), Track("x", 5)], [Track("y", 9), Track("x", 0)]]
    first = replace(one, frames=frames, options={"videos": ["a.mp4"], "tracks": tracks[0]})
    second = replace(one, frames=frames[:2], options={"videos": ["b.mp4"], "tracks": tracks[1]})
    with pytest.warns(UserWarning, match=r"1 names of tracks stand for several .*\(x\)"):
        both = joined(tmp_path, first, second)
    assert both.tracks == tuple(tracks[0])
    assert both.columns.track.tolist() == [0, 1, 2, 1, 0]


def skeleton_of(*nodes: str, **options: object) -> MadeLabels:
    points = tuple(MadePoint(float(ord(node[0])), 1.0) for node in nodes)
    frames = (MadeFrame(0, 1, (MadeInstance(points),)),)
    return MadeLabels(
        frames,
        n_nodes=len(nodes),
        options={"nodes": nodes, "videos": [f"{''.join(nodes)}.mp4"], **options},
    )


ORDERS = {"by name": ("nte", "ent"), "by order where names repeat": ("aba", "baa")}


@pytest.mark.parametrize(("one", "other"), ORDERS.values(), ids=ORDERS)
def test_nodes_in_another_order_are_mapped(one: str, other: str, tmp_path: Path) -> None:
    both = joined(tmp_path, skeleton_of(*one), skeleton_of(*other))
    assert len(both.skeletons) == 1
    assert both.columns.xy[:, 0].tolist() == [*map(ord, one), *map(ord, one)]


def test_other_edges_are_warned_of(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match=r"file1\.slp: the skeleton has other edges than that of"):
        joined(
            tmp_path,
            skeleton_of("a", "b", edges=[(0, 1)]),
            skeleton_of("b", "a", edges=[(0, 1)]),
        )


Pairs = dict[str, list[tuple[int, int]]]

# what the first file says; what the other says, whose nodes come in another order; what holds
LINKS: dict[str, tuple[Pairs, Pairs, Pairs]] = {
    "edges of both": ({"edges": [(0, 1)]}, {"edges": [(1, 2)]}, {"edges": [(0, 1)]}),
    "edges of the other": ({}, {"edges": [(2, 1)]}, {"edges": [(1, 0)]}),
    "edges of both, symmetries of the first": (
        {"edges": [(0, 1)], "symmetries": [(1, 2)]},
        {"edges": [(1, 2)]},
        {"edges": [(0, 1)], "symmetries": [(1, 2)]},
    ),
}


@pytest.mark.parametrize(("first", "second", "expected"), LINKS.values(), ids=LINKS)
def test_edges_that_the_first_skeleton_lacks_are_those_of_the_next(
    first: Pairs, second: Pairs, expected: Pairs, tmp_path: Path
) -> None:
    one = skeleton_of("nose", "tail", "ear", **first)
    both = joined(tmp_path, one, skeleton_of("ear", "nose", "tail", **second))
    assert both.skeletons[0].edges == tuple(expected["edges"])
    assert both.skeletons[0].symmetries == tuple(expected.get("symmetries", ()))


def test_other_nodes_are_refused_with_the_difference(tmp_path: Path) -> None:
    message = r"file1\.slp: .* only here: paw; only there: tail, ear"
    with pytest.raises(UnsupportedFormatError, match=message):
        joined(tmp_path, skeleton_of("nose", "tail", "ear"), skeleton_of("nose", "paw"))
    assert not (tmp_path / "joined.slp").exists()


def test_a_file_without_instances_has_any_skeleton(tmp_path: Path) -> None:
    empty = replace(skeleton_of("nose", "paw"), frames=(MadeFrame(0, 1),))
    both = joined(tmp_path, empty, skeleton_of("ear", "nose"))
    assert both.skeletons[0].nodes == ("ear", "nose")


def images_of(labels: Labels) -> list[object]:
    return [
        image if isinstance(image, bytes) else image.tolist()
        for image in labels.read_images(labels.video, labels.frame_idx)
    ]


def package(*frames: int, stored: tuple[int, ...] = (), **how: Any) -> MadeLabels:  # noqa: ANN401
    video = replace(embedded(0, stored or frames), **how)
    return labels_of(video, *frames)


@pytest.mark.parametrize("layout", ["padded", "vlen", "gzip"])
@pytest.mark.parametrize("other", ["padded", "vlen"])
def test_images_of_one_video_come_together(tmp_path: Path, layout: str, other: str) -> None:
    one = to_layout(package(2, 9, stored=(2, 9, 14)).write(tmp_path / "one.slp"), layout)
    two = to_layout(package(4, 9, stored=(4, 7, 9)).write(tmp_path / "two.slp"), other)
    both = join_files(tmp_path, one, two)
    assert both.video.tolist() == [0, 0, 0, 0]
    assert both.images[0].frame_numbers.tolist() == [2, 4, 7, 9, 14]
    assert images_of(both) == [png(0, frame) for frame in (2, 9, 4, 9)]
    assert both.read_images([0, 0], [14, 7]) == [png(0, 14), png(0, 7)]
    video = sleap_io_reader.load(tmp_path / "joined.slp", open_videos=True).videos[0]
    assert video[7][5, 1, 0] == 17
    assert video.source_video.filename == "day0/video.mp4"


@pytest.mark.parametrize("layout", ["padded", "vlen", "gzip", "pixels"])
def test_the_images_of_a_single_file_keep_their_form(tmp_path: Path, layout: str) -> None:
    one = to_layout(package(2, 4).write(tmp_path / "one.slp"), layout)
    both = join_files(tmp_path, one, labels_of("b.mp4", 5).write(tmp_path / "two.slp"))
    with h5py.File(one) as a, h5py.File(tmp_path / "joined.slp") as b:
        assert a["video0/video"].dtype == b["video0/video"].dtype
        assert a["video0/video"].compression == b["video0/video"].compression
    assert images_of(both.extract([0, 1])) == images_of(Labels.load(one))


def test_pixels_of_one_video_come_together(tmp_path: Path) -> None:
    files = [
        to_layout(package(*frames).write(tmp_path / f"{frames[0]}.slp"), "pixels")
        for frames in ((2, 4), (3, 4))
    ]
    both = join_files(tmp_path, *files)
    assert both.images[0].frame_numbers.tolist() == [2, 3, 4]
    assert images_of(both) == [image for file in files for image in images_of(Labels.load(file))]


def test_a_frame_with_two_images_is_of_two_entries(tmp_path: Path) -> None:
    images = [png(0, 2), png(1, 9)]
    both = joined(tmp_path, package(2, 9), package(2, 9, images=images))
    assert both.video.tolist() == [0, 0, 1, 1]
    assert images_of(both) == [png(0, 2), png(0, 9), *images]
    assert both.moments.recording.tolist() == [0, 0, 0, 0]


def test_images_of_equal_pixels_are_one_image(tmp_path: Path) -> None:
    image = png(0, 2)
    chunk = image.index(b"IEND") - 4
    text = b"\0\0\0\4tEXta\0bc" + (0x4A9B1B4E).to_bytes(4, "big")
    other = image[:chunk] + text + image[chunk:]
    both = joined(tmp_path, package(2), package(2, images=[other]))
    assert both.video.tolist() == [0, 0]
    assert images_of(both) == [image, image]


@pytest.mark.parametrize(
    "how", [{"height": 9}, {"channel_order": "BGR"}, {"format": "jpg"}, {"source_filename": "x"}]
)
def test_what_tells_embedded_videos_apart(tmp_path: Path, how: dict[str, Any]) -> None:
    assert joined(tmp_path, package(2), package(4, **how)).video.tolist() == [0, 1]


def test_videos_of_one_hdf5_file_are_told_by_their_dataset(tmp_path: Path) -> None:
    files: list[Path] = []
    for name in ("a", "b", "a"):
        path = package(2, source_filename="all.h5").write(tmp_path / f"{len(files)}.slp")
        with h5py.File(path, "r+") as file:
            backend = {"filename": "all.h5", "dataset": f"{name}/frames"}
            file["video0/source_video"].attrs["json"] = json.dumps({"backend": backend})
        files.append(path)
    both = join_files(tmp_path, *files)
    assert both.video.tolist() == both.moments.recording.tolist() == [0, 1, 0]


def test_the_default_order_of_channels_of_old_formats_is_written(tmp_path: Path) -> None:
    old = replace(package(2, channel_order=None), format_id=1.2)
    both = joined(tmp_path, old, labels_of("b.mp4", 1))
    assert both.images[0].channel_order == "BGR"
    assert both.source.format_id == 1.4


def test_positions_and_groups_of_images_agree(tmp_path: Path) -> None:
    both = joined(tmp_path, labels_of("b.mp4", 1), small_package())
    assert [video.dataset for video in both.videos] == [None, "video1/video", "video2/video"]
    source = Labels.load(tmp_path / "file1.slp")
    assert images_of(both.extract(range(1, 7))) == images_of(source)
    assert sorted((s.video, s.frame_idx) for s in both.suggestions) == [(1, 11), (2, 7), (2, 12)]
    assert both.is_negative.tolist() == [False, *source.is_negative.tolist()]


def test_suggestions_are_united_and_keep_their_groups(tmp_path: Path) -> None:
    rows = [{"video": "0", "frame_idx": 3, "group": 7}, {"video": "0", "frame_idx": 4, "group": 1}]
    joined(
        tmp_path,
        labels_of("a.mp4", 1, suggestions=rows[:1]),
        labels_of("b.mp4", 1, suggestions=rows),
        labels_of("a.mp4", 1, suggestions=rows),
    )
    with h5py.File(tmp_path / "joined.slp") as file:
        stored = [json.loads(text) for text in file["suggestions_json"][()]]
    assert stored == [rows[0], *({**row, "video": "1"} for row in rows), rows[1]]


def test_the_provenance_names_the_files(tmp_path: Path) -> None:
    made = labels_of("a.mp4", 1, 2)
    paths = [made.write(tmp_path / name / "labels.slp") for name in ("ann", "bob")]
    both = join_files(tmp_path, *paths)
    files = both.provenance["joined"]
    assert [(one["file"], one["n_frames"]) for one in files] == [
        ("ann/labels.slp", 2),
        ("bob/labels.slp", 2),
    ]
    assert len(files[0]["sha256"]) == 64


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    files = [small_package().write(tmp_path / "a.slp"), package(5).write(tmp_path / "b.slp")]
    join_files(tmp_path, *files)
    first = (tmp_path / "joined.slp").read_bytes()
    join_files(tmp_path, *files)
    assert (tmp_path / "joined.slp").read_bytes() == first


@pytest.mark.parametrize("name", ["new_table", "identity/colors", "session_data/more"])
def test_what_would_be_lost_is_refused_by_name(tmp_path: Path, name: str) -> None:
    paths = [labels_of("a.mp4", at).write(tmp_path / f"{at}.slp") for at in (1, 2)]
    with h5py.File(paths[1], "r+") as file:
        file[name] = np.zeros(0)
    assert len(join_files(tmp_path, *paths)) == 2
    with h5py.File(paths[1], "r+") as file:
        del file[name]
        file[name] = [b"{}"]
    with pytest.raises(UnsupportedFormatError, match=rf"2\.slp: /{name} cannot be"):
        join_files(tmp_path, *paths)


def test_an_unknown_column_is_refused_by_name(tmp_path: Path) -> None:
    path = labels_of("a.mp4", 1).write(tmp_path / "a.slp")
    with h5py.File(path, "r+") as file:
        rows = file["points"][()]
        wider = np.zeros(len(rows), [*rows.dtype.descr, ("z", "<f8")])
        del file["points"]
        file["points"] = wider
    with pytest.raises(UnsupportedFormatError, match="/points z cannot be put"):
        join_files(tmp_path, path)


def test_a_file_that_was_changed_since_is_refused(tmp_path: Path) -> None:
    path = labels_of("a.mp4", 1).write(tmp_path / "a.slp")
    source = Labels.load(path).source
    labels_of("a.mp4", 1, 2).write(path)
    with pytest.raises(LabelsFileError, match="changed after it was loaded"):
        join([source], tmp_path / "joined.slp")


def test_many_images_take_little_memory_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("splitlib.slp.embedded.BATCH_BYTES", 200)
    even, odd = list(range(0, 20, 2)), list(range(1, 20, 2))
    both = joined(tmp_path, package(*even), package(*odd))
    assert images_of(both) == [png(0, frame) for frame in even + odd]


def test_an_embedded_video_without_images_is_carried(tmp_path: Path) -> None:
    none = EmbeddedVideo([], np.zeros(0, np.int64), 6, 8, 1, "day0/video.mp4")
    both = joined(tmp_path, labels_of(none, 3), package(4, n_frames=None))
    assert both.has_image().tolist() == [False, True]
    assert both.moments.recording.tolist() == [0, 0]
