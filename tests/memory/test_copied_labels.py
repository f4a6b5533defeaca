"""Labels that are copied from training frames: checked against a search one by one."""

import numpy as np
from drawn import tries
from hypothesis import given
from hypothesis import strategies as st

from splitlib.memory.copied_labels import PlacedInstances, remembered_points
from splitlib.memory.nearest_pictures import nearest_pictures

Row = tuple[int, int, int, list[list[float]]]  # video, time, track, points

points = st.lists(
    st.lists(st.sampled_from([0.0, 1.0, 2.5, 9.0]), min_size=2, max_size=2)
    | st.just([np.nan, np.nan]),
    min_size=2,
    max_size=2,
)
rows = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 9), st.integers(-1, 2), points), max_size=12
)


def placed(found: list[Row], picture: list[int] | None = None) -> PlacedInstances:
    video, time, track = (np.array([row[at] for row in found], np.int64) for at in range(3))
    own = np.array([row[3] for row in found]).reshape(-1, 2, 2)
    return PlacedInstances(video, time, track, own, np.array(picture or [-1] * len(found), int))


def error(truth: list[list[float]], other: list[list[float]]) -> float:
    distance = np.linalg.norm(np.array(truth) - np.array(other), axis=1)
    return float(np.nanmean(distance)) if np.isfinite(distance).any() else np.inf


def allowed(row: Row, training: list[Row]) -> list[Row]:
    """The training instances that may be remembered for an instance."""
    video, time, track, truth = row
    own = [other for other in training if other[0] == video]
    of_track = [other for other in own if track >= 0 and other[2] == track]
    nearest = min((abs(other[1] - time) for other in of_track or own), default=0)
    near = [other for other in of_track or own if abs(other[1] - time) == nearest]
    if of_track:
        return near
    # of frames before and after that are equally near, either may be asked
    by_frame = {other[1]: [it for it in near if it[1] == other[1]] for other in near}
    return [min(its, key=lambda it: error(truth, it[3])) for its in by_frame.values()]


@given(rows, rows)
@tries(80)
def test_the_nearest_training_instance_is_remembered(held: list[Row], training: list[Row]) -> None:
    remembered = remembered_points(placed(held), placed(training))
    assert remembered.shape == (len(held), 2, 2)
    for row, found in zip(held, remembered, strict=True):
        may = allowed(row, training)
        if row[2] >= 0 and any(other[:3:2] == (row[0], row[2]) for other in training):
            assert any(np.array_equal(found, other[3], equal_nan=True) for other in may)
            continue
        errors = [error(row[3], other[3]) for other in may]
        assert error(row[3], found.tolist()) in (errors or [np.inf])


def test_a_track_is_followed_to_a_frame_further_away() -> None:
    truth = [[1.0, 1.0], [2.0, 2.0]]
    near, far = [[5.0, 5.0], [6.0, 6.0]], [[1.5, 1.0], [2.0, 2.5]]
    training = placed([(0, 10, 1, near), (0, 3, 0, far)])
    assert remembered_points(placed([(0, 11, 0, truth)]), training).tolist() == [far]
    assert remembered_points(placed([(0, 11, -1, truth)]), training).tolist() == [near]
    assert np.isnan(remembered_points(placed([(1, 11, 0, truth)]), training)).all()


def test_frames_of_an_unknown_video_ask_the_frame_with_the_nearest_picture() -> None:
    truth, alike, other = [[1.0, 1.0], [2.0, 2.0]], [[1.0, 2.0], [3.0, 2.0]], [[0.0, 9.0]] * 2
    pictures = np.array([[0, 9], [200, 0], [3, 8]], np.uint8)
    training = placed([(0, 5, -1, other), (0, 6, 0, other), (1, 2, -1, alike)], [1, -1, 2])
    held_out = placed([(7, 5, -1, truth), (7, 6, 0, truth), (0, 6, -1, truth)], [0, -1, 0])
    found = remembered_points(held_out, training, pictures)
    assert found[0].tolist() == alike  # whatever its frame number says
    assert np.isnan(found[1]).all()  # no picture of the frame
    assert found[2].tolist() == other  # its own video goes before pictures


@given(st.integers(0, 5), st.integers(1, 9), st.integers(0, 2**32 - 1))
@tries(40)
def test_the_nearest_picture_is_that_of_a_search_one_by_one(n: int, m: int, seed: int) -> None:
    draw = np.random.default_rng(seed)
    pictures, others = (draw.integers(0, 256, (k, 3, 2)).astype(np.uint8) for k in (n, m))
    away = [[int(((a.astype(int) - b) ** 2).sum()) for b in others] for a in pictures]
    assert nearest_pictures(pictures, others).tolist() == [row.index(min(row)) for row in away]
