"""Labels that are copied from training frames: checked against a search one by one."""

import numpy as np
from drawn import tries
from hypothesis import given
from hypothesis import strategies as st

from splitlib.memory.copied_labels import PlacedInstances, remembered_points

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


def placed(found: list[Row]) -> PlacedInstances:
    video, time, track = (np.array([row[at] for row in found], np.int64) for at in range(3))
    own = np.array([row[3] for row in found]).reshape(-1, 2, 2)
    return PlacedInstances(video, time, track, own)


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
