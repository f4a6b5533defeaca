"""The key maps that feed a model, written from what the model and the examples say."""

from collections.abc import Iterable, Mapping
from typing import Any

import keras
import tensorflow as tf

from splitlib.errors import KeyMapError
from splitlib.inputs.key_paths import KeyPath, OutputKey, nearest, written
from splitlib.inputs.model_names import fits, input_tensors, output_tensors


def fitting_maps(
    model: keras.Model, keys: Iterable[str] | Mapping[str, tf.TypeSpec]
) -> list[dict[str, OutputKey]]:
    """A map for the inputs of a model, and one for its outputs.

    A name of the model goes to the key of the same name; else, where specs are given, to the only
    one of fitting shape and type; else to the only one whose words hold the name, or that is near.

    Args:
        model: A functional model.
        keys: Keys of the examples; best their `element_spec`, which tells shapes and types too.

    Raises:
        KeyMapError: No key, or more than one, may belong to a name of the model.
        ModelMismatchError: The model does not tell its inputs or outputs.
    """
    specs = dict(keys) if isinstance(keys, Mapping) else dict.fromkeys(keys)
    inputs = _map_of("input", input_tensors(model), specs)
    # what goes in is hardly what shall come out
    left = {key: spec for key, spec in specs.items() if key not in inputs}
    return [inputs, _map_of("output", output_tensors(model), left)]


def _map_of(
    noun: str, tensors: Mapping[KeyPath, Any], specs: Mapping[str, tf.TypeSpec | None]
) -> dict[str, OutputKey]:
    return dict(_fitting(noun, path, tensor, specs) for path, tensor in tensors.items())


def _fitting(
    noun: str,
    path: KeyPath,
    tensor: Any,  # noqa: ANN401 - a KerasTensor
    specs: Mapping[str, tf.TypeSpec | None],
) -> tuple[str, OutputKey]:
    name = path[-1]
    may_be = [key for key, spec in specs.items() if spec is None or fits(tensor, spec)]
    found = _same(name, may_be) or may_be
    if len(found) != 1:
        found = [key for key in may_be if name in key.split("_") or key.endswith(name)]
    if not found and (near := nearest(name, may_be)):
        found = [near]
    if len(found) != 1:
        listed = ", ".join(map(repr, found or may_be or specs)) or "none"
        reason = "several may be meant" if found or may_be else "none has its shape and type"
        msg = (
            f"no key of the examples is the model's {noun} {written(path)} beyond doubt, {reason}:"
            f" {listed}; write the key map by hand"
        )
        raise KeyMapError(msg)
    return found[0], path[0] if len(path) == 1 else path


def _same(name: str, keys: list[str]) -> list[str]:
    return [key for key in keys if key == name]
