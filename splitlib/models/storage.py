"""Networks as files whose bytes depend on the network alone; a .keras file also holds the date."""

import json
import warnings
from collections.abc import Callable
from pathlib import Path

import keras

from splitlib.errors import TrainingError
from splitlib.files import temporary_beside
from splitlib.jsonfile import read_json, write_json

ARCHITECTURE = "model.json"
WEIGHTS = "model.weights.h5"


Rebuild = Callable[[], keras.Model]
"""Builds a network anew, for one with layers that Keras does not know from their description."""


def save_network(model: keras.Model, folder: Path, rebuild: Rebuild | None = None) -> None:
    """Write `model.weights.h5`, and the layers without their weights as `model.json`.

    Optimizer and losses are not kept. A missing folder is made. Without `rebuild`, all layers must
    be Keras's own; with it, `model.json` only names the layers.
    """
    if rebuild:  # nobody reads this again, and Keras cannot describe every layer
        architecture = {layer.name: type(layer).__name__ for layer in model.layers}
    else:
        architecture = json.loads(model.to_json())
        architecture.pop("compile_config", None)
    write_json(folder / ARCHITECTURE, architecture)
    # A fresh model has no optimizer: the state of one would make the file three times as large.
    bare = rebuild() if rebuild else _from_json(architecture)
    bare.set_weights(model.get_weights())
    # In a temporary folder, and not in a temporary file: Keras asks for its own double suffix.
    with temporary_beside(folder / WEIGHTS) as temporary:
        weights = temporary / WEIGHTS
        bare.save_weights(weights)
        weights.replace(folder / WEIGHTS)


def load_network(folder: Path, rebuild: Rebuild | None = None) -> keras.Model:
    """Read what `save_network` wrote.

    Raises:
        JsonFileError: model.json is missing or no JSON.
        TrainingError: The weights are not those of the network.
    """
    model = rebuild() if rebuild else _from_json(read_json(folder / ARCHITECTURE))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)  # Keras: weights that are in no file stay
            model.load_weights(folder / WEIGHTS)
    except (ValueError, UserWarning) as err:
        reason = str(err).strip().splitlines()[0]
        msg = (
            f"{folder / WEIGHTS}: these are the weights of another network ({reason}); train again"
        )
        raise TrainingError(msg) from err
    return model


def _from_json(architecture: object) -> keras.Model:
    return keras.models.model_from_json(json.dumps(architecture))
