"""Whole frames as a network takes them, and points of its images back in the video."""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from splitlib.inference.frame_batches import Images
from splitlib.inference.loaded_model import LoadedModel
from splitlib.inputs.transforms.normalize import Normalize
from splitlib.inputs.transforms.padding import PadToStride
from splitlib.inputs.transforms.resize import Resize, resized, unscaled
from splitlib.models.description import ModelDescription

Read = Callable[[dict[str, tf.Tensor]], Any]
"""From the maps of a batch, as of `LoadedModel.maps`, to what is wanted of them."""


def on_frames(model: LoadedModel, read: Read) -> Callable[[Images], Any]:
    """What runs a model of whole frames on the frames of a batch.

    Returns:
        A function from (n, height, width, channels) frames to what `read` gives, and the (2,)
        float32 factors by which frames were scaled. Each size of frames has a graph of its own: a
        layer of Keras that doubles images asks for a known size.
    """
    graphs: dict[tuple[Any, ...], Callable[..., Any]] = {}

    def run(images: Images) -> Any:  # noqa: ANN401 - what `read` gives
        kind = (*images.shape[1:], images.dtype)
        if kind not in graphs:
            spec = tf.TensorSpec([None, *images.shape[1:]], images.dtype)
            graphs[kind] = tf.function(_graph(model, read, spec), [spec], autograph=False)
        return graphs[kind](images)

    return run


def _graph(model: LoadedModel, read: Read, spec: tf.TensorSpec) -> Callable[..., Any]:
    description = model.description
    height, width = (resized(length, description.scale) for length in spec.shape[1:3])
    steps = (
        Normalize(description.channels),
        Resize(description.scale, as_sleap=description.as_sleap),
        # as far as the network needs it, and not to the size of the largest frame
        PadToStride(description.frame_multiple, height, width),
    )

    def graph(images: tf.Tensor) -> tuple[Any, tf.Tensor]:
        example = {"image": images, "instances": tf.zeros([0, 2]), "scale": tf.ones([2])}
        for step in steps:
            example = step(example)
        return read(model.maps(example["image"])), example["scale"]

    return graph


def in_video(
    points: NDArray[np.floating], scale: NDArray[np.floating], description: ModelDescription
) -> NDArray[np.float64]:
    """Points of scaled frames, (..., 2), as points of the video in float64."""
    exact = np.asarray(points, np.float64), np.asarray(scale, np.float64)
    return unscaled(*exact, as_sleap=description.as_sleap)
