"""What all transforms share: keys that are checked before data flows, and use in a dataset."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

import tensorflow as tf

from splitlib.errors import KeyMapError, MissingKeyError
from splitlib.inputs.graph.tensors import as_written
from splitlib.inputs.keys.key_paths import nearest

Example = Mapping[str, tf.Tensor]


class Transform(ABC):
    """A step from examples to examples, as SLEAP's transformers: dict to dict.

    A call returns a new dict, which has more keys than the example or other values. The example
    itself is not changed. Transforms work on single tensors and inside of `Dataset.map` alike.
    """

    _input_keys: ClassVar[tuple[str, ...]]
    _output_keys: ClassVar[tuple[str, ...]]

    @property
    def input_keys(self) -> list[str]:
        """Keys that an example must have."""
        return list(self._input_keys)

    @property
    def output_keys(self) -> list[str]:
        """Keys that this transform adds or replaces."""
        return list(self._output_keys)

    @abstractmethod
    def apply(self, example: Example) -> dict[str, tf.Tensor]:
        """The values of `output_keys`."""

    def __call__(self, example: Example) -> dict[str, tf.Tensor]:
        """The example with the values of `output_keys`."""
        self.check(example)
        return {**example, **self.apply(example)}

    def transform_dataset(self, dataset: tf.data.Dataset) -> tf.data.Dataset:
        """Transform every element of a dataset of dicts, on all cores, in order.

        Raises:
            MissingKeyError: The elements lack an input key; raised now, before data flows.
        """
        self.check(dataset.element_spec)
        return dataset.map(
            as_written(self), num_parallel_calls=tf.data.AUTOTUNE, deterministic=True
        )

    def check(self, example: object) -> None:
        """Make sure that an example, or an element spec, has what this transform needs.

        Raises:
            MissingKeyError: The example lacks a key; the message names the keys that it has.
            KeyMapError: The example is no dict.
        """
        name = type(self).__name__
        if not isinstance(example, Mapping):
            msg = f"{name} takes examples that are dicts, got {type(example).__name__}"
            raise KeyMapError(msg)
        for key in self.input_keys:
            if key not in example:
                near = nearest(key, map(str, example))
                hint = f"; did you mean {near!r}?" if near else ""
                keys = ", ".join(map(repr, example))
                msg = f"{name}: examples have no {key!r}; they have: {keys}{hint}"
                raise MissingKeyError(msg)
