"""The index of a split names its frames of the source, by names that hold everywhere.

Each split has one JSON file in git, so that the split can be read, compared and taken up again
without the labels. A frame is named by its position in the source, and by video key and
`frame_idx`, which stay the same when the labels grow.
"""

from dataclasses import asdict, dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from splitlib.errors import JsonFileError, SplitError
from splitlib.jsonfile import read_json, write_json
from splitlib.labels import Labels

ENCODING_TYPE = "splitlib-index"
ENCODING_VERSION = "1.0"
"""A change that moves a frame or renames a field takes another version."""


@dataclass(frozen=True)
class SourceId:
    """The labels file that was split.

    Attributes:
        file: Its name, without folders.
        sha256: Of its bytes, in hexadecimal.
        n_frames: Its labeled frames.
    """

    file: str
    sha256: str
    n_frames: int


@dataclass(frozen=True, eq=False)
class SplitIndex:
    """The frames of one split.

    Attributes:
        split: "train", "val" or "test".
        source: The labels file that was split.
        params: The params that made the split, as plain values.
        position: (n,) int64, row of each frame in the source, ascending.
        video: (n,) video key of each frame.
        frame_idx: (n,) int64, frame of its video.
    """

    split: str
    source: SourceId
    params: dict[str, Any]
    position: NDArray[np.int64]
    video: tuple[str, ...]
    frame_idx: NDArray[np.int64]


def frame_record(labels: Labels, indices: NDArray[np.int64]) -> dict[str, list[Any]]:
    """Frames as parallel lists: position in the labels, video key, frame of the video."""
    keys = np.array([video.key for video in labels.videos], object)
    return {
        "position": indices.tolist(),
        "video": keys[labels.video[indices]].tolist(),
        "frame_idx": labels.frame_idx[indices].tolist(),
    }


def write_index(
    path: str | PathLike[str],
    labels: Labels,
    indices: NDArray[np.int64],
    *,
    split: str,
    source: SourceId,
    params: dict[str, Any],
) -> None:
    """Write the index of a split; the same split gives the same bytes.

    `indices` is (n,) int64, ascending: the frames of the split, as positions in the labels that
    were split. The other arguments are as in `SplitIndex`.
    """
    value = {
        "encoding-type": ENCODING_TYPE,
        "encoding-version": ENCODING_VERSION,
        "split": split,
        "source": asdict(source),
        "params": params,
        "frames": frame_record(labels, indices),
    }
    write_json(Path(path), value)


def read_index(path: str | PathLike[str]) -> SplitIndex:
    """Read the index of a split.

    Raises:
        JsonFileError: The file is no index, is of an unknown version, or lacks a field.
    """
    value = read_json(Path(path))
    kind = value.get("encoding-type") if isinstance(value, dict) else None
    if kind != ENCODING_TYPE or value.get("encoding-version") != ENCODING_VERSION:
        msg = (
            f"{path}: expected an index of a split ({ENCODING_TYPE} {ENCODING_VERSION}), found"
            f" {kind or 'no encoding-type'} {value.get('encoding-version', '') if kind else ''}"
        )
        raise JsonFileError(msg)
    try:
        frames = value["frames"]
        index = SplitIndex(
            split=str(value["split"]),
            source=SourceId(**value["source"]),
            params=dict(value["params"]),
            position=np.array(frames["position"], np.int64),
            video=tuple(map(str, frames["video"])),
            frame_idx=np.array(frames["frame_idx"], np.int64),
        )
    except (KeyError, TypeError, ValueError, OverflowError) as err:
        msg = f"{path}: the index is incomplete or malformed: {err!r}; write it again"
        raise JsonFileError(msg) from err
    if not len(index.position) == len(index.video) == len(index.frame_idx):
        msg = f"{path}: position, video and frame_idx have different lengths; write the index again"
        raise JsonFileError(msg)
    return index


def verify_index(index: SplitIndex, labels: Labels) -> None:
    """Check that the labels hold the frames of an index at the positions of the index.

    Raises:
        SplitError: A position is not in the labels, or the labels hold another frame there.
    """
    outside = (index.position < 0) | (index.position >= len(labels))
    if outside.any():
        at = int(np.argmax(outside))
        msg = (
            f"{index.split} index, frame {at}: position {index.position[at]} is not in the labels,"
            f" which have {len(labels)} frames"
        )
        raise SplitError(msg)
    found = frame_record(labels, index.position)
    wrong = np.array(found["frame_idx"], np.int64) != index.frame_idx
    wrong |= np.array(found["video"], object) != np.array(index.video, object)
    if wrong.any():
        at = int(np.argmax(wrong))
        msg = (
            f"{index.split} index, frame {at}: expected {index.video[at]} frame"
            f" {index.frame_idx[at]} at position {index.position[at]}, found"
            f" {found['video'][at]} frame {found['frame_idx'][at]}; the labels have changed"
        )
        raise SplitError(msg)
