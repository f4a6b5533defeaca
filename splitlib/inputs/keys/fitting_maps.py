"""The key maps that feed a model, found by the names, shapes and types of model and examples."""

from collections.abc import Iterable, Mapping
from typing import Any

import keras
import tensorflow as tf

from splitlib.errors import KeyMapError
from splitlib.inputs.keys.key_paths import KeyPath, OutputKey, key_path, nearest, written
from splitlib.inputs.keys.model_names import fits, input_tensors, is_alike, output_tensors, shown


def fitting_maps(
    model: keras.Model, keys: Iterable[str] | Mapping[str, tf.TypeSpec]
) -> list[dict[str, OutputKey]]:
    """Find a map for the inputs of a model, and one for its outputs.

    A name of the model belongs to the key of the same name. Without one, and if specs are given, it
    belongs to the only key of fitting shape and type. Otherwise it belongs to the only key that has
    the name as one of its words, or to the nearest one.

    Raises:
        KeyMapError: No key belongs to a name of the model, or several may.
        ModelMismatchError: The model does not tell its inputs or outputs.
    """
    names = list(keys)
    if not all(isinstance(name, str) for name in names):
        msg = (
            "expected the keys of examples, or their specs as a dict, such as"
            " input_fn.inputs.element_spec; got those of a dataset that is mapped already"
        )
        raise KeyMapError(msg)
    specs = dict(keys) if isinstance(keys, Mapping) else dict.fromkeys(names)
    inputs = _map_of("input", input_tensors(model), specs)
    # a key that is an input is hardly a target as well
    left = {key: spec for key, spec in specs.items() if key not in inputs}
    return [inputs, _map_of("output", output_tensors(model), left)]


def _map_of(
    noun: str, tensors: Mapping[KeyPath, Any], specs: Mapping[str, tf.TypeSpec | None]
) -> dict[str, OutputKey]:
    found: dict[str, OutputKey] = {}
    for path, tensor in tensors.items():
        key, output_key = _fitting(noun, path, tensor, specs)
        if key in found:
            other = written(key_path(found[key]))
            msg = (
                f"both {noun}s {other} and {written(path)} of the model would be {key!r} of the"
                " examples; write the key map by hand"
            )
            raise KeyMapError(msg)
        found[key] = output_key
    return found


def _fitting(
    noun: str,
    path: KeyPath,
    tensor: Any,  # noqa: ANN401 - a KerasTensor
    specs: Mapping[str, tf.TypeSpec | None],
) -> tuple[str, OutputKey]:
    name = path[-1]
    may_be = [key for key, spec in specs.items() if spec is None or fits(tensor, spec)]
    found = [name] if name in may_be else may_be
    if len(found) != 1:
        found = [key for key in may_be if name in key.split("_") or key.endswith(name)]
    if not found and (near := nearest(name, may_be)):
        found = [near]
    if len(found) != 1:
        msg = (
            f"no key of the examples is the model's {noun} {written(path)} beyond doubt,"
            f" {_several(found or may_be) or _none_fits(name, tensor, specs)}"
        )
        raise KeyMapError(msg)
    return found[0], path[0] if len(path) == 1 else path


def _several(keys: list[str]) -> str:
    listed = ", ".join(map(repr, keys))
    return listed and f"several may be meant: {listed}; write the key map by hand"


def _none_fits(
    name: str,
    tensor: Any,  # noqa: ANN401 - a KerasTensor
    specs: Mapping[str, tf.TypeSpec | None],
) -> str:
    """The shapes of keys that do not fit: of keys that are near by name, or else of those alike."""
    alike = {key: spec for key, spec in specs.items() if is_alike(tensor, spec)}
    near = [name] if name in alike else [key for key in alike if name in key.split("_")]
    listed = ", ".join(f"{key!r} has {shown(alike[key])}" for key in near or alike)
    return (
        f"none has its shape and type, which are {shown(tensor)}; {listed or 'none is like it'};"
        " change the model, or what the params say of images and targets"
    )
