"""The manifest of an export: what was exported, and which files hold it.

The manifest is written last, so a folder without one holds no complete export. Nothing in the
manifest depends on the machine, the folder or the day.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import tensorflow as tf

from splitlib.errors import ExportError, JsonFileError
from splitlib.inputs.frames.frame_source import FILTERS
from splitlib.jsonfile import json_bytes, parse_json
from splitlib.slp.skeletons import Skeleton
from splitlib.split.index import SourceId

ENCODING_TYPE = "splitlib-frames"
ENCODING_VERSION = "1.0"
"""A change to the records or the columns needs another version."""

DEEP_VERSION = "1.1"
"""The version of exports with images of more than 8 bits, whose columns say which these are. An
older reader would cut such images down to 8 bits."""

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class ExportedFile:
    """A file of an export."""

    file: str  # name of the file in the folder
    n_records: int  # number of records
    n_bytes: int  # length of the file
    sha256: str  # hash of its bytes, in hexadecimal


@dataclass(frozen=True)
class Manifest:
    """The contents of an export."""

    source: SourceId  # the labels file whose frames were exported
    filters: dict[str, bool]  # settings of `labels` that chose its frames and instances
    skeleton: Skeleton  # the skeleton of all instances
    video_keys: tuple[str, ...]  # the key of each video that "video_ind" counts
    n_tracks: int  # number of tracks that "track_inds" counts
    n_nodes: int | None  # nodes of all instances; None where instances differ
    columns: ExportedFile  # the file with the columns of the frames
    shards: tuple[ExportedFile, ...]  # the files with the frames, in their order
    is_deep: bool = False  # whether images have more than 8 bits; the version says so in the file

    @property
    def n_frames(self) -> int:
        """Exported frames."""
        return sum(shard.n_records for shard in self.shards)

    @property
    def files(self) -> tuple[ExportedFile, ...]:
        """All files but the manifest."""
        return (self.columns, *self.shards)


def manifest_path(folder: str) -> str:
    """The path of the manifest in a folder."""
    return f"{folder}/{MANIFEST}"


@contextmanager
def file_errors(path: str) -> Iterator[None]:
    """Turn an error of `tf.io.gfile` in this block into an `ExportError` that names the path."""
    try:
        yield
    except tf.errors.OpError as err:
        msg = f"{path}: {err.message or type(err).__name__}"
        raise ExportError(msg) from err


def write_manifest(path: str, manifest: Manifest) -> None:
    """Write a manifest; the same manifest gives the same bytes."""
    value = {
        "encoding-type": ENCODING_TYPE,
        "encoding-version": DEEP_VERSION if manifest.is_deep else ENCODING_VERSION,
        **asdict(manifest),
        "n_frames": manifest.n_frames,
    }
    del value["is_deep"]
    with tf.io.gfile.GFile(path, "wb") as file:
        file.write(json_bytes(value, name=path))


def is_manifest(path: str) -> bool:
    """Whether there is a manifest of an export, of any version."""
    try:
        return tf.io.gfile.exists(path) and _read(path).get("encoding-type") == ENCODING_TYPE
    except JsonFileError:
        return False


def read_manifest(folder: str) -> Manifest:
    """Read the manifest in a folder.

    Raises:
        ExportError: There is no manifest, or one of an unknown version.
        JsonFileError: The manifest is no JSON, or lacks a field.
    """
    path = manifest_path(folder)
    if not tf.io.gfile.exists(path):
        msg = (
            f"{folder}: expected an export of frames, found no {MANIFEST} in the folder; export the"
            " split again with `splitlib export`"
        )
        raise ExportError(msg)
    value = _read(path)
    kind = value.get("encoding-type")
    version = value.get("encoding-version", "") if kind else ""
    if kind != ENCODING_TYPE or version not in (ENCODING_VERSION, DEEP_VERSION):
        msg = (
            f"{path}: expected the manifest of an export ({ENCODING_TYPE} {ENCODING_VERSION}),"
            f" found {kind or 'no encoding-type'} {version}; export the split again"
        )
        raise ExportError(msg)
    try:
        return _manifest(value)
    except (KeyError, TypeError, ValueError) as err:
        msg = f"{path}: incomplete or malformed: {err!r}; export the split again"
        raise JsonFileError(msg) from err


def _read(path: str) -> dict[str, Any]:
    """The JSON object in a file, empty for other JSON."""
    with tf.io.gfile.GFile(path, "rb") as file:
        value = parse_json(file.read(), name=path)
    return value if isinstance(value, dict) else {}


def _manifest(value: dict[str, Any]) -> Manifest:
    nodes, skeleton = value["n_nodes"], value["skeleton"]
    manifest = Manifest(
        source=SourceId(**value["source"]),
        filters={name: bool(value["filters"][name]) for name in FILTERS},
        skeleton=Skeleton(
            name=str(skeleton["name"]),
            nodes=tuple(map(str, skeleton["nodes"])),
            edges=_pairs(skeleton["edges"]),
            symmetries=_pairs(skeleton["symmetries"]),
        ),
        video_keys=tuple(map(str, value["video_keys"])),
        n_tracks=int(value["n_tracks"]),
        n_nodes=None if nodes is None else int(nodes),
        columns=ExportedFile(**value["columns"]),
        shards=tuple(ExportedFile(**shard) for shard in value["shards"]),
        is_deep=value["encoding-version"] == DEEP_VERSION,
    )
    if manifest.n_frames != value["n_frames"]:
        msg = f"n_frames is {value['n_frames']}, and the shards have {manifest.n_frames} records"
        raise ValueError(msg)
    return manifest


def _pairs(pairs: list[list[int]]) -> tuple[tuple[int, int], ...]:
    return tuple((int(one), int(other)) for one, other in pairs)
