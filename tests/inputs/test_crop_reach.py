"""How much of the animals lies outside of crops, counted from the labels."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from places import DEMO
from slow import slow

from splitlib.inputs.crop_reach import crop_reach
from splitlib.inputs.input_fn import SplitInputs
from splitlib.labels import Labels
from splitlib.params import ModelParams, Params
from splitlib.params.keys_and_defaults import AugmentParams, TargetParams


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("labels") / "few.slp"
    Labels.load(DEMO).extract(np.arange(20)).save(path)
    return path


def inputs_of(path: Path, crop_size: int, rotation: float = 0.0, scale: float = 1.0) -> SplitInputs:
    params = Params()
    inputs = replace(
        params.inputs,
        scale=scale,
        targets=TargetParams(crop_size=crop_size),
        augment=AugmentParams(rotation=rotation, scale=(1.0, 1.0)),
    )
    return SplitInputs.load(path, replace(params, inputs=inputs, model=ModelParams(depth=3)))


def offsets(path: Path) -> np.ndarray:
    """(n_points, 2) from the middle of the box around an instance to its labeled points."""
    found = []
    for frame in Labels.load(path):
        for instance in frame.instances:
            points = instance.points[~np.isnan(instance.points).any(axis=1)]
            if instance.is_user and len(points):
                found.append(points - (points.min(axis=0) + points.max(axis=0)) / 2)
    return np.concatenate(found)


@pytest.mark.parametrize(
    ("crop_size", "scale"),
    [
        (24, 1.0),
        (16, 0.5),
        *(slow(size, 1.0) for size in (8, 16, 64)),
        *(slow(size, 0.5) for size in (8, 24, 64)),
    ],
)
def test_points_are_counted_as_in_the_labels(crop_size: int, scale: float, few: Path) -> None:
    reach = crop_reach(inputs_of(few, crop_size, scale=scale))
    assert reach is not None
    far = np.abs(offsets(few) * scale).max(axis=1) - crop_size / 2
    assert reach.n_points == len(far)
    # a point on the border may be rounded to either side
    assert (far > 1e-3).sum() <= reach.n_outside <= (far > -1e-3).sum()


@pytest.mark.parametrize("rotation", [slow(0.0), 90.0])
def test_the_size_that_is_named_holds_99_of_100_points(rotation: float, few: Path) -> None:
    small = crop_reach(inputs_of(few, 16, rotation))
    assert small is not None
    assert small.fitting_size % 8 == 0
    fitting = crop_reach(inputs_of(few, small.fitting_size, rotation))
    assert fitting is not None
    assert fitting.n_outside <= 0.01 * fitting.n_points + 1
    assert fitting.fitting_size == small.fitting_size
    if rotation:
        distance = np.hypot(*offsets(few).T)
        assert (distance <= small.fitting_size / 2).mean() >= 0.99


def test_small_crops_are_warned_of_with_the_size_that_fits(few: Path) -> None:
    small, fitting = (crop_reach(inputs_of(few, size)) for size in (16, 64))
    assert small is not None
    assert fitting is not None
    assert fitting.warning() is None
    text = small.warning()
    assert text is not None
    assert f"{small.n_outside:,} of {small.n_points:,} labeled points" in text
    assert f"outside of crops of 16 pixels; {small.fitting_size} would hold" in text


def test_whole_frames_have_no_crops(few: Path) -> None:
    inputs = inputs_of(few, 64)
    params = replace(inputs.params, model=replace(inputs.params.model, head="centroid"))
    assert crop_reach(SplitInputs.load(few, params)) is None
