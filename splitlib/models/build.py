"""The model that the params ask for, and what it is fed with."""

from typing import Any

import keras
import tensorflow as tf

from splitlib.inputs.input_fn import SplitInputs
from splitlib.inputs.key_paths import key_path, written
from splitlib.models.network import build_network


def build_model(inputs: SplitInputs) -> keras.Model:
    """The network of the params, for the crops of a split.

    Its input is called "image" and its output "confmaps": the key maps of the params lead there.

    Args:
        inputs: A split with its params; gives the nodes, and the channels of the images.
    """
    params = inputs.params
    size = params.inputs.targets.crop_size
    channels = inputs.element_spec["instance_image"].shape[-1]
    return build_network(
        image_shape=(size, size, channels),
        n_nodes=len(inputs.nodes),
        filters=params.model.filters,
        depth=params.model.depth,
        output_stride=params.inputs.targets.output_stride,
    )


def check_inputs(inputs: SplitInputs, model: keras.Model) -> None:
    """Compare what the key maps give with what the model takes, before any data flows.

    Raises:
        MissingKeyError: A key map names a key that examples do not have.
        ModelMismatchError: Names, shapes or types do not fit; the message lists all of them.
    """
    inputs.key_mapper.check_model(model, inputs.mapped(training=False).element_spec)


def model_spec(inputs: SplitInputs, model: keras.Model) -> dict[str, Any]:
    """What goes into the model and comes out, beside what the examples hold, as plain values."""
    examples = inputs.element_spec
    sides = zip(("inputs", "outputs"), inputs.key_mapper.key_maps, strict=False)
    tensors = {"inputs": model.input, "outputs": model.output}
    return {
        side: {
            written(key_path(to)).strip("'"): {
                "key": key,
                "example": _spec(examples[key]),
                "model": _spec(_at(tensors[side], key_path(to))),
            }
            for key, to in key_map.items()
        }
        for side, key_map in sides
    }


def _at(nested: Any, path: tuple[str, ...]) -> Any:  # noqa: ANN401 - nested dicts of tensors
    for name in path:
        nested = nested[name]
    return nested


def _spec(tensor: tf.TensorSpec | keras.KerasTensor) -> dict[str, Any]:
    dtype = tensor.dtype if isinstance(tensor.dtype, str) else tensor.dtype.name
    return {"dtype": dtype, "shape": [None if n is None else int(n) for n in tensor.shape]}
