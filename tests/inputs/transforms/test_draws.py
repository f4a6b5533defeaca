"""Numbers drawn from seeds: pinned, even, unrelated, and the same in whatever batch they come."""

from collections.abc import Callable

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from plain_hash import GAMMA, plain_mix, plain_step
from transform_examples import Call, Floats, parametrize_ways, seed_of

from splitlib.inputs.transforms import draws
from splitlib.inputs.transforms.draws import INTENSITIES, USES, WARPS, draw, instance_seeds


def plain_draw(seed: list[int], use: int, n: int) -> list[float]:
    """Whole numbers of Python, the upper 24 bits of each hash."""
    one, other = (number % 2**64 for number in seed)
    purpose = (other * 16 + use) % 2**64
    state = plain_step(one, purpose)
    return [(plain_mix((state + at * GAMMA) % 2**64) >> 40) / 2**24 for at in range(1, n + 1)]


numbers = st.integers(-(2**63), 2**63 - 1)


@given(st.lists(st.tuples(numbers, numbers), max_size=4), st.integers(0, 15), st.integers(1, 5))
def test_draws_are_those_of_the_plain_computation(
    seeds: list[tuple[int, int]], use: int, n: int
) -> None:
    drawn = draw(tf.constant(np.array(seeds, np.int64).reshape(-1, 2)), use, n)
    assert drawn.dtype == tf.float32
    assert drawn.shape == (len(seeds), n)
    assert drawn.numpy().tolist() == [plain_draw(list(seed), use, n) for seed in seeds]


def test_draws_are_pinned() -> None:
    # Another number here means that the same params train another model.
    drawn = draw(instance_seeds(seed_of(42), 2), WARPS, 2).numpy()
    assert (drawn * 2**24).astype(int).tolist() == [[2454877, 3411040], [10671814, 8549137]]


@parametrize_ways
def test_a_seed_draws_the_same_alone_and_among_others(call: Call) -> None:
    seeds = instance_seeds(seed_of(7), 5)
    together = call(lambda seeds: draw(seeds, WARPS, 3), seeds)
    for at in range(5):
        np.testing.assert_array_equal(draw(seeds[at], WARPS, 3), together[at])


def drawn_by_frames(use: int, n: int) -> Floats:
    """One number for each of n frames."""
    numbers: Floats = draw(tf.stack([seed_of(at) for at in range(n)]), use, 1).numpy()[:, 0]
    return numbers


DRAWN: dict[str, Callable[[], Floats]] = {
    "one of many frames": lambda: drawn_by_frames(WARPS, 4000),
    "many of one frame": lambda: draw(seed_of(1), WARPS, 4000).numpy(),
}


@pytest.mark.parametrize("drawn", DRAWN.values(), ids=DRAWN)
def test_numbers_are_even_from_0_to_1(drawn: Callable[[], Floats]) -> None:
    counts, _ = np.histogram(drawn(), bins=10, range=(0, 1))
    assert abs(counts - 400).max() < 5 * 20  # five standard deviations


UNRELATED = {
    "uses": lambda: (drawn_by_frames(WARPS, 4000), drawn_by_frames(INTENSITIES, 4000)),
    "frames": lambda: (draw(seed_of(1), WARPS, 4000), draw(seed_of(2), WARPS, 4000)),
    "instances": lambda: tuple(draw(instance_seeds(seed_of(1), 2), WARPS, 4000)),
    "a frame and its first instance": lambda: (
        draw(seed_of(1), WARPS, 4000),
        draw(instance_seeds(seed_of(1), 1)[0], WARPS, 4000),
    ),
    "numbers of a draw": lambda: tuple(
        tf.transpose(draw(instance_seeds(seed_of(1), 4000), WARPS, 2))
    ),
}


@pytest.mark.parametrize("pair", UNRELATED.values(), ids=UNRELATED)
def test_draws_are_unrelated(pair: Call) -> None:
    one, other = pair()
    assert abs(np.corrcoef(one, other)[0, 1]) < 5 / np.sqrt(4000)
    assert not np.array_equal(one, other)


def test_each_use_has_a_number_of_its_own() -> None:
    uses = {name: value for name, value in vars(draws).items() if name in ("WARPS", "INTENSITIES")}
    assert len(set(uses.values())) == len(uses) == 2
    assert all(0 <= use < USES for use in uses.values())


def test_instances_count_from_1_so_that_0_is_the_frame() -> None:
    assert instance_seeds(seed_of(9), 3).numpy().tolist() == [[9, 1], [9, 2], [9, 3]]
    assert instance_seeds(seed_of(9), 0).shape == (0, 2)
