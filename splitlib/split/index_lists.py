"""Splits that were decided elsewhere: index folders, lists of frames, configs of SLEAP."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from splitlib.errors import JsonFileError, SplitError
from splitlib.jsonfile import read_json
from splitlib.labels import Labels
from splitlib.split.examples import SPLITS
from splitlib.split.find_frames import find_frames
from splitlib.split.index import read_index
from splitlib.split.listed_frames import ListedFrames

SLEAP_KEYS = ("training_inds", "validation_inds", "test_inds")


def read_index_lists(path: str | Path, labels: Labels) -> dict[str, NDArray[np.int64]]:
    """The frames of each split, as positions in the labels.

    Args:
        path: A folder with the index files train.json, val.json and test.json; a JSON file
            `{"train": [0, 3], "val": [1], "test": [2]}`, or with frames by video and number or
            picture, `{"train": [["top.mp4", 17]], ...}`; or a training config of SLEAP.
        labels: The labels that the lists are about.

    Returns:
        (n,) int64 per split. Positions are not checked, and in the order of the lists.

    Raises:
        JsonFileError: The path is none of these.
        SplitError: The labels lack a frame that is named, or a name fits two videos.

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
    if not _has_pairs(value):
        return {name: _positions(path, name, value.get(name)) for name in SPLITS}
    frames = ListedFrames(labels)
    return {name: _named_rows(path, name, value.get(name), frames) for name in SPLITS}


def _has_pairs(lists: Mapping[str, Any]) -> bool:
    return any(
        isinstance(one, list) and any(isinstance(at, list) for at in one) for one in lists.values()
    )


def _named_rows(path: Path, name: str, value: object, frames: ListedFrames) -> NDArray[np.int64]:
    """The rows of the frames in a list of pairs."""
    listed = [] if value is None else value
    if not isinstance(listed, list):
        msg = f"{path}, {name}: expected a list of frames, [video, frame] each"
        raise JsonFileError(msg)
    wrong = next((frame for frame in listed if not _is_pair(frame)), None)
    if wrong is not None:
        msg = (
            f'{path}, {name}: expected frames as [video, frame] such as ["top.mp4", 17], found'
            f" {json.dumps(wrong)[:60]}; one file names all frames so, or all by position"
        )
        raise JsonFileError(msg)
    try:
        return frames.rows([(video, frame) for video, frame in listed])
    except SplitError as err:
        msg = f"{path}, {name}: {err}"
        raise SplitError(msg) from err


def _is_pair(frame: object) -> bool:
    """Whether a value is a video, and the number of a frame or the name of a picture."""
    if not isinstance(frame, list) or [type(part) for part in frame[:1]] != [str]:
        return False
    return len(frame) == 2 and type(frame[1]) in (int, str)


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
        msg = f"{path}, {name}: expected a list of whole numbers, or of [video, frame]"
        raise JsonFileError(msg)
    try:
        return np.array(listed, np.int64)
    except OverflowError as err:
        msg = f"{path}, {name}: a position is larger than any file"
        raise JsonFileError(msg) from err
