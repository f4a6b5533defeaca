import io
import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import PIL.Image
import pytest
import sleap_io
from numpy.typing import NDArray

from splitlib.slp.create import EmbeddedVideo, create_labels_file
from splitlib.slp.dtypes import (
    FRAMES,
    INSTANCES,
    INSTANCES_1_1,
    NEGATIVE_FRAMES,
    POINTS,
    PRED_POINTS,
    PREDICTED,
    USER,
)

NAN = float("nan")


def png(pixels: NDArray[np.uint8]) -> bytes:
    buffer = io.BytesIO()
    PIL.Image.fromarray(pixels).save(buffer, format="png")
    return buffer.getvalue()


def colour_image(seed: int) -> NDArray[np.uint8]:
    return (np.arange(6 * 8 * 3).reshape(6, 8, 3) * (seed + 1) % 251).astype(np.uint8)


def tables() -> dict[str, Any]:
    """Three frames of two videos: a user instance from a predicted one, a lone one, and none."""
    return {
        "frames": np.array([(0, 0, 4, 0, 2), (1, 1, 7, 2, 3), (2, 1, 9, 3, 3)], FRAMES),
        "instances": np.array(
            [
                (0, USER, 0, 0, 1, 1, NAN, 0, 3, NAN),
                (1, PREDICTED, 0, 0, 1, -1, 0.75, 0, 3, 0.5),
                (2, USER, 1, 0, -1, -1, NAN, 3, 6, NAN),
            ],
            INSTANCES,
        ),
        "points": np.array(
            [(x, x + 0.25, x != 2, x == 3) for x in range(5)] + [(NAN, NAN, False, False)], POINTS
        ),
        "pred_points": np.array([(x + 0.5, x, True, False, 0.25) for x in range(3)], PRED_POINTS),
        "negative_frames": np.array([(1, 9)], NEGATIVE_FRAMES),
    }


def video(*frame_numbers: int, name: str) -> EmbeddedVideo:
    return EmbeddedVideo(
        images=[png(colour_image(frame)) for frame in frame_numbers],
        frame_numbers=np.array(frame_numbers, np.int64),
        height=6,
        width=8,
        channels=3,
        source_filename=name,
        n_frames=30,
    )


def create(path: Path, **changes: Any) -> Path:  # noqa: ANN401
    arguments: dict[str, Any] = {
        **tables(),
        "nodes": ["head", "left", "right"],
        "edges": [(0, 1), (0, 2), (1, 2)],
        "symmetries": [(1, 2)],
        "skeleton_name": "mouse",
        "videos": [video(4, name="a.mp4"), video(2, 7, 9, name="b.mp4")],
        "tracks": ["one", "zwei ü"],
        "suggestions": [(1, 2), (0, 4)],
        "provenance": {"made_by": "test"},
    }
    create_labels_file(path, **(arguments | changes))
    return path


@pytest.fixture
def labels(tmp_path: Path) -> sleap_io.Labels:
    return sleap_io.load_slp(str(create(tmp_path / "a.pkg.slp")))


def test_frames_and_instances_read_back(labels: sleap_io.Labels) -> None:
    found = [(labels.videos.index(f.video), f.frame_idx, len(f.instances)) for f in labels]
    assert found == [(0, 4, 2), (1, 7, 1), (1, 9, 0)]
    assert [f.is_negative for f in labels] == [False, False, True]


def test_points_read_back(labels: sleap_io.Labels) -> None:
    user, predicted, lone = [instance for frame in labels for instance in frame.instances]
    np.testing.assert_array_equal(user.points["xy"], [(0, 0.25), (1, 1.25), (2, 2.25)])
    np.testing.assert_array_equal(user.points["visible"], [True, True, False])
    np.testing.assert_array_equal(predicted.points["xy"], [(0.5, 0), (1.5, 1), (2.5, 2)])
    np.testing.assert_array_equal(predicted.points["score"], [0.25] * 3)
    np.testing.assert_array_equal(lone.points["xy"], [(3, 3.25), (4, 4.25), (NAN, NAN)])
    np.testing.assert_array_equal(lone.points["complete"], [True, False, False])


def test_tracks_links_and_scores_read_back(labels: sleap_io.Labels) -> None:
    user, predicted, lone = [instance for frame in labels for instance in frame.instances]
    assert user.from_predicted is predicted
    assert [i.track and i.track.name for i in (user, predicted, lone)] == ["zwei ü", "zwei ü", None]
    assert (predicted.score, predicted.tracking_score) == (0.75, 0.5)


def test_skeleton_suggestions_and_provenance_read_back(labels: sleap_io.Labels) -> None:
    skeleton = labels.skeleton
    assert (skeleton.name, skeleton.node_names) == ("mouse", ["head", "left", "right"])
    assert skeleton.edge_inds == [(0, 1), (0, 2), (1, 2)]
    assert skeleton.symmetry_names == [("left", "right")]
    suggested = [(labels.videos.index(s.video), s.frame_idx) for s in labels.suggestions]
    assert suggested == [(1, 2), (0, 4)]
    assert labels.provenance["made_by"] == "test"


