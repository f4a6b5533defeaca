"""Centroids and boxes of frames without instances become instances with one point."""

from pathlib import Path

import h5py
import numpy as np
import pytest
import sleap_io
from numpy.typing import NDArray
from synthetic_labels import png

from splitlib.commands.main import main
from splitlib.errors import LabelsFileError
from splitlib.formats.convert_labels import convert
from splitlib.labels import Labels


@pytest.fixture
def annotated(tmp_path: Path) -> Path:
    """Six pictures: an instance, centroids, a box, both, a prediction's centroid, nothing."""
    names = [tmp_path / f"img{at}.png" for at in range(6)]
    for at, name in enumerate(names):
        name.write_bytes(png(0, at))
    video = sleap_io.Video.from_filename([str(name) for name in names])
    skeleton = sleap_io.Skeleton(["head", "thorax"])
    track = sleap_io.Track("ann")

    def frame(at: int, **held: object) -> sleap_io.LabeledFrame:
        return sleap_io.LabeledFrame(video=video, frame_idx=at, **held)

    points = np.array([[1.0, 2.0], [3.0, 4.0]])
    instance = sleap_io.Instance.from_numpy(points, skeleton=skeleton)
    one, other = sleap_io.UserCentroid(5.0, 6.0, track=track), sleap_io.UserCentroid(7.5, 1.0)
    box = sleap_io.UserBoundingBox(x1=2.0, y1=4.0, x2=4.0, y2=9.0)
    guess = sleap_io.PredictedCentroid(9.0, 2.5, score=0.5)
    frames = [
        frame(0, instances=[instance], centroids=[sleap_io.UserCentroid(8.0, 8.0)]),
        frame(1, centroids=[one, other]),
        frame(2, bboxes=[box]),
        frame(3, centroids=[sleap_io.UserCentroid(2.0, 2.0)], bboxes=[box]),
        frame(4, centroids=[guess]),
        frame(5),
    ]
    labels = sleap_io.Labels(frames, [video], [skeleton], tracks=[track])
    labels.save(str(tmp_path / "labels.slp"), embed=False, verbose=False)
    return tmp_path / "labels.slp"


def points_of(labels: Labels) -> dict[int, list[NDArray[np.float64]]]:
    return {frame.frame_idx: [one.points for one in frame.instances] for frame in labels}


def test_each_middle_becomes_the_point_of_a_node(annotated: Path, tmp_path: Path) -> None:
    converted = convert(annotated, tmp_path / "out.slp", centroids_as="thorax")
    labels = Labels.load(tmp_path / "out.slp")
    assert converted.n_from_centroids == 4
    found = {
        at: [np.asarray(points, np.float64)[:, :2].tolist() for points in own]
        for at, own in points_of(labels).items()
    }
    nothing = [np.nan, np.nan]
    expected = {
        0: [[[1, 2], [3, 4]]],
        1: [[nothing, [5, 6]], [nothing, [7.5, 1]]],
        2: [[nothing, [3, 6.5]]],
        3: [[nothing, [2, 2]]],
        4: [],
        5: [],
    }
    assert found.keys() == expected.keys()
    for at, own in expected.items():
        np.testing.assert_array_equal(found[at], own)
    assert labels.tracks[labels.columns.track[1]].name == "ann"
    assert labels.example_inds(
        user_instances_only=True, with_track_only=False, negative_frames=False
    ).tolist() == [0, 1, 2, 3]


def test_all_else_stays_and_sleap_io_reads_it(annotated: Path, tmp_path: Path) -> None:
    convert(annotated, tmp_path / "out.slp", centroids_as="head")
    before, after = sleap_io.load_slp(str(annotated)), sleap_io.load_slp(str(tmp_path / "out.slp"))
    for old, new in zip(before, after, strict=True):
        assert len(old.centroids) == len(new.centroids)
        assert len(old.bboxes) == len(new.bboxes)
    assert [len(frame.instances) for frame in after] == [1, 2, 1, 1, 0, 0]
    assert after.videos[0][3].shape[:2] == before.videos[0][3].shape[:2]


def test_a_node_that_is_not_there_is_named(
    annotated: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "out.slp"
    with pytest.raises(LabelsFileError, match=r"\(head, thorax\), got 'tail'"):
        convert(annotated, output, centroids_as="tail")
    assert main(["convert", str(annotated), str(output), "--centroids-as", "tail"]) == 1
    assert "expected a node of the skeleton (head, thorax)" in capsys.readouterr().err
    assert not output.exists()


def test_boxes_of_older_formats_count(tmp_path: Path, annotated: Path) -> None:
    before = ["x_center", "y_center", "width", "height", "video", "frame_idx"]
    with h5py.File(annotated, "r+") as file:
        del file["bboxes"], file["centroids"]
        rows = np.zeros(1, [(name, "<f8" if name[0] != "v" else "<i4") for name in before])
        rows["x_center"], rows["y_center"], rows["frame_idx"] = 3.5, 6.5, 5
        file["bboxes"] = rows
    assert convert(annotated, tmp_path / "out.slp", centroids_as="head").n_from_centroids == 1
    (points,) = points_of(Labels.load(tmp_path / "out.slp"))[5]
    assert np.asarray(points, np.float64)[0, :2].tolist() == [3.5, 6.5]


def test_a_frame_without_an_animal_stays_so(tmp_path: Path, annotated: Path) -> None:
    with h5py.File(annotated, "r+") as file:
        file["negative_frames"] = np.array([(0, 2)], [("video_id", "<u4"), ("frame_idx", "<u8")])
    converted = convert(annotated, tmp_path / "out.slp", images=False, centroids_as="head")
    assert converted.n_from_centroids == 3
    labels = Labels.load(tmp_path / "out.slp")
    assert points_of(labels)[2] == []
    assert not any(video.is_embedded for video in labels.videos)


def test_nothing_to_convert_is_said(tmp_path: Path, annotated: Path) -> None:
    Labels.load(annotated).extract([0, 4, 5]).save(tmp_path / "none.slp")
    with pytest.raises(LabelsFileError, match="nothing to convert"):
        convert(tmp_path / "none.slp", tmp_path / "out.slp", centroids_as="head")
