"""What tests/test_distribution.py runs behind the recipes of docs/distribution.md, in one process.

Each proof prints one line of JSON, which the test judges.
"""

import hashlib
import json
import time
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from splitlib.inputs.input_fn import InputFunction, make_input_fn
from splitlib.params import Params, load_params

service = tf.data.experimental.service

Seen = tuple[int, int]
"""A frame by its row, and a hash of its pixels."""
PATIENCE = 120.0
"""Seconds to wait for what a worker has in hand: it may get no processor for a while."""


def say(**found: object) -> None:
    print(json.dumps(found), flush=True)


def frames_params(path: Path = Path("params.yaml")) -> Params:
    """The params of the folder, for whole frames that carry their rows."""
    params = load_params(path)
    maps = ({"image": "image", "example_ind": "row"}, {"centroid_confidence_maps": "confmaps"})
    inputs = replace(params.inputs, key_maps=maps)
    return replace(params, inputs=inputs, model=replace(params.model, head="centroid"))


def frames_fn(*, training: bool = True) -> InputFunction:
    return make_input_fn("splits/train.slp", frames_params(), training=training)


def crc(variables: list[Any]) -> int:
    return zlib.crc32(b"".join(np.ascontiguousarray(v.numpy()).tobytes() for v in variables))


class CountRows(keras.layers.Layer):  # type: ignore[misc]  # keras has no annotations
    """Passes images on, and counts how often each row came into the model."""

    def __init__(self, n: int) -> None:
        super().__init__()
        self.counts = tf.Variable(
            tf.zeros([n], tf.int64),
            trainable=False,
            synchronization=tf.VariableSynchronization.ON_READ,
            aggregation=tf.VariableAggregation.SUM,
        )

    def compute_output_spec(self, image: Any, row: Any) -> Any:  # noqa: ANN401
        # told, for keras would find out by a call outside of any replica, where nothing is counted
        return keras.KerasTensor(image.shape, image.dtype)

    def call(self, image: tf.Tensor, row: tf.Tensor) -> tf.Tensor:
        if tf.distribute.in_cross_replica_context():
            return image  # keras builds the model by a call that belongs to no replica
        seen = tf.one_hot(row, self.counts.shape[0], dtype=tf.int64)
        self.counts.assign_add(tf.reduce_sum(seen, axis=0))
        return image


def prove_gpus(strategy: tf.distribute.Strategy, model: keras.Model, epochs: int = 3) -> None:
    """Count the rows that `fit` feeds into all replicas, epoch by epoch."""
    train = frames_fn()
    with strategy.scope():
        image = keras.Input((None, None, 1), name="image")
        row = keras.Input((), dtype="int64", name="row")
        counting = CountRows(train.inputs.n_frames)
        pooled = keras.layers.AveragePooling2D(2)(counting(image, row))
        maps = keras.layers.Conv2D(1, 1)(pooled)
        counter = keras.Model({"image": image, "row": row}, {"confmaps": maps})
        counter.compile("sgd", loss="mse")
    epochs_seen: list[list[int]] = []

    def take_counts(_: int, __: object) -> None:
        epochs_seen.append(counting.counts.read_value().numpy().tolist())
        counting.counts.assign(tf.zeros_like(counting.counts.read_value()))

    counter.fit(
        strategy.distribute_datasets_from_function(train),
        steps_per_epoch=train.steps_per_epoch,
        epochs=epochs,
        shuffle=False,
        verbose=0,
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=take_counts)],
    )
    say(
        replicas=strategy.num_replicas_in_sync,
        losses=model.history.history["loss"],
        val_losses=model.history.history["val_loss"],
        counts=epochs_seen,
    )


def prove_machines(strategy: tf.distribute.Strategy, model: keras.Model, epochs: int = 3) -> None:
    """Gather the rows of all workers, step by step."""
    train = frames_fn()
    batches = iter(strategy.distribute_datasets_from_function(train))

    @tf.function  # type: ignore[untyped-decorator]  # tensorflow has no annotations
    def rows() -> tf.Tensor:
        inputs, _ = next(batches)
        return strategy.gather(strategy.run(tf.identity, args=(inputs["row"],)), axis=0)

    seen = [
        np.concatenate([rows().numpy() for _ in range(train.steps_per_epoch)]).tolist()
        for _ in range(epochs)
    ]
    say(epochs=seen, weights=crc(model.trainable_variables))


def prove_resumed(expected: Any, resumed: Any, strategy: tf.distribute.Strategy) -> None:  # noqa: ANN401
    def flat(batch: Any) -> list[bytes]:  # noqa: ANN401
        values = [strategy.experimental_local_results(part) for part in tf.nest.flatten(batch)]
        return [value.numpy().tobytes() for parts in values for value in parts]

    say(same=flat(expected) == flat(resumed), parts=len(flat(expected)))


def prove_service(address: str) -> None:
    """Name what workers send, under both policies, and what one process gives."""
    train, plain = frames_fn(), frames_fn(training=False)
    policies = service.ShardingPolicy
    local = list(seen(islice(frames_fn()(), 2 * train.steps_per_epoch)))
    say(
        once=[row for row, _ in seen(by_service(plain(), policies.DYNAMIC, address))],
        from_each=[row for row, _ in seen(by_service(plain(), policies.OFF, address))],
        crops=crop_names("splits/val.slp", address),
        local_crops=crop_names("splits/val.slp", None),
        sent=sent_until(set(local), by_service(train(), policies.DYNAMIC, address)),
        local=local,
    )


def sent_until(wanted: set[Seen], batches: tf.data.Dataset, n: int = 96) -> list[Seen]:
    """Take n frames at least, then go on until all that are wanted have come, or patience ends."""
    sent: list[Seen] = []
    until = time.monotonic() + PATIENCE
    for frame in seen(batches):
        sent.append(frame)
        wanted.discard(frame)
        if (len(sent) >= n and not wanted) or time.monotonic() > until:
            break
    return sent


def by_service(dataset: tf.data.Dataset, policy: Any, address: str) -> tf.data.Dataset:  # noqa: ANN401
    return dataset.apply(service.distribute(policy, address))


def seen(batches: Iterable[Any]) -> Iterator[Seen]:
    for inputs, _ in batches:
        for row, image in zip(inputs["row"].numpy(), inputs["image"].numpy(), strict=True):
            pixels = hashlib.blake2b(image.tobytes(), digest_size=8).digest()
            yield int(row), int.from_bytes(pixels)


def crop_names(path: str, address: str | None) -> list[tuple[int, int]]:
    """Frame and corner of every crop of a split that is not trained on."""
    inputs = make_input_fn(path, load_params("params.yaml"), training=False).inputs
    batches = inputs.batches(training=False)
    if address:
        batches = by_service(batches, service.ShardingPolicy.DYNAMIC, address)
    return [
        (int(frame), zlib.crc32(points.tobytes()))
        for batch in batches.as_numpy_iterator()
        for frame, points in zip(batch["frame_ind"], batch["instance_points"], strict=True)
    ]
