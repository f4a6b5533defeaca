from collections.abc import Callable, Sequence
from dataclasses import FrozenInstanceError, replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import tensorflow as tf
from drawn import tries
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from reader_examples import as_bytes, examples, package, read
from synthetic_labels import (
    HEIGHT,
    WIDTH,
    MadeFrame,
    MadeInstance,
    MadeLabels,
    MadePoint,
    embedded,
    gray_level,
    made_labels,
    small_package,
    user_instance,
)

from splitlib.errors import ImageError, VideoNotFoundError
from splitlib.inputs.frames.reader import LabelsReader
from splitlib.labels import Labels

# ---- indices


@pytest.mark.parametrize(
    ("indices", "error", "message"),
    [
        ([True, False], TypeError, r"bool .* numpy\.flatnonzero\(mask\)"),
        ([1.0, 2.7], TypeError, "list or array of integers, got float64"),
        ({1, 3}, TypeError, "list or array of integers, got set"),
        (iter([1, 2]), TypeError, "list or array of integers, got list_iterator"),
        ([0, 999], IndexError, "there is no frame 999, of 6 frames"),
        ([-7], IndexError, "there is no frame -7, of 6 frames"),
        (3, TypeError, "got int"),
        ("012", TypeError, "got str"),
        ([[0, 1]], TypeError, r"of shape \(1, 2\)"),
        (np.array(2), TypeError, r"of shape \(\)"),
        ([2**70], TypeError, "integers, got object"),
        (np.array([2**63], np.uint64), IndexError, "there is no frame"),
    ],
)
def test_indices_that_name_no_frames_are_refused_when_the_reader_is_made(
    indices: Any,  # noqa: ANN401 - anything but indices
    error: type[Exception],
    message: str,
    tmp_path: Path,
) -> None:
    with pytest.raises(error, match=message):
        LabelsReader(package(tmp_path), indices)


@pytest.mark.parametrize(
    "indices",
    [(2, 1), [2, 1], np.array([2, 1], np.uint8), range(2, 0, -1), [np.int64(2), 1], [-4, -5]],
    ids=["tuple", "list", "array", "range", "numpy integers", "negative"],
)
def test_indices_are_taken_in_every_form_of_a_list(
    indices: Sequence[int] | NDArray[np.integer[Any]], tmp_path: Path
) -> None:
    reader = LabelsReader(package(tmp_path), indices)
    assert reader.example_indices is indices
    assert [int(example["frame_ind"]) for example in read(reader)] == [2, 7]
    assert [int(e["example_ind"]) for e in read(reader)] == [int(index) for index in indices]


@pytest.mark.parametrize("indices", [[], (), np.array([], np.int64), np.array([])])
def test_no_indices_are_no_examples(indices: Sequence[int], tmp_path: Path) -> None:
    reader = LabelsReader(package(tmp_path), indices)
    assert (len(reader), read(reader)) == (0, [])
    assert reader.make_dataset().element_spec["instances"].shape.as_list() == [None, 2, 2]
    assert reader.max_height_and_width == (0, 0)
    assert not reader.is_from_multi_size_videos
    assert (reader.encoded_bytes, reader.decoded_bytes) == (0, 0)
    reader.check_images()


@pytest.mark.parametrize(
    "make",
    [
        LabelsReader,
        LabelsReader.from_user_instances,
        LabelsReader.from_unlabeled_suggestions,
    ],
    ids=["plain", "user", "suggestions"],
)
def test_empty_labels_give_no_examples(
    make: Callable[[Labels], LabelsReader], tmp_path: Path
) -> None:
    assert read(make(Labels.load(MadeLabels(()).write(tmp_path / "labels.slp")))) == []


def test_changing_the_list_of_indices_later_changes_nothing(tmp_path: Path) -> None:
    indices = [0, 1]
    reader = LabelsReader(package(tmp_path), indices)
    indices[:] = [5, 5, 5]
    assert [int(example["example_ind"]) for example in read(reader)] == [0, 1]


