"""The loop of several devices, here with one; tests/stages/test_train_devices.py has more."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf

from splitlib.errors import TrainingError
from splitlib.models.devices import ONE_DEVICE, Devices, batch_norms_of_all
from splitlib.models.fit import fit_network
from splitlib.models.network import build_network, confidence_output
from splitlib.models.schedule import Record, Schedule

N = 11
"""Examples to validate on, in batches of 2."""


def network() -> keras.Model:
    keras.utils.set_random_seed(1)
    return build_network(
        image_shape=(8, 8, 1), outputs=[confidence_output(2, 2)], filters=2, depth=1
    )


def examples(n: int, seed: int) -> tf.data.Dataset:
    image = np.random.default_rng(seed).random((n, 8, 8, 1)).astype(np.float32)
    return tf.data.Dataset.from_tensor_slices(
        ({"image": image}, {"confmaps": image[:, ::2, ::2].repeat(2, axis=3)})
    )


def fitted(devices: Devices, *, by_the_loop: bool) -> tuple[list[Record], list[np.ndarray]]:
    def batches(dataset: tf.data.Dataset) -> tf.data.Dataset:
        if not by_the_loop:
            return dataset.batch(2)
        assert devices.strategy is not None
        return devices.strategy.distribute_datasets_from_function(lambda _: dataset.batch(2))

    with devices.scope():
        model = network()
    records = fit_network(
        model,
        batches(examples(6, 0).repeat()),
        batches(examples(N, 1)),
        schedule=Schedule(2, 1e-2, select="val_loss"),
        steps_per_epoch=3,
        devices=devices,
    )
    return records, model.get_weights()


def test_the_loop_trains_as_keras_does() -> None:
    mirrored = Devices(tf.distribute.MirroredStrategy(["CPU:0"]))
    records, weights = fitted(mirrored, by_the_loop=True)
    expected, others = fitted(ONE_DEVICE, by_the_loop=False)
    assert [one.keys() for one in records] == [one.keys() for one in expected]
    for one, other in zip(records, expected, strict=True):
        assert one == pytest.approx(other, rel=1e-5)
    for value, other_value in zip(weights, others, strict=True):
        np.testing.assert_allclose(value, other_value, atol=1e-5)


def test_several_devices_need_the_number_of_steps() -> None:
    mirrored = Devices(tf.distribute.MirroredStrategy(["CPU:0"]))
    with mirrored.scope():
        model = network()
    with pytest.raises(TrainingError, match="steps_per_epoch: expected a number"):
        fit_network(model, examples(2, 0).batch(2), schedule=Schedule(1, 1.0), devices=mirrored)


def test_one_device_has_no_strategy_and_talks_to_nobody() -> None:
    assert Devices.visible() == ONE_DEVICE
    assert str(ONE_DEVICE) in ("1 CPU", "1 GPU")
    assert (ONE_DEVICE.n_replicas, ONE_DEVICE.n_machines, ONE_DEVICE.is_first) == (1, 1, True)
    assert ONE_DEVICE.from_first(b"mine") == b"mine"
    assert ONE_DEVICE.anywhere(True)
    assert not ONE_DEVICE.anywhere(False)


@pytest.mark.parametrize(
    ("kinds", "kind", "index", "expected"),
    [
        (["worker"], "worker", 0, 0),
        (["worker"], "worker", 2, 2),
        (["chief", "worker"], "chief", 0, 0),
        (["chief", "worker"], "worker", 0, 1),
    ],
)
def test_machines_are_counted_from_the_chief_or_the_first_worker(
    kinds: list[str], kind: str, index: int, expected: int
) -> None:
    resolver = SimpleNamespace(
        task_type=kind, task_id=index, cluster_spec=lambda: SimpleNamespace(jobs=kinds)
    )
    strategy = SimpleNamespace(
        num_replicas_in_sync=6,
        extended=SimpleNamespace(worker_devices=["a", "b"]),
        cluster_resolver=resolver,
    )
    devices = Devices(strategy)
    assert str(devices) == f"2 CPUs on each of 3 machines; this one is {expected + 1}"
    assert devices.is_first == (expected == 0)


def test_batch_normalization_of_all_devices_leaves_the_description_alone() -> None:
    image = keras.Input((8, 8, 1))
    inner = network()
    normed = keras.layers.BatchNormalization(name="outer_norm")(image)
    outer = keras.Model(image, inner({"image": normed})["confmaps"])
    before = outer.to_json()
    with batch_norms_of_all(outer):
        assert outer.get_layer("outer_norm").synchronized
        assert inner.get_layer("encoder1_norm").synchronized
    assert outer.to_json() == before
