"""Pictures of a batch as the model will see it: images with points, and targets below them."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from splitlib.errors import SplitError
from splitlib.inputs.drawing import (
    DOT,
    SIDE,
    blank_figure,
    draw_confidence_maps,
    draw_fields,
    draw_instances,
    save_figure,
)
from splitlib.inputs.frames.frame_order import epoch_order
from splitlib.inputs.frames.frame_source import LabelsSource
from splitlib.inputs.heads import examples_per_frame, instances_of
from splitlib.inputs.input_fn import SplitInputs
from splitlib.inputs.settled_inputs import settled

BATCHES = 4
"""Batches that are read for a picture of the first: crops come mixed from some batches."""


def for_preview(inputs: SplitInputs, *, training: bool) -> SplitInputs:
    """The inputs without frames that no picture shows, so that their images are not read.

    `crop_size: auto` is measured on the labels of all frames.

    The first frames of the split come first here too, and look the same, as chance depends on the
    frame alone. One frame of each video stays, as all examples are as large as the largest. An
    export is left as it is, because it reads frame by frame.
    """
    source, params = inputs.source, inputs.params
    if not isinstance(source, LabelsSource):
        return settled(inputs)
    order = np.arange(inputs.n_frames)
    if training:
        order = epoch_order(tf.constant(source.keys), params.train.seed, tf.constant(0, tf.int64))
        order = order.numpy()
    counts = np.cumsum(examples_per_frame(source, params)[order])
    n_first = np.searchsorted(counts, BATCHES * params.inputs.batch_size) + 1
    _, of_each_video = np.unique(source.reader.frames[0], return_index=True)
    shown = source.only(np.union1d(order[:n_first], of_each_video))
    return replace(settled(inputs, shown), source=shown)


def write_preview(path: Path, inputs: SplitInputs, title: str, *, training: bool) -> None:
    """Draw the first batch of a split as PNG: images with points, and targets below them.

    With `training`, examples are drawn as for training: augmented, and in another order.

    Raises:
        SplitError: The split has no example to draw.
    """
    batch = next(inputs.batches(training=training).as_numpy_iterator(), None)
    if batch is None:
        msg = f"{inputs.source.name}: there is no example to draw"
        raise SplitError(msg)
    layout, keys, targets = _layout(inputs, batch), inputs.keys, inputs.params.inputs.targets
    n_rows, (width, height) = 1 + len(keys.targets), layout.size
    size = (layout.n_columns * width, n_rows * height + 0.4)
    figure, rows = blank_figure(title, n_rows, layout.n_columns, size)
    points = instances_of(batch[keys.points], inputs.params.model.head)
    for column, at in zip(rows.T, layout.shown, strict=False):
        image = batch[keys.image][at]
        draw_instances(column[0], image, points[at], inputs.edges, layout.dot)
        draw_confidence_maps(column[1], image, batch[keys.targets[0]][at], targets.output_stride)
        for axes, key in zip(column[2:], keys.targets[1:], strict=True):
            draw_fields(axes, image, batch[key][at], targets.paf_output_stride)
    save_figure(figure, path)


@dataclass(frozen=True)
class _Layout:
    """How the examples of a batch are shown, one to a column."""

    n_columns: int  # number of columns, some of which stay empty if there are fewer examples
    shown: list[int]  # positions of the shown examples in the batch
    size: tuple[float, float]  # width and height of an example, in inches
    dot: float  # area of a node, in square points


def _layout(inputs: SplitInputs, batch: dict[str, Any]) -> _Layout:
    """The first four crops, or larger the two whole frames with most points in the image."""
    n, height, width, _ = batch[inputs.keys.image].shape
    if inputs.params.model.head == "centered_instance":
        return _Layout(4, list(range(min(4, n))), (SIDE, SIDE), DOT)
    points = batch[inputs.keys.points]
    n_seen = ((points > 0) & (points < [width, height])).all(axis=-1).reshape(n, -1).sum(axis=1)
    shown = sorted(np.argsort(-n_seen, kind="stable")[:2].tolist())
    return _Layout(2, shown, (2 * SIDE, 2 * SIDE * height / width), DOT / 3)
