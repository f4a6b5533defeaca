"""Rename the keys of examples to the names of a model's inputs and outputs.

The API is that of SLEAP's `sleap.nn.data.training.KeyMapper` (release 1.3.3). Here every mistake is
named before any data flows. tests/inputs/keys/test_key_mapper.py replays what SLEAP answered.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import keras
import tensorflow as tf

from splitlib.errors import KeyMapError, MissingKeyError
from splitlib.inputs.graph.tensors import as_written
from splitlib.inputs.keys.check_model import Places, check_model
from splitlib.inputs.keys.fitting_maps import fitting_maps
from splitlib.inputs.keys.key_paths import KeyPath, OutputKey, key_path, nearest, nest, written

KeyMap = Mapping[str, OutputKey]


@dataclass(frozen=True, init=False)
class KeyMapper:
    """Maps example dicts to a tuple of dicts with other keys, as `Model.fit` takes them.

    The first map usually gives the model's inputs, the second its targets, a third sample weights.
    Keys that no map names are left out. Values pass untouched: dense, ragged, sparse or nested.

    Attributes:
        key_maps: One map, or a list of maps, {input key: output key}. An input key may appear in
            several maps. An output key may be a path, which is a tuple or list of names: the path
            ("decoder", "x") gives {"decoder": {"x": ...}}. The mapper keeps a list of copies.

    Raises:
        KeyMapError: There is no map, an empty map, something other than a map, a key that is no
            string, or two outputs of one map in the same place.

    Example:
        >>> mapper = KeyMapper([{"image": "x"}, {"points": ("decoder", "y")}])
        >>> mapper({"image": 1, "points": 2, "scale": 3})
        ({'x': 1}, {'decoder': {'y': 2}})
    """

    key_maps: list[dict[str, OutputKey]]

    def __init__(self, key_maps: KeyMap | Sequence[KeyMap]) -> None:
        object.__setattr__(self, "key_maps", _checked_copies(key_maps))

    @classmethod
    def from_model(
        cls, model: keras.Model, keys: Iterable[str] | Mapping[str, tf.TypeSpec]
    ) -> "KeyMapper":
        """Write the key maps that fit a model.

        Args:
            model: A functional model, best built with dicts of inputs and outputs.
            keys: Keys of the examples, or better their `element_spec`, which has shapes and types.

        Returns:
            A mapper with a map for the inputs and one for the targets, which passes `check_model`.

        Raises:
            KeyMapError: A name of the model belongs to no key of the examples, or to several.
            ModelMismatchError: The model does not tell its inputs and outputs, or cannot be fed.
        """
        mapper = cls(fitting_maps(model, keys))
        mapper.check_model(model)
        return mapper

    @property
    def input_keys(self) -> list[str]:
        """Keys that examples must have, in the order of the maps, repeats included."""
        return [key for key_map in self.key_maps for key in key_map]

    @property
    def output_keys(self) -> list[OutputKey]:
        """Keys that mapped examples have, as they were written, in the order of the maps."""
        return [key for key_map in self.key_maps for key in _copies(key_map).values()]

    @property
    def output_paths(self) -> list[list[KeyPath]]:
        """For each map, the output keys as paths."""
        return [[key_path(key) for key in key_map.values()] for key_map in self.key_maps]

    def __call__(self, example: Mapping[str, Any]) -> tuple[dict[str, Any], ...]:
        """Map one example, a dict with all `input_keys`.

        Returns:
            One dict for each map, in their order; a single map gives a tuple of one.

        Raises:
            MissingKeyError: The example lacks an input key.
            KeyMapError: The example is no dict.
        """
        self._check_example(example)
        return tuple(
            nest((key_path(output_key), example[key]) for key, output_key in key_map.items())
            for key_map in self.key_maps
        )

    def transform_dataset(self, dataset: tf.data.Dataset) -> tf.data.Dataset:
        """Map every element of a dataset, batched or not, as a call does. No element is read.

        Raises:
            MissingKeyError: The elements lack an input key.
            KeyMapError: The elements are no dicts.
        """
        # Checked before map: tensorflow wraps an error that is raised while it traces.
        self._check_example(dataset.element_spec)
        return dataset.map(as_written(self))

    def check_model(
        self, model: keras.Model, element_spec: object = None, *, places: Places | None = None
    ) -> None:
        """Compare the output keys with the inputs and outputs of a Keras model.

        The first map must give the model's inputs, the second its outputs, and the third one sample
        weight for each output. A single map is compared with the inputs alone.

        Args:
            model: A functional model, best built with dicts of inputs and outputs.
            element_spec: That of the mapped dataset, batched or not; None compares names only.
            places: Where each key map and each of its paths was written down, such as
                "params.yaml:31"; None if that is not known.

        Raises:
            ModelMismatchError: Something does not fit; the message lists everything that does not.
        """
        check_model(model, self.output_paths, element_spec, places)

    def _check_example(self, example: object) -> None:
        if not isinstance(example, Mapping):
            msg = (
                f"key maps need examples that are dicts with the keys {_listed(self.input_keys)}, "
                f"got {_kind(example)}; map the dataset before it is turned into tuples or tensors"
            )
            raise KeyMapError(msg)
        missing = [key for key in dict.fromkeys(self.input_keys) if key not in example]
        if missing:
            raise MissingKeyError(_missing_message(missing, list(example)))


def _checked_copies(key_maps: object) -> list[dict[str, OutputKey]]:
    maps = [key_maps] if isinstance(key_maps, Mapping) else key_maps
    if not isinstance(maps, list | tuple):
        msg = f"key_maps must be a dict or a list of dicts, got {_kind(key_maps)}"
        raise KeyMapError(msg)
    if not maps:
        msg = "key_maps is an empty list; give one dict for inputs and one for targets"
        raise KeyMapError(msg)
    for i, key_map in enumerate(maps):
        _check_map(f"key_maps[{i}]", key_map)
    return [_copies(key_map) for key_map in maps]


def _copies(key_map: KeyMap) -> dict[str, OutputKey]:
    """A copy that shares no list with the original."""
    return {key: list(to) if isinstance(to, list) else to for key, to in key_map.items()}


def _check_map(where: str, key_map: object) -> None:
    if not isinstance(key_map, Mapping):
        msg = f"{where} must be a dict of input key: output key, got {_kind(key_map)}"
        raise KeyMapError(msg)
    if not key_map:
        msg = f"{where} is empty: it would map nothing; name a key or leave the map out"
        raise KeyMapError(msg)
    for key, output_key in key_map.items():
        _check_keys(where, key, output_key)
    for (key, a), (other, b) in combinations(key_map.items(), 2):
        _check_apart(where, (key, key_path(a)), (other, key_path(b)))


def _check_keys(where: str, key: object, output_key: object) -> None:
    if not isinstance(key, str):
        msg = f"{where} has an input key that is no string: {key!r} ({type(key).__name__})"
        raise KeyMapError(msg)
    names = output_key if isinstance(output_key, tuple | list) else [output_key]
    if not names or not all(isinstance(name, str) for name in names):
        msg = (
            f"{where} maps {key!r} to {output_key!r} ({type(output_key).__name__}); an output key "
            "is a string, or a path: a tuple or list of strings"
        )
        raise KeyMapError(msg)


def _check_apart(where: str, one: tuple[str, KeyPath], two: tuple[str, KeyPath]) -> None:
    (key, path), (other, other_path) = one, two
    if path == other_path:
        msg = f"{where} maps both {key!r} and {other!r} to {written(path)}; one would be lost"
        raise KeyMapError(msg)
    shared = min(len(path), len(other_path))
    if path[:shared] == other_path[:shared]:
        msg = (
            f"{where} maps {key!r} to {written(path)} and {other!r} to {written(other_path)}: "
            "one place cannot hold a value and a dict"
        )
        raise KeyMapError(msg)


def _missing_message(missing: list[str], keys: list[object]) -> str:
    names = [key for key in keys if isinstance(key, str)]
    meant = [f"did you mean {near!r}?" for key in missing if (near := nearest(key, names))]
    return " ".join([f"examples have no {_listed(missing)}; they have: {_listed(keys)}.", *meant])


def _listed(keys: Sequence[object]) -> str:
    return ", ".join(map(repr, keys)) or "no keys"


def _kind(value: object) -> str:
    """The type of a value, and its text if that is short."""
    text = repr(value)
    return f"{type(value).__name__} {text}" if len(text) <= 60 else type(value).__name__
