"""The order of epochs and the seeds of frames: pinned, and a function of the frame alone."""

from collections.abc import Callable

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from plain_hash import plain_mix, plain_step

from splitlib.inputs.frames.frame_order import (
    epoch_order,
    frame_keys,
    frame_seed,
    mixing_seed,
)
from splitlib.inputs.graph.graph_hash import mix
from splitlib.split.core import hashing

Keys = NDArray[np.int64]

whole_range = st.integers(0, 2**64 - 1)
hashes = hnp.arrays(np.uint64, st.integers(0, 20), elements=whole_range)
seeds, epochs = st.integers(0, 2**63 - 1), st.integers(0, 10**6)


def plain_salt(*numbers: int) -> int:
    salt = 0
    for number in numbers:
        salt = plain_step(salt, number)
    return salt


def plain_order(keys: Keys, seed: int, epoch: int) -> list[int]:
    """Whole numbers of Python: sorted by hash, the upper half first."""
    salt = plain_salt(seed, 0, epoch)
    ranks = [plain_mix((key % 2**64) ^ salt) for key in keys.tolist()]
    return sorted(range(len(keys)), key=lambda row: ((ranks[row] + 2**63) % 2**64, row))


def order_of(keys: Keys, seed: int, epoch: int) -> list[int]:
    order = epoch_order(tf.constant(keys), seed, tf.constant(epoch, tf.int64))
    assert order.dtype == tf.int64
    rows: list[int] = order.numpy().tolist()
    return rows


def seed_of(key: int, seed: int, epoch: int) -> list[int]:
    drawn = frame_seed(tf.constant(key, tf.int64), seed, tf.constant(epoch, tf.int64))
    assert drawn.dtype == tf.int64
    numbers: list[int] = drawn.numpy().tolist()
    return numbers


# --- the hash -------------------------------------------------------------------------------------


@given(hashes)
def test_the_graph_mixes_as_numpy_does(values: NDArray[np.uint64]) -> None:
    mixed = mix(tf.constant(values)).numpy()
    assert mixed.dtype == np.uint64
    np.testing.assert_array_equal(mixed, hashing.mix(values))
    assert mixed.tolist() == [plain_mix(value) for value in values.tolist()]


@pytest.mark.parametrize("value", [0, 1, 2**31, 2**32, 2**63 - 1, 2**63, 2**64 - 1])
def test_the_graph_mixes_as_numpy_does_at_the_ends_of_types(value: int) -> None:
    assert int(mix(tf.constant(value, tf.uint64))) == plain_mix(value)


# --- keys of frames -------------------------------------------------------------------------------

VIDEOS = ["a.mp4", "b.mp4"]
VIDEO, FRAME_IDX = np.array([0, 0, 0, 0, 1, 1, 1, 1]), np.array([0, 1, 2, 3, 0, 1, 2, 3])
KEYS = frame_keys(VIDEOS, VIDEO, FRAME_IDX)


def test_keys_of_frames_are_pinned() -> None:
    # Another number here means that the same params train another model.
    assert KEYS.tolist() == [
        1470416391695481912,
        7327016603070544100,
        1982912396470041813,
        -7487419296131108680,
        -4439541676399636362,
        8718895925658027234,
        -1589952630231597785,
        289366312819126314,
    ]


def test_a_key_is_that_of_the_video_and_the_number_alone() -> None:
    other_way_round = frame_keys(VIDEOS[::-1], 1 - VIDEO[::-1], FRAME_IDX[::-1])
    np.testing.assert_array_equal(other_way_round, KEYS[::-1])


def test_keys_have_the_bits_of_the_hash_of_splits_in_a_domain_of_their_own() -> None:
    hashed = hashing.frame_keys(0, VIDEOS, VIDEO, FRAME_IDX, domain="input")
    np.testing.assert_array_equal(KEYS.view(np.uint64), hashed)
    assert not np.isin(hashed, hashing.frame_keys(0, VIDEOS, VIDEO, FRAME_IDX)).any()


# --- the order of an epoch ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("epoch", "expected"),
    [(0, [3, 1, 0, 5, 4, 6, 7, 2]), (1, [6, 3, 0, 2, 5, 1, 4, 7]), (2, [0, 1, 5, 3, 4, 7, 6, 2])],
)
def test_orders_are_pinned(epoch: int, expected: list[int]) -> None:
    # Another order here means that the same params train another model.
    assert order_of(KEYS, 42, epoch) == expected


all_keys = hnp.arrays(np.int64, st.integers(0, 20), elements=st.integers(-(2**63), 2**63 - 1))


@given(all_keys, seeds, epochs)
def test_orders_are_those_of_the_plain_computation(keys: Keys, seed: int, epoch: int) -> None:
    order = order_of(keys, seed, epoch)
    assert sorted(order) == list(range(len(keys)))
    assert order == plain_order(keys, seed, epoch)


def test_orders_are_the_same_in_a_graph() -> None:
    dataset = tf.data.Dataset.range(3).map(lambda epoch: epoch_order(tf.constant(KEYS), 42, epoch))
    assert [order.tolist() for order in dataset.as_numpy_iterator()] == [
        order_of(KEYS, 42, epoch) for epoch in range(3)
    ]


