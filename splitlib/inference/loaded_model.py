"""A trained model in memory: from its images to its maps."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf
from numpy.typing import NDArray

from splitlib.errors import ModelMismatchError
from splitlib.inputs.heads import HEAD_KEYS
from splitlib.inputs.keys.key_paths import key_path, nest
from splitlib.models.description import ModelDescription, load_described, read_description
from splitlib.models.outputs import USUAL, maps_at

MOST_CONSTANTS = 64 * 2**20
"""Bytes of weights that graphs hold as constants: each size of frames has a graph with its own."""


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """A network, and what it is."""

    folder: Path
    description: ModelDescription
    network: keras.Model

    @classmethod
    def load(cls, folder: Path) -> "LoadedModel":
        """Read the folder of a model that the stage train wrote.

        Raises:
            SplitlibError: The description or the weights are missing, or belong to another model;
                or the function that builds the network is not found.
            ModelMismatchError: The network takes more than an image.
        """
        description = read_description(folder)
        loaded = cls(folder, description, load_described(folder, description))
        loaded.check_inputs()
        return loaded

    def check_inputs(self) -> None:
        """Check that the image of an example is all that the network is fed.

        Raises:
            ModelMismatchError: It is not.
        """
        image, taken = HEAD_KEYS[self.description.head].image, self.description.key_maps[0]
        if list(taken) != [image]:
            msg = (
                f"{self.folder}: expected a model that takes the image alone ({image}), found one"
                f" that takes {', '.join(taken)}; frames without labels have nothing else"
            )
            raise ModelMismatchError(msg)

    def maps(self, images: tf.Tensor) -> dict[str, tf.Tensor]:
        """What the network draws: "confmaps", and "pafs" if it has fields.

        Images are (n, height, width, channels) float32 from 0 to 1, as large as the network takes
        them. The maps are (n, height / stride, width / stride, channels) float32.
        """
        keys, (inputs, targets) = HEAD_KEYS[self.description.head], self.description.key_maps[:2]
        mapped = nest([(key_path(inputs[keys.image]), images)])
        paths = {
            name: key_path(targets[key])
            for key, name in zip(keys.targets, USUAL, strict=False)
            if key in targets
        }
        # of constants, tensorflow computes a convolution and its normalization in one step
        with keras.StatelessScope(state_mapping=[(of, tf.constant(w)) for of, w in self._weights]):
            drawn = maps_at(self.network, mapped, [*paths.values()])
        return dict(zip(paths, drawn, strict=True))

    @cached_property
    def _weights(self) -> list[tuple[Any, NDArray[Any]]]:
        """The variables of the network and their values, if they are few enough for constants."""
        with tf.init_scope():  # not of the graph that asks first
            weights = [(variable, variable.numpy()) for variable in self.network.variables]
        return weights if sum(w.nbytes for _, w in weights) <= MOST_CONSTANTS else []
