"""Exporting the frames of a split to TFRecord files, which train on any machine and any storage.

Each frame is one record. Records lie in the order of the labels, in shards of about one size.
Images stay as they are stored. The same split gives the same bytes in any folder.
"""

import hashlib
import re
import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from splitlib.errors import ExportError
from splitlib.files import sha256_of
from splitlib.inputs.export.frame_columns import DEEP_NAMES, NAMES, FrameColumns, frame_row
from splitlib.inputs.export.frame_records import frame_record
from splitlib.inputs.export.manifest import (
    MANIFEST,
    ExportedFile,
    Manifest,
    file_errors,
    is_manifest,
    manifest_path,
    write_manifest,
)
from splitlib.inputs.frames.example_graph import Examples
from splitlib.inputs.frames.frame_source import LabelsSource as LabelsSource
from splitlib.inputs.frames.frame_source import filters_of
from splitlib.inputs.frames.record_files import RecordWriter
from splitlib.inputs.graph.tensors import as_written
from splitlib.progress import tracked
from splitlib.split.index import SourceId
from splitlib.unfinished.outcome import note_begun, note_placed
from splitlib.unfinished.writer_names import WRITER, has_ended, is_stale, this_writer

SHARD_BYTES = 128 * 2**20
"""Bytes of images in a shard, about. TensorFlow's guide to TFRecord files advises 100 MB and more,
which remote storage reads at full speed, and several files to move and read side by side. Shards
are even, so they have 96 to 192 MiB, or there is one smaller shard."""

COLUMNS = "columns.tfrecord"

_TEMPORARY = re.compile(rf"\.export-(?:({WRITER})-)?[0-9a-f]+")

_OURS = re.compile(rf"frames-\d+-of-\d+\.tfrecord|columns\.tfrecord|{_TEMPORARY.pattern}")
"""Names of files and folders that a broken export may leave behind."""

_PIECE = 2**24
"""Bytes of a file that are read at a time to hash it."""


def export_frames(source: LabelsSource, folder: str, *, n_shards: int | None = None) -> Manifest:
    """Write frames to TFRecord files with a manifest, which is returned as it was written.

    Memory holds the images that are read side by side, the columns of all frames (72 bytes each),
    and the source. The source writes encoded images beyond its memory budget into a temporary file.

    The folder is any path that `tf.io.gfile` takes, and is made where missing. An earlier export in
    it is replaced once the new one is complete. Frames go into `n_shards` files; None for files of
    about `SHARD_BYTES`.

    Raises:
        ExportError: The folder holds something else or cannot be written, or there are fewer frames
            than shards.
        ImageError, VideoNotFoundError, VideoMismatchError, MissingExtraError,
            UnsupportedFormatError: As `LabelsReader.make_dataset`, before anything is written.
    """
    folder = folder.rstrip("/")
    with file_errors(folder):
        _check_replaceable(folder)
    skeleton, examples = source.skeleton, source.reader.examples()
    is_deep = bool(source.reader.images.decoder.is_deep.any())
    bounds = _shard_bounds(examples, n_shards)
    labels = source.reader.labels
    with file_errors(folder), _temporary_folder(folder) as temporary:
        shards, columns = _write_frames(
            examples, bounds, temporary, DEEP_NAMES if is_deep else NAMES
        )
        manifest = Manifest(
            source=SourceId(labels.path.name, sha256_of(labels.path), len(labels)),
            filters=filters_of(source.filters),
            skeleton=skeleton,
            video_keys=source.video_keys,
            n_tracks=examples.n_tracks,
            n_nodes=int(examples.points.shape[1]) if examples.has_one_size else None,
            columns=columns,
            shards=shards,
            is_deep=is_deep,
        )
        write_manifest(manifest_path(temporary), manifest)
        _put_in_place(temporary, folder, manifest)
        note_placed(Path(folder))
    return manifest


def _check_replaceable(folder: str) -> None:
    """Check that the folder holds nothing but an export."""
    if tf.io.gfile.exists(folder) and not tf.io.gfile.isdir(folder):
        msg = f"{folder}: is a file; name a folder to export to"
        raise ExportError(msg)
    names = tf.io.gfile.listdir(folder) if tf.io.gfile.isdir(folder) else []
    foreign = [name for name in sorted(names) if not _OURS.fullmatch(name.rstrip("/"))]
    if foreign and not is_manifest(manifest_path(folder)):
        msg = (
            f"{folder}: holds {foreign[0]} and is no export of frames, which alone would be"
            " replaced; name a new folder"
        )
        raise ExportError(msg)


