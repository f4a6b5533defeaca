"""`crop_size: auto`: crops that hold what the labels of the train split need."""

import json
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drawn import tries
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from places import DEMO
from real_files import shared_path
from slow import slow

from splitlib.errors import JsonFileError, SplitError
from splitlib.inputs.crop_size import LEAST, crop_side, fitting_crop
from splitlib.inputs.export.write_export import export_frames
from splitlib.inputs.frames.frame_source import LabelsSource
from splitlib.inputs.input_fn import SplitInputs, load_splits, make_input_fn
from splitlib.inputs.instance_offsets import farthest, instance_offsets
from splitlib.inputs.settled_inputs import settled
from splitlib.labels import Labels
from splitlib.models.settled_params import settled_values, with_settled
from splitlib.params import AugmentParams, Head, InputsParams, ModelParams, Params, TargetParams

Offsets = NDArray[np.float64]

IMAGE = (1024.0, 1280.0)
CLIP = "data/talmolab+sleap/tests/data/tracks/clip.slp"
"""3,000 flies; crops of 64 pixels cut off 71 % of their points."""


def params_of(
    rotation: float = 180.0,
    factors: tuple[float, float] = (0.9, 1.1),
    *,
    anchor: str | None = None,
    scale: float = 1.0,
    stride: Any = 2,  # noqa: ANN401 - one of some numbers
    depth: int = 3,
) -> Params:
    targets = TargetParams(output_stride=stride, anchor_node=anchor)
    augment = AugmentParams(rotation=rotation, scale=factors)
    inputs = InputsParams(targets=targets, augment=augment, scale=scale)
    return Params(inputs=inputs, model=ModelParams(depth=depth))


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("labels") / "few.slp"
    Labels.load(DEMO).extract(np.arange(20)).save(path)
    return path


# --- what a crop holds ----------------------------------------------------------------------------


@pytest.mark.parametrize("rotation", [0, 20, 45, 180])
def test_the_reach_under_a_rotation_is_the_largest_at_any_angle(rotation: float) -> None:
    offsets = np.random.default_rng(0).normal(0, 20, (50, 2))
    angles = np.radians(np.linspace(-rotation, rotation, 2001))
    expected = np.abs(turned(offsets, angles)).max(axis=(0, 2))
    np.testing.assert_allclose(farthest(offsets, rotation), expected, rtol=1e-3)


def turned(offsets: Offsets, angles: NDArray[np.float64]) -> Offsets:
    """(n_angles, n, 2) of offsets, (n, 2)."""
    cos, sin = np.cos(angles)[:, None], np.sin(angles)[:, None]
    x, y = offsets.T
    return np.stack([cos * x - sin * y, sin * x + cos * y], axis=-1)