def test_an_image_that_is_nowhere_is_named_before_the_first_example(tmp_path: Path) -> None:
    frames = (MadeFrame(0, 4, (user_instance(),)), MadeFrame(0, 9), MadeFrame(0, 12))
    made = MadeLabels(frames, options={"videos": [embedded(0, [4])]})
    reader = LabelsReader(Labels.load(made.write(tmp_path / "labels.slp")))
    with pytest.raises(ImageError, match=r"video\.mp4: no image is embedded for frame 9, 12"):
        reader.make_dataset()
    assert len(read(replace(reader, example_indices=[0]))) == 1


ASKS: dict[str, Callable[[LabelsReader], object]] = {
    "a dataset": LabelsReader.make_dataset,
    "the check of images": LabelsReader.check_images,
    "sizes": lambda reader: reader.max_height_and_width,
}


@pytest.mark.parametrize("ask", ASKS.values(), ids=ASKS)
def test_a_video_that_is_nowhere_is_named_before_the_first_example(
    ask: Callable[[LabelsReader], object], tmp_path: Path
) -> None:
    made = MadeLabels((MadeFrame(0, 4),), options={"videos": ["C:\\nowhere\\x.mp4"]})
    reader = LabelsReader(Labels.load(made.write(tmp_path / "labels.slp")))
    with pytest.raises(VideoNotFoundError, match=r"x\.mp4"):
        ask(reader)


@pytest.mark.parametrize("labels", [None, "labels.slp", []])
def test_what_is_no_labels_is_refused(labels: object) -> None:
    with pytest.raises(TypeError, match=r"LabelsReader reads splitlib\.Labels, got"):
        LabelsReader(labels)  # type: ignore[arg-type]


# ---- instances


def expected_instances(
    labels: Labels, at: int, *, user_only: bool, track_only: bool
) -> tuple[list[NDArray[np.float32]], list[int], list[int]]:
    """Points, tracks and skeletons of a frame, by a plain loop over the views."""
    points, tracks, skeletons = [], [], []
    for instance in labels[at].instances:
        xy = instance.points.astype(np.float32)
        xy[~instance.visible | ~np.isfinite(xy).all(axis=1)] = np.nan
        left_out = (user_only and not instance.is_user) or (track_only and instance.track is None)
        if not (left_out or np.isnan(xy).all()):
            points.append(xy)
            tracks.append(-1 if instance.track is None else labels.tracks.index(instance.track))
            skeletons.append(labels.skeletons.index(instance.skeleton))
    return points, tracks, skeletons


@tries(25)
@given(made=made_labels(), user_only=st.booleans(), track_only=st.booleans(), data=st.data())
def test_examples_hold_what_a_loop_over_the_labeled_frames_finds(
    made: MadeLabels, user_only: bool, track_only: bool, data: st.DataObject, tmp_path: Path
) -> None:
    videos = [embedded(video, range(5)) for video in range(made.n_videos)]
    labels = Labels.load(replace(made, options={"videos": videos}).write(tmp_path / "labels.slp"))
    n = len(labels)
    indices = data.draw(
        st.none() | st.lists(st.integers(-n, n - 1), max_size=6) if n else st.none()
    )
    reader = LabelsReader(labels, indices, user_only, track_only)
    dataset = reader.make_dataset()
    assert dataset.cardinality() == len(reader)
    for index, example in zip(range(n) if indices is None else indices, dataset, strict=True):
        frame = labels[index]
        points, tracks, skeletons = expected_instances(
            labels, index, user_only=user_only, track_only=track_only
        )
        np.testing.assert_array_equal(
            example["instances"], np.array(points, np.float32).reshape(-1, made.n_nodes, 2)
        )
        assert example["track_inds"].numpy().tolist() == tracks
        assert example["skeleton_inds"].numpy().tolist() == skeletons
        assert int(example["example_ind"]) == index
        assert int(example["video_ind"]) == labels.videos.index(frame.video)
        assert int(example["frame_ind"]) == frame.frame_idx
        assert int(example["n_tracks"]) == len(labels.tracks)
        level = gray_level(int(example["video_ind"]), frame.frame_idx)
        assert example["image"].numpy()[-1].tolist() == [[level]] * WIDTH  # fmt: skip


