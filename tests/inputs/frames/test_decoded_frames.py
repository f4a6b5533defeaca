"""Decoded frames in memory: what is kept is decoded once, and nothing else differs."""

from collections import Counter

import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray

from splitlib.errors import SplitError
from splitlib.inputs.frames.decoded_frames import CachePlan, DecodedFrames, mebibytes, plan_cache

MIB = 2**20
N = 6

ALL, NONE = np.ones(N, np.bool_), np.zeros(N, np.bool_)
FIRST = np.arange(N) < 2
SOME = np.array([False, True, False, True, True, False])
KEPT = {"all": ALL, "none": NONE, "the first": FIRST, "some": SOME}
parametrize_kept = pytest.mark.parametrize("is_kept", KEPT.values(), ids=KEPT)


class Decoder:
    """Makes frames of different sizes, and counts."""

    def __init__(self) -> None:
        self.counts: Counter[int] = Counter()

    def __call__(self, row: tf.Tensor) -> tf.Tensor:
        image = tf.numpy_function(self.decoded, [row], tf.uint8)
        return tf.ensure_shape(image, [None, 3, 1])

    def decoded(self, row: np.int64) -> NDArray[np.uint8]:
        self.counts[int(row)] += 1
        return picture(int(row))


def picture(row: int) -> NDArray[np.uint8]:
    return np.random.default_rng(row).integers(0, 256, (row + 1, 3, 1), dtype=np.uint8)


def dataset_of(is_kept: NDArray[np.bool_], decoder: Decoder) -> tf.data.Dataset:
    frames = DecodedFrames(is_kept, (None, 3, 1))
    return tf.data.Dataset.range(len(is_kept)).map(
        lambda row: frames(row, lambda: decoder(row)), num_parallel_calls=2
    )


@parametrize_kept
def test_a_kept_frame_is_decoded_once_and_another_in_every_epoch(
    is_kept: NDArray[np.bool_],
) -> None:
    decoder = Decoder()
    dataset = dataset_of(is_kept, decoder)
    assert not decoder.counts  # nothing is decoded before data flows
    for epoch in (1, 2, 3):
        assert len(list(dataset)) == N
        assert decoder.counts == {row: 1 if is_kept[row] else epoch for row in range(N)}


@parametrize_kept
def test_frames_are_the_same_kept_or_not(is_kept: NDArray[np.bool_]) -> None:
    dataset = dataset_of(is_kept, Decoder())
    for _ in range(3):
        for row, image in enumerate(dataset):
            assert image.dtype == tf.uint8
            np.testing.assert_array_equal(image, picture(row))


@parametrize_kept
def test_no_more_is_stored_than_what_is_kept(is_kept: NDArray[np.bool_]) -> None:
    frames, decoder = DecodedFrames(is_kept, (None, 3, 1)), Decoder()
    dataset = tf.data.Dataset.range(N).map(lambda row: frames(row, lambda: decoder(row)))
    for _ in range(2):
        list(dataset)
    rows, _ = frames._store.export()
    assert sorted(rows.numpy().tolist()) == np.flatnonzero(is_kept).tolist()


def test_frames_may_be_asked_for_in_any_order_and_some_never() -> None:
    frames, decoder = DecodedFrames(ALL, (None, 3, 1)), Decoder()
    for order in ([4, 1], [1, 0, 4], [5, 4, 1]):
        dataset = tf.data.Dataset.from_tensor_slices(np.array(order))
        dataset = dataset.map(lambda row: frames(row, lambda: decoder(row)))
        for row, image in zip(order, dataset, strict=True):
            np.testing.assert_array_equal(image, picture(row))
    assert decoder.counts == {0: 1, 1: 1, 4: 1, 5: 1}


def test_each_store_is_empty_at_first() -> None:
    decoder = Decoder()
    for _ in range(2):
        list(dataset_of(ALL, decoder))
    assert set(decoder.counts.values()) == {2}


def test_a_frame_that_cannot_be_decoded_is_not_kept() -> None:
    frames, decoder = DecodedFrames(ALL, (None, 3, 1)), Decoder()
    is_broken = tf.Variable(True)

    def decode(row: tf.Tensor) -> tf.Tensor:
        with tf.control_dependencies([tf.debugging.Assert(~is_broken, ["broken"])]):
            return decoder(row)

    dataset = tf.data.Dataset.range(N).map(lambda row: frames(row, lambda: decode(row)))
    with pytest.raises(tf.errors.InvalidArgumentError, match="broken"):
        list(dataset)
    is_broken.assign(False)
    for row, image in enumerate(dataset):
        np.testing.assert_array_equal(image, picture(row))


@parametrize_kept
@pytest.mark.parametrize("shape", [(5, 3, 1), (None, 3, 1), (None, None, None)])
def test_the_shape_is_known_before_data_flows(
    is_kept: NDArray[np.bool_], shape: tuple[int | None, int | None, int | None]
) -> None:
    frames = DecodedFrames(is_kept, shape)

    def image(row: tf.Tensor) -> tf.Tensor:
        black = tf.zeros([5, 3, 1], tf.uint8)
        return frames(row, lambda: tf.compat.v1.placeholder_with_default(black, shape))

    dataset = tf.data.Dataset.range(N).map(image)
    assert dataset.element_spec == tf.TensorSpec(shape, tf.uint8)
    assert len(list(dataset)) == N


