"""What a labels file says of its frames besides instances: kinds of annotations, and catalogs."""

from dataclasses import dataclass

import h5py
import numpy as np
from numpy.typing import NDArray

from splitlib.slp.annotation_specs import OWNERS
from splitlib.slp.annotations import read_annotations
from splitlib.slp.container import optional_dataset, reading
from splitlib.slp.parts import Column
from splitlib.slp.ranges import expand, frame_positions
from splitlib.slp.row_checks import check_owner
from splitlib.slp.source import SlpFile
from splitlib.slp.stored_images import check_unchanged
from splitlib.slp.tables import read_optional_table

KINDS = {
    "centroids": ("centroids",),
    "boxes": ("bboxes",),
    "masks": ("masks", "label_images"),
    "regions": ("rois",),
}
"""The tables of each kind of annotation."""

CATALOGS = {"identity": "identity", "category": "categories"}
"""The group of each catalog."""


@dataclass(frozen=True, eq=False)
class Links:
    """What instances and annotations are linked to.

    Attributes:
        frame: (n,) int64, the row of /frames of each link.
        instance: (n,) int64, the row of /instances; -1 where an annotation is linked.
        entry: (n,) int64, the entry of the catalog.
    """

    frame: Column
    instance: Column
    entry: Column


def frames_with_annotations(source: SlpFile) -> dict[str, NDArray[np.bool_]]:
    """For each of `KINDS` (n_frames,) bool, whether a row of /frames has such annotations.

    Raises:
        LabelsFileError: A table is broken, or the file was changed since it was read.
    """
    found = {kind: np.zeros(len(source.frames), bool) for kind in KINDS}
    if not any(name in source.root_names for names in KINDS.values() for name in names):
        return found
    check_unchanged(source)
    with h5py.File(source.path, "r") as file:
        for kind, names in KINDS.items():
            for name in names:
                table = read_annotations(file, source.path, name)
                if table is not None:
                    frames = (table.ints("video"), table.ints("frame_idx"))
                    at = frame_positions(source.video, source.frame_idx, *frames)
                    found[kind] |= at >= 0
    return found


def links_to(source: SlpFile, catalog: str) -> Links:
    """The links of a file to one of `CATALOGS`; none where the file has no such table.

    Raises:
        LabelsFileError: A table is broken, or the file was changed since it was read.
    """
    group, none = CATALOGS[catalog], np.zeros(0, np.int64)
    if group not in source.root_names:
        return Links(none, none, none)
    check_unchanged(source)
    columns = ("owner_type", "owner_id", f"{catalog}_idx")
    with h5py.File(source.path, "r") as file:
        table = read_optional_table(file, source.path, f"{group}/links", columns)
        if table is None:
            return Links(none, none, none)
        n_entries = _n_entries(file, source, group)
        kind, owner, entry = (table.ints(column) for column in columns)
        frame, instance = np.full(len(table), -1), np.full(len(table), -1)
        for code, name in OWNERS.items():
            rows = np.flatnonzero(kind == code)
            frames = _frames_of_rows(file, source, name)
            check_owner(table, owner, rows, len(frames), name)
            frame[rows] = np.append(frames, -1)[np.maximum(owner[rows], -1)]
        instance[kind == 0] = owner[kind == 0]
    known = (frame >= 0) & (entry >= 0) & (entry < n_entries)
    return Links(frame[known], instance[known], entry[known])


def _n_entries(file: h5py.File, source: SlpFile, group: str) -> int:
    with reading(source.path, f"/{group}"):
        names = optional_dataset(file[group], "name", source.path)
        return len(names) if names is not None and names.ndim else 0


def _frames_of_rows(file: h5py.File, source: SlpFile, name: str) -> Column:
    """(n,) int64, the row of /frames that each row of a table belongs to; -1 for none."""
    if name == "instances":
        frames = np.full(len(source.instances), -1)
        n_instances = source.instance_end - source.instance_start
        rows = expand(source.instance_start, source.instance_end)
        frames[rows] = np.repeat(np.arange(len(n_instances)), n_instances)
        return frames
    table = read_annotations(file, source.path, name)
    if table is None:
        return np.zeros(0, np.int64)
    own = (table.ints("video"), table.ints("frame_idx"))
    return frame_positions(*own, source.video, source.frame_idx)