@pytest.mark.parametrize(
    ("point", "is_there"),
    [
        pytest.param(MadePoint(3.5, 4.5), True, id="visible"),
        pytest.param(MadePoint(3.5, 4.5, visible=False), False, id="not visible"),
        pytest.param(MadePoint(np.nan, 4.5), False, id="NaN in x"),
        pytest.param(MadePoint(3.5, np.nan), False, id="NaN in y"),
        pytest.param(MadePoint(np.inf, 4.5), False, id="infinite: SLEAP hands it on"),
        pytest.param(MadePoint(1e39, 4.5), False, id="beyond float32"),
    ],
)
def test_a_point_that_is_nowhere_is_nan_and_an_instance_of_such_points_left_out(
    point: MadePoint, is_there: bool, tmp_path: Path
) -> None:
    frames = (MadeFrame(0, 0, (MadeInstance((point, MadePoint())), MadeInstance((point, point)))),)
    made = MadeLabels(frames, options={"videos": [embedded(0, [0])]})
    (example,) = read(LabelsReader(Labels.load(made.write(tmp_path / "labels.slp"))))
    expected = [[3.5, 4.5], [1.5, 2.5]] if is_there else [[np.nan, np.nan], [1.5, 2.5]]
    np.testing.assert_array_equal(example["instances"][0], np.array(expected, np.float32))
    assert len(example["instances"]) == 1 + is_there


def test_labels_without_instances_have_the_nodes_of_their_skeleton(tmp_path: Path) -> None:
    made = MadeLabels((MadeFrame(),), n_nodes=3, options={"videos": [embedded(0, [0])]})
    reader = LabelsReader(Labels.load(made.write(tmp_path / "labels.slp")))
    (example,) = read(reader)
    assert example["instances"].shape == (0, 3, 2)


# ---- constructors


def test_unlabeled_suggestions_are_numbered_after_the_last_frame(tmp_path: Path) -> None:
    suggestions = [(0, 11), (1, 9), (0, 4), (1, 12), (0, 2), (0, 11)]
    labels = package(tmp_path, suggestions=suggestions)
    reader = LabelsReader.from_unlabeled_suggestions(labels)
    # (0, 4) has a user instance; (1, 9) has no instance, (0, 2) a predicted one.
    assert reader.example_indices == [6, 3, 7, 2]
    assert reader.unlabeled_frames == ((0, 11), (1, 12))
    assert len(labels) == 6
    found = [(int(e["video_ind"]), int(e["frame_ind"]), len(e["instances"])) for e in read(reader)]
    assert found == [(0, 11, 0), (1, 9, 0), (1, 12, 0), (0, 2, 1)]
    assert [e["image"][-1, 0, 0] for e in read(reader)] == [gray_level(v, f) for v, f, _ in found]


@pytest.mark.parametrize(
    "row",
    [
        b'{"video": "9", "frame_idx": 1}',
        b'{"video": "0", "frame_idx": -1}',
        b'{"video": "0", "frame_idx": 9223372036854775808}',
        b'{"frame_idx": 1}',
        b'{"video": "0"}',
        b"{}",
    ],
)
def test_suggestions_that_name_no_frame_are_passed_over(row: bytes, tmp_path: Path) -> None:
    path = small_package().write(tmp_path / "labels.slp")
    with h5py.File(path, "r+") as file:
        del file["suggestions_json"]
        file["suggestions_json"] = np.array([row])
    assert len(LabelsReader.from_unlabeled_suggestions(Labels.load(path))) == 0


def test_a_subset_of_unlabeled_suggestions_keeps_their_numbers(tmp_path: Path) -> None:
    reader = LabelsReader.from_unlabeled_suggestions(package(tmp_path))
    subset = replace(reader, example_indices=reader.indices[1:])
    assert [int(e["example_ind"]) for e in read(subset)] == reader.indices[1:].tolist()
    video, frame_idx = subset.frames
    assert (video.tolist(), frame_idx.tolist()) == ([1], [12])


