"""What a trained model is, in a file beside its weights: the folder alone is enough to predict.

The stage that trains writes it. It holds what leads from a frame to the model's input and back, and
the hash of the weights that it is of.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import partial
from pathlib import Path
from typing import Any

import keras

import splitlib
from splitlib.errors import JsonFileError, ParamsError, TrainingError
from splitlib.files import sha256_of
from splitlib.inputs.input_fn import SplitInputs
from splitlib.jsonfile import read_json, write_json
from splitlib.models.build import network_spec, own_network
from splitlib.models.network_spec import NetworkSpec
from splitlib.models.storage import WEIGHTS, load_network
from splitlib.params import Head

DESCRIPTION = "description.json"

Pairs = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class ModelDescription:
    """What a trained model is.

    Attributes:
        head: `model.head` of the params.
        skeleton: Name of the skeleton.
        nodes: The nodes of the skeleton, in the order of the points.
        edges: Pairs of positions in the nodes, from one to the next.
        symmetries: Pairs of positions in the nodes.
        anchor_node: The node that centroids and crops are placed on; None for the middle.
        strides: Pixels of the model's image for one cell: of "confmaps", and perhaps of "pafs".
        crop_size: Side of crops in pixels of the scaled image; None for heads of whole frames.
        frame_multiple: Height and width of whole frames are padded to multiples of it.
        scale: Factor on the size of frames before all else.
        scaled_points: As `inputs.scaled_points` of the params.
        channels: Channels of the model's image, 1 or 3.
        frame_channels: Channels that frames of the train split have, as they are read; with
            `inputs.ensure_rgb` also the 1 of frames that it makes coloured.
        frame_size: Least height and least width of the frames of the train split, in pixels.
        white: Level that becomes 1 in images of more than 8 bits; None for that of 16 bits.
        key_maps: As `inputs.key_maps` of the params.
        build: As `model.build`; None for the network of splitlib.
        options: As `model.options`.
        precision: As `train.precision`.
        splitlib: Version that trained the model.
        weights_sha256: Hash of model.weights.h5.
    """

    head: Head
    skeleton: str
    nodes: tuple[str, ...]
    edges: Pairs
    symmetries: Pairs
    anchor_node: str | None
    strides: Mapping[str, int]
    crop_size: int | None
    frame_multiple: int
    scale: float
    scaled_points: str
    channels: int
    frame_channels: tuple[int, ...]
    frame_size: tuple[int, int]
    white: int | None
    key_maps: tuple[Mapping[str, Any], ...]
    build: str | None
    options: Mapping[str, Any]
    precision: str
    splitlib: str
    weights_sha256: str

    @property
    def spec(self) -> NetworkSpec:
        """What the network had to be, as its builder was told."""
        return NetworkSpec(
            head=self.head,
            image_shape=(self.crop_size, self.crop_size, self.channels),
            nodes=("centroid",) if self.head == "centroid" else self.nodes,
            edges=self.edges if "pafs" in self.strides else (),
            strides=self.strides,
            options=self.options,
        )

    @property
    def as_sleap(self) -> bool:
        """Whether points lie beside the scaled image, as those of SLEAP do."""
        return self.scaled_points == "sleap"


def write_description(folder: Path, inputs: SplitInputs) -> None:
    """Write `description.json` beside the weights of the network that was trained on a split."""
    write_json(folder / DESCRIPTION, asdict(description_of(inputs, folder / WEIGHTS)))


def description_of(inputs: SplitInputs, weights: Path) -> ModelDescription:
    """The description of a network that was trained on a split, and whose weights were written."""
    params, spec, skeleton = inputs.params, network_spec(inputs), inputs.source.skeleton
    size = inputs.source.image_size
    ensured = {1} if params.inputs.ensure_rgb else set()
    return ModelDescription(
        head=spec.head,
        skeleton=skeleton.name,
        nodes=skeleton.nodes,
        edges=skeleton.edges,
        symmetries=skeleton.symmetries,
        anchor_node=params.inputs.targets.anchor_node,
        strides=dict(spec.strides),
        crop_size=spec.image_shape[0],
        frame_multiple=2**params.model.depth,
        scale=params.inputs.scale,
        scaled_points=params.inputs.scaled_points,
        channels=spec.image_shape[2],
        frame_channels=tuple(sorted({*size[:, 2].tolist()} | ensured)),
        frame_size=(int(size[:, 0].min()), int(size[:, 1].min())),
        white=params.inputs.white,
        key_maps=tuple(dict(key_map) for key_map in params.inputs.key_maps),
        build=params.model.build,
        options=dict(spec.options),
        precision=params.train.precision,
        splitlib=splitlib.__version__,
        weights_sha256=sha256_of(weights),
    )


def read_description(folder: Path) -> ModelDescription:
    """The description in the folder of a model, whose weights it must be of.

    Raises:
        JsonFileError: The file is missing, or was not written by this version of splitlib.
        TrainingError: The weights are missing, or those of another model.
    """
    path = folder / DESCRIPTION
    if not path.is_file():
        msg = (
            f"{folder}: expected the folder of a trained model, which holds {DESCRIPTION}; the"
            " stage train of this version writes it: dvc repro train"
        )
        raise JsonFileError(msg)
    description = _parsed(read_json(path), path)
    _check_weights(folder, description)
    return description


def load_described(folder: Path, description: ModelDescription) -> keras.Model:
    """The network of a folder, with its weights.

    Raises:
        ParamsError: The function that builds it is not found, or fails.
        TrainingError: The weights are not those of the network that it builds.
        JsonFileError: model.json is missing or no JSON.
    """
    place = description.build
    if place is None:
        return load_network(folder)
    rebuild = partial(own_network, place, description.spec, description.precision)
    try:
        return load_network(folder, rebuild)
    except ParamsError as err:
        msg = (
            f"{folder / DESCRIPTION}: {err}\nThe model was built by a function of its project: run"
            " the command in the folder of that project"
        )
        raise ParamsError(msg) from err


def _parsed(stored: object, path: Path) -> ModelDescription:
    """The description of plain values. Lists become tuples, as they were."""
    names = {field.name for field in fields(ModelDescription)}
    found = stored.keys() if isinstance(stored, dict) else set()
    if not isinstance(stored, dict) or found != names:
        wrong = ", ".join(sorted(found ^ names))
        msg = (
            f"{path}: expected the description that splitlib {splitlib.__version__} writes; missing"
            f" or unknown: {wrong}; train again with this version"
        )
        raise JsonFileError(msg)
    return ModelDescription(**{name: _frozen(value) for name, value in stored.items()})


def _frozen(value: Any) -> Any:  # noqa: ANN401 - plain values
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def _check_weights(folder: Path, description: ModelDescription) -> None:
    weights = folder / WEIGHTS
    if not weights.is_file():
        msg = f"{weights}: there are no weights; fetch the model (dvc pull), or train again"
        raise TrainingError(msg)
    found = sha256_of(weights)
    if found != description.weights_sha256:
        msg = (
            f"{weights}: expected the weights that {DESCRIPTION} beside them is of (sha256"
            f" {description.weights_sha256[:12]}...), found those of another model"
            f" ({found[:12]}...); copy the whole folder of one model, or train again"
        )
        raise TrainingError(msg)
