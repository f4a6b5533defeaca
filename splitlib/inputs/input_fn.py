"""Input functions: batches of a split for a model, as `tf.distribute` asks for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any

import tensorflow as tf

from splitlib.errors import SplitError
from splitlib.files import read_together
from splitlib.inputs.endless import EndlessBatches
from splitlib.inputs.epochs import Share as Share
from splitlib.inputs.frames.frame_source import holds_frames
from splitlib.inputs.settled_inputs import settled
from splitlib.inputs.split_inputs import SplitInputs as SplitInputs
from splitlib.params import Params


@dataclass(frozen=True, eq=False)
class InputFunction:
    """`input_fn(input_context=None)`: makes a dataset of batches, as `tf.distribute` asks."""

    inputs: SplitInputs  # the examples
    training: bool  # whether examples are shuffled, augmented and repeated without end

    def __call__(
        self,
        input_context: tf.distribute.InputContext | None = None,
        *,
        epochs: int | None = None,
    ) -> tf.data.Dataset:
        """A dataset of batches: a tuple with a dict per key map.

        Args:
            input_context: Which of several input pipelines this is; None for a single pipeline.
                Each pipeline gets its share of the frames, so that all pipelines together see every
                frame once per epoch. Batches have the part of `batch_size` that falls to one
                replica.
            epochs: End after so many times `steps_per_epoch` batches. None for training batches
                without end: `keras.Model.fit` needs `steps_per_epoch` for these, and raises a
                `TrainingError` without. It cannot know that of a dataset made from them.

        Raises:
            SplitError: The batch size cannot be shared evenly, or there are fewer frames than
                pipelines.
            ValueError: Epochs are below 1, or are asked of one of several pipelines or of batches
                that are not for training.
        """
        if epochs is not None:
            if epochs < 1 or input_context is not None or not self.training:
                msg = (
                    f"epochs: expected 1 or more, of training batches of a single pipeline, got"
                    f" {epochs}"
                )
                raise ValueError(msg)
            n = epochs * self.steps_per_epoch
            # not of other datasets: a worker of a tf.data service gives a part of them
            return self._dataset.take(n).apply(tf.data.experimental.assert_cardinality(n))
        if input_context is None:
            batches = self._dataset
        else:
            batches = self.inputs.mapped(training=self.training, share=self._share(input_context))
        return EndlessBatches(batches) if self.training else batches

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

    def _share(self, context: tf.distribute.InputContext) -> Share:
        size, replicas = self.inputs.params.inputs.batch_size, context.num_replicas_in_sync
        if size % replicas:
            nearest = max(replicas, round(size / replicas) * replicas)
            msg = (
                f"inputs.batch_size: expected a multiple of {replicas}, the number of replicas, got"
                f" {size}; the nearest is {nearest}, or let CUDA_VISIBLE_DEVICES name fewer GPUs"
            )
            raise SplitError(msg)
        return Share(context.input_pipeline_id, context.num_input_pipelines, size // replicas)


def load_splits(
    folder: Path, params: Params, names: Sequence[str] = ("train", "val", "test")
) -> dict[str, SplitInputs]:
    """Read `train.slp` and so on of a folder; splits that the params leave empty are left out.

    What is `auto` in the params is measured on the train split, which is named first.

    Raises:
        SplitError: A split that should have frames has none to learn from.
        UnfinishedFilesError: The files are of two runs.
    """
    splits: dict[str, SplitInputs] = {}
    with read_together(folder / f"{name}.slp" for name in names):
        for name in used_splits(folder, params, names):
            inputs = SplitInputs.load(folder / f"{name}.slp", params)
            splits[name] = settled(inputs) if name == "train" else inputs
            params = splits[name].params  # a size that was measured is that of all splits
    return splits


def used_splits(folder: Path, params: Params, names: Sequence[str]) -> list[str]:
    """The splits that should have frames: by their fraction, or as they have some.

    A fold and held videos fill a split that has a fraction of 0.
    """
    return [
        name
        for name in names
        if getattr(params.split.fractions, name) or holds_frames(folder / f"{name}.slp")
    ]


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
            wrote, as of `SplitInputs.load`.
        params: The params of the pipeline, from `load_params`. `crop_size: auto` is measured on
            the split for training. Other splits take what was found there, in `inputs.params` of
            its input function.
        training: True shuffles and augments examples and repeats them without end. False gives
            every example once.
        video_folders: Where to look for plain videos; None means the folder of `labels.path`.

    Returns:
        `input_fn(input_context=None)`, which makes a `tf.data.Dataset` of batches: a tuple with a
        dict per key map. The input function knows its `element_spec` and `steps_per_epoch`.

    Raises:
        SplitlibError: The labels, the images or the key maps do not fit. All are checked here,
            before any data flows.
        TypeError: `params` is something else.
    """
    if not isinstance(params, Params):
        msg = f"params: expected those of splitlib.params.load_params, got {type(params).__name__}"
        raise TypeError(msg)
    inputs = SplitInputs.load(labels_path, params, video_folders=video_folders)
    input_fn = InputFunction(settled(inputs) if training else inputs, training)
    _ = input_fn.element_spec  # looks at labels, images and key maps, and names what does not fit
    return input_fn