def _shard_bounds(examples: Examples, n_shards: int | None) -> NDArray[np.int64]:
    """(n_shards + 1,) int64: the first row of each shard, and the number of rows."""
    n_frames = len(examples.table)
    if n_shards is None:
        n_shards = min(max(1, round(_encoded_bytes(examples) / SHARD_BYTES)), n_frames)
    if not 1 <= n_shards <= n_frames:
        msg = f"shards: expected 1 to {n_frames}, the number of frames, got {n_shards}"
        raise ExportError(msg)
    return np.arange(n_shards + 1) * n_frames // n_shards


def _encoded_bytes(examples: Examples) -> int:
    """Bytes of all images, which are read once for this: they may lie in a temporary file."""

    @as_written
    def added(total: tf.Tensor, frame: dict[str, tf.Tensor]) -> tf.Tensor:
        length = tf.strings.length(frame["encoded_image"], unit="BYTE")
        return total + tf.cast(length, tf.int64)

    return int(_frames(examples).reduce(np.int64(0), added))


def _frames(examples: Examples) -> tf.data.Dataset:
    """All frames in order, with encoded images."""
    return tf.data.Dataset.range(len(examples.table)).map(
        as_written(examples.encoded), num_parallel_calls=tf.data.AUTOTUNE, deterministic=True
    )


def _write_frames(
    examples: Examples, bounds: NDArray[np.int64], folder: str, names: tuple[str, ...]
) -> tuple[tuple[ExportedFile, ...], ExportedFile]:
    """Write the shards, and the columns of these names."""
    n_shards = len(bounds) - 1
    n_frames = len(examples.table)
    frames = tracked(_frames(examples).as_numpy_iterator(), "frames", total=n_frames)
    columns = np.zeros((n_frames, len(names)), np.int64)
    shards = []
    for shard, (first, last) in enumerate(pairwise(bounds)):
        name = f"frames-{shard:05}-of-{n_shards:05}.tfrecord"
        shards.append(_write_file(folder, name, _records(frames, columns[first:last])))
    return tuple(shards), _write_file(folder, COLUMNS, [FrameColumns(columns).record()])


def _records(frames: Iterator[dict[str, Any]], columns: NDArray[np.int64]) -> Iterator[bytes]:
    """The records of the next frames, one for each row of the columns, which are filled."""
    for at in range(len(columns)):
        frame = next(frames)
        record = frame_record(frame)
        columns[at] = frame_row(frame, record)[: columns.shape[1]]
        yield record


def _write_file(folder: str, name: str, records: Iterable[bytes]) -> ExportedFile:
    """Write records, and read the file back, so that the bytes that arrived are hashed."""
    path = f"{folder}/{name}"
    with closing(RecordWriter(path)) as writer:
        n_records = sum(1 for _ in map(writer.write, records))
    digest = hashlib.sha256()
    with tf.io.gfile.GFile(path, "rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    n_bytes = int(tf.io.gfile.stat(path).length)
    return ExportedFile(name, n_records, n_bytes, digest.hexdigest())


@contextmanager
def _temporary_folder(folder: str) -> Iterator[str]:
    """A folder within the folder, removed in the end, so that files are renamed in one storage."""
    note_begun()
    tf.io.gfile.makedirs(folder)
    _remove_leftovers(folder)
    temporary = f"{folder}/.export-{this_writer()}-{secrets.token_hex(4)}"
    tf.io.gfile.makedirs(temporary)
    try:
        yield temporary
    finally:
        tf.io.gfile.rmtree(temporary)


def _remove_leftovers(folder: str) -> None:
    """Remove the temporary folders of exports that were killed.

    Those of this machine are known at once; others, when they have not changed for a day.
    """
    for name in tf.io.gfile.listdir(folder):
        found, path = _TEMPORARY.fullmatch(name.rstrip("/")), f"{folder}/{name.rstrip('/')}"
        changed = partial(_last_change, path)
        if found and (has_ended(found[1], changed) if found[1] else is_stale(changed)):
            tf.io.gfile.rmtree(path)


def _last_change(folder: str) -> float:
    """When a file in a folder was changed last; now, where the storage does not say."""
    paths = [folder, *(f"{folder}/{name}" for name in tf.io.gfile.listdir(folder))]
    return max(tf.io.gfile.stat(path).mtime_nsec for path in paths) / 1e9 or time.time()


def _put_in_place(temporary: str, folder: str, manifest: Manifest) -> None:
    """Move a complete export to its place.

    The manifest of an earlier export goes first, and the new manifest comes last. So an interrupted
    move leaves no manifest that names files of two exports.
    """
    if tf.io.gfile.exists(manifest_path(folder)):
        tf.io.gfile.remove(manifest_path(folder))
    names = [file.file for file in manifest.files]
    for name in [*names, MANIFEST]:
        tf.io.gfile.rename(f"{temporary}/{name}", f"{folder}/{name}", overwrite=True)
    for name in tf.io.gfile.listdir(folder):
        if name.endswith(".tfrecord") and _OURS.fullmatch(name) and name not in names:
            tf.io.gfile.remove(f"{folder}/{name}")
