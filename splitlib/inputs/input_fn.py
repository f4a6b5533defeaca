"""Input functions: from a labels file of a split to batches for a model.

The order of operations, and why:

1. The order of frames is drawn per epoch, from (seed, epoch) alone: every frame is seen once before
   any is seen twice, and two runs see the same order.
2. Frames are decoded in that order, on all cores; the reader keeps the order whatever the threads.
3. Augmentation and targets are made per frame, seeded by (seed, epoch, frame): the same pixels come
   out whichever thread makes them. Frames become one example per instance here.
4. Examples are mixed in a buffer, after they were taken apart: instances of one frame would
   otherwise always share a batch.
5. Batches are made before keys are mapped, so that the map runs once per batch.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TypeAlias

import numpy as np
import tensorflow as tf

from splitlib.errors import SplitError, UnsupportedFormatError
from splitlib.inputs.augmentation import Augmentation, frame_seed, mirrored_nodes
from splitlib.inputs.centered_instances import CenteredInstances
from splitlib.inputs.key_mapper import KeyMapper
from splitlib.inputs.reader import LabelsReader
from splitlib.labels import Labels
from splitlib.params import Params

InputFn: TypeAlias = Callable[[tf.distribute.InputContext | None], tf.data.Dataset]

MIXING_BUFFER = 256
"""Examples that are held to be mixed: a few hundred crops cost some MB, and hold apart the two or
three instances of a frame."""


@dataclass(frozen=True, eq=False)
class SplitInputs:
    """The examples of one split, for a model that finds the nodes of a centered instance.

    Attributes:
        reader: The frames of the split.
        params: The params of the pipeline.
        n_instances: Examples in the split: instances that pass the filters.
    """

    reader: LabelsReader
    params: Params
    n_instances: int

    @classmethod
    def load(
        cls,
        labels_path: str | PathLike[str],
        params: Params,
        *,
        video_folders: tuple[Path, ...] | None = None,
    ) -> "SplitInputs":
        """Read the labels of a split; images are read when a dataset is made.

        Args:
            labels_path: A labels file, such as splits/train.slp.
            params: The params of the pipeline.
            video_folders: Where to look for plain videos; None means the folder of `labels.path`,
                for the videos of a split lie beside the labels it was made from.

        Raises:
            SplitError: No instance passes the filters, or the head is not supported.
            UnsupportedFormatError: The instances have skeletons with different numbers of nodes.
        """
        _check_supported(params)
        folders = (Path(params.labels.path).parent,) if video_folders is None else video_folders
        labels = Labels.load(labels_path)
        reader = LabelsReader(
            labels,
            user_instances_only=params.labels.user_instances_only,
            with_track_only=params.labels.with_track_only,
            video_folders=folders,
            memory_budget=params.inputs.memory_budget,
        )
        return cls(reader, params, _count_instances(labels, params))

    @property
    def nodes(self) -> tuple[str, ...]:
        """Names of the nodes, in the order of points and confidence maps."""
        labels = self.reader.labels
        used = {labels.skeletons[at].nodes for at in np.unique(labels.columns.skeleton)}
        if len({len(nodes) for nodes in used}) > 1:
            msg = (
                f"{labels.path}: instances have skeletons of different sizes, which one model"
                " cannot learn; put the skeletons into separate labels files"
            )
            raise UnsupportedFormatError(msg)
        return next(iter(sorted(used)), ())

    def examples(self, *, training: bool) -> tf.data.Dataset:
        """One example per instance, not batched.

        Args:
            training: Whether to shuffle, augment and repeat without end; else every instance comes
                once, as it is, in the order of the labels.

        Returns:
            A dataset of dicts with the keys of `CenteredInstances`.
        """
        transform = self._transform(augmented=training)
        if not training:
            once = self.reader.make_dataset()
            return once.map(transform, num_parallel_calls=tf.data.AUTOTUNE).unbatch()
        seed, n_frames = self.params.train.seed, len(self.reader)

        def order(epoch: tf.Tensor) -> tf.data.Dataset:
            frames = tf.random.experimental.stateless_shuffle(
                tf.range(n_frames, dtype=tf.int64), seed=tf.stack([seed, epoch])
            )
            return tf.data.Dataset.from_tensor_slices(frames)

        def augmented(at: tf.Tensor, frame: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
            return transform(frame, frame_seed(seed, at // n_frames, frame))

        frames = self.reader.make_dataset(tf.data.Dataset.counter().flat_map(order))
        examples = frames.enumerate().map(augmented, num_parallel_calls=tf.data.AUTOTUNE).unbatch()
        return examples.shuffle(min(MIXING_BUFFER, self.n_instances), seed=seed)

    def batches(self, *, training: bool) -> tf.data.Dataset:
        """The examples in batches, keys as the transforms name them."""
        size = self.params.inputs.batch_size
        return self.examples(training=training).batch(size, num_parallel_calls=tf.data.AUTOTUNE)

    @property
    def element_spec(self) -> dict[str, tf.TensorSpec]:
        """Shapes and types of the batches, keys as the transforms name them."""
        spec: dict[str, tf.TensorSpec] = self.batches(training=False).element_spec
        return spec

    @property
    def steps_per_epoch(self) -> int:
        """Batches in which every instance is seen once."""
        return -(-self.n_instances // self.params.inputs.batch_size)

    @property
    def key_mapper(self) -> KeyMapper:
        """Maps examples to the model's inputs and outputs, as the params say."""
        return KeyMapper([dict(key_map) for key_map in self.params.inputs.key_maps])

    def mapped(self, *, training: bool) -> tf.data.Dataset:
        """Batches as the model takes them: a tuple with a dict per key map."""
        batches = self.batches(training=training)
        return self.key_mapper.transform_dataset(batches).prefetch(tf.data.AUTOTUNE)

    def _transform(self, *, augmented: bool) -> CenteredInstances:
        targets, augment = self.params.inputs.targets, self.params.inputs.augment
        low, high = augment.scale
        return CenteredInstances(
            crop_size=targets.crop_size,
            output_stride=targets.output_stride,
            sigma=targets.sigma,
            augmentation=Augmentation(augment.rotation, (low, high), augment.flip)
            if augmented
            else None,
            mirrored_nodes=self._mirrored_nodes(),
        )

    def _mirrored_nodes(self) -> tuple[int, ...] | None:
        nodes = self.nodes
        for skeleton in self.reader.labels.skeletons:
            if skeleton.nodes == nodes and skeleton.symmetries:
                return mirrored_nodes(len(nodes), skeleton.symmetries)
        return None


