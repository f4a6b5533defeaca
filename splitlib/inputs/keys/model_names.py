"""The inputs and outputs of a Keras model, by the names under which `fit` wants them."""

from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

from splitlib.errors import ModelMismatchError
from splitlib.inputs.keys.key_paths import KeyPath, flatten


def input_tensors(model: keras.Model) -> dict[KeyPath, Any]:
    """The inputs of a functional model, in the order in which it was built.

    Raises:
        ModelMismatchError: The model does not tell its inputs.
    """
    tensors = _told(model, "inputs")
    struct = getattr(model, "_inputs_struct", None)
    if isinstance(struct, Mapping):
        return flatten(struct)
    return {(tensor.name,): tensor for tensor in tensors}


def output_tensors(model: keras.Model) -> dict[KeyPath, Any]:
    """The outputs of a functional model, in the order in which it was built.

    Raises:
        ModelMismatchError: The model does not tell its outputs.
    """
    tensors = _told(model, "outputs")
    struct = getattr(model, "_outputs_struct", None)
    if isinstance(struct, Mapping):
        return flatten(struct)
    names = getattr(model, "output_names", None) or [model.layers[-1].name]
    return {(name,): tensor for name, tensor in zip(names, tensors, strict=True)}


def _told(model: keras.Model, side: str) -> list[Any]:
    """`model.inputs` or `model.outputs`, if the model was built so that it knows them."""
    tensors: list[Any] | None = getattr(model, side, None)
    if not tensors:
        msg = (
            f"the model {model.name!r} does not tell its {side}, so key maps cannot be compared "
            "with them; build it as keras.Model(inputs={...}, outputs={...})"
        )
        raise ModelMismatchError(msg)
    return tensors


def fits(tensor: Any, spec: tf.TypeSpec) -> bool:  # noqa: ANN401 - a KerasTensor
    """Whether values of a spec, batched or not, have the shape and kind of type of a tensor."""
    shape = getattr(spec, "shape", None)
    if shape is None or shape.rank is None:
        return False
    expected = tf.TensorShape(shape_for(tensor, shape.rank))
    return bool(expected.is_compatible_with(shape)) and has_kind(tensor, spec)


def is_alike(tensor: Any, spec: tf.TypeSpec | None) -> bool:  # noqa: ANN401 - a KerasTensor
    """Whether values of a spec have as many axes as a tensor, and its kind of type."""
    shape = getattr(spec, "shape", None)
    return shape is not None and shape.rank == len(tensor.shape) and has_kind(tensor, spec)


def shape_for(tensor: Any, rank: int) -> tuple[int | None, ...]:  # noqa: ANN401 - a KerasTensor
    """The shape of a tensor, without the batch axis if `rank` is that of single examples."""
    shape = tuple(tensor.shape)
    return shape[1:] if rank == len(shape) - 1 else shape


def has_kind(tensor: Any, spec: tf.TypeSpec) -> bool:  # noqa: ANN401 - a KerasTensor
    """Whether the type of a spec is of the kind of a tensor's."""
    dtype = getattr(spec, "dtype", None)
    return dtype is not None and kind(dtype) == kind(tf.as_dtype(tensor.dtype))


def shown(tensor: Any) -> str:  # noqa: ANN401 - a KerasTensor, or a spec
    """Shape and type for a message, such as (None, 64, 64, 1) float32."""
    return f"{tuple(tensor.shape)} {tf.as_dtype(tensor.dtype).name}"


def kind(dtype: tf.DType) -> str:
    """The kind of a type: Keras turns types of one kind into each other."""
    return "float" if dtype.is_floating else "integer" if dtype.is_integer else str(dtype.name)
