"""The frames of an export as a source: the graph reads records one by one, in any order."""

import json
import os
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from splitlib.convert.pictures import WHITE_16
from splitlib.errors import ExportError, ImageError
from splitlib.inputs.export.frame_columns import DEEP_NAMES, NAMES, FrameColumns, parse_columns
from splitlib.inputs.export.frame_records import parse_frame
from splitlib.inputs.export.manifest import ExportedFile, Manifest, file_errors, read_manifest
from splitlib.inputs.frames.decoded_frames import DecodedFrames
from splitlib.inputs.frames.example_graph import KEYS
from splitlib.inputs.frames.frame_order import frame_keys
from splitlib.inputs.frames.frame_source import FrameGraph, LabelsSource, filters_of
from splitlib.inputs.frames.image_decoder import ImageDecoder
from splitlib.inputs.frames.record_files import FRAMING, ReadRecord, RecordFiles
from splitlib.inputs.graph.tensors import as_written
from splitlib.params import Params
from splitlib.progress import tracked
from splitlib.slp.ranges import bounds
from splitlib.slp.skeletons import Skeleton


def is_export(path: str) -> bool:
    """Whether a path is a folder, as an export is and a labels file never is.

    Remote paths count as folders unseen: their scheme may not be installed.
    """
    return "://" in path or bool(tf.io.gfile.isdir(path))


@dataclass(frozen=True, eq=False)
class ExportedFrames:
    """The frames in a folder that `export_frames` wrote.

    Examples equal those of the labels that were exported, bit by bit. Memory holds nothing but the
    columns, 72 bytes per frame.
    """

    folder: str  # a path that `tf.io.gfile` takes
    manifest: Manifest  # the contents of the folder
    columns: FrameColumns  # facts on all frames
    white: int = WHITE_16  # the level that becomes 1 in images of more than 8 bits

    @classmethod
    def load(cls, folder: str, params: Params) -> "ExportedFrames":
        """Read the manifest and the columns; frames are read when they are asked for.

        The folder is a path that `tf.io.gfile` takes. The filters of the params must be those of
        the export.

        Raises:
            ExportError: The folder holds no export, or one of another version or other filters. Or
                a file of the export is missing or of another length.
            JsonFileError: The manifest is no JSON, or lacks a field.
        """
        folder = folder.rstrip("/")
        if "://" not in folder:
            # outlasts a change of the working directory
            folder = os.path.abspath(folder)  # noqa: PTH100 - a text
        with file_errors(folder):
            manifest = read_manifest(folder)
            _check_filters(folder, manifest, params)
            for file in manifest.files:
                _check_file(folder, file)
            columns = _read_columns(folder, manifest)
        return cls(folder, manifest, columns, params.inputs.white or WHITE_16)

    @property
    def name(self) -> str:
        """The folder, for messages."""
        return self.folder

    @property
    def skeleton(self) -> Skeleton:
        """The skeleton of all instances."""
        return self.manifest.skeleton

    @property
    def video_keys(self) -> tuple[str, ...]:
        """The key of each video that "video_ind" counts."""
        return self.manifest.video_keys

    @cached_property
    def keys(self) -> NDArray[np.int64]:
        """(n,) int64, the key of each frame, as of `frame_keys`."""
        return frame_keys(self.video_keys, self.columns["video_ind"], self.columns["frame_ind"])

    @property
    def n_instances(self) -> NDArray[np.int64]:
        """(n,) int64, instances of each frame."""
        return self.columns["n_instances"]

    @cached_property
    def points(self) -> NDArray[np.float32]:
        """(n_instances, n_nodes, 2) float32, (x, y) in pixels of all instances, NaN if missing.

        Points lie in the records, beside the images: all records are read for them.

        Raises:
            ExportError: A record cannot be read.
        """
        read, n = ReadRecord(self.records), len(self.columns)

        @as_written
        def instances(row: tf.Tensor) -> tf.Tensor:
            return parse_frame(read(row), self.manifest.n_nodes)["instances"]

        frames = tf.data.Dataset.range(n).map(instances, num_parallel_calls=tf.data.AUTOTUNE)
        with file_errors(self.folder):
            found = list(tracked(frames.as_numpy_iterator(), "frames measured", total=n))
        n_nodes = max([len(self.skeleton.nodes), *(one.shape[1] for one in found)])
        points = np.full((int(self.n_instances.sum()), n_nodes, 2), np.nan, np.float32)
        for first, one in zip(bounds(self.n_instances), found, strict=False):
            points[first : first + len(one), : one.shape[1]] = one
        return points

    @property
    def image_size(self) -> NDArray[np.int64]:
        """(n, 3) int64, height, width and channels of each frame."""
        return self.columns.image_size

    @property
    def dtype(self) -> tf.DType:
        """Type of the images: uint8, or float32 for more than 8 bits."""
        return self._decoder.dtype

    @cached_property
    def _decoder(self) -> ImageDecoder:
        return self.columns.decoder(self.white)

    @property
    def encoded_bytes(self) -> int:
        """0, because records are read from their files."""
        return 0

    def frame_name(self, row: int) -> str:
        """The name of a frame in messages."""
        video = self.video_keys[self.columns["video_ind"][row]]
        return f"video {video}: frame {self.columns['frame_ind'][row]}"

    @cached_property
    def records(self) -> RecordFiles:
        """Where the record of each frame begins."""
        shards = self.manifest.shards
        counts = np.array([shard.n_records for shard in shards], np.int64)
        starts = bounds(self.columns["record_bytes"] + FRAMING)[:-1]
        of_shards = starts[bounds(counts)[:-1]]
        return RecordFiles(
            files=tuple(f"{self.folder}/{shard.file}" for shard in shards),
            file=np.repeat(np.arange(len(shards)), counts),
            offset=starts - np.repeat(of_shards, counts),
        )

    def check_images(self) -> int:
        """Read and decode every frame once, some at a time; the largest level.

        Raises:
            ImageError: Frames cannot be read or decoded; the message names each, and its shard.
        """
        read = ReadRecord(self.records)

        def encoded_image(row: tf.Tensor) -> tf.Tensor:
            return parse_frame(read(row), self.manifest.n_nodes)["encoded_image"]

        rows = np.arange(len(self.columns))
        decoded = self._decoder.decode_all(rows, encoded_image)
        if decoded.problems:
            raise self._error(decoded.problems)
        return decoded.brightest

    def graph(self, decoded: DecodedFrames) -> FrameGraph:
        """What makes the example of a frame, inside of `Dataset.map`."""
        read, decoder = ReadRecord(self.records), self._decoder

        def example(row: tf.Tensor) -> dict[str, tf.Tensor]:
            frame = parse_frame(read(row), self.manifest.n_nodes)
            frame["image"] = decoded(row, lambda: decoder(frame["encoded_image"], row))
            frame["scale"] = tf.ones(2)
            frame["n_tracks"] = tf.constant(self.manifest.n_tracks, tf.int32)
            return {key: frame[key] for key in KEYS}

        return example

    def _error(self, problems: dict[int, str]) -> ImageError:
        shards = [self.manifest.shards[at].file for at in self.records.file]
        lines = [
            f"  {shards[row]}: {self.frame_name(row)}: {problem}"
            for row, problem in sorted(problems.items())
        ]
        msg = (
            f"{self.folder}: {len(lines)} of {len(self.columns)} frames cannot be read; export the"
            " split again:\n" + "\n".join(lines)
        )
        return ImageError(msg)


