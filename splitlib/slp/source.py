"""A labels file, read once: its tables, videos, tracks and skeletons."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from splitlib.errors import LabelsFileError
from splitlib.files import check_finished
from splitlib.slp import tables
from splitlib.slp.container import Contents, open_labels_file, reading
from splitlib.slp.dtypes import PREDICTED, USER
from splitlib.slp.embedded import EmbeddedImages, read_embedded, read_source_video
from splitlib.slp.jsonparts import read_format_id, read_json_rows, read_json_scalar, read_metadata
from splitlib.slp.known_tables import KNOWN_NAMES, warn_of_newer_format
from splitlib.slp.ranges import among_frames
from splitlib.slp.recordings import Recordings, recordings_of
from splitlib.slp.row_checks import check_instances, check_ranges
from splitlib.slp.rows_on_disk import RowsOnDisk, Stamp, stamp_of
from splitlib.slp.skeletons import Skeleton, parse_skeletons
from splitlib.slp.tables import Table, read_optional_table, read_points, read_table
from splitlib.slp.video_ids import VideoNumbers, read_video_numbers, video_positions
from splitlib.slp.videos import Video, embedded_dataset, parse_videos


@dataclass(frozen=True)
class Track:
    """An animal followed through the frames from `spawned_on` on, as the file describes it.

    Names need not be unique: tracks are told apart by position.
    """

    name: str
    spawned_on: int


@dataclass(frozen=True)
class Suggestion:
    """A frame that was suggested for labeling: position of its video, and frame of that video.

    None stands for a number that the file does not give.
    """

    video: int | None
    frame_idx: int | None


@dataclass(frozen=True, eq=False)
class SlpFile:
    """The contents of a labels file. Points and embedded images stay on disk.

    The five tables are as stored; `negative_frames` is None where the file has none.

    Attributes:
        path: The file.
        stamp: `file_stamp` of the file when it was read.
        format_id: Version of the format.
        root_names: Names of the objects at the root of the file.
        contents: What its objects hold.
        videos_json: The raw rows of /videos_json.
        images: The index of the embedded images, per position in `videos`.
        provenance: Where the labels come from.
        video: (n_frames,) int64, position in `videos` of the video of each frame.
        frame_idx: (n_frames,) int64, frame of that video.
        instance_start: (n_frames,) int64, first row in `instances`.
        instance_end: (n_frames,) int64, one past the last.
        point_start: (n_instances,) int64, first row in `points` or `pred_points`.
        point_end: (n_instances,) int64, one past the last.
        negative_video: (n_negative,) int64, position in `videos` of the video of each negative
            frame; -1 where the video is not there.
        negative_frame_idx: (n_negative,) int64, frame of that video.
    """

    path: Path
    stamp: Stamp
    format_id: float
    root_names: tuple[str, ...]
    contents: Contents
    videos_json: tuple[Any, ...]
    videos: tuple[Video, ...]
    images: Mapping[int, EmbeddedImages]
    tracks: tuple[Track, ...]
    skeletons: tuple[Skeleton, ...]
    suggestions: tuple[Suggestion, ...]
    provenance: Any
    frames: Table
    instances: Table
    points: RowsOnDisk
    pred_points: RowsOnDisk
    negative_frames: Table | None
    video: NDArray[np.int64]
    frame_idx: NDArray[np.int64]
    instance_start: NDArray[np.int64]
    instance_end: NDArray[np.int64]
    point_start: NDArray[np.int64]
    point_end: NDArray[np.int64]
    negative_video: NDArray[np.int64]
    negative_frame_idx: NDArray[np.int64]

    @property
    def unknown_names(self) -> tuple[str, ...]:
        """Objects of no known format. They are carried over as they are."""
        packages = {images.dataset.partition("/")[0] for images in self.images.values()}
        return tuple(sorted({*self.root_names} - KNOWN_NAMES - packages))

    @cached_property
    def last_labeled(self) -> NDArray[np.int64]:
        """(n_videos,) int64, the last frame with labels in each video; -1 for none."""
        last = np.full(len(self.videos), -1)
        np.maximum.at(last, self.video, self.frame_idx)
        return last

    @cached_property
    def recordings(self) -> Recordings:
        """What the videos show: films, and the pictures of folders."""
        return recordings_of(self.videos, self.last_labeled.tolist())

    @cached_property
    def is_user(self) -> NDArray[np.bool_]:
        """(n_instances,) whether a person placed the instance."""
        return np.asarray(self.instances.ints("instance_type") == USER)


def file_stamp(path: Path) -> Stamp:
    """Size in bytes and time of change in nanoseconds, which tell that a file was replaced."""
    return stamp_of(path.stat())


def read_labels_file(path: Path) -> SlpFile:
    """Read and check a labels file of format 1.0 to 2.8: every row points into its table.

    A file of format 2.9 and on is read as one of 2.8. A warning names the tables that 2.8 lacks.

    Raises:
        LabelsFileError: The file is not a labels file, is damaged, or contradicts itself. The
            message names file, dataset and row.
        UnsupportedFormatError: The format is 3.0 or newer, or parts lie in other files.
        UnfinishedFilesError: A run was stopped while it replaced the file and others of a split.
    """
    check_finished(path)
    with open_labels_file(path) as (file, contents):
        stamp = file_stamp(path)
        format_id = read_format_id(file, path)
        metadata = read_metadata(file, path)
        read_json_scalar(file, path, "video_crops")  # copied as it is, but checked
        document = _read_document(file, path, metadata, format_id)
        with reading(path, "/"):
            packages = {one.dataset.partition("/")[0] for one in document["images"].values()}
            warn_of_newer_format(file, path, format_id, packages)
        return SlpFile(
            path=path,
            stamp=stamp,
            format_id=format_id,
            root_names=tuple(sorted(file)),
            contents=contents,
            **document,
            **_read_tables(file, path, stamp, document),
        )


def _read_document(
    file: h5py.File, path: Path, metadata: dict[str, Any], format_id: float
) -> dict[str, Any]:
    """Everything that is JSON in the file, and the index of the embedded images."""
    rows = _json_list(file, path, metadata, "videos", required=True)
    datasets = [embedded_dataset(row) for row in rows]
    sources = [read_source_video(file, path, name) if name else None for name in datasets]
    images = {
        at: read_embedded(file, path, name, format_id) for at, name in enumerate(datasets) if name
    }
    tracks = _json_list(file, path, metadata, "tracks", required=True)
    suggestions = _json_list(file, path, metadata, "suggestions", required=False)
    provenance = read_json_scalar(file, path, "provenance_json")
    return {
        "videos_json": tuple(rows),
        "videos": parse_videos(rows, sources, path),
        "images": {at: index for at, index in images.items() if index is not None},
        "tracks": tuple(_track(row, at, path) for at, row in enumerate(tracks)),
        "skeletons": parse_skeletons(metadata, path),
        "suggestions": tuple(_suggestion(row) for row in suggestions),
        "provenance": metadata.get("provenance", {}) if provenance is None else provenance,
    }


def _read_tables(
    file: h5py.File, path: Path, stamp: Stamp, document: dict[str, Any]
) -> dict[str, Any]:
    """The tables, and the columns that tie them together."""
    videos, images = document["videos"], document["images"]
    frames = read_table(file, path, "frames", tables.FRAME_COLUMNS)
    frame_idx = frames.ints("frame_idx")
    frames.check_within("frame_idx", frame_idx, 0, None, "expected a frame from 0 on")
    numbers = read_video_numbers(frames, frame_idx, videos, images, path)
    instances = read_table(file, path, "instances", tables.INSTANCE_COLUMNS)
    start, end = check_ranges(frames, "instance_id", "instances", len(instances))
    n_orphans = len(instances) - int((end - start).sum())
    _warn_of_lost_rows(path, "instances", "belong to no frame", n_orphans)
    points, pred_points = _read_points(file, path, stamp, instances)
    n_nodes = np.array([len(skeleton.nodes) for skeleton in document["skeletons"]], np.int64)
    point_start, point_end = check_instances(
        instances, n_nodes, len(document["tracks"]), points, pred_points
    )
    video = video_positions(frames, "video", frame_idx, numbers)
    return {
        "frames": frames,
        "instances": instances,
        "points": points,
        "pred_points": pred_points,
        "video": video,
        "frame_idx": frame_idx,
        "instance_start": start,
        "instance_end": end,
        "point_start": point_start,
        "point_end": point_end,
        **_read_negative_frames(file, path, numbers, video, frame_idx),
    }


def _read_negative_frames(
    file: h5py.File,
    path: Path,
    numbers: VideoNumbers,
    video: NDArray[np.int64],
    frame_idx: NDArray[np.int64],
) -> dict[str, Any]:
    """The negative frames. Those that are not among the labeled frames are warned of."""
    table = read_optional_table(file, path, "negative_frames", tables.NEGATIVE_FRAME_COLUMNS)
    its_video = its_idx = np.zeros(0, np.int64)
    if table is not None:
        its_idx = table.ints("frame_idx")
        its_video = numbers.positions(table.ints("video_id"), its_idx)
        n_lost = int((~among_frames(its_video, its_idx, video, frame_idx)).sum())
        _warn_of_lost_rows(path, "negative_frames", "name no labeled frame", n_lost)
    return {"negative_frames": table, "negative_video": its_video, "negative_frame_idx": its_idx}


def _read_points(
    file: h5py.File, path: Path, stamp: Stamp, instances: Table
) -> tuple[RowsOnDisk, RowsOnDisk]:
    """The points that instances refer to. The tables may claim any number of rows beyond these."""
    kind, end = instances.ints("instance_type"), instances.ints("point_id_end")
    stops = [int(end.max(initial=0, where=kind == value)) for value in (USER, PREDICTED)]
    return (
        read_points(file, path, stamp, "points", tables.POINT_COLUMNS, stops[0]),
        read_points(file, path, stamp, "pred_points", tables.PRED_POINT_COLUMNS, stops[1]),
    )


def _json_list(
    file: h5py.File, path: Path, metadata: dict[str, Any], name: str, *, required: bool
) -> list[Any]:
    """Rows of `<name>_json`. Before that dataset existed, they stood in the metadata."""
    inline = metadata.get(name)
    is_missing = file.get(f"{name}_json", getlink=True) is None
    if is_missing and isinstance(inline, list) and inline:
        return inline
    return read_json_rows(file, path, f"{name}_json", required=required)


def _track(row: object, at: int, path: Path) -> Track:
    try:
        if isinstance(row, dict):
            return Track(str(row.get("name", "")), int(row.get("spawned_on", 0)))
        if isinstance(row, list):
            return Track(str(row[1]), int(row[0]))
    except (TypeError, ValueError, IndexError, OverflowError):
        pass
    msg = f"{path}: /tracks_json row {at} is {row!r}, expected [frame, name]"
    raise LabelsFileError(msg)


def _suggestion(row: object) -> Suggestion:
    """A suggestion. Malformed ones are carried along, since nothing here depends on them."""
    fields = row if isinstance(row, dict) else {}
    return Suggestion(_int_or_none(fields.get("video")), _int_or_none(fields.get("frame_idx")))


def _int_or_none(value: object) -> int | None:
    try:
        return int(str(value))
    except ValueError:
        return None


def _warn_of_lost_rows(path: Path, name: str, why: str, n_rows: int) -> None:
    if n_rows:
        msg = f"{path}: {n_rows} rows of /{name} {why}; they are left out of what is saved"
        warnings.warn(msg, stacklevel=2)
