from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sleap_io
from real_files import SHARED, shared_path
from real_labels import (
    COLLIDING,
    EVERY,
    LARGE,
    NO_LABELS,
    NOT_FOR_SLEAP_IO,
    PACKAGES,
    READ_BY_SLEAP_IO,
    real_files,
)
from row_by_row import read_tables
from sleap_io_reader import Record, exact, load_source, skeleton_symmetries

from splitlib.errors import LabelsFileError, SplitlibError
from splitlib.labels import Instance, Labels


def test_files_that_came_later_are_read_and_split_or_refused(tmp_path: Path) -> None:
    shared_path("data/INDEX.md")
    folders = [SHARED / "data", SHARED / "oracle/data"]
    paths = [path for folder in folders for path in folder.rglob("*") if _may_be_labels(path)]
    for path in paths:
        if path.relative_to(SHARED).as_posix() not in EVERY:
            check_any_file(path, tmp_path / "part.slp")


def _may_be_labels(path: Path) -> bool:
    return path.suffix in (".slp", ".h5")


@pytest.mark.parametrize("relative", ["data/made/mixed.slp", NO_LABELS[0]])
@pytest.mark.filterwarnings("ignore:.*numbers of the videos:UserWarning")
def test_any_file_is_read_and_split_or_refused(relative: str, tmp_path: Path) -> None:
    check_any_file(shared_path(relative), tmp_path / "part.slp")


def check_any_file(path: Path, target: Path) -> None:
    """Either half of it reads back, or an error says why not."""
    try:
        labels = Labels.load(path)
        half = labels.extract(range(0, len(labels), 2))
        half.save(target)
    except SplitlibError as err:
        assert str(err).startswith(f"{path}: ")  # noqa: PT017 - both answers are right
    else:
        assert Labels.load(target)[:] == half[:]


@pytest.mark.parametrize("relative", real_files(READ_BY_SLEAP_IO))
def test_frames_are_those_that_sleap_io_reads(relative: str) -> None:
    path = shared_path(relative)
    expected, labels = load_source(path), Labels.load(path)
    assert len(labels) == len(expected)
    for frame, row in zip(expected, own_frames(labels), strict=True):
        assert row == sleap_io_frame(expected, frame, has_scores=labels.source.format_id >= 1.2)


def own_frames(labels: Labels) -> list[Record]:
    return [
        (
            int(video),
            frame.frame_idx,
            frame.is_negative,
            [_own_instance(labels, instance) for instance in frame.instances],
        )
        for video, frame in zip(labels.video, labels, strict=True)
    ]


def _own_instance(labels: Labels, instance: Instance) -> dict[str, Record]:
    return {
        "is_user": instance.is_user,
        "skeleton": instance.skeleton.nodes,
        "track": instance.track and (instance.track.name, labels.tracks.index(instance.track)),
        "from_predicted": instance.from_predicted,
        "score": None if instance.is_user else exact(instance.score),
        "tracking_score": exact(instance.tracking_score),
        "xy": exact(instance.points),
        "visible": exact(instance.visible),
        "scores": None if instance.is_user else exact(instance.point_scores),
    }


def sleap_io_frame(
    labels: sleap_io.Labels, frame: sleap_io.LabeledFrame, *, has_scores: bool
) -> Record:
    return (
        labels.videos.index(frame.video),
        frame.frame_idx,
        frame.is_negative,
        [
            _sleap_io_instance(labels, frame, instance, has_scores=has_scores)
            for instance in frame.instances
        ],
    )


def _sleap_io_instance(
    labels: sleap_io.Labels,
    frame: sleap_io.LabeledFrame,
    instance: sleap_io.Instance,
    *,
    has_scores: bool,
) -> dict[str, Record]:
    is_user = type(instance) is sleap_io.Instance
    origins = [other is instance.from_predicted for other in frame.instances]
    return {
        "is_user": is_user,
        "skeleton": tuple(instance.skeleton.node_names),
        "track": instance.track and (instance.track.name, labels.tracks.index(instance.track)),
        "from_predicted": origins.index(True) if any(origins) else None,
        "score": None if is_user else exact(instance.score),
        # The file has no such column: sleap-io says 0, and 0 is a score.
        "tracking_score": exact(instance.tracking_score) if has_scores else "nan",
        "xy": exact(instance.points["xy"]),
        "visible": exact(instance.points["visible"]),
        "scores": None if is_user else exact(instance.points["score"]),
    }


