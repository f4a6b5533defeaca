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
        *_who_and_what(instance),
    )


def _who_and_what(found: Any) -> list[Record]:  # noqa: ANN401
    """Identity and category, with scores and vectors."""
    identity, category = getattr(found, "identity", None), getattr(found, "category", None)
    names = ("identity_score", "category_score", "identity_embedding", "category_embedding")
    values = [getattr(found, name, None) for name in names]
    return [
        ("identity", identity and (identity.name, identity.metadata)),
        ("category", getattr(category, "name", category)),
        *(exact(getattr(value, "vector", value)) for value in values),
    ]


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
        *_label_images(labels, frame, instances),
        *(
            (
                kind,
                value,
                type(found).__name__,
                ("track", _position(labels.tracks, found.track)),
                ("instance", places.get(id(getattr(found, "instance", None)))),
                ("from_predicted", places.get(id(getattr(found, "from_predicted", None)))),
                *_who_and_what(found),
                *_score_map(found),
                *(exact(getattr(found, name, None)) for name in ("name", "source", "score")),
            )
            for kind, of_kind in values.items()
            for found, value in of_kind
        ),
    ]


def _score_map(found: Any) -> list[Record]:  # noqa: ANN401
    scores = getattr(found, "score_map", None)
    names = ("scale", "offset", "score_map_scale", "score_map_offset", "tracking_score")
    return [
        exact(scores if scores is None else np.asarray(scores)),
        *(exact(getattr(found, name, None)) for name in names),
    ]


def _label_images(
    labels: sleap_io.Labels, frame: sleap_io.LabeledFrame, places: dict[int, Record]
) -> list[Record]:
    return [
        (
            type(image).__name__,
            exact(np.asarray(image.data)),
            image.source,
            exact(getattr(image, "score", None)),
            *_score_map(image),
            *(
                (
                    label,
                    ("track", _position(labels.tracks, own.track)),
                    places.get(id(own.instance)),
                    (own.category, own.name, exact(own.score), exact(own.tracking_score)),
                )
                for label, own in sorted(image.objects.items())
            ),
        )
        for image in frame.label_images
    ]


def session_records(labels: sleap_io.Labels, rows: Sequence[int]) -> list[Record]:
    """What sessions say of some frames, given in the order in which records number them."""
    place = {id(labels.labeled_frames[row]): at for at, row in enumerate(rows)}
    where = {
        id(instance): (place[id(frame)], at)
        for frame in labels.labeled_frames
        if id(frame) in place
        for at, instance in enumerate(frame.instances)
    }
    return [
        (
            own.metadata,
            sorted((_position(labels.videos, video), camera.name) for camera, video in pairs),
            [
                record
                for group in own.frame_groups.values()
                for record in _frame_group(group, where)
            ],
        )
        for own in labels.sessions
        for pairs in [[(camera, own.get_video(camera)) for camera in own.cameras]]
    ]


def _frame_group(group: Any, where: dict[int, tuple[int, int]]) -> list[Record]:  # noqa: ANN401
    groups = []
    for own in group.instance_groups:
        members = [
            (camera.name, where[id(instance)])
            for camera, instance in own.instance_by_camera.items()
            if id(instance) in where
        ]
        if not members:
            continue
        points = own.instance_3d
        groups.append(
            (
                members,
                own.identity and own.identity.name,
                exact(own.score),
                own.metadata,
                exact(points and np.asarray(points.points, float)),
                exact(points and points.score),
                exact(getattr(points, "point_scores", None)),
            )
        )
    return [(group.frame_idx, group.metadata, groups)] if groups else []


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
        "identities": [(one.name, one.metadata) for one in labels.identities],
        "categories": [(one.name, one.metadata) for one in labels.categories],
        "event_types": [(one.name, one.description, one.metadata) for one in labels.event_types],
        "events": [_event(labels, event) for event in labels.events],
    }


def _event(labels: sleap_io.Labels, event: sleap_io.Event) -> Record:
    actors = [
        who and (type(who).__name__, who.name, getattr(who, "metadata", None))
        for who in (event.subject, event.target)
    ]
    return (
        type(event).__name__,
        event.type.name,
        _position(labels.videos, event.video),
        (event.start_frame, event.end_frame, event.name, event.source, event.metadata),
        *actors,
        exact(getattr(event, "score", None)),
        exact(getattr(event, "scores", None)),
    )


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
