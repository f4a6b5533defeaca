"""Input functions: from the frames of a split to batches for a model.

The order of operations, and why:

1. The order of frames is a hash of (seed, epoch, frame) alone: every frame is seen once before any
   is seen twice, two runs see the same order, and each of several pipelines knows its share.
2. Frames are decoded in that order, on all cores, or looked up where they are kept; the order of
   what comes out is that of what goes in, whatever the threads.
3. In the same step they are augmented, seeded by (seed, epoch, frame): the same pixels come out
   whichever thread makes them. For models of one instance, the surroundings of each are cut out
   instead, still as bytes.
4. Instances are mixed in a buffer, after they were taken apart: those of one frame would otherwise
   always share a batch. They are bytes without maps, so the buffer is small.
5. Batches are made; then crops, their augmentation and all targets for a whole batch: few large
   operations.
6. Keys are mapped last, in the same step; what no key map asks for is not made. The next batches
   are made while the model works.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import tensorflow as tf

from splitlib.errors import MissingKeyError, SplitError
from splitlib.inputs.export.read_export import ExportedFrames, is_export
from splitlib.inputs.frames.decoded_frames import CachePlan, DecodedFrames, plan_cache
from splitlib.inputs.frames.frame_order import epoch_order, frame_seed
from splitlib.inputs.frames.frame_source import FrameSource, LabelsSource
from splitlib.inputs.frames.image_decoder import common_shape
from splitlib.inputs.graph.tensors import as_written, on_cpu
from splitlib.inputs.heads import (
    HEAD_KEYS,
    HeadKeys,
    HeadSteps,
    Steps,
    examples_per_frame,
    head_steps,
    needed_for,
)
from splitlib.inputs.keys.key_mapper import KeyMapper
from splitlib.params import Params

MIXING_BUFFER = 256
"""Instances that are held to be mixed, which hold apart the two or three of a frame."""

MIXING_BYTES = 64 * 2**20
"""Where so many would take more, only what fits is held, but enough for some batches."""

PIECES = 16
"""Parts of an epoch that a tf.data service hands to its workers one by one: several workers share
an epoch. Each part sorts the epoch anew, which many parts would make dear."""

ENDLESS = 2**62
"""Parts without end. `Dataset.counter` would not do: each worker of a tf.data service begins it at
0 (tensorflow 2.21), and all frames come once from each of them."""


@dataclass(frozen=True)
class Share:
    """The part of the work of one of several input pipelines.

    Attributes:
        index: Of the pipeline, from 0.
        n: Pipelines in all, >= 1.
        batch_size: Examples in a batch of this pipeline.
    """

    index: int
    n: int
    batch_size: int


@dataclass(frozen=True, eq=False)
class SplitInputs:
    """The examples of one split, as the head of the params takes them.

    Attributes:
        source: The frames of the split.
        params: The params of the pipeline.
    """

    source: FrameSource
    params: Params

    @classmethod
    def load(
        cls,
        path: str | PathLike[str],
        params: Params,
        *,
        video_folders: tuple[Path, ...] | None = None,
    ) -> "SplitInputs":
        """Read the labels of a split; images are read when a dataset is made.

        Args:
            path: A labels file, such as splits/train.slp, or a folder that `splitlib export` wrote,
                which may be any that `tf.io.gfile` takes, such as gs://bucket/train.
            params: The params of the pipeline.
            video_folders: Where to look for plain videos; None means the folder of `labels.path`,
                for the videos of a split lie beside the labels it was made from. An export has its
                own images.

        Raises:
            SplitError: No frame is an example under the filters.
            ExportError: The folder holds no export, or one that is incomplete or of other filters.
        """
        name = fspath(path)
        if is_export(name):
            return cls(ExportedFrames.load(name, params), params)
        return cls(LabelsSource.load(path, params, video_folders), params)

    @property
    def keys(self) -> HeadKeys:
        """The keys of the examples that the head is made for."""
        return HEAD_KEYS[self.params.model.head]

    @property
    def edges(self) -> tuple[tuple[int, int], ...]:
        """Pairs of points that pictures join: those of the skeleton; centroids are no nodes."""
        return () if self.keys.points == "centroids" else self.source.skeleton.edges

    @property
    def n_frames(self) -> int:
        """Frames of the split."""
        return len(self.source.keys)

    @cached_property
    def n_examples(self) -> int:
        """Examples of an epoch: instances where the head sees crops, else frames."""
        return int(examples_per_frame(self.source, self.params).sum())

    @property
    def steps_per_epoch(self) -> int:
        """Batches in which every example is seen once."""
        return -(-self.n_examples // self.params.inputs.batch_size)

    @cached_property
    def cache(self) -> CachePlan:
        """Which decoded frames are kept; the images are read for this.

        Raises:
            SplitError: All should be kept, and the budget does not hold them.
        """
        inputs = self.params.inputs
        frame_bytes = self.source.image_size.prod(axis=1)
        return plan_cache(
            inputs.cache, frame_bytes, self.source.encoded_bytes, inputs.memory_budget
        )

    @property
    def key_mapper(self) -> KeyMapper:
        """Maps examples to the model's inputs and outputs, as the params say."""
        return KeyMapper([dict(key_map) for key_map in self.params.inputs.key_maps])

    @cached_property
    def element_spec(self) -> dict[str, tf.TensorSpec]:
        """Shapes and types of the batches, keys as the transforms name them."""
        spec: dict[str, tf.TensorSpec] = self.batches(training=False).element_spec
        return spec

    def frames(self, *, training: bool, share: Share | None = None) -> tf.data.Dataset:
        """The frames after the steps of the head that are done for each.

        Args:
            training: Whether to shuffle, augment and repeat without end; else every frame comes
                once, as it is, in the order of the labels.
            share: The part of one of several pipelines; None for all.

        Returns:
            A dataset of dicts; instances lie along the first axis where the head takes them apart.

        Raises:
            SplitError: There are more pipelines than frames.
        """
        return self._frames(self._steps(augmented=training), training, share)

    def raw_frames(
        self,
        *,
        training: bool,
        share: Share | None = None,
        keys: Iterable[str] | None = None,
    ) -> tf.data.Dataset:
        """The frames as they are read, for steps of your own.

        Args:
            training: As of `frames`, but nothing is augmented.
            share: Likewise.
            keys: The keys of `LabelsReader` that are asked for; None for all.

        Raises:
            MissingKeyError: Frames have no such key.
        """
        return self._frames(HeadSteps((), ()), training, share, keys)

    def _frames(
        self,
        steps: HeadSteps,
        training: bool,
        share: Share | None,
        keys: Iterable[str] | None = None,
    ) -> tf.data.Dataset:
        share = share or self._whole
        if self.n_frames < share.n:
            msg = (
                f"{self.source.name}: {share.n} input pipelines cannot share {self.n_frames}"
                " frames; use fewer"
            )
            raise SplitError(msg)
        make = self.source.graph(self._decoded)
        needed = None if keys is None else needed_for(steps.per_batch, keys)[1]

        @as_written
        def example(row: tf.Tensor, seed: tf.Tensor) -> dict[str, tf.Tensor]:
            frame = _applied(steps.per_frame, {**make(row), "frame_seed": seed})
            frame = frame if steps.per_instance else _without_seeds(frame)
            return frame if needed is None else _only(frame, needed)

        order = self._epochs(share) if training else self._once(share)
        return order.map(example, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)

    def examples(
        self,
        *,
        training: bool,
        share: Share | None = None,
        keys: Iterable[str] | None = None,
    ) -> tf.data.Dataset:
        """What batches are made of: frames, or instances where the head takes them apart.

        Targets are not drawn yet, and instances are patches that are no crops yet.

        Args:
            training: As of `frames`.
            share: Likewise.
            keys: What is asked of batches; examples have no more than that takes. None for all.

        Raises:
            MissingKeyError: Batches have no such key.
        """
        steps = self._steps(augmented=training)
        frames = self._frames(steps, training, share, keys)
        if not steps.per_instance:
            return frames
        instances = frames.unbatch()
        if not training:
            return instances
        size = max(4 * self.params.inputs.batch_size, MIXING_BYTES // steps.instance_bytes)
        size = min(MIXING_BUFFER, self.n_examples, size)
        return _mixed(instances, size, self.params.train.seed)

    def batches(
        self,
        *,
        training: bool,
        share: Share | None = None,
        keys: Iterable[str] | None = None,
    ) -> tf.data.Dataset:
        """The examples in batches with their targets, keys as the transforms name them.

        Args:
            training: As of `frames`.
            share: Likewise.
            keys: What is asked for; None for all.

        Raises:
            MissingKeyError: Batches have no such key.
        """
        if keys is None:
            return self._batches(training, share, keys=None, mapped=dict)
        wanted = set(keys)
        return self._batches(training, share, wanted, lambda batch: _only(batch, wanted))

    def mapped(self, *, training: bool, share: Share | None = None) -> tf.data.Dataset:
        """Batches as the model takes them: a tuple with a dict per key map.

        Arguments are those of `frames`.

        Raises:
            MissingKeyError: A key map has a key that batches do not.
        """
        mapper = self.key_mapper
        with suppress(MissingKeyError):
            batches = self._batches(training, share, keys=mapper.input_keys, mapped=mapper)
            return batches.prefetch(tf.data.AUTOTUNE)
        try:  # again with all keys, which the message lists
            return mapper.transform_dataset(self.batches(training=training, share=share))
        except MissingKeyError as err:
            outputs = ", ".join(map(repr, self.keys.targets))
            msg = (
                f"{err} For model.head: {self.params.model.head}, inputs.key_maps lead"
                f" {self.keys.image!r} into the model, and {outputs} out of it"
            )
            raise MissingKeyError(msg) from None

    def _batches(
        self,
        training: bool,
        share: Share | None,
        keys: Iterable[str] | None,
        mapped: Callable[[dict[str, tf.Tensor]], Any],
    ) -> tf.data.Dataset:
        share = share or self._whole
        steps = self._steps(augmented=training).per_batch
        if keys is not None:
            steps, _ = needed_for(steps, keys)

        @as_written
        def made(batch: dict[str, tf.Tensor]) -> Any:  # noqa: ANN401
            return mapped(_without_seeds(_applied(steps, batch)))

        examples = self.examples(training=training, share=share, keys=keys)
        batches = examples.batch(share.batch_size).map(
            made, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True
        )
        options = tf.data.Options()
        # Kept frames change no element: an iterator can be saved, and go on, without them.
        policy = tf.data.experimental.ExternalStatePolicy.IGNORE
        options.experimental_external_state_policy = policy
        return batches.with_options(options)

    @property
    def _whole(self) -> Share:
        return Share(0, 1, self.params.inputs.batch_size)

    @cached_property
    def _decoded(self) -> DecodedFrames:
        return DecodedFrames(self.cache.is_kept, common_shape(self.source.image_size))

    def _steps(self, *, augmented: bool) -> HeadSteps:
        return head_steps(self.source, self.params, augmented=augmented)

    def _epochs(self, share: Share) -> tf.data.Dataset:
        """Pairs of the row and the seed of a frame, without end."""
        keys, seed = on_cpu(self.source.keys, tf.int64), self.params.train.seed

        @as_written
        def piece(at: tf.Tensor) -> tf.data.Dataset:
            epoch, part = at // PIECES, at % PIECES
            rows = epoch_order(keys, seed, epoch)[share.index :: share.n]
            n = tf.size(rows, tf.int64)
            rows = rows[part * n // PIECES : (part + 1) * n // PIECES]
            # seeds of many frames at once: a hash is many small operations
            seeds = frame_seed(tf.gather(keys, rows), seed, epoch)
            return tf.data.Dataset.from_tensor_slices((rows, seeds))

        return tf.data.Dataset.range(ENDLESS).flat_map(piece)

    def _once(self, share: Share) -> tf.data.Dataset:
        """Pairs of row and a seed that nobody asks for, each row once."""
        rows = tf.data.Dataset.range(share.index, self.n_frames, share.n)
        seeds = tf.data.Dataset.from_tensors(tf.zeros(2, tf.int64)).repeat()
        return tf.data.Dataset.zip(rows, seeds)


def _mixed(examples: tf.data.Dataset, size: int, seed: int) -> tf.data.Dataset:
    """The examples, mixed in a buffer; every iterator begins anew with the same seed.

    `Dataset.shuffle` is not used: it mixes in the global seed of tensorflow, which is not ours.
    """
    spec = examples.element_spec
    values = tf.nest.flatten(spec)
    shuffled = tf.raw_ops.ShuffleDataset(
        input_dataset=tf.data.experimental.to_variant(examples),
        buffer_size=size,
        seed=seed,
        seed2=seed or 1,  # twice 0 would be another order every time
        reshuffle_each_iteration=False,
        output_types=[value.dtype for value in values],
        output_shapes=[value.shape for value in values],
    )
    return tf.data.experimental.from_variant(shuffled, spec)


def _applied(steps: Steps, example: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    for step in steps:
        example = step(example)
    return example


def _only(frame: dict[str, tf.Tensor], keys: Iterable[str]) -> dict[str, tf.Tensor]:
    """The frame without what nobody asks for, which the graph then does not make."""
    missing = sorted(set(keys) - set(frame))
    if missing:
        msg = f"frames have no {', '.join(missing)}; they have: {', '.join(frame)}"
        raise MissingKeyError(msg)
    return {key: value for key, value in frame.items() if key in keys}


def _without_seeds(example: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    return {key: value for key, value in example.items() if key != "frame_seed"}


@dataclass(frozen=True, eq=False)
class InputFunction:
    """`input_fn(input_context=None)`: makes a dataset of batches, as `tf.distribute` asks for one.

    Attributes:
        inputs: The examples.
        training: Whether they are shuffled, augmented and repeated without end.
    """

    inputs: SplitInputs
    training: bool

    def __call__(self, input_context: tf.distribute.InputContext | None = None) -> tf.data.Dataset:
        """A dataset of batches: a tuple with a dict per key map.

        Args:
            input_context: Which of several input pipelines this is. Each gets its share of the
                frames, so that all of them see every frame once per epoch; batches have the part of
                `batch_size` that falls to one replica. None for a single pipeline.

        Raises:
            SplitError: The batch size cannot be shared evenly, or there are fewer frames than
                pipelines.
        """
        share = self._share(input_context)
        if share is None:
            return self._dataset
        return self.inputs.mapped(training=self.training, share=share)

    @cached_property
    def element_spec(self) -> tuple[dict[str, Any], ...]:
        """Shapes and types of the batches, a dict per key map; nothing is decoded for it."""
        spec: tuple[dict[str, Any], ...] = self._dataset.element_spec
        return spec

    @cached_property
    def _dataset(self) -> tf.data.Dataset:
        """The dataset of a single pipeline: making its graph takes longer than its first batch."""
        return self.inputs.mapped(training=self.training)

    @property
    def steps_per_epoch(self) -> int:
        """Batches of `batch_size` in which every example is seen once."""
        return self.inputs.steps_per_epoch

    def _share(self, context: tf.distribute.InputContext | None) -> Share | None:
        if context is None:
            return None
        size, replicas = self.inputs.params.inputs.batch_size, context.num_replicas_in_sync
        if size % replicas:
            msg = (
                f"inputs.batch_size: expected a multiple of {replicas}, the number of replicas, got"
                f" {size}; the nearest is {max(replicas, round(size / replicas) * replicas)}"
            )
            raise SplitError(msg)
        return Share(context.input_pipeline_id, context.num_input_pipelines, size // replicas)


def load_splits(
    folder: Path, params: Params, names: Sequence[str] = ("train", "val", "test")
) -> dict[str, SplitInputs]:
    """Read the splits of a folder; those that the params leave empty are left out.

    Args:
        folder: The folder with `train.slp` and so on.
        params: The params of the pipeline.
        names: The splits to read.

    Raises:
        SplitError: A split that should have frames has none to learn from.
    """
    return {
        name: SplitInputs.load(folder / f"{name}.slp", params)
        for name in names
        if getattr(params.split.fractions, name)
    }


def make_input_fn(
    labels_path: str | PathLike[str],
    params: Params,
    *,
    training: bool,
    video_folders: tuple[Path, ...] | None = None,
) -> InputFunction:
    """Make the input function of a split.

    Args:
        labels_path: A labels file, such as splits/train.slp, or a folder that `splitlib export`
            wrote, which may be any that `tf.io.gfile` takes, such as gs://bucket/train.
        params: The params of the pipeline, from `load_params`.
        training: Whether to shuffle, augment and repeat without end; else every example comes once.
        video_folders: Where to look for plain videos; None means the folder of `labels.path`.

    Returns:
        `input_fn(input_context=None)`, which makes a `tf.data.Dataset` of batches: a tuple with a
        dict per key map. It knows its `element_spec` and `steps_per_epoch`.

    Raises:
        SplitlibError: The labels, the images or the key maps do not fit; checked here, before any
            data flows.
        TypeError: `params` is something else.
    """
    if not isinstance(params, Params):
        msg = f"params: expected those of splitlib.params.load_params, got {type(params).__name__}"
        raise TypeError(msg)
    inputs = SplitInputs.load(labels_path, params, video_folders=video_folders)
    input_fn = InputFunction(inputs, training)
    _ = input_fn.element_spec  # everything is looked at now, by name
    return input_fn
