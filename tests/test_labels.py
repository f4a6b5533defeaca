import itertools
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drawn import tries
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from synthetic_labels import (
    MadeFrame,
    MadeLabels,
    MadePoint,
    found,
    made_labels,
    predicted_instance,
    small_labels,
    user_instance,
)

from splitlib.errors import LabelsFileNotFoundError
from splitlib.labels import Instance, Labels


@pytest.fixture
def labels(tmp_path: Path) -> Labels:
    return Labels.load(small_labels().write(tmp_path / "a.slp"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("labels")


def written(made: MadeLabels, folder: Path) -> Labels:
    return Labels.load(made.write(folder / "a.slp"))


@pytest.mark.parametrize("kind", [str, Path])
@pytest.mark.parametrize("error", [LabelsFileNotFoundError, FileNotFoundError])
def test_a_missing_file_is_both_kinds_of_error(
    kind: type, error: type[Exception], tmp_path: Path
) -> None:
    with pytest.raises(error, match=r"nothing.slp: there is no such labels file"):
        Labels.load(kind(tmp_path / "nothing.slp"))


# Views.


@given(made=made_labels())
def test_views_say_what_the_labels_were_made_of(made: MadeLabels, folder: Path) -> None:
    labels = written(made, folder)
    everything = made.expected(range(len(made.frames)))
    assert found(labels, labels[:]) == everything
    assert found(labels, list(labels)) == everything
    assert len(labels) == len(everything)


@given(made=made_labels())
def test_columns_say_what_the_labels_were_made_of(made: MadeLabels, folder: Path) -> None:
    columns = written(made, folder).columns
    instances = [instance for frame in made.frames for instance in frame.instances]
    places = [(at, n) for at, frame in enumerate(made.frames) for n in range(len(frame.instances))]
    assert columns.video.tolist() == [frame.video for frame in made.frames]
    assert columns.frame_idx.tolist() == [frame.frame_idx for frame in made.frames]
    assert columns.instance_frame.tolist() == [at for at, _ in places]
    assert columns.is_user.tolist() == [instance.is_user for instance in instances]
    assert columns.track.tolist() == [instance.track for instance in instances]
    assert columns.from_predicted.tolist() == [
        -1 if instance.origin is None else places.index(instance.origin) for instance in instances
    ]
    shift = 0.5 if made.format_id < 1.1 else 0.0
    expected = [
        (p.x - shift * instance.is_user, p.y - shift * instance.is_user)
        for instance in instances
        for p in instance.points
    ]
    np.testing.assert_array_equal(columns.xy, np.array(expected).reshape(-1, 2))
    assert columns.has_visible_point.tolist() == [
        any(map(is_usable, instance.points)) for instance in instances
    ]


def is_usable(point: MadePoint) -> bool:
    return point.visible and math.isfinite(point.x) and math.isfinite(point.y)


def test_views_of_equal_frames_are_equal_although_they_hold_nan(tmp_path: Path) -> None:
    instance = user_instance(x=math.nan)
    made = MadeLabels((MadeFrame(0, 1, (instance,)), MadeFrame(0, 1, (instance,))))
    one, other = Labels.load(made.write(tmp_path / "a.slp"))[:]
    assert one == other
    assert (one != other) is False


CHANGES: dict[str, Any] = {
    "is_user": False,
    "track": None,
    "points": np.zeros((2, 2)),
    "visible": np.array([True, False]),
    "point_scores": np.array([0.0, 1.0]),
    "score": 0.5,
    "tracking_score": 0.5,
    "from_predicted": None,
}


@pytest.mark.parametrize("field", CHANGES)
def test_instances_differ_where_any_field_differs(labels: Labels, field: str) -> None:
    instance = labels[0].instances[0]
    assert instance == labels[0].instances[0]
    assert replace(instance, **{field: CHANGES[field]}) != instance


def test_instances_are_nothing_else(labels: Labels) -> None:
    instance = labels[0].instances[0]
    assert instance != "an instance"
    with pytest.raises(TypeError, match="unhashable"):
        hash(instance)


@pytest.mark.parametrize("format_id", [1.0, 1.1, 1.4])
def test_points_of_users_are_shifted_in_format_1_0_alone(format_id: float, tmp_path: Path) -> None:
    made = MadeLabels(
        (MadeFrame(0, 0, (user_instance(x=1.5), predicted_instance(x=1.5))),), format_id=format_id
    )
    user, predicted = Labels.load(made.write(tmp_path / "a.slp"))[0].instances
    shift = 0.5 if format_id == 1.0 else 0.0
    assert user.points.tolist() == [[1.5 - shift, 2.5 - shift]] * 2
    assert predicted.points.tolist() == [[1.5, 2.5]] * 2  # SLEAP wrote them unshifted


def test_an_origin_in_another_frame_is_none_in_a_view(tmp_path: Path) -> None:
    linked = replace(user_instance(), origin=(1, 0))
    made = MadeLabels(
        (MadeFrame(0, 0, (linked,)), MadeFrame(0, 1, (predicted_instance(),))),
    )
    labels = Labels.load(made.write(tmp_path / "a.slp"))
    assert labels[0].instances[0].from_predicted is None
    assert labels.columns.from_predicted.tolist() == [1, -1]
    assert labels.extract([0]).columns.from_predicted.tolist() == [-1]


# Indexing.


@pytest.mark.parametrize("at", [0, 5, -1, -6, np.int64(2), np.uint8(3), np.array(4)], ids=repr)
def test_a_position_gives_a_frame(labels: Labels, at: int) -> None:
    assert labels[at] == list(labels)[int(at)]


MANY: dict[str, tuple[Any, list[int]]] = {
    "list": ([3, 0], [3, 0]),
    "negative": ([-1, -6], [5, 0]),
    "tuple": ((1, 2), [1, 2]),
    "empty list": ([], []),
    "empty array": (np.zeros(0, np.int64), []),
    "array": (np.array([5, 4]), [5, 4]),
    "unsigned": (np.array([5, 4], np.uint64), [5, 4]),
    "range": (range(1, 4), [1, 2, 3]),
    "mask": (np.array([True, False] * 3), [0, 2, 4]),
    "list mask": ([False, True] * 3, [1, 3, 5]),
    "slice": (slice(1, 5, 2), [1, 3]),
    "reversed": (slice(None, None, -1), [5, 4, 3, 2, 1, 0]),
    "slice past the end": (slice(4, 99), [4, 5]),
}


@pytest.mark.parametrize(("index", "positions"), MANY.values(), ids=MANY.keys())
def test_several_positions_give_a_list_of_frames(
    labels: Labels,
    index: Any,  # noqa: ANN401
    positions: list[int],
) -> None:
    everything = list(labels)
    assert labels[index] == [everything[at] for at in positions]
    if not isinstance(index, slice):
        assert labels.extract(index).frame_rows.tolist() == positions


@pytest.mark.parametrize("at", [6, -7, [0, 6], [-7], np.array([2**62])], ids=repr)
def test_a_position_out_of_range_is_an_index_error(labels: Labels, at: Any) -> None:  # noqa: ANN401
    with pytest.raises(IndexError, match="6"):
        labels[at]
    with pytest.raises(IndexError, match="6"):
        labels.extract(np.atleast_1d(at))


MASKS: dict[str, Any] = {
    "a shorter list": [True, False],
    "a longer list": [True] * 7,
    "an array": np.zeros(5, bool),
}


@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)
def test_a_mask_of_another_length_is_an_index_error(labels: Labels, mask: Any) -> None:  # noqa: ANN401
    with pytest.raises(IndexError):
        labels.extract(mask)


@pytest.mark.parametrize("at", [1.0, "1", None, 1j, np.float64(2), b"1"], ids=repr)
def test_what_is_no_position_is_a_type_error(labels: Labels, at: Any) -> None:  # noqa: ANN401
    with pytest.raises(TypeError):
        labels[at]
    with pytest.raises(TypeError):
        labels.extract([at])


@pytest.mark.parametrize("at", [[[0, 1]], 0, "01", {0, 1}, np.zeros((1, 6), bool)], ids=repr)
def test_what_is_no_list_of_positions_is_a_type_error(labels: Labels, at: Any) -> None:  # noqa: ANN401
    with pytest.raises(TypeError, match="expected a list of positions"):
        labels.extract(at)


TWICE = [[1, 1], [0, -6], [5, 2, 5]]


@pytest.mark.parametrize("at", TWICE, ids=repr)
def test_a_frame_asked_for_twice_is_a_value_error(labels: Labels, at: list[int]) -> None:
    with pytest.raises(ValueError, match="asked for twice"):
        labels.extract(at)


@pytest.mark.parametrize("at", TWICE, ids=repr)
def test_an_index_may_give_a_frame_twice(labels: Labels, at: list[int]) -> None:
    assert labels[at] == [labels[one] for one in at]


@given(made=made_labels(), data=st.data())
@tries(30)
def test_extract_composes(made: MadeLabels, data: st.DataObject, folder: Path) -> None:
    labels = written(made, folder)
    first = data.draw(subsets(len(labels)))
    second = data.draw(subsets(len(first)))
    once = labels.extract([first[at] for at in second])
    twice = labels.extract(first).extract(second)
    assert once.frame_rows.tolist() == twice.frame_rows.tolist()
    assert found(twice, twice[:]) == made.expected([first[at] for at in second])
    assert twice.columns.video.tolist() == twice.video.tolist()
    assert twice.columns.frame_idx.tolist() == twice.frame_idx.tolist()


def subsets(n: int) -> st.SearchStrategy[list[int]]:
    chosen = st.permutations(range(n))
    return st.tuples(chosen, st.integers(0, n)).map(lambda drawn: drawn[0][: drawn[1]])


def test_extract_shares_the_tables(labels: Labels) -> None:
    assert labels.extract([0]).source is labels.source


# Which frames.


@given(made=made_labels())
def test_user_labeled_frames_are_those_with_a_user_instance(made: MadeLabels, folder: Path) -> None:
    labels = written(made, folder)
    expected = [
        at for at, frame in enumerate(made.frames) if any(i.is_user for i in frame.instances)
    ]
    assert labels.user_labeled_frame_inds.tolist() == expected
    assert labels.user_labeled_frame_inds.dtype == np.int64


FLAGS = list(itertools.product([False, True], repeat=3))


@given(made=made_labels())
@tries(40)
def test_examples_are_those_of_a_plain_loop(made: MadeLabels, folder: Path) -> None:
    labels = written(made, folder)
    for user_only, tracked_only, negative in FLAGS:
        expected = [
            at
            for at, frame in enumerate(made.frames)
            if (negative and (frame.video, frame.frame_idx) in made.negative)
            or any(
                any(map(is_usable, instance.points))
                for instance in frame.instances
                if (instance.is_user or not user_only) and (instance.track >= 0 or not tracked_only)
            )
        ]
        examples = labels.example_inds(
            user_instances_only=user_only, with_track_only=tracked_only, negative_frames=negative
        )
        assert examples.tolist() == expected


def test_repeated_rows_of_a_negative_frame_are_all_negative(tmp_path: Path) -> None:
    made = MadeLabels((MadeFrame(0, 3),) * 3, negative=frozenset({(0, 3)}))
    labels = Labels.load(made.write(tmp_path / "a.slp"))
    assert labels.is_negative.tolist() == [True] * 3


def test_negative_frames_that_are_not_labeled_are_left_out_with_a_word(tmp_path: Path) -> None:
    made = MadeLabels((MadeFrame(0, 3),), negative=frozenset({(0, 3), (0, 4), (7, 3)}))
    with pytest.warns(UserWarning, match=r"a.slp: 2 rows of /negative_frames name no labeled fr"):
        labels = Labels.load(made.write(tmp_path / "a.slp"))
    labels.save(tmp_path / "all.slp")
    assert Labels.load(tmp_path / "all.slp").is_negative.tolist() == [True]


def test_asking_for_examples_changes_nothing(labels: Labels) -> None:
    flags = {"user_instances_only": True, "with_track_only": True}
    labels.example_inds(**flags, negative_frames=True)
    assert labels.is_negative.tolist() == [False, False, False, True, False, False]


def test_labels_without_frames_have_no_examples(tmp_path: Path) -> None:
    labels = Labels.load(MadeLabels(()).write(tmp_path / "a.slp"))
    assert (len(labels), labels[:], list(labels)) == (0, [], [])
    assert labels.columns.xy.shape == (0, 2)
    assert labels.user_labeled_frame_inds.tolist() == []
    assert labels.extract([]).has_image().tolist() == []


@pytest.mark.parametrize(
    "name", ["videos", "tracks", "skeletons", "suggestions", "provenance", "path", "images"]
)
def test_documents_are_those_of_the_source(labels: Labels, name: str) -> None:
    assert getattr(labels.extract([2]), name) == getattr(labels, name)


def test_tracks_and_videos_have_their_names(labels: Labels) -> None:
    assert [track.name for track in labels.tracks] == ["track0", "track1"]
    assert [video.key for video in labels.videos] == ["day0/video.mp4", "day1/video.mp4"]


ARRAYS: dict[str, Callable[[Labels], NDArray[Any]]] = {
    "points": lambda labels: labels[0].instances[0].points,
    "visible": lambda labels: labels[0].instances[0].visible,
    "point_scores": lambda labels: labels[0].instances[0].point_scores,
    "columns": lambda labels: labels.columns.track,
}


@pytest.mark.parametrize("array_of", ARRAYS.values(), ids=ARRAYS)
def test_a_change_that_would_not_be_saved_is_refused(
    labels: Labels, array_of: Callable[[Labels], NDArray[Any]]
) -> None:
    with pytest.raises(ValueError, match="read-only"):
        array_of(labels)[0] = 0


def test_labels_show_themselves_in_a_line(labels: Labels) -> None:
    assert repr(labels.extract([0, 2])) == f"<Labels: 2 of the 6 labeled frames of {labels.path}>"


def test_an_instance_of_a_view_has_a_point_per_node(labels: Labels) -> None:
    for frame in labels:
        for instance in frame.instances:
            assert isinstance(instance, Instance)
            n_nodes = len(instance.skeleton.nodes)
            assert instance.points.shape == (n_nodes, 2)
            assert instance.visible.shape == instance.point_scores.shape == (n_nodes,)
