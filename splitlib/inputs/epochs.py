"""Datasets without end: every frame or instance once in each epoch, in another order each time.

A `tf.data.Dataset.shuffle` over all epochs would be simpler. But it lets some instances wait in its
buffer until a later epoch, and takes others twice. Here each buffer mixes a part of one epoch.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from splitlib.inputs.frames.frame_order import epoch_order, frame_seed, mixing_seed
from splitlib.inputs.graph.tensors import as_written, on_cpu

MIXING_BUFFER = 256
"""Instances in the buffer that mixes them, enough to part the two or three of one frame."""

MIXING_BYTES = 64 * 2**20
"""Bytes that the buffer may take. It holds fewer of larger instances, but always some batches."""

LEAST_MIXED = 2 * MIXING_BUFFER
"""Instances in a part of an epoch, at least. At the border of a part the buffer runs empty and is
filled again, and instances of different parts never meet: many small parts would mix badly."""

PARTS = 16
"""Parts of an epoch that a tf.data service hands to its workers one by one, so that several workers
share an epoch. Every part sorts the epoch anew, so more parts would cost much."""

ENDLESS = 2**62
"""Number of parts, which stands for no end. A `Dataset.counter` would not do: each worker of a
tf.data service begins it at 0 (tensorflow 2.21), and all frames come once from each worker."""

Example = Callable[[tf.Tensor, tf.Tensor], dict[str, tf.Tensor]]
"""From the row of a frame, () int64, and its seed, (2,) int64, to what becomes of the frame."""


@dataclass(frozen=True)
class Share:
    """The part of the work of one of several input pipelines."""

    index: int  # number of the pipeline, from 0
    n: int  # number of pipelines, >= 1
    batch_size: int  # examples in a batch of this pipeline


@dataclass(frozen=True, eq=False)
class Epochs:
    """The epochs of a split, as one of several pipelines sees them."""

    keys: NDArray[np.int64]  # (n_frames,) int64, as of `frame_keys`
    seed: int  # of the run, >= 0
    share: Share
    first: int = 0  # the epoch that comes first

    def frames(self, example: Example) -> tf.data.Dataset:
        """What becomes of the frames of one epoch after the other."""
        rows = self._parts(PARTS, lambda epoch, part: self._rows(epoch, part, PARTS))
        return mapped(rows, example)

    def instances(self, example: Example, n_examples: int, buffer: int) -> tf.data.Dataset:
        """The instances of one epoch after the other; those of a frame are not side by side.

        The example has the instances of a frame along the first axis of each value. All pipelines
        together have `n_examples` instances in an epoch. The buffer holds so many of them.
        """
        n_parts = min(PARTS, max(1, n_examples // self.share.n // LEAST_MIXED))

        def mixed_part(epoch: tf.Tensor, part: tf.Tensor) -> tf.data.Dataset:
            instances = mapped(self._rows(epoch, part, n_parts), example).unbatch()
            return _mixed(instances, buffer, mixing_seed(self.seed, epoch, part))

        return self._parts(n_parts, mixed_part)

    def after(self, n_seen: int, per_frame: NDArray[np.int64]) -> tuple[int, int]:
        """Where the pipeline is after `n_seen` of its examples: an epoch, and examples of it.

        `per_frame` is (n_frames,) int64, the number of examples of each frame. The epochs of one of
        several pipelines differ in length, because each has other frames.
        """
        if self.share.n == 1:
            return divmod(n_seen, int(per_frame.sum()))
        epoch = 0
        while n_seen >= (n := int(per_frame[self._of_share(epoch).numpy()].sum())):
            epoch, n_seen = epoch + 1, n_seen - n
        return epoch, n_seen

    def _of_share(self, epoch: tf.Tensor | int) -> tf.Tensor:
        keys = on_cpu(self.keys, tf.int64)
        return epoch_order(keys, self.seed, epoch)[self.share.index :: self.share.n]

    def _parts(
        self, n_parts: int, dataset_of: Callable[[tf.Tensor, tf.Tensor], tf.data.Dataset]
    ) -> tf.data.Dataset:
        @as_written
        def part(at: tf.Tensor) -> tf.data.Dataset:
            return dataset_of(at // n_parts, at % n_parts)

        return tf.data.Dataset.range(self.first * n_parts, ENDLESS).flat_map(part)

    def _rows(self, epoch: tf.Tensor, part: tf.Tensor, n_parts: int) -> tf.data.Dataset:
        """Pairs of the row and the seed of a frame, in a part of an epoch."""
        keys, rows = on_cpu(self.keys, tf.int64), self._of_share(epoch)
        n = tf.size(rows, tf.int64)
        rows = rows[part * n // n_parts : (part + 1) * n // n_parts]
        # seeds of many frames at once, because a hash is many small operations
        seeds = frame_seed(tf.gather(keys, rows), self.seed, epoch)
        return tf.data.Dataset.from_tensor_slices((rows, seeds))


def once(n_frames: int, share: Share) -> tf.data.Dataset:
    """Pairs of the row of a frame and a seed that nobody asks for: each row of a share once."""
    rows = tf.data.Dataset.range(share.index, n_frames, share.n)
    seeds = tf.data.Dataset.from_tensors(tf.zeros(2, tf.int64)).repeat()
    return tf.data.Dataset.zip(rows, seeds)


def mapped(rows: tf.data.Dataset, example: Example) -> tf.data.Dataset:
    """What becomes of pairs of row and seed; all cores work, and the order stays."""
    return rows.map(example, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)


def _mixed(examples: tf.data.Dataset, size: int, seed: tf.Tensor) -> tf.data.Dataset:
    """The examples, mixed in a buffer; the seed is () int64.

    `Dataset.shuffle` would mix in tensorflow's global seed, which is not ours.
    """
    spec = examples.element_spec
    values = tf.nest.flatten(spec)
    shuffled = tf.raw_ops.ShuffleDataset(
        input_dataset=tf.data.experimental.to_variant(examples),
        buffer_size=size,
        seed=seed,
        seed2=1,  # two zeros would give another order every time
        reshuffle_each_iteration=False,
        output_types=[value.dtype for value in values],
        output_shapes=[value.shape for value in values],
    )
    return tf.data.experimental.from_variant(shuffled, spec)
