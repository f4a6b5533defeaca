"""Compare the names, shapes and types of mapped examples with a Keras model, before `fit`.

Keras 3 answers most mistakes here with an error that names the wrong thing, and some with no error.
For example, it sorts the inputs of a model built with dicts by name, so that the value of an extra
key is fed to another input.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import tensorflow as tf

from splitlib.errors import ModelMismatchError
from splitlib.inputs.keys.key_paths import KeyPath, flatten, nearest, written
from splitlib.inputs.keys.model_names import has_kind, input_tensors, output_tensors, shape_for

TARGET_SWAPPING_KERAS = ("3.5", "3.6")
"""Releases that silently swap the targets of outputs with equal shapes (keras-team/keras#20596)."""

Places = Mapping[tuple[int, KeyPath | None], str]
"""Where a key map (by position), or one of its paths, stands in a file; None is the map itself."""

MAX_MAPS = 3
"""Inputs, targets, sample weights: what `Model.fit` takes."""


@dataclass(frozen=True)
class _Side:
    """The inputs or the outputs of a model, and the key map that feeds them."""

    at: int  # position of the key map
    name: str  # name of the key map
    noun: str  # "input" or "output"
    tensors: Mapping[KeyPath, Any]  # path -> KerasTensor
    places: Places

    def map_name(self, path: KeyPath | None = None) -> str:
        """The key map as messages call it, after its place in a file, or after that of a path."""
        place = self.places.get((self.at, path)) or self.places.get((self.at, None))
        return f"{place}: {self.name}" if place else self.name


def check_model(
    model: keras.Model,
    output_paths: Sequence[Sequence[KeyPath]],
    element_spec: object = None,
    places: Places | None = None,
) -> None:
    """Raise one error that lists everything in which key maps and a model do not fit.

    Output paths are those of each key map: inputs, targets and sample weights. The other arguments
    are those of `KeyMapper.check_model`.

    Raises:
        ModelMismatchError: Something does not fit, the model does not tell its inputs and outputs,
            or this Keras release swaps targets.
    """
    known, inputs, outputs = places or {}, input_tensors(model), output_tensors(model)
    sides = [
        _Side(0, "key_maps[0] (inputs)", "input", inputs, known),
        _Side(1, "key_maps[1] (targets)", "output", outputs, known),
        _Side(2, "key_maps[2] (sample weights)", "output", outputs, known),
    ]
    problems = [*_keras_problems(), *_count_problems(len(output_paths))]
    if len(output_paths) > 1 and _is_bare(model):
        problems.append(_bare_output_problem(output_paths[1]))
        sides = sides[:1]
    for side, paths in zip(sides, output_paths, strict=False):
        problems += _name_problems(side, paths)
    problems += _spec_problems(sides[:2], element_spec)
    problems += _weight_problems(sides[2:], element_spec)
    if problems:
        listed = "".join(f"\n- {problem}" for problem in problems)
        msg = (
            f"the key maps do not fit the model {model.name!r}:{listed}\n"
            f"The model takes {_names(inputs)} and gives {_names(outputs)}."
        )
        raise ModelMismatchError(msg)


def _names(paths: Iterable[KeyPath]) -> str:
    return ", ".join(written(path) for path in paths) or "nothing"


def _keras_problems() -> list[str]:
    release = ".".join(keras.__version__.split(".")[:2])
    if release not in TARGET_SWAPPING_KERAS:
        return []
    return [
        f"keras {keras.__version__} swaps the targets of outputs without a word "
        "(keras-team/keras#20596); install keras 3.8 or newer"
    ]


def _count_problems(n_maps: int) -> list[str]:
    if n_maps <= MAX_MAPS:
        return []
    return [f"there are {n_maps} key maps; a model takes inputs, targets and sample weights"]


# --- one bare output ------------------------------------------------------------------------------


def _is_bare(model: keras.Model) -> bool:
    """Whether the model gives one output, and no dict around it."""
    struct = getattr(model, "_outputs_struct", None)
    return len(model.outputs) == 1 and not isinstance(struct, Mapping)


def _bare_output_problem(paths: Sequence[KeyPath]) -> str:
    name = paths[0][-1]
    return (
        f"the model gives its one output as a bare tensor, and targets come in a dict: Keras would "
        f"stop with 'Expected float32, but got {name} of type str' (keras-team/keras#21513); "
        f"build it with a dict of outputs: keras.Model(inputs, {{{name!r}: output}})"
    )


# --- names ----------------------------------------------------------------------------------------


def _name_problems(side: _Side, paths: Sequence[KeyPath]) -> list[str]:
    missing = [path for path in side.tensors if path not in paths]
    problems = []
    for path in paths:
        if path in side.tensors:
            continue
        near = _nearest_path(path, missing)
        hint = f"; did you mean {written(near)}?" if near else ""
        problems.append(
            f"{side.map_name(path)}: the model has no {side.noun} {written(path)}{hint}"
        )
        missing = [other for other in missing if other != near]
    return problems + [
        f"{side.map_name()}: nothing is mapped to the model's {side.noun} {written(path)}"
        for path in missing
    ]


def _nearest_path(path: KeyPath, others: Iterable[KeyPath]) -> KeyPath | None:
    by_text = {"/".join(other): other for other in others}
    near = nearest("/".join(path), by_text)
    return by_text[near] if near else None


# --- shapes and types -----------------------------------------------------------------------------


def _spec_problems(sides: Sequence[_Side], element_spec: object) -> list[str]:
    if element_spec is None:
        return []
    if not isinstance(element_spec, tuple) or not all(isinstance(d, Mapping) for d in element_spec):
        return ["element_spec is not that of a mapped dataset, which is a tuple of dicts"]
    problems: list[str] = []
    for side, nested in zip(sides, element_spec, strict=False):
        specs = flatten(nested)
        for path in side.tensors:
            if path in specs:
                problems += _tensor_problems(side, path, specs[path])
    return problems


def _tensor_problems(side: _Side, path: KeyPath, spec: Any) -> Iterator[str]:  # noqa: ANN401
    if side.noun == "output" and spec.dtype.is_integer:
        return  # class numbers: the loss decides on their shape and type, not the output
    where, tensor = f"{side.map_name(path)}: {written(path)}", side.tensors[path]
    expected = shape_for(tensor, spec.shape.rank)
    if not tf.TensorShape(expected).is_compatible_with(spec.shape):
        yield f"{where} has shape {spec.shape}, the model's {side.noun} has {expected}"
    if not has_kind(tensor, spec):
        wanted = tf.as_dtype(tensor.dtype).name
        yield f"{where} is {spec.dtype.name}, the model's {side.noun} is {wanted}"


# --- sample weights -------------------------------------------------------------------------------


def _weight_problems(sides: Sequence[_Side], element_spec: object) -> Iterator[str]:
    """Weights of batches that cannot be those of an output: one for each example, or of each cell.

    A loss of one's own may give one value for each example, so weights of one axis are left alone.
    """
    if not sides or not isinstance(element_spec, tuple) or len(element_spec) < MAX_MAPS:
        return
    side, (_, targets, weights) = sides[0], map(flatten, element_spec)
    for path, tensor in side.tensors.items():
        if path not in weights or path not in targets:
            continue
        found, whole = weights[path].shape, tf.TensorShape(tensor.shape)
        is_batched = targets[path].shape.rank == whole.rank
        if not is_batched or found.rank in (None, 1) or _may_weigh(found, whole[:-1]):
            continue
        yield (
            f"{side.map_name(path)}: {written(path)} has shape {found}; weights of the model's"
            f" output have shape {tuple(whole[:1])} or {tuple(whole[:-1])}"
        )


def _may_weigh(weight: tf.TensorShape, loss: tf.TensorShape) -> bool:
    """Whether a weight has the shape of a loss. Axes of length 1 and one more at the end may be."""
    if weight.rank == loss.rank + 1 and weight[-1] in (None, 1):
        weight = weight[:-1]
    pairs = zip(weight, loss, strict=False)
    return weight.rank == loss.rank and all(
        one in (None, 1) or other is None or one == other for one, other in pairs
    )
