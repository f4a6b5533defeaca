"""Epochs: every frame and every instance once, in a random order, whatever the buffer holds."""

from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from slow import slow

from splitlib.inputs import epochs
from splitlib.inputs.epochs import Epochs, Share

COUNTS = np.array([2, 0, 1, 3, 2, 2, 1, 0, 2, 5, 2, 2, 1, 2])
"""Instances of each frame."""

KEYS = np.random.default_rng(0).integers(-(2**63), 2**63, len(COUNTS))

Instance = tuple[int, int, int]
"""Row of the frame, number of the instance, and the seed of the frame, which tells the epoch."""


def instances_of(row: tf.Tensor, seed: tf.Tensor) -> dict[str, tf.Tensor]:
    n = tf.gather(tf.constant(COUNTS), row)
    return {"row": tf.fill([n], row), "instance": tf.range(n), "seed": tf.fill([n], seed[0])}


def dataset(share: Share, *, buffer: int, seed: int = 42) -> tf.data.Dataset:
    found = Epochs(KEYS, seed, share)
    return found.instances(instances_of, int(COUNTS.sum()), buffer)


def first(n: int, instances: tf.data.Dataset) -> list[Instance]:
    taken = islice(instances.as_numpy_iterator(), n)
    return [(int(one["row"]), int(one["instance"]), int(one["seed"])) for one in taken]


def names(instances: list[Instance]) -> list[tuple[int, int]]:
    return [one[:2] for one in instances]


ALL = [(row, at) for row, n in enumerate(COUNTS.tolist()) for at in range(n)]
WHOLE = Share(0, 1, 8)


@pytest.mark.parametrize("buffer", [slow(1), 4, 256], ids="buffer of {}".format)
@pytest.mark.parametrize("least", [1, slow(10), 512], ids="parts of {} at least".format)
def test_an_epoch_has_every_instance_once_before_the_next_one_begins(
    buffer: int, least: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(epochs, "LEAST_MIXED", least)
    n = len(ALL)
    found = first(3 * n, dataset(WHOLE, buffer=buffer))
    of_epochs = [found[at : at + n] for at in range(0, 3 * n, n)]
    assert [sorted(names(epoch)) for epoch in of_epochs] == [ALL] * 3
    assert len(set(found)) == 3 * n, "a frame has another seed in each epoch"


@pytest.mark.parametrize(
    ("n", "least"), [(2, 512), (3, 1), slow(len(COUNTS), 1)], ids=["2", "3", "one per frame"]
)
@pytest.mark.slow
def test_pipelines_together_have_every_instance_once_in_an_epoch(
    n: int, least: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(epochs, "LEAST_MIXED", least)
    of_first_epoch = {seed for _, _, seed in first(len(ALL), dataset(WHOLE, buffer=1))}
    seen = []
    for at in range(n):
        found = first(len(ALL), dataset(Share(at, n, 8), buffer=4))
        is_first = [seed in of_first_epoch for _, _, seed in found]
        seen += found[: sum(is_first)]
        assert is_first == sorted(is_first, reverse=True), "the next epoch has begun too soon"
    assert sorted(names(seen)) == ALL


def test_the_order_of_instances_is_pinned() -> None:
    # Another order here means that the same params train another model.
    expected = [(10, 1), (10, 0), (11, 0), (3, 1), (8, 0), (3, 2), (5, 0), (4, 0)]
    assert names(first(8, dataset(WHOLE, buffer=25))) == expected


@pytest.mark.parametrize(
    "other", [slow({"seed": 43}), {"seed": 42, "skip": 1}], ids=["seed", "epoch"]
)
def test_orders_follow_from_the_seed_and_the_epoch(other: dict[str, int]) -> None:
    here = names(first(len(ALL), dataset(WHOLE, buffer=25)))
    assert here == names(first(len(ALL), dataset(WHOLE, buffer=25)))
    skipped = dataset(WHOLE, buffer=25, seed=other["seed"]).skip(len(ALL) * other.get("skip", 0))
    assert here != names(first(len(ALL), skipped))


def test_tensorflows_own_seed_changes_no_order() -> None:
    here = first(len(ALL), dataset(WHOLE, buffer=25))
    tf.random.set_seed(7)
    try:
        assert here == first(len(ALL), dataset(WHOLE, buffer=25))
    finally:
        tf.random.set_seed(None)


@pytest.mark.slow
def test_instances_of_a_frame_are_rarely_side_by_side() -> None:
    n = 40 * len(ALL)
    rows = np.array([row for row, _, _ in first(n, dataset(WHOLE, buffer=25))])
    alone = np.array([row for row, _, _ in first(n, dataset(WHOLE, buffer=1))])
    by_chance = float((COUNTS * (COUNTS - 1)).sum() / len(ALL) / (len(ALL) - 1))
    assert abs((rows[1:] == rows[:-1]).mean() - by_chance) < 5 * np.sqrt(by_chance / n)
    assert (alone[1:] == alone[:-1]).mean() > 0.4


@pytest.mark.parametrize("taken", [1, slow(len(ALL) - 1), slow(len(ALL)), len(ALL) + 3])
def test_an_iterator_goes_on_where_it_was_saved(
    taken: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(epochs, "LEAST_MIXED", 10)
    instances = dataset(WHOLE, buffer=6)
    expected = names(first(taken + 9, instances))[taken:]
    begun = iter(instances)
    for _ in range(taken):
        next(begun)
    path = tf.train.Checkpoint(at=begun).write(str(tmp_path / "checkpoint"))
    resumed = iter(instances)
    tf.train.Checkpoint(at=resumed).read(path).assert_consumed()
    found = [next(resumed) for _ in range(9)]
    assert [(int(one["row"]), int(one["instance"])) for one in found] == expected