distinct_keys = st.lists(st.integers(-(2**63), 2**63 - 1), unique=True, max_size=20)


@given(distinct_keys, st.randoms(use_true_random=False), epochs)
def test_frames_come_in_one_order_however_the_file_holds_them(
    keys: list[int], random: Callable[..., None], epoch: int
) -> None:
    shuffled = list(keys)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    here = [keys[row] for row in order_of(np.array(keys, np.int64), 7, epoch)]
    there = [shuffled[row] for row in order_of(np.array(shuffled, np.int64), 7, epoch)]
    assert here == there


@given(distinct_keys, st.integers(0, 20), epochs)
def test_more_frames_leave_the_others_in_their_order(keys: list[int], n: int, epoch: int) -> None:
    of_all = [keys[row] for row in order_of(np.array(keys, np.int64), 7, epoch)]
    some = keys[:n]
    of_some = [some[row] for row in order_of(np.array(some, np.int64), 7, epoch)]
    assert [key for key in of_all if key in set(some)] == of_some


def test_copies_of_a_frame_keep_their_order() -> None:
    keys = np.array([5, 9, 5, 9, 5, 5], np.int64)
    order = order_of(keys, 1, 0)
    assert [row for row in order if keys[row] == 5] == [0, 2, 4, 5]
    assert [row for row in order if keys[row] == 9] == [1, 3]


@pytest.mark.parametrize("other", [(42, 1), (43, 0)], ids=["the next epoch", "the next seed"])
def test_orders_are_unrelated(other: tuple[int, int]) -> None:
    n = 4000
    keys = frame_keys(["a.mp4"], np.zeros(n, np.int64), np.arange(n))
    here, there = np.argsort(order_of(keys, 42, 0)), np.argsort(order_of(keys, *other))
    bound = 5 / np.sqrt(n)  # five standard deviations
    assert abs(np.corrcoef(here, there)[0, 1]) < bound
    assert abs(np.corrcoef(here, np.arange(n))[0, 1]) < bound


def test_each_frame_comes_first_equally_often() -> None:
    firsts = tf.data.Dataset.range(800).map(lambda epoch: epoch_order(KEYS, 42, epoch)[0])
    counts = np.bincount([*firsts.as_numpy_iterator()], minlength=8)
    assert ((counts - 100) ** 2 / 100).sum() < 7 + 5 * np.sqrt(2 * 7)  # chi square


# --- the seed of a frame --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("epoch", "expected"), [(0, -1063564152999689898), (1, 1268883965642062286)]
)
def test_seeds_of_frames_are_pinned(epoch: int, expected: int) -> None:
    # Another number here means that the same params train another model.
    assert seed_of(int(KEYS[0]), 42, epoch) == [expected, 0]


@given(st.integers(-(2**63), 2**63 - 1), seeds, epochs)
def test_seeds_of_frames_are_those_of_the_plain_computation(
    key: int, seed: int, epoch: int
) -> None:
    state = plain_mix((key % 2**64) ^ plain_salt(seed, 1, epoch))
    assert seed_of(key, seed, epoch) == [np.uint64(state).astype(np.int64), 0]


def one_order(seed: int, epoch: int) -> list[tuple[int, ...]]:
    return [tuple(order_of(FIFTY, seed, epoch))]


def seeds_of_frames(seed: int, epoch: int) -> list[tuple[int, ...]]:
    return [tuple(seed_of(int(key), seed, epoch)) for key in KEYS]


FIFTY = frame_keys(["a.mp4"], np.zeros(50, np.int64), np.arange(50))


@pytest.mark.parametrize(("drawn", "n"), [(one_order, 1), (seeds_of_frames, len(KEYS))])
def test_seed_epoch_and_frame_each_change_what_is_drawn_and_are_no_substitutes(
    drawn: Callable[[int, int], list[tuple[int, ...]]], n: int
) -> None:
    found = {each for seed in range(4) for epoch in range(4) for each in drawn(seed, epoch)}
    assert len(found) == 16 * n


def test_order_and_augmentation_are_drawn_apart() -> None:
    n = 4000
    keys = frame_keys(["a.mp4"], np.zeros(n, np.int64), np.arange(n))
    seeds_of_all = frame_seed(tf.constant(keys), 42, tf.constant(0, tf.int64))
    drawn = seeds_of_all.numpy()[:, 0].astype(np.float64)
    ranks = np.argsort(order_of(keys, 42, 0))
    assert abs(np.corrcoef(drawn, ranks)[0, 1]) < 5 / np.sqrt(n)


# --- the seed of the buffer that mixes instances --------------------------------------------------


@pytest.mark.parametrize(
    ("epoch", "part", "expected"),
    [(0, 0, 3215677387303939566), (0, 1, -7897755210988070920), (1, 0, -7601043269104092138)],
)
def test_seeds_of_mixing_are_pinned_and_those_of_the_plain_computation(
    epoch: int, part: int, expected: int
) -> None:
    # Another number here means that the same params train another model.
    drawn = mixing_seed(42, tf.constant(epoch, tf.int64), tf.constant(part, tf.int64))
    assert drawn.dtype == tf.int64
    plain = plain_step(plain_salt(42, 2, epoch), part)
    assert int(drawn) == expected == np.uint64(plain).astype(np.int64)
