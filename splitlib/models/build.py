"""The model that the params ask for, and the check that examples fit it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from splitlib.errors import KeyMapError, MissingKeyError, ModelMismatchError, ParamsError
from splitlib.inputs.crop_size import crop_side
from splitlib.inputs.input_fn import SplitInputs
from splitlib.inputs.keys.check_model import Places
from splitlib.inputs.keys.key_mapper import KeyMapper
from splitlib.inputs.keys.key_paths import KeyPath, key_path, nearest, written
from splitlib.inputs.keys.model_names import input_tensors, output_tensors
from splitlib.models.fitting_head import other_head
from splitlib.models.network import build_network, confidence_output, fields_output
from splitlib.models.network_spec import NetworkSpec
from splitlib.models.outputs import drawn_maps, node_names
from splitlib.models.own_code import own_function
from splitlib.params import Params
from splitlib.params.document import line_of, read_yaml


def build_model(inputs: SplitInputs) -> keras.Model:
    """Build the network of the params, for the examples of a split: ours, or that of `model.build`.

    The key maps of the params lead to the input "image" of our network, and to its outputs
    "confmaps" and, for multi_instance, "pafs".

    Raises:
        ParamsError: `model.build` cannot be found, or makes no Keras model.
    """
    spec, params = network_spec(inputs), inputs.params
    if params.model.build is not None:
        return own_network(params.model.build, spec, params.train.precision)
    with _precision(params.train.precision):
        return _our_network(spec, params)


@contextmanager
def _precision(name: str) -> Iterator[None]:
    """What layers compute with while they are made."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def _our_network(spec: NetworkSpec, params: Params) -> keras.Model:
    outputs = [confidence_output(len(spec.nodes), spec.strides["confmaps"])]
    if "pafs" in spec.strides:
        outputs.append(fields_output(len(spec.edges), spec.strides["pafs"]))
    return build_network(
        image_shape=spec.image_shape,
        outputs=outputs,
        filters=params.model.filters,
        depth=params.model.depth,
    )


def network_spec(inputs: SplitInputs) -> NetworkSpec:
    """What the network has to be. Nodes, edges and channels are those of the split."""
    params, targets = inputs.params, inputs.params.inputs.targets
    channels = inputs.element_spec[inputs.keys.image].shape[-1]  # first: it asks for instances
    # frames may differ in size between splits, and between labels
    side = crop_side(params) if params.model.head == "centered_instance" else None
    has_fields = params.model.head == "multi_instance"
    strides = {"confmaps": targets.output_stride}
    return NetworkSpec(
        head=params.model.head,
        image_shape=(side, side, channels),
        nodes=node_names(inputs),
        edges=inputs.source.skeleton.edges if has_fields else (),
        strides=strides | ({"pafs": targets.paf_output_stride} if has_fields else {}),
        options=params.model.options,
    )


def own_network(place: str, spec: NetworkSpec, precision: str) -> keras.Model:
    """The network that a function of the lab builds for a spec.

    Raises:
        ParamsError: The function cannot be found, fails, or makes no Keras model.
    """
    function = own_function(place, "model.build")
    try:
        with _precision(precision):
            model = function(spec)
    except Exception as err:
        msg = f"model.build: {place} failed with {type(err).__name__}: {err}; it was given {spec}"
        raise ParamsError(msg) from err
    if not isinstance(model, keras.Model):
        msg = f"model.build: expected a keras.Model of {place}, got {type(model).__name__}"
        raise ParamsError(msg)
    return model


def check_maps_range(inputs: SplitInputs, model: keras.Model) -> None:
    """Check that confidence maps lie in [0, 1], as the loss of splitlib takes them.

    Raises:
        ModelMismatchError: They do not, for a batch of the split.
    """
    batch = next(iter(inputs.batches(training=False)))
    maps = drawn_maps(inputs, model, inputs.key_mapper(batch)[0])[0]
    low, high = (float(value) for value in (tf.reduce_min(maps), tf.reduce_max(maps)))
    if not (low >= 0 and high <= 1):  # NaN as well
        msg = (
            f"model.build: confidence maps of {inputs.params.model.build} lie between {low:.3g} and"
            f" {high:.3g} on a batch of {inputs.source.name}; the loss of splitlib takes shares"
            " from 0 to 1: end the output with a sigmoid, or name a loss of your own (train.loss)"
        )
        raise ModelMismatchError(msg)


def check_inputs(inputs: SplitInputs, model: keras.Model, params_path: Path | None = None) -> None:
    """Check that the key maps of a split feed its model, before any data flows.

    Messages name the lines of the params file if its path is given.

    Raises:
        MissingKeyError: A key map names a key that examples do not have.
        ModelMismatchError: Names, shapes or types do not fit; the message lists all of them.
    """
    mapper = inputs.key_mapper
    if len(mapper.key_maps) < 2:
        hint = _fitting(inputs, model)
        msg = f"inputs.key_maps: expected one for the inputs and one for the outputs, got 1\n{hint}"
        raise ModelMismatchError(msg.strip())
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