@pytest.mark.parametrize("relative", real_files([*READ_BY_SLEAP_IO, COLLIDING, LARGE]))
@pytest.mark.filterwarnings("ignore:.*numbers of the videos:UserWarning")
def test_videos_tracks_skeletons_and_suggestions_are_those_that_sleap_io_reads(
    relative: str,
) -> None:
    path = shared_path(relative)
    expected, labels = load_source(path), Labels.load(path)
    assert [_file_names(video) for video in labels.videos] == [
        _sleap_io_file_names(video) for video in expected.videos
    ]
    assert [track.name for track in labels.tracks] == [_name(t) for t in expected.tracks]
    # Edges as a set: sleap-io has them in the order of the file, SLEAP in that of insertion.
    assert [(s.nodes, sorted(s.edges), s.symmetries) for s in labels.skeletons] == [
        (tuple(s.node_names), sorted(s.edge_inds), tuple(skeleton_symmetries(s)))
        for s in expected.skeletons
    ]
    assert [(s.video, s.frame_idx) for s in labels.suggestions] == [
        (expected.videos.index(s.video), s.frame_idx) for s in expected.suggestions
    ]
    # sleap-io puts the path of the file there.
    ours, theirs = ({**each.provenance, "filename": None} for each in (labels, expected))
    assert exact(sorted(ours.items())) == exact(sorted(theirs.items()))


def _name(track: sleap_io.Track) -> str:
    return str(track.name)  # a number in one real file


def _file_names(video: Any) -> list[str]:  # noqa: ANN401
    return [name.replace("\\", "/") for name in video.filenames]


def _sleap_io_file_names(video: sleap_io.Video) -> list[str]:
    origin = video.source_video if video.backend_metadata.get("filename") == "." else video
    if origin is None:
        return []
    names = origin.filename if isinstance(origin.filename, list) else [origin.filename]
    return [name.replace("\\", "/") for name in names]


@pytest.mark.parametrize("relative", real_files(NOT_FOR_SLEAP_IO))
def test_files_that_sleap_io_cannot_read_agree_with_their_rows(relative: str) -> None:
    path = shared_path(relative)
    tables, labels = read_tables(path), Labels.load(path)
    assert labels.frame_idx.tolist() == [row["frame_idx"] for row in tables["frames"]]
    for row, frame in zip(tables["frames"], labels, strict=True):
        start, end = int(row["instance_id_start"]), int(row["instance_id_end"])
        for one, other in zip(tables["instances"][start:end], frame.instances, strict=True):
            points = tables["points" if one["instance_type"] == 0 else "pred_points"]
            own = points[int(one["point_id_start"]) : int(one["point_id_end"])]
            expected = [(float(point["x"]), float(point["y"])) for point in own]
            np.testing.assert_array_equal(other.points, expected)
            track = int(one["track"])
            assert other.track == (None if track < 0 else labels.tracks[track])
            assert other.is_user == (one["instance_type"] == 0)


@pytest.mark.parametrize("relative", NO_LABELS)
def test_hdf5_without_labels_is_no_labels_file(relative: str) -> None:
    with pytest.raises(LabelsFileError, match=r"no labels file") as caught:
        Labels.load(shared_path(relative))
    assert str(shared_path(relative)) in str(caught.value)


def test_a_number_that_stands_for_two_videos_is_told_apart_by_the_images() -> None:
    with pytest.warns(UserWarning, match="numbers of the videos"):
        labels = Labels.load(shared_path(COLLIDING))
    assert [(int(v), int(f)) for v, f in zip(labels.video, labels.frame_idx, strict=True)] == [
        (0, 5),  # the plain video, whose frame is not embedded
        (1, 3),
        (2, 3),
    ]
    assert labels.has_image().tolist() == [False, True, True]


@pytest.mark.parametrize("relative", [*PACKAGES, LARGE])
def test_loading_keeps_images_on_disk(relative: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = shared_path(relative)

    def refuse(*_: object) -> None:
        pytest.fail("an image was read")

    monkeypatch.setattr("splitlib.slp.stored_images.iter_images", refuse)
    monkeypatch.setattr("splitlib.slp.packages.iter_images", refuse)
    monkeypatch.setattr("splitlib.slp.embedded.iter_images", refuse)
    labels = Labels.load(path)
    assert labels.images
    assert len(labels[:3]) == min(3, len(labels))