@pytest.mark.parametrize(("position", "frame"), [(0, 4), (1, 2), (1, 7), (1, 9)])
def test_images_decode_to_the_pixels_put_in(
    labels: sleap_io.Labels, position: int, frame: int
) -> None:
    np.testing.assert_array_equal(labels.videos[position][frame], colour_image(frame))


def test_embedded_videos_know_their_source(labels: sleap_io.Labels) -> None:
    sources = [video.source_video for video in labels.videos]
    assert [source.filename for source in sources] == ["a.mp4", "b.mp4"]
    assert [tuple(source.shape) for source in sources] == [(30, 6, 8, 3)] * 2


def test_edge_types_are_numbered_by_first_use(tmp_path: Path) -> None:
    path = create(tmp_path / "a.slp", edges=[], symmetries=[(1, 2), (0, 1)])
    links = metadata(path)["skeletons"][0]["links"]
    assert [link["type"].get("py/id") for link in links] == [None, 1, 1, 1]
    assert [link["type"].get("py/reduce", [0, 0])[1] for link in links[:1]] == [{"py/tuple": [2]}]


def test_parallel_links_have_keys_of_their_own(tmp_path: Path) -> None:
    links = metadata(create(tmp_path / "a.slp"))["skeletons"][0]["links"]
    found = [(link["source"], link["target"], link["key"]) for link in links]
    assert found == [(0, 1, 0), (0, 2, 0), (1, 2, 0), (1, 2, 1), (2, 1, 0)]


def metadata(path: Path) -> Any:  # noqa: ANN401
    with h5py.File(path) as file:
        return json.loads(file["metadata"].attrs["json"])


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    one, other = create(tmp_path / "one.slp"), create(tmp_path / "other.slp")
    assert one.read_bytes() == other.read_bytes()


def test_text_has_fixed_length_and_empty_lists_are_float64(tmp_path: Path) -> None:
    with h5py.File(create(tmp_path / "a.slp", tracks=[], suggestions=[])) as file:
        assert file["videos_json"].dtype.kind == "S"
        assert file["metadata"].attrs["json"].dtype.kind == "S"
        for name in ("tracks_json", "suggestions_json"):
            assert (file[name].dtype, file[name].shape) == (np.float64, (0,))


def test_videos_may_stay_outside_of_the_file(tmp_path: Path) -> None:
    row = {"backend": {"filename": "d/b.avi", "grayscale": True, "bgr": True, "dataset": ""}}
    path = create(tmp_path / "a.slp", videos=["c/a.mp4", row])
    labels = sleap_io.load_slp(str(path), open_videos=False)
    assert [video.filename for video in labels.videos] == ["c/a.mp4", "d/b.avi"]


def test_a_video_may_have_no_embedded_frame(tmp_path: Path) -> None:
    path = create(tmp_path / "a.slp", videos=[video(4, name="a.mp4"), video(name="b.mp4")])
    with h5py.File(path) as file:
        assert file["video1/video"].shape == (0, 0)
        assert file["video1/frame_numbers"].shape == (0,)
    assert len(sleap_io.load_slp(str(path)).videos) == 2


@pytest.mark.parametrize("format_id", [1.0, 1.1], ids=str)
def test_early_formats_hold_instances_of_nine_columns(tmp_path: Path, format_id: float) -> None:
    instances = tables()["instances"][list(INSTANCES_1_1.names or ())].astype(INSTANCES_1_1)
    path = create(tmp_path / "a.slp", instances=instances, format_id=format_id)
    with h5py.File(path) as file:
        assert file["instances"].dtype == INSTANCES_1_1
    shift = 0.5 if format_id < 1.1 else 0.0
    found = sleap_io.load_slp(str(path))[0].instances[0].points["xy"][0]
    np.testing.assert_array_equal(found, [-shift, 0.25 - shift])


def test_a_failed_write_leaves_the_earlier_file(tmp_path: Path) -> None:
    path = create(tmp_path / "a.slp")
    before = path.read_bytes()
    with pytest.raises(TypeError, match="JSON serializable"):
        create(path, provenance={"bad": object()})
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["a.slp"]


@pytest.mark.parametrize(
    ("dtype", "size"),
    [
        (FRAMES, 36),
        (INSTANCES, 57),
        (INSTANCES_1_1, 53),
        (POINTS, 18),
        (PRED_POINTS, 26),
        (NEGATIVE_FRAMES, 12),
    ],
    ids=["frames", "instances", "instances 1.1", "points", "pred_points", "negative_frames"],
)
def test_tables_are_packed(dtype: np.dtype[np.void], size: int) -> None:
    assert dtype.itemsize == size
