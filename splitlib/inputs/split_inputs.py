"""The frames of a split, as datasets of examples and batches.

The operations come in this order, for these reasons:

1. A hash of (seed, epoch, frame) orders the frames. Every frame is seen once before any frame is
   seen twice, two runs see the same order, and each of several pipelines knows its share.
2. All cores decode frames, or look up frames that are kept. Frames come out in the order in which
   they went in, however many threads there are.
3. The same step augments frames, seeded by (seed, epoch, frame). So every thread would make the
   same pixels. For models of one instance, the surroundings of each instance are cut out instead
   and stay bytes.
4. Frames are taken apart into instances before a buffer mixes them, because the instances of one
   frame would otherwise always share a batch. Instances are bytes without maps here, which keeps
   the buffer small. No buffer reaches over the border of an epoch, so every instance is seen once
   before any instance is seen twice.
5. Batches are made. Crops, their augmentation and targets follow for a whole batch, because a few
   large operations cost less than many small ones.
6. Keys are mapped last, in the same step. The graph does not make what no key map asks for. The
   next batches are made while the model works.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import tensorflow as tf

from splitlib.errors import MissingKeyError, SplitError
from splitlib.inputs.epochs import (
    MIXING_BUFFER,
    MIXING_BYTES,
    Epochs,
    Example,
    Share,
    mapped,
    once,
)
from splitlib.inputs.export.read_export import ExportedFrames, FrameSource, is_export
from splitlib.inputs.frames.decoded_frames import CachePlan, DecodedFrames, plan_cache
from splitlib.inputs.frames.frame_source import LabelsSource
from splitlib.inputs.frames.image_decoder import common_shape
from splitlib.inputs.graph.tensors import as_written
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


@dataclass(frozen=True, eq=False)
class SplitInputs:
    """The examples of one split, as the head of the params takes them.

    The methods that make datasets share these arguments:

    - training: True shuffles and augments examples and repeats them without end. False gives every
      example once, unchanged, in the order of the labels.
    - share: The part of one of several pipelines; None for all frames.
    - keys: The keys that are asked for; None for all. A key that examples do not have raises a
      `MissingKeyError`.

    They raise a `SplitError` where there are more pipelines than frames.
    """

    source: FrameSource  # the frames of the split
    params: Params  # those of the pipeline
    n_seen: int = 0  # examples that a pipeline of a training run gave before: it goes on from there

    @classmethod
    def load(
        cls,
        path: str | PathLike[str],
        params: Params,
        *,
        video_folders: tuple[Path, ...] | None = None,
    ) -> "SplitInputs":
        """Read the labels of a split; images are read when a dataset is made.

        The path is a labels file, such as splits/train.slp, or a folder that `splitlib export`
        wrote: any that `tf.io.gfile` takes, such as gs://bucket/train. `video_folders` are as of
        `LabelsSource.load`; an export has its own images.

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
        """Pairs of points that pictures join: the skeleton's edges, but none between centroids."""
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
        inputs, source = self.params.inputs, self.source
        frame_bytes = source.image_size.prod(axis=1) * source.dtype.size
        return plan_cache(inputs.cache, frame_bytes, source.encoded_bytes, inputs.memory_budget)

    @property
    def key_mapper(self) -> KeyMapper:
        """Maps examples to the model's inputs and outputs, as the params say."""
        return KeyMapper([dict(key_map) for key_map in self.params.inputs.key_maps])

    @cached_property
    def element_spec(self) -> dict[str, tf.TensorSpec]:
        """Shapes and types of the batches, by the keys of the transforms."""
        spec: dict[str, tf.TensorSpec] = self.batches(training=False).element_spec
        return spec

    def frames(self, *, training: bool, share: Share | None = None) -> tf.data.Dataset:
        """The frames after the steps of the head for each, or instances along the first axis."""
        return self._frames(self._steps(augmented=training), training, share)

    def raw_frames(self, *, training: bool, keys: Iterable[str] | None = None) -> tf.data.Dataset:
        """The frames as they are read, never augmented; the keys are those of `LabelsReader`."""
        return self._frames(HeadSteps((), ()), training, None, keys)

    def _frames(
        self,
        steps: HeadSteps,
        training: bool,
        share: Share | None,
        keys: Iterable[str] | None = None,
    ) -> tf.data.Dataset:
        example = self._example(steps, keys)
        if training:
            return self._epochs(share)[0].frames(example)
        return mapped(once(self.n_frames, self._checked(share)), example)

    def _example(self, steps: HeadSteps, keys: Iterable[str] | None) -> Example:
        make = self.source.graph(self._decoded)
        needed = None if keys is None else needed_for(steps.per_batch, keys)[1]

        @as_written
        def example(row: tf.Tensor, seed: tf.Tensor) -> dict[str, tf.Tensor]:
            frame = _applied(steps.per_frame, {**make(row), "frame_seed": seed})
            return _only(frame if steps.per_instance else _without_seeds(frame), needed)

        return example

    def examples(
        self, *, training: bool, share: Share | None = None, keys: Iterable[str] | None = None
    ) -> tf.data.Dataset:
        """Frames, or instances where the head takes frames apart, before batches are made of them.

        Targets are not drawn yet, and instances are patches that become crops in a batch. `keys`
        are those of batches; examples then have only the keys that these are made from.
        """
        steps = self._steps(augmented=training)
        if not steps.per_instance:
            frames = self._frames(steps, training, share, keys)
            return frames.skip(self._epochs(share)[1]) if training else frames
        if not training:
            return self._frames(steps, training, share, keys).unbatch()
        size = max(4 * self.params.inputs.batch_size, MIXING_BYTES // steps.instance_bytes)
        size = min(MIXING_BUFFER, self.n_examples, size)
        example = self._example(steps, keys)
        epochs, n_begun = self._epochs(share)
        return epochs.instances(example, self.n_examples, size).skip(n_begun)

    def batches(
        self, *, training: bool, share: Share | None = None, keys: Iterable[str] | None = None
    ) -> tf.data.Dataset:
        """The examples in batches with their targets, by the keys of the transforms."""
        wanted = None if keys is None else set(keys)
        return self._batches(training, share, wanted, lambda batch: _only(batch, wanted))

    def mapped(self, *, training: bool, share: Share | None = None) -> tf.data.Dataset:
        """Batches as the model takes them: a tuple with a dict per key map.

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
        # An iterator can be saved, and go on, without the kept frames: they change no element.
        policy = tf.data.experimental.ExternalStatePolicy.IGNORE
        options.experimental_external_state_policy = policy
        return batches.with_options(options)

    @property
    def _whole(self) -> Share:
        return Share(0, 1, self.params.inputs.batch_size)

    @cached_property
    def _decoded(self) -> DecodedFrames:
        shape = common_shape(self.source.image_size)
        return DecodedFrames(self.cache.is_kept, shape, self.source.dtype)

    def _steps(self, *, augmented: bool) -> HeadSteps:
        return head_steps(self.source, self.params, augmented=augmented)

    def _epochs(self, share: Share | None) -> tuple[Epochs, int]:
        """The epochs that are left, and how many examples of the first were seen before."""
        epochs = Epochs(self.source.keys, self.params.train.seed, self._checked(share))
        per_frame = examples_per_frame(self.source, self.params)
        first, n_begun = epochs.after(self.n_seen, per_frame)
        return replace(epochs, first=first), n_begun

    def _checked(self, share: Share | None) -> Share:
        share = share or self._whole
        if self.n_frames < share.n:
            msg = (
                f"{self.source.name}: {share.n} input pipelines cannot share {self.n_frames}"
                " frames; use fewer"
            )
            raise SplitError(msg)
        return share


def _applied(steps: Steps, example: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    return reduce(lambda made, step: step(made), steps, example)


def _only(frame: dict[str, tf.Tensor], keys: set[str] | None) -> dict[str, tf.Tensor]:
    """The frame with these keys alone, all for None; the graph does not make what is left out."""
    if keys is None:
        return frame
    missing = sorted(keys - frame.keys())
    if missing:
        msg = f"frames have no {', '.join(missing)}; they have: {', '.join(frame)}"
        raise MissingKeyError(msg)
    return {key: value for key, value in frame.items() if key in keys}


def _without_seeds(example: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    return {key: value for key, value in example.items() if key != "frame_seed"}
