"""Train a network, in the same way on every run.

Losses were compared on the demo labels (some 700 crops, 10 epochs) by the share of test points that
end more than 4 pixels off. It was 0.3 for a squared error that weighs nodes more, which takes left
for right; 0.1 for the cross-entropy used here; and 0.07 with batch normalization as well. A plain
squared error finds nothing in so few epochs: maps are so dark that an empty one is nearly right.
"""

import math
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any, NoReturn

import keras
import tensorflow as tf
from keras import ops
from numpy.typing import NDArray

from splitlib.errors import SplitError, TrainingError
from splitlib.inputs.keys.key_paths import KeyPath
from splitlib.inputs.keys.model_names import output_tensors
from splitlib.models.checkpoint import Checkpoint
from splitlib.models.devices import ONE_DEVICE, Devices
from splitlib.models.fit_replicas import fit_replicas
from splitlib.models.schedule import Record, Schedule, best_epoch

PEAK_WEIGHT = 10.0
"""How much more a pixel on a node counts than one far from nodes, which cover few pixels."""

FIELD_WEIGHT = 20.0
"""How much more a place on an edge counts than one far from edges. Without a weight, 15 epochs on
the demo drew fields of a length of 0.38 at most, and no animal was joined."""

LOSSES = ("loss", "val_loss")
"""Figures of an epoch that are recorded."""

LOST = (tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.CancelledError)
"""What tensorflow raises where another machine is gone."""

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
    train: tf.data.Dataset | Callable[[int], tf.data.Dataset],
    val: tf.data.Dataset | None = None,
    *,
    schedule: Schedule,
    steps_per_epoch: int | None = None,
    checkpoint: Checkpoint | None = None,
    losses: Any = None,  # noqa: ANN401 - what Keras takes
    optimizer: Callable[[float], keras.optimizers.Optimizer] = keras.optimizers.Adam,
    devices: Devices = ONE_DEVICE,
    watch: Callable[[Sequence[Record]], None] = lambda _: None,
) -> list[Record]:
    """Train a network, and print a line (on a terminal a bar) for each epoch.

    Args:
        model: The network, made in the scope of the devices. In the end it has the weights that the
            schedule selects.
        train: Batches (inputs, targets), as a `KeyMapper` gives them; or a function from the number
            of epochs that are done to the batches that follow them. For several devices, both are
            what `Devices.batches` makes.
        val: Batches to measure after each epoch.
        schedule: How long, how fast, and which weights are kept.
        steps_per_epoch: For a `train` that repeats without end; None takes all of it in each epoch,
            which several devices do not know.
        checkpoint: Where the run is kept after each epoch, and from where it goes on.
        losses: What `keras.Model.compile` takes; None for `losses_of`.
        optimizer: From the learning rate to the optimizer.
        devices: What computes.
        watch: Told the figures of all epochs after each of them, and of those that were done
            before when a run goes on.

    Returns:
        The figures of each epoch: "epoch" (from 1), "learning_rate", "loss", and with validation
        "val_loss".

    Raises:
        SplitError: A dataset is empty, or there is none to validate on and the schedule needs one.
        TrainingError: The loss is no number any more, another machine is lost, or several devices
            are given no number of steps.
        CheckpointError: The checkpoint is of another run.
    """
    if val is None and schedule.needs_validation:
        msg = (
            "train.select: val_loss, train.stop_after and train.rates: plateau are decided by"
            " validation frames, and the val split has none; see split.fractions"
        )
        raise SplitError(msg)
    with devices.scope():
        model.compile(
            optimizer=optimizer(schedule.learning_rate),
            loss=losses_of(model) if losses is None else losses,
        )
        restored = checkpoint.restore(model) if checkpoint else None
    run = _Run(schedule, checkpoint, watch, *(restored or ([], [])))
    if run.records:
        watch(run.records)
    if not schedule.is_over(run.records):
        batches = train(len(run.records)) if callable(train) else train
        fit = partial(_fit_replicas, devices) if devices.strategy else _fit_one
        fit(model, batches, val, run, steps_per_epoch)
    if schedule.select == "val_loss":
        model.set_weights(run.best)
    return run.records


def _fit_one(
    model: keras.Model,
    train: tf.data.Dataset,
    val: tf.data.Dataset | None,
    run: "_Run",
    steps_per_epoch: int | None,
) -> None:
    _check_not_empty(train, "training")
    if val is not None:
        _check_not_empty(val, "validation")
    model.fit(
        train if steps_per_epoch else _counted(train),
        validation_data=None if val is None else _counted(val),
        initial_epoch=len(run.records),
        epochs=run.schedule.epochs,
        steps_per_epoch=steps_per_epoch,
        shuffle=False,  # the datasets are in order already
        callbacks=[run],
        verbose=_verbosity(),
    )


