"""What the outputs of a network show, in the terms of its head."""

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import tensorflow as tf

from splitlib.errors import ModelMismatchError
from splitlib.inputs.input_fn import SplitInputs
from splitlib.inputs.keys.key_paths import KeyPath, flatten, key_path, written
from splitlib.inputs.keys.model_names import output_tensors

USUAL = ("confmaps", "pafs")
"""The outputs of our network, where key maps do not name any."""


def node_names(inputs: SplitInputs) -> tuple[str, ...]:
    """What the confidence maps of the head show, in their order."""
    is_centroid = inputs.params.model.head == "centroid"
    return ("centroid",) if is_centroid else inputs.source.skeleton.nodes


def drawn_maps(inputs: SplitInputs, model: keras.Model, mapped: Any) -> list[tf.Tensor]:  # noqa: ANN401
    """What a network draws for a batch of mapped inputs: the outputs that targets are fed to.

    Returns:
        (n, height / stride, width / stride, n_maps) float32 for each target of the head: the
        confidence maps first, then the part affinity fields if the head has them.

    Raises:
        ModelMismatchError: The key maps name an output that the model does not have.
    """
    key_maps = inputs.key_mapper.key_maps
    targets = key_maps[1] if len(key_maps) > 1 else {}
    named = zip(inputs.keys.targets, USUAL, strict=False)
    return maps_at(model, mapped, [key_path(targets.get(key, usual)) for key, usual in named])


def maps_at(model: keras.Model, mapped: Any, paths: Sequence[KeyPath]) -> list[tf.Tensor]:  # noqa: ANN401
    """Outputs of a network for mapped inputs, by their paths, as float32.

    Raises:
        ModelMismatchError: The model has no such output.
    """
    drawn = _by_path(model, model(mapped, training=False))
    return [tf.cast(_at(drawn, path), tf.float32) for path in paths]


def _by_path(model: keras.Model, output: Any) -> dict[KeyPath, tf.Tensor]:  # noqa: ANN401
    if isinstance(output, Mapping):
        return flatten(output)
    tensors = output if isinstance(output, list | tuple) else [output]
    return dict(zip(output_tensors(model), tensors, strict=True))


def _at(drawn: Mapping[KeyPath, tf.Tensor], path: KeyPath) -> tf.Tensor:
    if len(drawn) == 1:  # a bare output has no name that a key map could miss
        return next(iter(drawn.values()))
    if path not in drawn:
        msg = (
            f"inputs.key_maps: the model has no output {written(path)}; it has:"
            f" {', '.join(map(written, drawn))}"
        )
        raise ModelMismatchError(msg)
    return drawn[path]
