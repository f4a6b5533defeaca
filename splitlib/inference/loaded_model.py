"""A trained model in memory: from its images to its maps."""

from dataclasses import dataclass
from pathlib import Path

import keras
import tensorflow as tf

from splitlib.errors import ModelMismatchError
from splitlib.inputs.heads import HEAD_KEYS
from splitlib.inputs.keys.key_paths import key_path, nest
from splitlib.models.description import ModelDescription, load_described, read_description
from splitlib.models.outputs import USUAL, maps_at


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
        return dict(zip(paths, maps_at(self.network, mapped, [*paths.values()]), strict=True))