def _fit_replicas(
    devices: Devices,
    model: keras.Model,
    train: tf.distribute.DistributedDataset,
    val: tf.distribute.DistributedDataset | None,
    run: "_Run",
    steps_per_epoch: int | None,
) -> None:
    if steps_per_epoch is None:
        msg = "steps_per_epoch: expected a number for several devices, got None"
        raise TrainingError(msg)
    try:
        fit_replicas(
            model,
            train,
            val,
            strategy=devices.strategy,
            steps_per_epoch=steps_per_epoch,
            epochs=range(len(run.records), run.schedule.epochs),
            callbacks=[run],
            verbose=_verbosity() if devices.is_first else 0,
        )
    except LOST as err:
        if devices.n_machines == 1:
            raise
        msg = (
            f"another machine has stopped, or cannot be reached, after epoch {len(run.records)}."
            " Start the stage again on all machines, and it goes on after the last epoch that the"
            f" first machine kept; tensorflow says: {err.message.splitlines()[0]}"
        )
        raise TrainingError(msg) from err


def _verbosity() -> int:
    return 1 if sys.stdout.isatty() else 2


class _Run(keras.callbacks.Callback):  # type: ignore[misc]
    """Carries out a schedule while Keras fits a model."""

    def __init__(
        self,
        schedule: Schedule,
        checkpoint: Checkpoint | None,
        watch: Callable[[Sequence[Record]], None],
        records: list[Record],
        best: list[NDArray[Any]],
    ) -> None:
        super().__init__()
        self.schedule, self.checkpoint, self.watch = schedule, checkpoint, watch
        self.records, self.best = records, best

    def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
        self.model.optimizer.learning_rate.assign(self.schedule.rate(self.records))

    def on_train_batch_end(self, batch: int, logs: Mapping[str, float]) -> None:
        if not math.isfinite(logs["loss"]):
            self._refuse("loss", logs["loss"], f"in batch {batch + 1} of")

    def _refuse(self, name: str, value: float, where: str) -> NoReturn:
        done = len(self.records)
        kept, delete = "", ""
        if self.checkpoint and done:
            kept = f", kept in {self.checkpoint.path}"
            delete = f", and delete {self.checkpoint.path} to train anew"
        msg = (
            f"the {name} is {value} {where} epoch {done + 1}; the last good weights are those of"
            f" epoch {done}{kept}. Look at plots/inputs/train.png, lower train.learning_rate"
            f"{delete}"
        )
        raise TrainingError(msg)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float]) -> None:
        if not math.isfinite(logs.get("val_loss", 0.0)):
            self._refuse("val_loss", logs["val_loss"], "after")
        record = {"epoch": epoch + 1, "learning_rate": self.schedule.rate(self.records)}
        self.records.append(record | {name: float(logs[name]) for name in LOSSES if name in logs})
        if self.schedule.select == "val_loss" and best_epoch(self.records) == epoch:
            self.best = self.model.get_weights()
        if self.checkpoint:
            self.checkpoint.save(self.model, self.best, self.records)
        self.watch(self.records)
        self.model.stop_training = self.schedule.is_over(self.records)


def confidence_loss(target: tf.Tensor, predicted: tf.Tensor) -> tf.Tensor:
    """The loss of confidence maps: the cross-entropy, less that of a perfect prediction.

    Both are (n, height, width, n_nodes) in [0, 1]. The loss is (n, height, width), and 0 where the
    prediction is perfect.
    """
    excess = ops.binary_crossentropy(target, predicted) - ops.binary_crossentropy(target, target)
    return ops.mean((1.0 + PEAK_WEIGHT * target) * excess, axis=-1)


def fields_loss(target: tf.Tensor, predicted: tf.Tensor) -> tf.Tensor:
    """The loss of part affinity fields: the squared difference, weighted by the length of fields.

    Both are (n, height, width, 2 * n_edges) in [-1, 1]. The loss is (n, height, width): the mean
    over edges of the squared distance of the two vectors.
    """
    shape = (*ops.shape(target)[:3], -1, 2)
    length = ops.sqrt(ops.sum(ops.square(ops.reshape(target, shape)), axis=-1))
    wrong = ops.sum(ops.square(ops.reshape(target - predicted, shape)), axis=-1)
    return ops.mean((1.0 + FIELD_WEIGHT * length) * wrong, axis=-1)


def losses_of(model: keras.Model, fields: Collection[KeyPath] = ()) -> Any:  # noqa: ANN401
    """The loss of each output of a network: `fields_loss` of fields, `confidence_loss` of maps.

    Args:
        model: The network.
        fields: The outputs that are part affinity fields, besides those that a layer of our network
            of this name draws.

    Returns:
        A function, or nested dicts of them.
    """
    drawn = dict(zip(map(id, model.outputs), model.output_names, strict=True))

    def loss(path: KeyPath, tensor: Any) -> Any:  # noqa: ANN401
        is_field = path in fields or drawn[id(tensor)] == "part_affinity_fields"
        return fields_loss if is_field else confidence_loss

    paths = {id(tensor): path for path, tensor in output_tensors(model).items()}
    losses = [loss(paths[id(tensor)], tensor) for tensor in keras.tree.flatten(model.output)]
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
