"""Pictures of a batch as the model will see it: images with points, and below them the maps."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import tensorflow as tf
from matplotlib.figure import Figure

from splitlib.errors import SplitError
from splitlib.inputs.drawing import (
    SIDE,
    draw_confidence_maps,
    draw_fields,
    draw_instances,
    save_figure,
)
from splitlib.inputs.frame_order import epoch_order
from splitlib.inputs.heads import examples_per_frame
from splitlib.inputs.input_fn import SplitInputs
from splitlib.inputs.source import LabelsSource

COLUMNS = 4
BATCHES = 4
"""Read for a picture of the first one: crops are mixed before they are drawn."""


def for_preview(inputs: SplitInputs, *, training: bool) -> SplitInputs:
    """The inputs without frames that no picture shows, whose images are not read then.

    What comes first in the split comes first here, and looks the same: chance belongs to a frame.
    One frame of each video stays, for all examples share the largest size. An export is left as it
    is: it reads frame by frame.

    Args:
        inputs: The split.
        training: Whether examples are drawn as for training.
    """
    source, params = inputs.source, inputs.params
    if not isinstance(source, LabelsSource):
        return inputs
    order = np.arange(inputs.n_frames)
    if training:
        order = epoch_order(tf.constant(source.keys), params.train.seed, tf.constant(0, tf.int64))
        order = order.numpy()
    counts = np.cumsum(examples_per_frame(source, params)[order])
    n_first = np.searchsorted(counts, BATCHES * params.inputs.batch_size) + 1
    _, of_each_video = np.unique(source.reader.frames[0], return_index=True)
    return replace(inputs, source=source.only(np.union1d(order[:n_first], of_each_video)))


def write_preview(path: Path, inputs: SplitInputs, title: str, *, training: bool) -> None:
    """Draw a batch as the model will see it: images with points, and below them their targets.

    Args:
        path: The PNG to write.
        inputs: The split.
        title: What the picture shows.
        training: Whether examples are drawn as for training, augmented and in another order.

    Raises:
        SplitError: The split has no example to draw.
    """
    batch = next(inputs.batches(training=training).as_numpy_iterator(), None)
    if batch is None:
        msg = f"{inputs.source.name}: there is no example to draw"
        raise SplitError(msg)
    keys, targets = inputs.keys, inputs.params.inputs.targets
    n_rows, n_shown = 1 + len(keys.targets), min(len(batch[keys.image]), COLUMNS)
    figure = Figure(figsize=(COLUMNS * SIDE, n_rows * SIDE + 0.4), layout="constrained")
    figure.suptitle(title, fontsize=10)
    rows = figure.subplots(n_rows, COLUMNS, squeeze=False)
    for axes in rows.flat:
        axes.set_axis_off()
    for at in range(n_shown):
        image = batch[keys.image][at]
        draw_instances(rows[0, at], image, batch[keys.points][at], inputs.edges)
        draw_confidence_maps(rows[1, at], image, batch[keys.targets[0]][at], targets.output_stride)
        for axes, key in zip(rows[2:, at], keys.targets[1:], strict=True):
            draw_fields(axes, image, batch[key][at], targets.paf_output_stride)
    save_figure(figure, path)