@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(1, 300),
    n_nodes=st.integers(1, 6),
    missing=st.sampled_from([0.0, 0.5, 0.95]),
    rotation=st.sampled_from([0.0, 15.0, 45.0, 180.0]),
    factors=st.sampled_from([(1.0, 1.0), (0.5, 0.8), (0.9, 1.1), (1.5, 2.0)]),
    depth=st.integers(1, 5),
)
@tries(200)
def test_crops_hold_what_they_promise_under_all_that_is_drawn(
    seed: int,
    n: int,
    n_nodes: int,
    missing: float,
    rotation: float,
    factors: tuple[float, float],
    depth: int,
) -> None:
    rng = np.random.default_rng(seed)
    offsets = rng.normal(0, rng.uniform(1, 60, n_nodes)[:, None], (n, n_nodes, 2))
    offsets[rng.random((n, n_nodes)) < missing] = np.nan
    params = params_of(rotation, factors=factors, depth=depth)
    crop = fitting_crop(offsets, IMAGE, params)
    assert crop.size % 2**depth == 0
    angles = np.radians(rng.uniform(-rotation, rotation, 30))
    for factor in (1.0, *factors):  # 1 as in validation
        drawn = turned(offsets.reshape(-1, 2) * factor, angles).reshape(-1, n, n_nodes, 2)
        is_outside = np.abs(drawn).max(axis=-1) > crop.size / 2
        if crop.slip is not None:
            is_outside[:, crop.slip] = False
        n_points = (~np.isnan(offsets[..., 0])).sum(axis=0)
        assert (is_outside.sum(axis=1) <= n_points // 100).all()
        assert (is_outside.sum(axis=(1, 2)) <= n_points.sum() // 100).all()


@pytest.mark.parametrize("n", [5, 30, 99, 1000])
@pytest.mark.parametrize("anchor", [None, 0], ids=["middle", "node"])
def test_one_wild_point_leaves_the_crop_as_it_is(anchor: int | None, n: int) -> None:
    points = np.random.default_rng(1).normal(0, 20, (n, 13, 2)) + 500
    plain, wild = points.copy(), points.copy()
    wild[n // 2, 7] = (1010, 3)
    sizes = [fitting_crop(around(one, anchor), IMAGE, params_of()).size for one in (plain, wild)]
    assert abs(sizes[1] - sizes[0]) <= 0.1 * sizes[0]


def around(points: Offsets, anchor: int | None) -> Offsets:
    middles = (points.min(axis=1) + points.max(axis=1)) / 2
    return points - (middles if anchor is None else points[:, anchor])[:, None]


def test_many_large_animals_are_no_slips() -> None:
    offsets = np.full((20, 2, 2), 10.0)
    offsets[:2] = 100
    crop = fitting_crop(offsets, IMAGE, params_of(0, factors=(1, 1)))
    assert (crop.size, crop.slip) == (208, None)
    assert crop.reach == pytest.approx(100)


@pytest.mark.parametrize(
    ("far", "rotation", "expected"),
    [(1e30, 0, 2 * 300 + 1), (1e30, 180, 2 * 500 + 1), (1e6, 90, 2 * 500 + 1), (30, 0, 61)],
)
def test_no_crop_is_larger_than_what_shows_the_whole_image(
    far: float, rotation: float, expected: int
) -> None:
    offsets = np.full((200, 3, 2), far)
    crop = fitting_crop(offsets, (400, 300), params_of(rotation, factors=(1, 1)))
    assert crop.size in (-(-expected // 8) * 8, -(-801 // 8) * 8)


@pytest.mark.parametrize(
    ("stride", "depth", "expected"), [(1, 1, 62), (2, 3, 64), (16, 4, 64), (2, 6, 64), (4, 5, 64)]
)
def test_a_crop_is_a_multiple_of_what_network_and_maps_need(
    stride: int, depth: int, expected: int
) -> None:
    params = params_of(0, factors=(1, 1), stride=stride, depth=depth)
    assert fitting_crop(np.full((3, 2, 2), 30.0), IMAGE, params).size == expected


def test_the_flies_of_a_real_file_lie_inside_of_crops() -> None:
    params = params_of()
    source = LabelsSource.load(shared_path(CLIP), params, None)
    offsets = instance_offsets(source, params)
    crop = fitting_crop(offsets, (384, 384), params)
    reaches = farthest(offsets)
    assert (reaches[~np.isnan(reaches)] <= crop.size / 2).mean() > 0.999
    assert 144 <= crop.size <= 152
    assert crop.slip is None


# --- whose labels are measured --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("anchor", "scale", "rotation"),
    [("thorax", 1.0, 180.0), slow(None, 1.0, 180.0), slow("head", 0.5, 15.0), slow(None, 2.0, 0.0)],
)
def test_points_of_training_batches_lie_inside_of_crops(
    anchor: str | None, scale: float, rotation: float, few: Path
) -> None:
    params = params_of(rotation, anchor=anchor, scale=scale)
    inputs = make_input_fn(few, params, training=True).inputs
    side = crop_side(inputs.params)
    batches = inputs.batches(training=True, keys=["instance_points"]).as_numpy_iterator()
    drawn = [batch["instance_points"] for batch in islice(batches, 10 * inputs.steps_per_epoch)]
    points = np.concatenate(drawn)
    points = points[~np.isnan(points).any(axis=-1)]
    assert ((points >= -0.5) & (points <= side - 0.5)).all(axis=-1).mean() >= 0.99
    # and the crop is no larger than it has to be
    assert farthest((points - (side - 1) / 2).astype(np.float64)).max() > 0.8 * side / 2 - 8


def test_an_export_is_measured_like_its_labels(few: Path, tmp_path: Path) -> None:
    params = params_of()
    export_frames(LabelsSource.load(few, params, None), str(tmp_path / "export"), n_shards=2)
    of_labels, of_export = (SplitInputs.load(path, params) for path in (few, tmp_path / "export"))
    np.testing.assert_array_equal(of_labels.source.points, of_export.source.points)
    assert settled(of_labels).params == settled(of_export).params


def test_other_splits_take_the_size_of_the_train_split(few: Path, tmp_path: Path) -> None:
    labels = Labels.load(few)
    labels.extract(range(16)).save(tmp_path / "train.slp")
    labels.extract(range(16, 20)).save(tmp_path / "val.slp")
    params = params_of()
    with pytest.raises(SplitError, match=r"crop_size: auto is measured .*`train_fn\.inputs\.param"):
        make_input_fn(tmp_path / "val.slp", params, training=False)
    train = settled(SplitInputs.load(tmp_path / "train.slp", params))
    val = make_input_fn(tmp_path / "val.slp", train.params, training=False)
    size = crop_side(train.params)
    assert val.element_spec[0]["image"].shape[1:3] == (size, size)
    splits = load_splits(tmp_path, params, ("train", "val"))
    assert {crop_side(inputs.params) for inputs in splits.values()} == {size}


@pytest.mark.parametrize("head", ["centroid", "single_instance", "multi_instance"])
def test_heads_without_crops_measure_nothing(head: Head, few: Path) -> None:
    inputs = SplitInputs.load(few, replace(params_of(), model=ModelParams(head)))
    assert settled(inputs) is inputs
    assert "images" not in vars(inputs.source.reader)  # type: ignore[union-attr]
    assert settled_values(inputs.params) == {}
    assert with_settled(inputs.params, Path("missing.json")) is inputs.params


def test_a_number_is_taken_as_it_is(few: Path) -> None:
    params = Params(inputs=InputsParams(targets=TargetParams(crop_size=48)))
    inputs = SplitInputs.load(few, params)
    assert settled(inputs) is inputs
    assert with_settled(params, Path("missing.json")) is params


# --- what a person is told ------------------------------------------------------------------------


@pytest.mark.parametrize("share", [1.0, 0.0], ids=["misplaced", "one on another"])
def test_a_size_to_doubt_is_warned_of(share: float, few: Path) -> None:
    inputs = SplitInputs.load(few, params_of())
    points = inputs.source.points * share
    points[3, 0] += 500 * share
    doubtful = replace(inputs, source=_Moved(inputs.source, points))  # type: ignore[arg-type]
    expected = r"leaves out one instance in video .*: frame \d+" if share else "takes 32 pixels"
    with pytest.warns(UserWarning, match=expected):
        found = crop_side(settled(doubtful).params)
    assert found <= crop_side(settled(inputs).params) if share else found == LEAST


class _Moved:
    """A source with other points."""

    def __init__(self, source: object, points: NDArray[np.float32]) -> None:
        self._source, self.points = source, points

    def __getattr__(self, name: str) -> object:
        return getattr(self._source, name)


@pytest.mark.parametrize("spec", [None, "[]", "{}", '{"crop_size": "64"}', '{"crop_size": 72}'])
def test_the_size_goes_from_stage_to_stage_in_the_spec(spec: str | None, tmp_path: Path) -> None:
    path = tmp_path / "spec.json"
    if spec is not None:
        path.write_text(spec)
    if spec and "72" in spec:
        found = with_settled(params_of(), path)
        assert crop_side(found) == 72
        assert settled_values(found) == json.loads(spec)
        return
    with pytest.raises(JsonFileError, match=r"spec\.json"):
        with_settled(params_of(), path)
