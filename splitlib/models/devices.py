"""What a training run computes on: one device, several of a machine, or those of several machines.

One device takes no strategy of `tf.distribute`, and trains to the bytes of plain Keras.
"""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from splitlib.inputs.input_fn import InputFunction

WORD = np.dtype(np.int64)
"""What bytes travel as between machines: tensorflow sums no bytes."""


@dataclass(frozen=True)
class Devices:
    """The devices of a run, and the messages between its machines.

    A method that sends a message has to be called on all machines, in the same order.
    """

    strategy: tf.distribute.Strategy | None = None  # None for one device

    @classmethod
    def visible(cls) -> "Devices":
        """All devices that this process sees, and those of other machines if TF_CONFIG names some.

        CUDA_VISIBLE_DEVICES chooses GPUs. With TF_CONFIG, call this function before any other work
        of tensorflow; it then waits until all machines are there.
        """
        if os.environ.get("TF_CONFIG"):
            return cls(tf.distribute.MultiWorkerMirroredStrategy())
        found = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
        names = [device.name for device in found]
        return cls(tf.distribute.MirroredStrategy(names) if len(names) > 1 else None)

    @property
    def n_replicas(self) -> int:
        """Copies of the network that work on a batch together, one per device."""
        return int(self.strategy.num_replicas_in_sync) if self.strategy else 1

    @property
    def n_machines(self) -> int:
        """Machines, each with an input pipeline of its own."""
        return self.n_replicas // self._n_local

    @property
    def _n_local(self) -> int:
        return len(self.strategy.extended.worker_devices) if self.strategy else 1

    @property
    def is_first(self) -> bool:
        """Whether this machine is the one that writes files."""
        return self._index == 0

    @property
    def _index(self) -> int:
        if self.strategy is None or self.n_machines == 1:
            return 0
        resolver = self.strategy.cluster_resolver
        # machines are counted as the strategy does: a chief comes before all workers
        has_chief = "chief" in resolver.cluster_spec().jobs
        return int(resolver.task_id + (has_chief and resolver.task_type != "chief"))

    def __str__(self) -> str:
        kind = "GPU" if tf.config.list_logical_devices("GPU") else "CPU"
        local = f"1 {kind}" if self._n_local == 1 else f"{self._n_local} {kind}s"
        if self.n_machines == 1:
            return local
        return f"{local} on each of {self.n_machines} machines; this one is {self._index + 1}"

    def scope(self) -> AbstractContextManager[object]:
        """Where a network and its optimizer have to be made."""
        return self.strategy.scope() if self.strategy else nullcontext()

    def batches(
        self, input_fn: InputFunction
    ) -> tf.data.Dataset | tf.distribute.DistributedDataset:
        """The batches of an input function; each device gets its part of them.

        Raises:
            SplitError: The devices cannot share a batch, or the machines the frames of the split.
        """
        if self.strategy is None:
            return input_fn()
        return self.strategy.distribute_datasets_from_function(input_fn)

    def from_first(self, content: bytes) -> bytes:
        """What the first machine has; the others pass what they like."""
        if self.n_machines == 1:
            return content
        mine = content if self.is_first else b""
        n = int(self._sum(np.array([len(mine)], WORD))[0])
        if n == 0:  # tensorflow 2.21 dies of an empty sum
            return b""
        padded = mine.ljust(-(-n // WORD.itemsize) * WORD.itemsize, b"\0")
        words = np.frombuffer(padded, WORD)
        return self._sum(words if self.is_first else np.zeros_like(words)).tobytes()[:n]

    def anywhere(self, value: bool) -> bool:
        """Whether the value is true on any machine."""
        return value if self.n_machines == 1 else bool(self._sum(np.array([value], WORD))[0])

    def _sum(self, values: NDArray[np.int64]) -> NDArray[np.int64]:
        """The sum of what the machines have, (n,) int64."""

        def of_replica(context: tf.distribute.experimental.ValueContext) -> tf.Tensor:
            is_one = context.replica_id_in_sync_group % self._n_local == 0
            return tf.constant(values if is_one else np.zeros_like(values))

        assert self.strategy is not None
        each = self.strategy.experimental_distribute_values_from_function(of_replica)
        total: NDArray[np.int64] = self.strategy.reduce("SUM", each, axis=None).numpy()
        return total


ONE_DEVICE = Devices()
"""Without a strategy."""


@contextmanager
def batch_norms_of_all(model: keras.Model) -> Iterator[None]:
    """Have batch normalization take the mean of a batch over all devices, as one device would.

    Without it, each device would take the mean of its part, and have running means of its own. The
    description of the model stays as it was.
    """
    layers = [
        layer
        for layer in model._flatten_layers()
        if isinstance(layer, keras.layers.BatchNormalization)
    ]
    before = [layer.synchronized for layer in layers]
    for layer in layers:
        layer.synchronized = True
    try:
        yield
    finally:
        for layer, value in zip(layers, before, strict=True):
            layer.synchronized = value
