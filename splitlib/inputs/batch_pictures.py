"""Pictures of a batch as the model will see it: images with points, and below them the maps."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from matplotlib.figure import Figure
from numpy.typing import NDArray

from splitlib.errors import SplitError
from splitlib.inputs.drawing import (
    DOT,
    SIDE,
    draw_confidence_maps,
    draw_fields,
    draw_instances,
    save_figure,
)
from splitlib.inputs.frames.frame_order import epoch_order
from splitlib.inputs.frames.frame_source import LabelsSource
from splitlib.inputs.heads import HeadKeys, examples_per_frame
from splitlib.inputs.input_fn import SplitInputs

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
    layout = _layout(inputs, batch)
    figure, rows = layout.figure()
    figure.suptitle(title, fontsize=10)
    keys, targets = inputs.keys, inputs.params.inputs.targets
    for column, at in zip(rows.T, layout.shown, strict=False):
        image, points = batch[keys.image][at], _of_instances(batch[keys.points][at], keys)
        draw_instances(column[0], image, points, inputs.edges, layout.dot)
        draw_confidence_maps(column[1], image, batch[keys.targets[0]][at], targets.output_stride)
        for axes, key in zip(column[2:], keys.targets[1:], strict=True):
            draw_fields(axes, image, batch[key][at], targets.paf_output_stride)
    save_figure(figure, path)


@dataclass(frozen=True)
class _Layout:
    """A row for images with points and one for each target.

    Attributes:
        n_rows: Rows.
        n_columns: Room for so many examples.
        shown: Which of the batch are shown.
        width: Of an example, in inches.
        height: Likewise.
        dot: Area of a node, in square points.
    """

    n_rows: int
    n_columns: int
    shown: list[int]
    width: float
    height: float
    dot: float

    def figure(self) -> tuple[Figure, Any]:
        """An empty figure, and its axes by row and column."""
        size = (self.n_columns * self.width, self.n_rows * self.height + 0.4)
        figure = Figure(figsize=size, layout="constrained")
        rows = figure.subplots(self.n_rows, self.n_columns, squeeze=False)
        for axes in rows.flat:
            axes.set_axis_off()
        return figure, rows


def _layout(inputs: SplitInputs, batch: dict[str, Any]) -> _Layout:
    """The first four crops; of whole frames two, larger, in which most is to be seen."""
    keys = inputs.keys
    n, height, width, _ = batch[keys.image].shape
    if inputs.params.model.head == "centered_instance":
        return _Layout(1 + len(keys.targets), 4, list(range(min(4, n))), SIDE, SIDE, DOT)
    points = batch[keys.points]
    is_seen = ((points > 0) & (points < [width, height])).all(axis=-1).reshape(n, -1).sum(axis=1)
    shown = sorted(np.argsort(-is_seen, kind="stable")[:2].tolist())
    return _Layout(
        1 + len(keys.targets), 2, shown, 2 * SIDE, 2 * SIDE * height / width, dot=DOT / 3
    )


def _of_instances(points: NDArray[np.float32], keys: HeadKeys) -> NDArray[np.float32]:
    """(n_instances, n_nodes, 2) of one instance, or of centroids, each an instance of one node."""
    if points.ndim == 3:
        return points
    return points[:, None] if keys.points == "centroids" else points[None]
