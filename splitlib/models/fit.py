"""Train a network, in the same way on every run.

Losses were compared on the demo labels (some 700 crops, 10 epochs) by the share of test points that
end more than 4 pixels off. It was 0.3 for a squared error that weighs nodes more, which takes left
for right; 0.1 for the cross-entropy used here; and 0.07 with batch normalization as well. A plain
squared error finds nothing in so few epochs: maps are so dark that an empty one is nearly right.
"""

import math
import sys
from typing import Any

import keras
import tensorflow as tf
from keras import ops

from splitlib.errors import SplitError

PEAK_WEIGHT = 10.0
"""How much more a pixel on a node counts than one far from nodes, which cover few pixels."""

MAX_KERAS_SEED = 2**32
"""`keras.utils.set_random_seed` seeds numpy's old generator, which takes 32 bits."""


def make_repeatable(seed: int) -> None:
    """Make this process draw the same weights and compute the same sums on every run.

    Call this function before the network is built. The setting holds for the whole process, and
    slows some operations down. Two runs with one seed, >= 0, give the same bytes on one machine;
    another processor rounds differently.
    """
    keras.utils.set_random_seed(seed % MAX_KERAS_SEED)
    tf.config.experimental.enable_op_determinism()


def fit_network(
    model: keras.Model,
    train: tf.data.Dataset,
    val: tf.data.Dataset | None = None,
    *,
    epochs: int,
    learning_rate: float,
    steps_per_epoch: int | None = None,
) -> list[dict[str, float]]:
    """Train a network with Adam, and print a line (on a terminal a bar) for each epoch.

    The datasets are batches (inputs, targets), as a `KeyMapper` gives them. `steps_per_epoch` is
    for a `train` that repeats without end; None takes all of it in each epoch. `learning_rate` is
    that of the first epoch; later ones are as of `falling_rates`.

    Returns:
        The figures of each epoch: "epoch" (from 1), "learning_rate", "loss", and with validation
        "val_loss".

    Raises:
        SplitError: A dataset is empty.
    """
    _check_not_empty(train, "training")
    if val is not None:
        _check_not_empty(val, "validation")
    rates = falling_rates(learning_rate, epochs)
    model.compile(optimizer=keras.optimizers.Adam(rates[0]), loss=losses_of(model))

    def set_rate(epoch: int, _: object) -> None:
        model.optimizer.learning_rate.assign(rates[epoch])

    history = model.fit(
        train if steps_per_epoch else _counted(train),
        validation_data=None if val is None else _counted(val),
        epochs=epochs,
        steps_per_epoch=steps_per_epoch,
        shuffle=False,  # the datasets are in order already
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_begin=set_rate)],
        verbose=1 if sys.stdout.isatty() else 2,
    ).history
    figures = {"learning_rate": rates} | history
    return [
        {"epoch": epoch + 1} | {name: float(values[epoch]) for name, values in figures.items()}
        for epoch in range(len(history["loss"]))
    ]


def falling_rates(learning_rate: float, epochs: int) -> list[float]:
    """The learning rate of each epoch: half a cosine wave, which ends nearly at zero.

    Example:
        >>> falling_rates(1.0, 4)
        [1.0, 0.8535533905932737, 0.5, 0.14644660940672627]
    """
    return [
        learning_rate * 0.5 * (1.0 + math.cos(math.pi * epoch / epochs)) for epoch in range(epochs)
    ]


def confidence_loss(target: tf.Tensor, predicted: tf.Tensor) -> tf.Tensor:
    """The loss of confidence maps: the cross-entropy, less that of a perfect prediction.

    Both are (n, height, width, n_nodes) in [0, 1]. The loss is (n, height, width), and 0 where the
    prediction is perfect.
    """
    excess = ops.binary_crossentropy(target, predicted) - ops.binary_crossentropy(target, target)
    return ops.mean((1.0 + PEAK_WEIGHT * target) * excess, axis=-1)


def fields_loss(target: tf.Tensor, predicted: tf.Tensor) -> tf.Tensor:
    """The loss of part affinity fields: the mean squared difference.

    Both are (n, height, width, 2 * n_edges) in [-1, 1]. The loss is (n, height, width).
    """
    return ops.mean(ops.square(target - predicted), axis=-1)


def losses_of(model: keras.Model) -> Any:  # noqa: ANN401 - a function, or nested dicts of them
    """The loss of each output of a network. The layer that draws the output decides."""
    kinds = {"part_affinity_fields": fields_loss}
    losses = [kinds.get(layer, confidence_loss) for layer in model.output_names]
    # one loss needs no names; several are packed in the order in which Keras flattens outputs
    return losses[0] if len(losses) == 1 else keras.tree.pack_sequence_as(model.output, losses)


def _check_not_empty(dataset: tf.data.Dataset, name: str) -> None:
    """Refuse an empty dataset: Keras would train on nothing, and only warn at the end."""
    if not any(True for _ in dataset.take(1)):
        msg = (
            f"the {name} dataset is empty: its split holds no instance to learn from; see "
            "split.fractions and the filters in labels"
        )
        raise SplitError(msg)


def _counted(dataset: tf.data.Dataset) -> tf.data.Dataset:
    """The dataset with its length known: Keras warns at the end of one whose length is unknown."""
    if dataset.cardinality() != tf.data.UNKNOWN_CARDINALITY:
        return dataset
    n_batches = sum(1 for _ in dataset)
    return dataset.apply(tf.data.experimental.assert_cardinality(n_batches))
