"""Random brightness and contrast: what is drawn, and what it does to pixels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from transform_examples import (
    Call,
    Floats,
    crops_of,
    few,
    float_frame_of,
    frame_of,
    parametrize_ways,
    seed_of,
)

from splitlib.inputs.transforms.draws import instance_seeds
from splitlib.inputs.transforms.intensity import (
    IntensityRanges,
    VaryIntensity,
    draw_intensities,
    vary_intensity,
)

STRONG = IntensityRanges(0.4, (0.5, 2.0))


def plain_varied(image: Floats, added: float, factor: float) -> Floats:
    mean = float(image.astype(np.float64).mean())
    varied: Floats = np.clip((image - mean) * factor + mean + added, 0, 1).astype(np.float32)
    return varied


images = hnp.arrays(
    np.float32,
    st.tuples(st.integers(1, 3), st.integers(1, 4), st.integers(1, 4), st.sampled_from([1, 3])),
    elements=st.integers(0, 255).map(lambda pixel: np.float32(pixel / 255)),
)


@parametrize_ways
@few
@given(images, st.floats(-1, 1), st.floats(0, 3))
def test_varied_images_equal_plain_numpy(
    call: Call, several: Floats, added: float, factor: float
) -> None:
    n = len(several)
    changes = (
        np.linspace(added, 0, n, dtype=np.float32),
        np.linspace(factor, 1, n, dtype=np.float32),
    )
    varied = call(vary_intensity, several, *changes)
    assert varied.dtype == np.float32
    expected = [plain_varied(*each) for each in zip(several, *changes, strict=True)]
    np.testing.assert_allclose(varied, expected, atol=1e-5)


@parametrize_ways
@few
@given(images, st.integers(0, 2**40))
def test_images_stay_between_black_and_white(call: Call, several: Floats, seed: int) -> None:
    frame = {"image": several[0], "frame_seed": seed_of(seed)}
    varied = call(VaryIntensity(IntensityRanges(2.0, (0.1, 9.0))), frame)["image"]
    assert ((varied >= 0) & (varied <= 1)).all()


@parametrize_ways
def test_a_frame_is_varied_by_the_draw_of_its_seed(call: Call) -> None:
    frame = float_frame_of(2)
    varied = call(VaryIntensity(STRONG), frame)["image"]
    (added,), (factor,) = (d.numpy() for d in draw_intensities(STRONG, frame["frame_seed"][None]))
    np.testing.assert_allclose(
        varied, plain_varied(frame["image"].numpy(), added, factor), atol=1e-5
    )


@parametrize_ways
def test_each_crop_of_a_frame_is_varied_by_a_draw_of_its_own(call: Call) -> None:
    frame = frame_of(3)
    crops = crops_of(frame)
    varied = call(VaryIntensity(STRONG, key="instance_image"), crops)["instance_image"]
    seeds = instance_seeds(frame["frame_seed"], 3)
    added, factors = (d.numpy() for d in draw_intensities(STRONG, seeds))
    assert len(set(added.tolist())) == len(set(factors.tolist())) == 3
    for at, crop in enumerate(crops["instance_image"].numpy()):
        expected = plain_varied(crop, added[at], factors[at])
        np.testing.assert_allclose(varied[at], expected, atol=1e-5)


@parametrize_ways
def test_no_crops_are_varied_to_none(call: Call) -> None:
    crops = crops_of(frame_of(0))
    varied = call(VaryIntensity(STRONG, key="instance_image"), crops)["instance_image"]
    assert varied.shape == (0, 16, 16, 3)


# --- what is drawn --------------------------------------------------------------------------------


def test_the_draws_of_a_seed_never_change() -> None:
    # Pinned: another number here means that the same params train another model.
    added, factors = draw_intensities(STRONG, instance_seeds(seed_of(42), 2))
    np.testing.assert_allclose(added, [0.118618, -0.254307], atol=1e-5)
    np.testing.assert_allclose(factors, [1.218216, 1.32009], atol=1e-5)


@given(
    st.floats(0, 1),
    st.tuples(st.floats(0.1, 1), st.floats(1, 3)),
    st.integers(-(2**63), 2**63 - 1),
)
def test_draws_keep_to_their_ranges(
    brightness: float, contrast: tuple[float, float], seed: int
) -> None:
    added, factors = draw_intensities(
        IntensityRanges(brightness, contrast), instance_seeds(seed_of(seed), 50)
    )
    assert (abs(added.numpy()) <= brightness + 1e-6).all()
    assert (factors.numpy() >= contrast[0] - 1e-6).all()
    assert (factors.numpy() <= contrast[1] + 1e-6).all()


def test_all_of_a_range_is_drawn_evenly() -> None:
    added, factors = draw_intensities(
        IntensityRanges(0.5, (1.0, 2.0)), instance_seeds(seed_of(1), 4000)
    )
    for share in (added + 0.5, factors - 1.0):
        counts, _ = np.histogram(share, bins=10, range=(0, 1))
        assert abs(counts - 400).max() < 5 * 20  # five standard deviations
    assert abs(np.corrcoef(added, factors)[0, 1]) < 5 / np.sqrt(4000)


RANGES: dict[str, tuple[IntensityRanges, bool]] = {
    "nothing": (IntensityRanges(), True),
    "brightness": (IntensityRanges(brightness=0.1), False),
    "contrast": (IntensityRanges(contrast=(0.9, 1.0)), False),
    "one other contrast": (IntensityRanges(contrast=(2.0, 2.0)), False),
}


@pytest.mark.parametrize(("ranges", "changes_nothing"), RANGES.values(), ids=RANGES)
def test_ranges_know_whether_they_change_anything(
    ranges: IntensityRanges, changes_nothing: bool
) -> None:
    assert ranges.changes_nothing == changes_nothing
    frame = float_frame_of(1)
    varied = VaryIntensity(ranges)(frame)["image"]
    assert np.allclose(varied, frame["image"], atol=1e-6) == changes_nothing
