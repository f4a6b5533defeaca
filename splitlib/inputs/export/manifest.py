"""The manifest of an export: what was exported, and which files hold it.

It is written last, so a folder without one holds no complete export. Nothing in it depends on the
machine, the folder or the day.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import tensorflow as tf

from splitlib.errors import ExportError, JsonFileError
from splitlib.jsonfile import json_bytes, parse_json
from splitlib.params import LabelsParams
from splitlib.slp.skeletons import Skeleton
from splitlib.split.index import SourceId

ENCODING_TYPE = "splitlib-frames"
ENCODING_VERSION = "1.0"
"""A change to the records or the columns takes another version."""

MANIFEST = "manifest.json"

FILTERS = ("user_instances_only", "with_track_only", "negative_frames")
"""The settings of `labels` that choose frames and instances."""


@dataclass(frozen=True)
class ExportedFile:
    """A file of an export.

    Attributes:
        file: Its name in the folder.
        n_records: Records in it.
        n_bytes: Its length.
        sha256: Of its bytes, in hexadecimal.
    """

    file: str
    n_records: int
    n_bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What an export holds.

    Attributes:
        source: The labels file whose frames were exported.
        filters: The settings of `labels` that chose its frames and instances, by name.
        skeleton: The skeleton of all instances.
        video_keys: The key of each video that "video_ind" counts.
        n_tracks: Tracks that "track_inds" counts.
        n_nodes: Nodes of all instances; None where those of frames differ.
        columns: The file with the columns of the frames.
        shards: The files with the frames, in their order.
    """

    source: SourceId
    filters: dict[str, bool]
    skeleton: Skeleton
    video_keys: tuple[str, ...]
    n_tracks: int
    n_nodes: int | None
    columns: ExportedFile
    shards: tuple[ExportedFile, ...]

    @property
    def n_frames(self) -> int:
        """Exported frames."""
        return sum(shard.n_records for shard in self.shards)

    @property
    def files(self) -> tuple[ExportedFile, ...]:
        """All files but the manifest."""
        return (self.columns, *self.shards)


def filters_of(params: LabelsParams) -> dict[str, bool]:
    """The filters as a manifest names them."""
    return {name: getattr(params, name) for name in FILTERS}


def manifest_path(folder: str) -> str:
    """The path of the manifest in a folder that `tf.io.gfile` takes."""
    return f"{folder}/{MANIFEST}"


@contextmanager
def file_errors(path: str) -> Iterator[None]:
    """Errors of `tf.io.gfile` in this block are an `ExportError` that names the path."""
    try:
        yield
    except tf.errors.OpError as err:
        msg = f"{path}: {err.message or type(err).__name__}"
        raise ExportError(msg) from err


def write_manifest(path: str, manifest: Manifest) -> None:
    """Write a manifest; the same one gives the same bytes."""
    value = {
        "encoding-type": ENCODING_TYPE,
        "encoding-version": ENCODING_VERSION,
        **asdict(manifest),
        "n_frames": manifest.n_frames,
    }
    with tf.io.gfile.GFile(path, "wb") as file:
        file.write(json_bytes(value, name=path))


def is_manifest(path: str) -> bool:
    """Whether there is a manifest of an export, of any version."""
    if not tf.io.gfile.exists(path):
        return False
    try:
        return _encoding_type(_read(path)) == ENCODING_TYPE
    except JsonFileError:
        return False


def read_manifest(folder: str) -> Manifest:
    """Read the manifest in a folder.

    Raises:
        ExportError: There is none, or one of an unknown version.
        JsonFileError: It is no JSON, or lacks a field.
    """
    path = manifest_path(folder)
    if not tf.io.gfile.exists(path):
        msg = (
            f"{folder}: expected an export of frames, found no {MANIFEST} in the folder; export the"
            " split again with `splitlib export`"
        )
        raise ExportError(msg)
    value = _read(path)
    kind = _encoding_type(value)
    version = value.get("encoding-version", "") if kind else ""
    if (kind, version) != (ENCODING_TYPE, ENCODING_VERSION):
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


def _read(path: str) -> Any:  # noqa: ANN401 - any JSON
    with tf.io.gfile.GFile(path, "rb") as file:
        return parse_json(file.read(), name=path)


def _encoding_type(value: object) -> object:
    return value.get("encoding-type") if isinstance(value, dict) else None


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
    )
    if manifest.n_frames != value["n_frames"]:
        msg = f"n_frames is {value['n_frames']}, and the shards have {manifest.n_frames} records"
        raise ValueError(msg)
    return manifest


def _pairs(pairs: list[list[int]]) -> tuple[tuple[int, int], ...]:
    return tuple((int(one), int(other)) for one, other in pairs)
