"""Splits that were decided elsewhere: index folders, lists of positions, configs of SLEAP."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from splitlib.errors import JsonFileError
from splitlib.jsonfile import read_json
from splitlib.labels import Labels
from splitlib.split.examples import SPLITS
from splitlib.split.find_frames import find_frames
from splitlib.split.index import read_index

SLEAP_KEYS = ("training_inds", "validation_inds", "test_inds")


def read_index_lists(path: str | Path, labels: Labels) -> dict[str, NDArray[np.int64]]:
    """The frames of each split, as positions in the labels.

    Args:
        path: A folder with the index files train.json, val.json and test.json; a JSON file
            `{"train": [0, 3], "val": [1], "test": [2]}`; or a training config of SLEAP.
        labels: The labels that the lists are about.

    Returns:
        (n,) int64 per split, in the order of the lists. Only those of an index folder are checked.

    Raises:
        JsonFileError: The path is none of these.
        SplitError: The labels lack a frame of an index folder.

    Notes:
        SLEAP 1.3 (`sleap/nn/training.py`, `DataReaders`) gives `training_inds` two meanings. With
        `split_by_inds: true` they are positions in the labels file. With false they record a split
        that SLEAP drew, as positions among the user-labeled frames alone. Both are turned into
        positions in the file. (A config does not say whether that draw also left out frames without
        a track.) With `split_by_inds: true` and no training_inds SLEAP trains on the whole file;
        here train is then every user-labeled frame that is in no other list.
    """
    path = Path(path)
    if path.is_dir():
        return {name: find_frames(read_index(path / f"{name}.json"), labels) for name in SPLITS}
    value = read_json(path)
    if isinstance(value, Mapping) and "data" in value:
        return _sleap_lists(path, value, labels)
    if not isinstance(value, Mapping) or not value or not set(value) <= set(SPLITS):
        msg = (
            f"{path}: expected lists of positions by split (train, val, test), a training config of"
            " SLEAP, or a folder with index files"
        )
        raise JsonFileError(msg)
    return {name: _positions(path, name, value.get(name)) for name in SPLITS}


def _sleap_lists(
    path: Path, config: Mapping[str, Any], labels: Labels
) -> dict[str, NDArray[np.int64]]:
    section = config["data"].get("labels") if isinstance(config["data"], Mapping) else None
    if not isinstance(section, Mapping) or not any(section.get(key) for key in SLEAP_KEYS):
        msg = f"{path}: this config of SLEAP has no data.labels.training_inds and validation_inds"
        raise JsonFileError(msg)
    lists = {
        name: _positions(path, key, section.get(key))
        for name, key in zip(SPLITS, SLEAP_KEYS, strict=True)
    }
    user = labels.user_labeled_frame_inds
    if not section.get("split_by_inds"):
        return {name: _among(path, name, inds, user) for name, inds in lists.items()}
    if not len(lists["train"]):
        lists["train"] = np.setdiff1d(user, np.concatenate([lists["val"], lists["test"]]))
    return lists


def _among(
    path: Path, name: str, inds: NDArray[np.int64], user: NDArray[np.int64]
) -> NDArray[np.int64]:
    outside = inds[(inds < 0) | (inds >= len(user))]
    if len(outside):
        msg = (
            f"{path}, {name}: position {outside[0]} is not among the {len(user)} user-labeled"
            " frames; are these the labels that the model was trained on?"
        )
        raise JsonFileError(msg)
    return user[inds]


def _positions(path: Path, name: str, value: object) -> NDArray[np.int64]:
    listed = [] if value is None else value
    # bool is an int in Python, but a mask is no list of positions
    if not isinstance(listed, list) or not all(type(at) is int for at in listed):
        msg = f"{path}, {name}: expected a list of whole numbers"
        raise JsonFileError(msg)
    try:
        return np.array(listed, np.int64)
    except OverflowError as err:
        msg = f"{path}, {name}: a position is larger than any file"
        raise JsonFileError(msg) from err
