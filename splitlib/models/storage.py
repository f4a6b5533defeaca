"""Networks as files whose bytes depend on the network alone; a .keras file also holds the date."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import keras

from splitlib.jsonfile import read_json, write_json

ARCHITECTURE = "model.json"
WEIGHTS = "model.weights.h5"


def save_network(model: keras.Model, folder: Path) -> None:
    """Write `model.weights.h5`, and the layers without their weights as `model.json`.

    All layers must be Keras's own. Optimizer and losses are not kept. A missing folder is made.
    """
    architecture = json.loads(model.to_json())
    architecture.pop("compile_config", None)
    write_json(folder / ARCHITECTURE, architecture)
    # A fresh model has no optimizer: the state of one would make the file three times as large.
    bare = _from_json(architecture)
    bare.set_weights(model.get_weights())
    # In a temporary folder, and not in a temporary file: Keras asks for its own double suffix.
    with TemporaryDirectory(dir=folder) as temporary:
        weights = Path(temporary) / WEIGHTS
        bare.save_weights(weights)
        weights.replace(folder / WEIGHTS)


def load_network(folder: Path) -> keras.Model:
    """Read what `save_network` wrote.

    Raises:
        JsonFileError: model.json is missing or no JSON.
    """
    model = _from_json(read_json(folder / ARCHITECTURE))
    model.load_weights(folder / WEIGHTS)
    return model


def _from_json(architecture: object) -> keras.Model:
    return keras.models.model_from_json(json.dumps(architecture))
