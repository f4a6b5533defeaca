"""The index of a split names its frames of the source, by names that hold everywhere.

Each split has one JSON file in git, so that the split can be read, compared and taken up again
without the labels. A video is known by a key, by its file name and by what the labels state of it;
a frame by its number in its video, or by the name of its picture, with a digest of its labels. None
of these changes when labels grow, so a small change is a small diff. docs/index-format.md has the
form. Version 1, which splitlib 0.1 wrote, is read as well.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked

from splitlib.errors import JsonFileError
from splitlib.files import check_finished
from splitlib.jsonfile import read_json
from splitlib.slp.recordings import picture_identity

ENCODING_TYPE = "splitlib-index"
ENCODING_VERSION = "2.0"
"""A change that moves a frame or renames a field takes another version."""

_CLOSED = ConfigDict(extra="forbid")

Count = Annotated[int, Field(strict=True, ge=0)]
Digest = Annotated[str, Field(pattern="^[0-9a-f]{16}( [0-9a-f]{16})*$")]


@dataclass(frozen=True)
class SourceId:
    """A labels file that was split.

    Attributes:
        file: Its name, with folders only where other files share it.
        sha256: Of its bytes, in hexadecimal.
        n_frames: Its labeled frames.
    """

    file: str
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    n_frames: Count

    __pydantic_config__: ClassVar = _CLOSED


@checked(frozen=True, config=_CLOSED)
class IndexedVideo:
    """A video in an index.

    Attributes:
        key: Its short name, unique in the labels that were split.
        file: The labels file with these frames, as `SourceId` names it.
        name: The last part of its path: its file, or the folder and form of its pictures.
        size: (height, width) in pixels, None where the labels do not state it.
        n_frames: Its length, None where the labels do not state it.
        fingerprint: Of its frames here and their labels, 16 hexadecimal digits; "" in version 1.
        frames: The digests of the labels of each frame, by its number or the name of its picture;
            several with a space between where rows of the labels hold one frame.
    """

    key: str
    file: str
    name: str
    size: tuple[Count, Count] | None
    n_frames: Count | None
    fingerprint: Annotated[str, Field(pattern="^([0-9a-f]{16})?$")]
    frames: dict[str, Digest]


@checked(frozen=True, config=_CLOSED)
class IndexFile:
    """What stands in the file of an index, besides the two keys that name its encoding.

    Attributes:
        split: "train", "val" or "test".
        sources: The labels files that were split, in the order of their rows.
        params: The params that made the split, as plain values.
        videos: The videos with frames in the split, by key and file. A video with frames in two
            files is there twice.
        position: The row of each frame in the source, in the order of `videos` and `frames`; None
            where the source holds its frames by video and number, each once.
    """

    split: str
    sources: Annotated[list[SourceId], Field(min_length=1)]
    params: dict[str, Any]
    videos: list[IndexedVideo]
    position: list[Count] | None = None


@dataclass(frozen=True, eq=False)
class SplitIndex:
    """The frames of one split, as columns of n rows.

    Attributes:
        split: "train", "val" or "test".
        sources: The labels files that were split, in the order of their rows.
        params: The params that made the split, as plain values.
        videos: The videos, as in `IndexFile` but without their frames.
        video: (n,) int64, position in `videos`.
        frame: (n,) the number of each frame as text, or the name of its picture.
        identity: (n,) int64, as `Moments.identity`.
        digest: (n,) uint64, the digest of the labels of each frame; 0 in version 1.
        position: (n,) int64, the row of each frame in the source; None as in `IndexFile`.
        version: 1 or 2.
    """

    split: str
    sources: tuple[SourceId, ...]
    params: Mapping[str, Any]
    videos: tuple[IndexedVideo, ...]
    video: NDArray[np.int64]
    frame: tuple[str, ...]
    identity: NDArray[np.int64]
    digest: NDArray[np.uint64]
    position: NDArray[np.int64] | None
    version: Literal[1, 2] = 2

    def name(self, at: int) -> str:
        """The name of a frame in messages."""
        return f"{self.videos[self.video[at]].key} frame {self.frame[at]}"


def read_index(path: str | PathLike[str]) -> SplitIndex:
    """Read the index of a split, of version 1 or 2.

    Raises:
        JsonFileError: The file is no index, is of an unknown version, or lacks a field.
        UnfinishedFilesError: A run was stopped while it replaced the file and its labels.
    """
    check_finished(Path(path))
    value = read_json(Path(path))
    kind = value.get("encoding-type") if isinstance(value, dict) else None
    version = value.get("encoding-version") if kind == ENCODING_TYPE else None
    readers = {"1.0": _read_first_version, ENCODING_VERSION: _read_columns}
    if version not in readers:
        msg = (
            f"{path}: expected an index of a split ({ENCODING_TYPE} {ENCODING_VERSION}), found"
            f" {kind or 'no encoding-type'} {value.get('encoding-version', '') if kind else ''}"
        )
        raise JsonFileError(msg)
    rest = {name: item for name, item in value.items() if not name.startswith("encoding-")}
    try:
        return readers[version](rest)
    except ValidationError as err:
        first = err.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        msg = (
            f"{path}: the index is incomplete or malformed: {where}: {first['msg']}; write it again"
        )
        raise JsonFileError(msg) from err
    except (KeyError, TypeError, ValueError, OverflowError) as err:
        msg = f"{path}: the index is incomplete or malformed: {err!r}; write it again"
        raise JsonFileError(msg) from err


def _read_columns(value: dict[str, Any]) -> SplitIndex:
    file = TypeAdapter(IndexFile).validate_python(value)
    _check_params(file.params)
    rows = [_rows(video.frames) for video in file.videos]
    frame = [name for names, _ in rows for name in names]
    if file.position is not None and len(file.position) != len(frame):
        msg = f"position has {len(file.position)} rows, and videos have {len(frame)} frames"
        raise ValueError(msg)
    return SplitIndex(
        split=file.split,
        sources=tuple(file.sources),
        params=file.params,
        videos=tuple(replace(video, frames={}) for video in file.videos),
        video=np.repeat(np.arange(len(rows)), [len(names) for names, _ in rows]),
        frame=tuple(frame),
        identity=_identities(frame),
        digest=np.frombuffer(bytes.fromhex("".join(text for _, text in rows)), ">u8").astype(
            np.uint64
        ),
        position=None if file.position is None else np.array(file.position, np.int64),
    )


def _rows(frames: Mapping[str, str]) -> tuple[list[str], str]:
    """The name of the frame of each row, and the digests of the rows as one text."""
    names, text = list(frames), "".join(frames.values())
    if len(text) > 16 * len(names):  # several rows of the labels hold one frame
        names = [name for name, own in frames.items() for _ in own.split(" ")]
    return names, text.replace(" ", "")


def _identities(frames: Sequence[str]) -> NDArray[np.int64]:
    """`Moments.identity` of frames, by their names."""
    try:
        return np.array(frames, np.int64) if frames else np.zeros(0, np.int64)
    except ValueError:
        return np.array([_identity(name) for name in frames], np.int64)


def _identity(name: str) -> int:
    return int(name) if name.isdecimal() else picture_identity(name.rpartition(".")[0] or name)


def _read_first_version(value: dict[str, Any]) -> SplitIndex:
    """Version 1: frames as parallel lists of position, video key and frame of the video."""
    _check_params(value["params"])
    frames = value["frames"]
    position, frame_idx = (np.array(frames[name], np.int64) for name in ("position", "frame_idx"))
    keys = list(map(str, frames["video"]))
    if not len(position) == len(keys) == len(frame_idx):
        msg = "position, video and frame_idx have different lengths"
        raise ValueError(msg)
    names = sorted(set(keys))
    number = {name: at for at, name in enumerate(names)}
    source = SourceId(**value["source"])
    return SplitIndex(
        split=str(value["split"]),
        sources=(source,),
        params=dict(value["params"]),
        videos=tuple(
            IndexedVideo(key, source.file, key.rpartition("/")[2], None, None, "", {})
            for key in names
        ),
        video=np.array([number[key] for key in keys], np.int64),
        frame=tuple(map(str, frame_idx.tolist())),
        identity=frame_idx,
        digest=np.zeros(len(keys), np.uint64),
        position=position,
        version=1,
    )


def _check_params(params: Mapping[str, Any]) -> None:
    """Check what the audit takes from the params."""
    split = params.get("split", {})
    fractions = split.get("fractions", {}) if isinstance(split, Mapping) else None
    if not isinstance(fractions, Mapping):
        msg = "params.split: expected a mapping, with fractions as a mapping"
        raise TypeError(msg)
    numbers = {name: split.get(name, 0) for name in ("gap", "n_spare")}
    for name, number in {**numbers, **fractions}.items():
        if isinstance(number, bool) or not isinstance(number, int | float):
            msg = f"params.split: {name}: expected a number, found {number!r}"
            raise TypeError(msg)