USER_FRAMES = [0, 1, 4, 5]


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda labels: LabelsReader(labels), (None, False, False)),
        (LabelsReader.from_user_labeled_frames, (USER_FRAMES, False, False)),
        (LabelsReader.from_user_instances, (USER_FRAMES, True, False)),
        (
            lambda labels: LabelsReader.from_user_labeled_frames(labels, with_track_only=True),
            (USER_FRAMES, False, True),
        ),
        (
            lambda labels: LabelsReader.from_user_instances(labels, with_track_only=True),
            (USER_FRAMES, True, True),
        ),
        (lambda labels: LabelsReader.from_filename(labels.path), (USER_FRAMES, True, False)),
        (lambda labels: LabelsReader.from_filename(str(labels.path), False), (None, False, False)),
    ],
    ids=[
        "plain",
        "user frames",
        "user",
        "user frames tracked",
        "user tracked",
        "file",
        "whole file",
    ],
)
def test_constructors_choose_frames_and_set_flags(
    make: Callable[[Labels], LabelsReader], expected: tuple[object, ...], tmp_path: Path
) -> None:
    made = make(package(tmp_path))
    assert (made.example_indices, made.user_instances_only, made.with_track_only) == expected
    assert made.input_keys == []
    assert made.videos == made.labels.videos
    assert made.tracks == made.labels.tracks


def test_a_reader_cannot_be_changed(tmp_path: Path) -> None:
    reader = LabelsReader(package(tmp_path))
    with pytest.raises(FrozenInstanceError):
        reader.user_instances_only = True  # type: ignore[misc]


# ---- datasets


def test_the_element_spec_says_shapes_and_types(tmp_path: Path) -> None:
    spec = LabelsReader(package(tmp_path)).make_dataset().element_spec
    assert {key: (value.shape.as_list(), value.dtype.name) for key, value in spec.items()} == {
        "image": ([HEIGHT, WIDTH, 1], "uint8"),
        "raw_image_size": ([3], "int32"),
        "example_ind": ([], "int64"),
        "video_ind": ([], "int32"),
        "frame_ind": ([], "int64"),
        "scale": ([2], "float32"),
        "instances": ([None, 2, 2], "float32"),
        "skeleton_inds": ([None], "int32"),
        "track_inds": ([None], "int32"),
        "n_tracks": ([], "int32"),
    }


def test_two_readings_are_the_same(tmp_path: Path) -> None:
    reader = LabelsReader(package(tmp_path), list(range(6)) * 20)
    dataset = reader.make_dataset()
    once = as_bytes(examples(dataset))
    assert once == as_bytes(examples(dataset)) == as_bytes(read(reader))


def test_an_index_dataset_says_which_examples_to_read_and_in_which_order(tmp_path: Path) -> None:
    reader = LabelsReader(package(tmp_path), [4, 1, -1])
    index = tf.data.Dataset.from_tensor_slices(np.array([1, -1, 4, 1, 5], np.int32))
    frames = [(int(e["video_ind"]), int(e["frame_ind"])) for e in reader.make_dataset(index)]
    assert frames == [(1, 7), (1, 8), (0, 3), (1, 7), (1, 8)]


@pytest.mark.parametrize("index", [2, 17, -9])
def test_an_index_dataset_cannot_ask_for_other_examples(index: int, tmp_path: Path) -> None:
    reader = LabelsReader(package(tmp_path), [4, 1])
    with pytest.raises(tf.errors.InvalidArgumentError):
        examples(reader.make_dataset(tf.data.Dataset.from_tensors(index)))


@pytest.mark.parametrize("elements", [[1.5], [[1, 2]], {"at": [1]}], ids=str)
def test_an_index_dataset_holds_integers(elements: object, tmp_path: Path) -> None:
    dataset = tf.data.Dataset.from_tensor_slices(elements)
    with pytest.raises(TypeError, match="expected a dataset of single integers"):
        LabelsReader(package(tmp_path)).make_dataset(dataset)


def test_examples_are_made_by_a_graph_without_python(tmp_path: Path) -> None:
    dataset = LabelsReader(package(tmp_path)).make_dataset()
    graph = tf.raw_ops.DatasetToGraphV2(input_dataset=dataset._variant_tensor).numpy()
    assert b"DecodeJpeg" in graph
    assert b"PyFunc" not in graph
    assert b"Generator" not in graph


def test_frames_name_video_and_frame_of_each_example(tmp_path: Path) -> None:
    video, frame_idx = LabelsReader(package(tmp_path), [5, 0, 0]).frames
    assert (video.tolist(), frame_idx.tolist()) == ([1, 0, 0], [8, 4, 4])
