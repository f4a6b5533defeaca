"""The model that the params ask for, and what it is fed with."""

from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from splitlib.errors import KeyMapError, MissingKeyError, ModelMismatchError
from splitlib.inputs.input_fn import SplitInputs
from splitlib.inputs.keys.key_mapper import KeyMapper
from splitlib.inputs.keys.key_paths import KeyPath, key_path, nearest, written
from splitlib.models.network import build_network, confidence_output, fields_output
from splitlib.models.predictions import node_names
from splitlib.params.document import line_of, read_yaml


def build_model(inputs: SplitInputs) -> keras.Model:
    """The network of the params, for the examples of a split.

    Its input is called "image"; its outputs are called "confmaps" and, for multi_instance, "pafs":
    the key maps of the params lead there.

    Args:
        inputs: A split with its params; gives the nodes, and the channels of the images.
    """
    params, targets = inputs.params, inputs.params.inputs.targets
    channels = inputs.element_spec[inputs.keys.image].shape[-1]
    is_crop = params.model.head == "centered_instance"
    # frames may differ in size between splits, and between labels
    side = targets.crop_size if is_crop else None
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
    """Compare what the key maps give with what the model takes, before any data flows.

    Args:
        inputs: A split with its params.
        model: The model that is to be trained on it.
        params_path: The file that the params are from, so that messages name its lines.

    Raises:
        MissingKeyError: A key map names a key that examples do not have.
        ModelMismatchError: Names, shapes or types do not fit; the message lists all of them.
    """
    mapper = inputs.key_mapper
    lines = _key_lines(mapper, params_path)
    _check_keys(inputs, model, lines)
    places: dict[tuple[int, KeyPath | None], str] = {
        (at, None): lines[at, None] for at in range(len(mapper.key_maps))
    }
    for at, key_map in enumerate(mapper.key_maps):
        places |= {(at, key_path(to)): lines[at, key] for key, to in key_map.items()}
    try:
        mapper.check_model(model, inputs.mapped(training=False).element_spec, places=places)
    except ModelMismatchError as err:
        hints = [_colour_hint(inputs, model), _fitting(inputs, model)]
        msg = "\n".join([str(err), *filter(None, hints)])
        raise ModelMismatchError(msg) from None


def _key_lines(mapper: KeyMapper, path: Path | None) -> dict[tuple[int, str | None], str]:
    """Per key map, and each of its keys, the place in the params file, "" where there is none."""
    document = None if path is None else read_yaml(path)[0]
    keys = [(at, key) for at, key_map in enumerate(mapper.key_maps) for key in (None, *key_map)]
    lines = {}
    for at, key in keys:
        below = () if key is None else (key,)
        line = line_of(document, ("inputs", "key_maps", at, *below))
        lines[at, key] = f"{path}:{line}" if line else ""
    return lines


def _check_keys(
    inputs: SplitInputs, model: keras.Model, lines: dict[tuple[int, str | None], str]
) -> None:
    problems, keys = [], list(inputs.element_spec)
    for at, key_map in enumerate(inputs.key_mapper.key_maps):
        for key in key_map:
            if key not in keys:
                near = nearest(key, keys)
                hint = f"; did you mean {near!r}?" if near else ""
                place = lines[at, key] and f"{lines[at, key]}: "
                problems.append(f"{place}key_maps[{at}]: examples have no {key!r}{hint}")
    if problems:
        names = f"Examples of model.head {inputs.params.model.head} have: {', '.join(keys)}"
        listed = [*problems, names, _fitting(inputs, model)]
        raise MissingKeyError("\n".join(filter(None, listed)))


def _colour_hint(inputs: SplitInputs, model: keras.Model) -> str:
    """What to do where a split is gray, and the model was built for another one."""
    channels = inputs.element_spec[inputs.keys.image].shape[-1]
    taken = {tensor.shape[-1] for tensor in model.inputs if len(tensor.shape) == 4}
    if channels != 1 or taken != {3}:
        return ""
    return "The images are gray, and those of the model coloured: set inputs.ensure_rgb: true"


def _fitting(inputs: SplitInputs, model: keras.Model) -> str:
    """The key maps that fit, as they would stand in params.yaml; "" where none does."""
    try:
        maps = KeyMapper.from_model(model, inputs.element_spec).key_maps
    except (KeyMapError, ModelMismatchError):
        return ""
    items = [", ".join(f"{key}: {to}" for key, to in key_map.items()) for key_map in maps]
    return "\n".join(["Key maps that fit:", *(f"    - {{{item}}}" for item in items)])


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
