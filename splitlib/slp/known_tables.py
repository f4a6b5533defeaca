"""The objects that a labels file of format 1.0 to 2.8 may have, and what else a file holds.

Source: `_KNOWN_TOPLEVEL_HDF5_NAMES` and the writers of sleap_io/io/slp.py of sleap-io 0.9.5.
"""

import warnings
from collections.abc import Collection
from pathlib import Path

import h5py

from splitlib.slp.dtypes import FRAMES, INSTANCES, NEGATIVE_FRAMES, POINTS, PRED_POINTS
from splitlib.slp.jsonparts import NEWEST_FORMAT

_CATALOG = ("name", "meta_owner", "meta_key", "meta_val")
_ANNOTATION = (
    *("video", "frame_idx", "track", "instance", "is_predicted", "score", "tracking_score"),
    *("category", "name", "source"),
)
_SPATIAL = ("scale_x", "scale_y", "offset_x", "offset_y")
_BYTES = ("data_start", "data_end", "height", "width", *_SPATIAL)
_LINK = ("owner_type", "owner_id")

KNOWN_PARTS: dict[str, Collection[str]] = {
    **{name: () for name in ("metadata", "videos_json", "video_crops", "tracks_json")},
    **{name: () for name in ("suggestions_json", "sessions_json", "provenance_json")},
    "frames": FRAMES.names or (),
    "instances": INSTANCES.names or (),
    "points": POINTS.names or (),
    "pred_points": PRED_POINTS.names or (),
    "negative_frames": NEGATIVE_FRAMES.names or (),
    "masks": (
        *("height", "width", "annotation_type", "video", "frame_idx", "track", "instance"),
        *("from_predicted", "is_predicted", "score", "tracking_score", "rle_start", "rle_end"),
        *_SPATIAL,
    ),
    "rois": (
        *("annotation_type", "video", "frame_idx", "track", "is_predicted", "score"),
        *("tracking_score", "wkb_start", "wkb_end", "instance"),
    ),
    "bboxes": (
        *("x1", "y1", "x2", "y2", "x_center", "y_center", "width", "height", "angle"),
        *_ANNOTATION,
    ),
    "centroids": ("x", "y", "z", *_ANNOTATION),
    "label_images": (
        *("video", "frame_idx", "n_objects", "objects_start", "is_predicted", "score"),
        *_BYTES,
    ),
    "label_image_objects": ("label_id", "track", "instance", "score", "tracking_score"),
    "mask_score_map_index": ("mask_idx", *_BYTES),
    "label_image_score_map_index": ("li_idx", *_BYTES),
    **{f"mask_{name}": () for name in ("categories", "names", "sources", "rle", "score_maps")},
    **{f"roi_{name}": () for name in ("categories", "names", "sources", "wkb")},
    **{f"label_image_{name}": () for name in ("data", "sources", "score_maps")},
    **{f"label_image_obj_{name}": () for name in ("categories", "names")},
    "identity": (*_CATALOG, "links"),
    "identity/links": (*_LINK, "identity_idx", "identity_score"),
    "categories": (*_CATALOG, "links"),
    "categories/links": (*_LINK, "category_idx", "category_score"),
    "embeddings": ("vectors", *_LINK, "category_vectors", *(f"category_{one}" for one in _LINK)),
    "event_types": (*_CATALOG, "description"),
    "events": (
        *("video", "start_frame", "end_frame", "type", "subject_idx", "target_idx"),
        *("subject_kind", "target_kind", "is_predicted", "name", "source", "score"),
        *("scores", "score_offsets", *_CATALOG[1:]),
    ),
    "session_data": (
        *("frame_groups", "instance_groups", "instance_group_members"),
        *("points_3d", "pred_points_3d", "frame_group_meta", "instance_group_meta"),
    ),
    "session_data/frame_groups": ("frame_idx", "ig_start", "ig_end"),
    "session_data/instance_groups": (
        *("identity_idx", "score", "instance_3d_score", "pts3d_start", "pts3d_end"),
        *("pts3d_predicted", "member_start", "member_end"),
    ),
    "session_data/instance_group_members": ("camera", "lf", "inst"),
}
"""Columns of tables, and objects of groups; () for what has neither."""

KNOWN_NAMES = frozenset(name for name in KNOWN_PARTS if "/" not in name)
"""Objects at the root of a file, besides groups of embedded images."""


def warn_of_newer_format(
    file: h5py.File, path: Path, format_id: float, packages: Collection[str]
) -> None:
    """Say of a newer format which tables and columns are not known.

    `packages` are the groups of embedded images.
    """
    if format_id <= NEWEST_FORMAT:
        return
    unknown = unknown_parts(file, packages)
    warnings.warn(
        f"{path}: the format is {format_id}, newer than {NEWEST_FORMAT}, the newest that this"
        " version of splitlib knows; "
        + (
            f"/{', /'.join(unknown)} are carried over as they are, and rows of frames or instances"
            " that they may name are not renumbered; update splitlib"
            if unknown
            else "it holds no table that is not known"
        ),
        stacklevel=4,
    )


def unknown_parts(file: h5py.File, packages: Collection[str]) -> list[str]:
    """What a file holds that no known format has: objects, objects of groups, columns of tables."""
    unknown = sorted(set(file) - KNOWN_NAMES - set(packages))
    for name, known in KNOWN_PARTS.items():
        found = file.get(name)
        if known and isinstance(found, h5py.Group):
            unknown += [f"{name}/{child}" for child in sorted(set(found) - set(known))]
        elif known and isinstance(found, h5py.Dataset):
            columns = set(found.dtype.names or ()) - set(known)
            unknown += [f"{name} {column}" for column in sorted(columns)]
    return unknown
