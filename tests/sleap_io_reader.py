"""sleap-io as a second reader: what it finds in a labels file, as plain comparable values.

Videos are not opened, unless images are asked for. The eager reader is used: the lazy one loses
links between instances when frames are made (sleap-io 0.9.5, `materialize`).
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import sleap_io
from numpy.typing import NDArray

Record = Any
"""Nested tuples of plain values; floats as text, so that NaN equals NaN and -0.0 is not 0.0."""


def load(path: Path, *, open_videos: bool = False) -> sleap_io.Labels:
    return sleap_io.load_slp(str(path), open_videos=open_videos)


@lru_cache(maxsize=8)
def load_source(path: Path) -> sleap_io.Labels:
    """The labels of a file that no test changes; do not change them either."""
    return load(path)


class Bits:
    """An array that compares by shape and bits, so that NaN equals NaN."""

    def __init__(self, array: NDArray[Any]) -> None:
        self.array = array

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Bits)
            and self.array.shape == other.array.shape
            and self.array.dtype == other.array.dtype
            and self.array.tobytes() == other.array.tobytes()
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(self.array.tolist())


def exact(value: object) -> Record:
    """A value that compares by its bits."""
    if isinstance(value, np.ndarray):
        return Bits(value)
    if isinstance(value, list | tuple):
        return tuple(exact(item) for item in value)
    return repr(float(value)) if isinstance(value, float | np.floating) else value


def frame_records(labels: sleap_io.Labels, rows: Sequence[int]) -> list[Record]:
    """What is said of some frames, in this order; links as (frame, instance) among them."""
    videos = {id(video): at for at, video in enumerate(labels.videos)}
    frames = [labels.labeled_frames[row] for row in rows]
    places = {
        id(instance): (at, position)
        for at, frame in enumerate(frames)
        for position, instance in enumerate(frame.instances)
    }
    return [
        (
            ("video", videos[id(frame.video)]),
            ("frame_idx", frame.frame_idx),
            ("is_negative", frame.is_negative),
            *(_instance(labels, instance, places) for instance in frame.instances),
            *_annotations(labels, frame, places),
        )
        for frame in frames
    ]


def _instance(
    labels: sleap_io.Labels,
    instance: sleap_io.Instance,
    places: dict[int, tuple[int, int]],
) -> Record:
    points = instance.points
    return (
        ("type", type(instance).__name__),
        ("skeleton", _position(labels.skeletons, instance.skeleton)),
        ("track", _position(labels.tracks, instance.track)),
        ("from_predicted", places.get(id(instance.from_predicted))),
        ("score", exact(getattr(instance, "score", None))),
        ("tracking_score", exact(instance.tracking_score)),
        ("xy", exact(points["xy"])),
        ("visible", exact(points["visible"])),
        ("complete", exact(points["complete"])),
        ("scores", exact(points["score"]) if "score" in (points.dtype.names or ()) else None),
    )


def _annotations(
    labels: sleap_io.Labels, frame: sleap_io.LabeledFrame, instances: dict[int, tuple[int, int]]
) -> list[Record]:
    masks = {id(mask): ("mask", at) for at, mask in enumerate(frame.masks)}
    places: dict[int, Record] = {**instances, **masks}
    values = {
        "mask": [(mask, exact(np.asarray(mask.rle_counts))) for mask in frame.masks],
        "bbox": [(box, exact([box.x1, box.y1, box.x2, box.y2, box.angle])) for box in frame.bboxes],
        "centroid": [(at, exact([at.x, at.y, at.z])) for at in frame.centroids],
        "roi": [(roi, roi.geometry.wkt) for roi in frame.rois],
    }
    return [
        (
            kind,
            value,
            type(found).__name__,
            ("track", _position(labels.tracks, found.track)),
            ("instance", places.get(id(getattr(found, "instance", None)))),
            ("from_predicted", places.get(id(getattr(found, "from_predicted", None)))),
            getattr(found.category, "name", found.category),
            *(exact(getattr(found, name, None)) for name in ("name", "source", "score")),
        )
        for kind, of_kind in values.items()
        for found, value in of_kind
    ]


def document_record(labels: sleap_io.Labels) -> Record:
    """What belongs to no frame: videos, tracks, skeletons, suggestions, provenance."""
    provenance = {key: value for key, value in labels.provenance.items() if key != "filename"}
    return {
        "videos": [_video(video) for video in labels.videos],
        "tracks": [track.name for track in labels.tracks],
        "skeletons": [
            (skeleton.name, skeleton.node_names, skeleton.edge_inds, skeleton_symmetries(skeleton))
            for skeleton in labels.skeletons
        ],
        "suggestions": [
            (_position(labels.videos, suggestion.video), suggestion.frame_idx, suggestion.metadata)
            for suggestion in labels.suggestions
        ],
        "provenance": provenance,
    }


def skeleton_symmetries(skeleton: sleap_io.Skeleton) -> list[tuple[int, int]]:
    return sorted((min(pair), max(pair)) for pair in skeleton.symmetry_inds)


def _video(video: sleap_io.Video) -> Record:
    metadata = dict(video.backend_metadata)
    if metadata.get("filename") == ".":
        metadata["dataset"] = "embedded"  # put in order by a save
    else:
        metadata["filename"] = video.filename
    source = video.source_video
    return (metadata, None if source is None else _video(source))


def _position(items: Sequence[Any], item: object) -> int | None:
    """By identity: tracks may share a name, and skeletons everything."""
    return next((at for at, other in enumerate(items) if other is item), None)


def differences(expected: Sequence[Record], found: Sequence[Record]) -> list[str]:
    """Where two lists of records differ, as text."""
    if len(expected) != len(found):
        return [f"{len(expected)} records expected, {len(found)} found"]
    pairs = enumerate(zip(expected, found, strict=True))
    return [f"{at}: expected {one!r}, found {two!r}" for at, (one, two) in pairs if one != two]