def test_works_without_a_dataset() -> None:
    frames, decoder = DecodedFrames(SOME, (None, 3, 1)), Decoder()
    for _ in range(2):
        for row in range(N):
            at = tf.constant(row, tf.int64)
            image = frames(at, lambda at=at: decoder(at))  # type: ignore[misc]
            np.testing.assert_array_equal(image, picture(row))
    assert decoder.counts == {row: 1 if SOME[row] else 2 for row in range(N)}


# --- what is kept ---------------------------------------------------------------------------------

SIZES = np.array([3, 1, 2, 4]) * MIB  # 10 MiB decoded
ENCODED = 2 * MIB

# mode, budget: which are kept
PLANS: dict[str, tuple[str, int, list[bool]]] = {
    "none, with room for all": ("none", 100 * MIB, [False] * 4),
    "auto, with room for all": ("auto", 100 * MIB, [True] * 4),
    "auto, exactly at the budget": ("auto", 12 * MIB, [True] * 4),
    "auto, one byte short of all": ("auto", 12 * MIB - 1, [True, True, True, False]),
    "auto, with room for the first": ("auto", 5 * MIB, [True, False, False, False]),
    "auto, never a later one instead": ("auto", 4 * MIB, [False] * 4),
    "auto, with no room beside the encoded": ("auto", 1 * MIB, [False] * 4),
    "auto, without a budget": ("auto", 0, [False] * 4),
    "memory, with room for all": ("memory", 100 * MIB, [True] * 4),
    "memory, exactly at the budget": ("memory", 12 * MIB, [True] * 4),
}


@pytest.mark.parametrize(("mode", "budget", "is_kept"), PLANS.values(), ids=PLANS)
def test_plans(mode: str, budget: int, is_kept: list[bool]) -> None:
    plan = plan_cache(mode, SIZES, ENCODED, budget)
    assert plan.is_kept.dtype == np.bool_
    assert plan.is_kept.tolist() == is_kept
    assert plan.decoded_bytes == SIZES[is_kept].sum()
    assert plan.encoded_bytes == ENCODED
    assert plan.budget == budget
    assert plan.decoded_bytes == 0 or plan.decoded_bytes + plan.encoded_bytes <= budget


@pytest.mark.parametrize("mode", ["none", "auto", "memory"])
@pytest.mark.parametrize("budget", [0, MIB])
def test_of_no_frames_none_are_kept(mode: str, budget: int) -> None:
    plan = plan_cache(mode, np.array([], np.int64), 0, budget)
    assert plan.is_kept.tolist() == []
    assert plan.decoded_bytes == 0


@pytest.mark.parametrize(("more", "size"), [(0, "12.0 MiB"), (1, "12.1 MiB")])
def test_memory_that_the_budget_does_not_hold_is_an_error_that_says_what_to_do(
    more: int, size: str
) -> None:
    sizes, budget = SIZES + more, 12 * MIB - 1 + more
    with pytest.raises(SplitError) as caught:
        plan_cache("memory", sizes, ENCODED, budget)
    assert str(caught.value) == (
        f"inputs.cache: memory would take {size} for 4 frames, encoded and decoded, and"
        f" inputs.memory_budget is 12.0 MiB; set the budget to {size} or more, or use cache: auto,"
        " which keeps 3 of them and decodes the others in every epoch"
    )
    enough = 12 * MIB if not more else 13 * MIB
    assert plan_cache("memory", sizes, ENCODED, enough).is_kept.all()


# is_kept, decoded bytes, encoded bytes: the sentence
SENTENCES: dict[str, tuple[list[bool], int, int, str]] = {
    "all": (
        [True] * 3,
        5 * MIB,
        2 * MIB,
        "3 frames are decoded once and kept, 7.0 MiB in memory",
    ),
    "some": (
        [True, True, False],
        4 * MIB,
        2 * MIB + 1,
        "2 of 3 frames are decoded once and kept, 6.1 MiB in memory;"
        " the others in every epoch (budget 8.0 MiB)",
    ),
    "none": ([False] * 3, 0, 2 * MIB, "3 frames are decoded in every epoch"),
}


@pytest.mark.parametrize(
    ("is_kept", "decoded", "encoded", "sentence"), SENTENCES.values(), ids=SENTENCES
)
def test_a_plan_says_what_is_done(
    is_kept: list[bool], decoded: int, encoded: int, sentence: str
) -> None:
    assert str(CachePlan(np.array(is_kept), decoded, encoded, 8 * MIB)) == sentence


@pytest.mark.parametrize(
    ("n_bytes", "text"),
    [
        (0, "0.0 MiB"),
        (1, "0.1 MiB"),
        (MIB, "1.0 MiB"),
        (MIB + 1, "1.1 MiB"),
        (5000 * MIB, "5,000.0 MiB"),
    ],
)
def test_bytes_are_rounded_up(n_bytes: int, text: str) -> None:
    assert mebibytes(n_bytes) == text
