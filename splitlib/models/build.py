"""The model that the params ask for, and the check that examples fit it."""

from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from splitlib.errors import KeyMapError, MissingKeyError, ModelMismatchError
from splitlib.inputs.crop_size import crop_side
from splitlib.inputs.input_fn import SplitInputs
from splitlib.inputs.keys.check_model import Places
from splitlib.inputs.keys.key_mapper import KeyMapper
from splitlib.inputs.keys.key_paths import KeyPath, key_path, nearest, written
from splitlib.inputs.keys.model_names import input_tensors, output_tensors
from splitlib.models.fitting_head import other_head
from splitlib.models.network import build_network, confidence_output, fields_output
from splitlib.models.predictions import node_names
from splitlib.params.document import line_of, read_yaml


def build_model(inputs: SplitInputs) -> keras.Model:
    """Build the network of the params, for the examples of a split.

    The key maps of the params lead to its input "image" and to its outputs "confmaps" and, for
    multi_instance, "pafs". Nodes, edges and channels of the images are those of the split.
    """
    params, targets = inputs.params, inputs.params.inputs.targets
    channels = inputs.element_spec[inputs.keys.image].shape[-1]
    # frames may differ in size between splits, and between labels
    side = crop_side(params) if params.model.head == "centered_instance" else None
    outputs = [confidence_output(len(node_names(inputs)), targets.output_stride)]
    if params.model.head == "multi_instance":
        edges = inputs.source.skeleton.edges
        outputs.append(fields_output(len(edges), targets.paf_output_stride))
    return build_network(
        image_shape=(side, side, channels),
        outputs=outputs,
        filters=params.model.filters,
        depth=params.model.depth,
    )


def check_inputs(inputs: SplitInputs, model: keras.Model, params_path: Path | None = None) -> None:
    """Check that the key maps of a split feed its model, before any data flows.

    Messages name the lines of the params file if its path is given.

    Raises:
        MissingKeyError: A key map names a key that examples do not have.
        ModelMismatchError: Names, shapes or types do not fit; the message lists all of them.
    """
    mapper = inputs.key_mapper
    places = _places(mapper, params_path)
    _check_keys(inputs, model, places)
    try:
        mapper.check_model(model, inputs.mapped(training=False).element_spec, places=places)
    except ModelMismatchError as err:
        hints = [_colour_hint(inputs, model), other_head(inputs.params), _fitting(inputs, model)]
        msg = "\n".join([str(err), *filter(None, hints)])
        raise ModelMismatchError(msg) from None


def _places(mapper: KeyMapper, path: Path | None) -> Places:
    """The lines of the params file, if there is one, that hold key maps and paths in them."""
    document = None if path is None else read_yaml(path)[0]
    lines: dict[tuple[int, KeyPath | None], int | None] = {}
    for at, key_map in enumerate(mapper.key_maps):
        section = ("inputs", "key_maps", at)
        lines[at, None] = line_of(document, section)
        for key, to in key_map.items():
            lines[at, key_path(to)] = line_of(document, (*section, key))
    return {place: f"{path}:{line}" for place, line in lines.items() if line}


def _check_keys(inputs: SplitInputs, model: keras.Model, places: Places) -> None:
    problems, keys = [], list(inputs.element_spec)
    for at, key_map in enumerate(inputs.key_mapper.key_maps):
        for key, to in key_map.items():
            if key not in keys:
                near, place = nearest(key, keys), places.get((at, key_path(to)))
                hint = f"; did you mean {near!r}?" if near else ""
                where = f"{place}: " if place else ""
                problems.append(f"{where}key_maps[{at}]: examples have no {key!r}{hint}")
    if problems:
        names = f"Examples of model.head {inputs.params.model.head} have: {', '.join(keys)}"
        listed = [*problems, names, other_head(inputs.params), _fitting(inputs, model)]
        raise MissingKeyError("\n".join(filter(None, listed)))


def _colour_hint(inputs: SplitInputs, model: keras.Model) -> str:
    """The setting for a gray split and a model that was built for coloured images, or ""."""
    channels = inputs.element_spec[inputs.keys.image].shape[-1]
    taken = {tensor.shape[-1] for tensor in model.inputs if len(tensor.shape) == 4}
    if channels != 1 or taken != {3}:
        return ""
    return "The images are gray, and those of the model coloured: set inputs.ensure_rgb: true"


def _fitting(inputs: SplitInputs, model: keras.Model) -> str:
    """The key maps that fit, in the form of params.yaml, or "" if none do."""
    try:
        maps = KeyMapper.from_model(model, inputs.element_spec).key_maps
    except (KeyMapError, ModelMismatchError):
        return ""
    items = [", ".join(f"{key}: {to}" for key, to in key_map.items()) for key_map in maps]
    return "\n".join(["Key maps that fit:", *(f"    - {{{item}}}" for item in items)])


def model_spec(inputs: SplitInputs, model: keras.Model) -> dict[str, Any]:
    """The model's inputs and outputs beside the values of examples for them, as plain values."""
    sides = {"inputs": input_tensors(model), "outputs": output_tensors(model)}
    return {
        side: {
            written(key_path(to)).strip("'"): {
                "key": key,
                "example": _spec(inputs.element_spec[key]),
                "model": _spec(tensors[key_path(to)]),
            }
            for key, to in key_map.items()
        }
        for (side, tensors), key_map in zip(sides.items(), inputs.key_mapper.key_maps, strict=False)
    }


def _spec(tensor: tf.TensorSpec | keras.KerasTensor) -> dict[str, Any]:
    return {"dtype": tf.as_dtype(tensor.dtype).name, "shape": list(tensor.shape)}