FrameSource = LabelsSource | ExportedFrames
"""Where the n frames of a split come from, in order. Both give the same examples for the same
frames, bit by bit, so the steps never ask for the source."""


def _check_filters(folder: str, manifest: Manifest, params: Params) -> None:
    exported, asked = manifest.filters, filters_of(params.labels)
    differing = [
        f"labels.{name} was {json.dumps(exported[name])} and is {json.dumps(value)} in the params"
        for name, value in asked.items()
        if exported[name] != value
    ]
    if differing:
        msg = (
            f"{folder}: exported with other filters: {'; '.join(differing)}; export the split"
            " again, or train with the filters of the export"
        )
        raise ExportError(msg)


def _check_file(folder: str, file: ExportedFile) -> None:
    path = f"{folder}/{file.file}"
    if not tf.io.gfile.exists(path):
        msg = f"{path}: the file is missing; copy it here, or export the split again"
        raise ExportError(msg)
    n_bytes = tf.io.gfile.stat(path).length
    if n_bytes != file.n_bytes:
        msg = (
            f"{path}: expected {file.n_bytes} bytes as the manifest says, found {n_bytes}; copy"
            " the file again, or export the split again"
        )
        raise ExportError(msg)


def _read_columns(folder: str, manifest: Manifest) -> FrameColumns:
    path = f"{folder}/{manifest.columns.file}"
    names = DEEP_NAMES if manifest.is_deep else NAMES
    with file_errors(path):
        record = tf.data.TFRecordDataset(path).take(1).get_single_element()
        columns = parse_columns(record, manifest.n_frames, names)
    n_bytes = int((columns["record_bytes"] + FRAMING).sum())
    expected = sum(shard.n_bytes for shard in manifest.shards)
    if n_bytes != expected:
        msg = (
            f"{path}: its records have {n_bytes} bytes, and the shards {expected}; the files are"
            " of different exports, so export the split again"
        )
        raise ExportError(msg)
    return columns
