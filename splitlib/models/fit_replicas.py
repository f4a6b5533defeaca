"""The loop of training on several devices.

`keras.Model.fit` of Keras 3 does not take the batches of several machines (keras-team/keras#20585).
This loop serves devices of one machine as well as of several, so there is one way to test. A step
is that of Keras: the same losses, and the same scaling of them.
"""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from splitlib.models.devices import batch_norms_of_all

Logs = dict[str, float]


def fit_replicas(
    model: keras.Model,
    train: tf.distribute.DistributedDataset,
    val: tf.distribute.DistributedDataset | None,
    *,
    strategy: tf.distribute.Strategy,
    steps_per_epoch: int,
    epochs: range,
    callbacks: Sequence[keras.callbacks.Callback],
    verbose: int,
) -> None:
    """Train a network that was made and compiled in the scope of a strategy.

    Args:
        model: The network. Its callbacks end the training as they do in `fit`: `stop_training`.
        train: Batches (inputs, targets) without end, each the part of one device.
        val: Batches to measure after each epoch; devices may run out of them one after the other.
        strategy: The devices.
        steps_per_epoch: Batches of all devices together in an epoch.
        epochs: The numbers of the epochs, from 0.
        callbacks: Told of epochs and batches, with "loss" and "val_loss", as `fit` does.
        verbose: As of `fit`: 1 a bar, 2 a line for each epoch, 0 nothing.
    """
    told = keras.callbacks.CallbackList(
        list(callbacks),
        add_progbar=verbose > 0,
        model=model,
        verbose=verbose,
        epochs=epochs.stop,
        steps=steps_per_epoch,
    )
    with strategy.scope(), batch_norms_of_all(model):
        model.optimizer.build(model.trainable_variables)  # a step may make no variables
        step, measure = _train_step(model, strategy), _measure(model, strategy)
        batches = iter(train)
        model.stop_training = False
        told.on_train_begin()
        for epoch in epochs:
            told.on_epoch_begin(epoch)
            logs = _epoch(model, told, steps_per_epoch, lambda: step(batches))
            told.on_epoch_end(epoch, logs if val is None else logs | {"val_loss": measure(val)})
            if model.stop_training:
                break
        told.on_train_end()


def _epoch(
    model: keras.Model,
    told: keras.callbacks.CallbackList,
    n_steps: int,
    step: Callable[[], tf.Tensor],
) -> Logs:
    """Take the steps of an epoch."""
    model.reset_metrics()
    logs: Logs = {}
    for at in range(n_steps):
        told.on_train_batch_begin(at)
        logs = {"loss": float(step())}
        told.on_train_batch_end(at, logs)
    return logs


def _train_step(model: keras.Model, strategy: tf.distribute.Strategy) -> Callable[[Any], tf.Tensor]:
    """A function from an iterator to the mean loss of the epoch so far, () float32."""

    @tf.function  # type: ignore[untyped-decorator]  # tensorflow has no annotations
    def step(batches: Any) -> tf.Tensor:  # noqa: ANN401 - an iterator of tensorflow
        logs = strategy.run(model.train_step, args=(next(batches),))
        return strategy.reduce("MEAN", logs["loss"], axis=None)

    return step  # type: ignore[no-any-return]


def _measure(
    model: keras.Model, strategy: tf.distribute.Strategy
) -> Callable[[tf.distribute.DistributedDataset], float]:
    """A function from batches to the mean loss of their examples."""

    def of_replica(batch: Any) -> tf.Tensor:  # noqa: ANN401 - what Keras takes
        """The sum of the losses of examples, and their number: (2,) float32."""
        inputs, targets, weights = keras.utils.unpack_x_y_sample_weight(batch)
        n = tf.cast(tf.shape(tf.nest.flatten(inputs)[0])[0], tf.float32)
        made = model(inputs, training=False)
        mean = tf.cast(model.compute_loss(inputs, targets, made, weights, False), tf.float32)
        # Keras divides by the number of devices. A device that ran out of examples has no mean.
        total = tf.where(n > 0, mean * strategy.num_replicas_in_sync * n, 0.0)
        return tf.stack([total, n])

    @tf.function  # type: ignore[untyped-decorator]  # tensorflow has no annotations
    def step(batch: Any) -> tf.Tensor:  # noqa: ANN401 - what Keras takes
        return strategy.reduce("SUM", strategy.run(of_replica, args=(batch,)), axis=None)

    def measure(batches: tf.distribute.DistributedDataset) -> float:
        total, n = np.stack([step(batch).numpy() for batch in batches]).astype(float).sum(axis=0)
        return float(total / n)

    return measure
