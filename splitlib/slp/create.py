"""A labels file from nothing: tables, names and images in, one file out.

The file has format 1.4, in the form that both SLEAP 1.x and sleap-io read: networkx skeletons,
videos by list position, and embedded images under ``/video<list position>``. Rows of an existing
file are copied by `save.py` instead.

Sources: sleap/io/format/labels_json.py and hdf5.py of SLEAP 1.4.1 for the layout,
sleap_io/io/slp.py of sleap-io 0.9.5 for the attributes of embedded images.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from splitlib.files import atomic_path
from splitlib.slp.dtypes import POINTS, PRED_POINTS
from splitlib.slp.jsonparts import compact_json
from splitlib.slp.skeletons import EDGE, SYMMETRY
from splitlib.slp.source import Track

Json = Mapping[str, Any]

MOST_OF_ATTRIBUTE = 60_000
"""Bytes of JSON in an attribute, which HDF5 limits to 64 KiB; longer ones stand in a dataset."""


@dataclass(frozen=True)
class EmbeddedVideo:
    """Frames of a video that are kept in the labels file.

    Attributes:
        images: Encoded images, one per embedded frame. They are gone through twice, so a sequence
            may make them on demand instead of keeping all of them in memory.
        frame_numbers: (len(images),) int64, the frame of the video that each image shows;
            readers expect them ascending, each once.
        height: Pixels.
        width: Pixels.
        channels: 1 or 3.
        source_filename: The video that the images were taken from, or the pictures of its list.
        n_frames: Length of that video; None means up to the last embedded frame.
        format: Encoding of the images, as a file extension.
        channel_order: RGB or BGR, the order in the encoded images; None leaves the attribute out,
            as in files before format 1.4.
    """

    images: Sequence[bytes]
    frame_numbers: NDArray[np.int64]
    height: int
    width: int
    channels: int
    source_filename: str | Sequence[str]
    n_frames: int | None = None
    format: str = "png"
    channel_order: str | None = "RGB"

    @property
    def source_shape(self) -> list[int]:
        """Frames, height, width and channels of the source video."""
        n_frames = self.n_frames
        if n_frames is None:
            n_frames = int(self.frame_numbers.max(initial=-1)) + 1
        return [n_frames, self.height, self.width, self.channels]


Video = EmbeddedVideo | str | Json


def create_labels_file(
    path: str | Path,
    *,
    frames: NDArray[np.void],
    instances: NDArray[np.void],
    points: NDArray[np.void] | None = None,
    pred_points: NDArray[np.void] | None = None,
    nodes: Sequence[str],
    edges: Sequence[tuple[int, int]] = (),
    symmetries: Sequence[tuple[int, int]] = (),
    skeleton_name: str = "Skeleton-0",
    videos: Sequence[Video],
    tracks: Sequence[str | Track] = (),
    suggestions: Sequence[tuple[int, int] | Json] = (),
    negative_frames: NDArray[np.void] | None = None,
    provenance: Json | None = None,
    format_id: float = 1.4,
) -> None:
    """Write a labels file; the same arguments give the same bytes.

    The tables have the types of `splitlib.slp.dtypes`. They are written as they are, and the caller
    answers for their contents.

    Args:
        path: The file to write; an older file is replaced, and kept where writing fails.
        frames: Labeled frames, `FRAMES`.
        instances: `INSTANCES`, or `INSTANCES_1_1` with a `format_id` below 1.2.
        points: Points of user instances, `POINTS`; None means none.
        pred_points: Points of predicted instances, `PRED_POINTS`; None means none.
        nodes: Names of the skeleton's nodes, in the order of the points.
        edges: Pairs of nodes, by position: from, to.
        symmetries: Pairs of nodes that mirror one another, by position.
        skeleton_name: Name of the skeleton.
        videos: Embedded frames, or the name of a video file, or a row of videos_json.
        tracks: The tracks, or their names. Names need not be unique.
        suggestions: (video, frame_idx) pairs, video by position; or rows of suggestions_json.
        negative_frames: `NEGATIVE_FRAMES`; None writes no such table.
        provenance: Where the labels come from, for the metadata.
        format_id: Version of the format that the file declares.
    """
    metadata = {
        "version": "2.0.0",
        "skeletons": [_skeleton(skeleton_name, len(nodes), edges, symmetries)],
        "nodes": [{"name": name, "weight": 1.0} for name in nodes],
        "videos": [],
        "tracks": [],
        "suggestions": [],
        "negative_anchors": {},
        "provenance": dict(provenance or {}),
    }
    # SLEAP 1.x reads the earliest layout, which is not the default of later HDF5.
    with atomic_path(path) as partial, h5py.File(partial, "w", libver=("earliest", "v110")) as file:
        group = file.create_group("metadata")
        group.attrs["format_id"] = np.float64(format_id)
        group.attrs["json"] = np.bytes_(compact_json(metadata))
        write_json_rows(file, "videos_json", (_video_row(i, v) for i, v in enumerate(videos)))
        write_json_rows(file, "tracks_json", map(_track_row, tracks))
        write_json_rows(file, "suggestions_json", map(_suggestion_row, suggestions))
        file["frames"] = frames
        file["instances"] = instances
        file["points"] = np.empty(0, POINTS) if points is None else points
        file["pred_points"] = np.empty(0, PRED_POINTS) if pred_points is None else pred_points
        if negative_frames is not None:
            file["negative_frames"] = negative_frames
        for position, video in enumerate(videos):
            if isinstance(video, EmbeddedVideo):
                write_images(file.create_group(f"video{position}"), video)


def write_json_rows(file: h5py.File, name: str, rows: Iterable[object]) -> None:
    """Write a JSON text of fixed length per row; an empty list is (0,) float64, as of SLEAP."""
    file[name] = np.array([compact_json(row) for row in rows])


def _track_row(track: str | Track) -> list[int | str]:
    return [0, track] if isinstance(track, str) else [track.spawned_on, track.name]


def _suggestion_row(suggestion: tuple[int, int] | Json) -> Json:
    if isinstance(suggestion, Mapping):
        return suggestion
    video, frame_idx = suggestion
    return {"video": str(video), "frame_idx": int(frame_idx), "group": 0}


def _skeleton(
    name: str, n_nodes: int, edges: Sequence[tuple[int, int]], symmetries: Sequence[tuple[int, int]]
) -> Json:
    """A networkx node-link dict, with edge types as jsonpickle writes an enum."""
    # SLEAP keeps both directions of a symmetry, and looks partners up by the first node.
    both_ways = [pair for a, b in symmetries for pair in ((a, b), (b, a))]
    return {
        "directed": True,
        "graph": {"name": name, "num_edges_inserted": len(edges)},
        "links": _links([(EDGE, *pair) for pair in edges] + [(SYMMETRY, *p) for p in both_ways]),
        "multigraph": True,
        "nodes": [{"id": node} for node in range(n_nodes)],
    }


def _links(typed_pairs: Iterable[tuple[int, int, int]]) -> list[Json]:
    # The numbers of the types in order of their first use, which py/id gives from then on.
    py_ids: dict[int, int] = {}
    parallel: Counter[tuple[int, int]] = Counter()
    links: list[Json] = []
    for edge_type, source, target in typed_pairs:
        link: dict[str, Any] = {"edge_insert_idx": len(links)} if edge_type == EDGE else {}
        link |= {"key": parallel[source, target], "source": source, "target": target}
        link["type"] = _edge_type(edge_type, py_ids)
        parallel[source, target] += 1
        links.append(link)
    return links


def _edge_type(edge_type: int, py_ids: dict[int, int]) -> Json:
    if edge_type in py_ids:
        return {"py/id": py_ids[edge_type]}
    py_ids[edge_type] = len(py_ids) + 1
    return {"py/reduce": [{"py/type": "sleap.skeleton.EdgeType"}, {"py/tuple": [edge_type]}]}


def _video_row(position: int, video: Video) -> Json:
    if isinstance(video, EmbeddedVideo):
        return embedded_row(position, video)
    return media_row(video) if isinstance(video, str) else video


def media_row(filename: str, shape: Sequence[int] | None = None) -> Json:
    """The row of videos_json for a film, with its frames, height, width and channels if known."""
    backend: dict[str, Any] = {"type": "MediaVideo", "filename": filename, "bgr": True}
    if shape is not None:
        backend |= {"shape": list(shape), "grayscale": shape[-1] == 1}
    return {"filename": filename, "backend": backend | {"dataset": "", "input_format": ""}}


def embedded_row(position: int, video: EmbeddedVideo) -> Json:
    """The row of videos_json for a video whose frames are embedded at a list position."""
    backend = {
        "type": "HDF5Video",
        "shape": [len(video.images), video.height, video.width, video.channels],
        "filename": ".",
        "dataset": f"video{position}/video",
        "input_format": "channels_last",
        "convert_range": False,
        "has_embedded_images": True,
        "grayscale": video.channels == 1,
    }
    return {"filename": ".", "backend": backend}


def write_images(group: h5py.Group, video: EmbeddedVideo) -> None:
    """Fill the group of an embedded video: images, frame numbers, source video."""
    longest = max(map(len, video.images), default=0)
    # Neither compressed nor chunked: images are compressed already, and a row is read in one go.
    dataset = group.create_dataset("video", (len(video.images), longest), np.int8)
    for row, image in enumerate(video.images):
        # Rows are written whole, since HDF5 promises nothing for bytes that nobody wrote.
        dataset[row] = np.frombuffer(image.ljust(longest, b"\0"), np.int8)
    dataset.attrs["format"] = video.format
    if video.channel_order is not None:
        dataset.attrs["channel_order"] = video.channel_order
    sizes = zip(("frames", "height", "width", "channels"), video.source_shape, strict=True)
    for name, size in sizes:
        dataset.attrs[name] = np.int64(size)
    group["frame_numbers"] = np.asarray(video.frame_numbers, np.int64)
    source = compact_json(_source_row(video.source_filename, video.source_shape))
    if len(source) <= MOST_OF_ATTRIBUTE:
        group.create_group("source_video").attrs["json"] = source.decode()
    else:
        group.create_group("source_video")["json"] = np.bytes_(source)


def _source_row(source: str | Sequence[str], shape: Sequence[int]) -> Json:
    """The row of a video, or of a list of pictures in the form of sleap-io 0.9.5."""
    if isinstance(source, str):
        return media_row(source, shape)
    backend = {
        "type": "ImageVideo",
        "shape": list(shape),
        "filename": source[0],
        "filenames": list(source),
        "grayscale": shape[-1] == 1,
    }
    return {"filename": list(source), "backend": backend}