def load_splits(
    folder: Path, params: Params, names: Sequence[str] = ("train", "val", "test")
) -> dict[str, SplitInputs]:
    """Read the splits of a folder; those that the params leave empty are left out.

    Args:
        folder: The folder with `train.slp` and so on.
        params: The params of the pipeline.
        names: The splits to read.

    Raises:
        SplitError: A split that should have frames has no instance to learn from.
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
) -> InputFn:
    """Make the input function of a split.

    Args:
        labels_path: A labels file, such as splits/train.slp.
        params: The params of the pipeline, from `load_params`.
        training: Whether to shuffle, augment and repeat without end; else every instance comes
            once.
        video_folders: Where to look for plain videos; None means the folder of `labels.path`.

    Returns:
        `input_fn(input_context=None)`, which makes a `tf.data.Dataset` of batches: a tuple with a
        dict per key map. With a context, each pipeline gets its share of the batches.

    Raises:
        SplitlibError: The labels, the images or the key maps do not fit; checked here, before any
            data flows.
    """
    inputs = SplitInputs.load(labels_path, params, video_folders=video_folders)

    def input_fn(input_context: tf.distribute.InputContext | None = None) -> tf.data.Dataset:
        dataset = inputs.mapped(training=training)
        if input_context is None or input_context.num_input_pipelines < 2:
            return dataset
        return dataset.shard(input_context.num_input_pipelines, input_context.input_pipeline_id)

    return input_fn


def _check_supported(params: Params) -> None:
    """Name the settings that are not supported, rather than leave them without effect."""
    asked = {
        f"model.head: {params.model.head}": params.model.head != "centered_instance",
        f"inputs.cache: {params.inputs.cache}": params.inputs.cache == "memory",
    }
    for setting, is_asked in asked.items():
        if is_asked:
            msg = (
                f"{setting} is not supported by this version; supported are model.head:"
                " centered_instance and inputs.cache: auto or none, which decode the frames in"
                " every epoch"
            )
            raise SplitError(msg)


def _count_instances(labels: Labels, params: Params) -> int:
    if not len(labels):
        msg = f"{labels.path}: the split has no frames; see split.fractions in the params"
        raise SplitError(msg)
    columns = labels.columns
    counted = columns.instances_that_count(
        user_instances_only=params.labels.user_instances_only,
        with_track_only=params.labels.with_track_only,
    )
    if not counted.any():
        msg = (
            f"{labels.path}: no instance to train on: {len(columns.is_user)} instances in"
            f" {len(labels)} frames, none with a visible point passes the filters of `labels`"
        )
        raise SplitError(msg)
    return int(counted.sum())
