"""Centroids and boxes of a labels file as rows of its instances."""

from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np
from numpy.typing import NDArray

from splitlib.slp.dtypes import USER
from splitlib.slp.ranges import frame_positions

COLUMNS = (
    ("centroids", ("x", "x", "y", "y")),
    ("bboxes", ("x1", "x2", "y1", "y2")),
    ("bboxes", ("x_center", "x_center", "y_center", "y_center")),  # before format 2.0
)
"""Tables of annotations, with two columns whose mean is x, and two whose mean is y.

Source: format 1.7 and later, sleap_io/io/slp.py of sleap-io 0.9.5.
"""


class Middles(NamedTuple):
    """What becomes instances, n of them, by ascending frame."""

    frame: NDArray[np.int64]  # (n,) int64, row of /frames
    xy: NDArray[np.float64]  # (n, 2) float64, pixels
    track: NDArray[np.int64]  # (n,) int64, row of tracks_json, -1 for none


def append_centroid_instances(
    path: Path,
    frames: tuple[NDArray[np.int64], NDArray[np.int64]],
    is_free: NDArray[np.bool_],
    *,
    n_nodes: int,
    node: int,
) -> int:
    """Append an instance of the first skeleton for each centroid and box of some frames.

    The file is edited in place, so it is a copy of somebody's labels.

    Args:
        path: The file.
        frames: Of each row of /frames, the list position of the video and the frame, (n,) int64.
        is_free: (n,) bool, which of them are to get instances.
        n_nodes: Nodes of the first skeleton.
        node: The node that gets the point, from 0.

    Returns:
        The number of instances.
    """
    with h5py.File(path, "r+") as file:
        middles = _middles(file, frames, is_free.copy())
        points = file["points"][()]
        first_point, first_instance = len(points), len(file["instances"])
        _replace(file, "points", np.append(points, _points(points.dtype, middles, n_nodes, node)))
        instances = _instances(file, middles, first_point, n_nodes)
        _replace(file, "instances", np.append(file["instances"][()], instances))
        _replace(file, "frames", _frames(file, middles, first_instance))
    return len(middles.frame)


def _middles(
    file: h5py.File,
    frames: tuple[NDArray[np.int64], NDArray[np.int64]],
    is_free: NDArray[np.bool_],
) -> Middles:
    found = [Middles(np.zeros(0, np.int64), np.zeros((0, 2)), np.zeros(0, np.int64))]
    for name, columns in COLUMNS:
        table = _columns(file.get(name))
        if not {"video", "frame_idx", *columns} <= table.keys():
            continue
        own = table["video"].astype(np.int64), table["frame_idx"].astype(np.int64)
        at = frame_positions(*own, *frames)
        xy = np.stack([table[key] for key in columns], axis=1).reshape(-1, 2, 2).mean(axis=2)
        is_taken = (at >= 0) & is_free[at] & np.isfinite(xy).all(axis=1)
        if "is_predicted" in table:
            is_taken &= table["is_predicted"] == 0
        track = table["track"] if "track" in table else np.full(len(at), -1)
        found.append(Middles(at[is_taken], xy[is_taken], track[is_taken].astype(np.int64)))
        is_free[at[is_taken]] = False
    frame = np.concatenate([middles.frame for middles in found])
    xy = np.concatenate([middles.xy for middles in found])
    track = np.concatenate([middles.track for middles in found])
    order = np.argsort(frame, kind="stable")
    return Middles(frame[order], xy[order], track[order])


def _columns(found: h5py.Group | h5py.Dataset | None) -> dict[str, NDArray[Any]]:
    """The columns of a table, which since format 2.0 is a group with a dataset for each."""
    if isinstance(found, h5py.Group):
        return {name: values[()] for name, values in found.items()}
    if found is None or found.dtype.names is None:
        return {}
    rows = found[()]
    return {name: rows[name] for name in rows.dtype.names}


def _points(
    dtype: np.dtype[np.void], middles: Middles, n_nodes: int, node: int
) -> NDArray[np.void]:
    points = np.zeros(len(middles.frame) * n_nodes, dtype)
    points["x"] = points["y"] = np.nan
    placed = points[node::n_nodes]
    placed["x"], placed["y"] = middles.xy.T
    placed["visible"] = placed["complete"] = True
    return points


def _instances(
    file: h5py.File, middles: Middles, first_point: int, n_nodes: int
) -> NDArray[np.void]:
    before = file["instances"]
    rows = np.zeros(len(middles.frame), before.dtype)
    rows["instance_id"] = len(before) + np.arange(len(rows))
    rows["instance_type"], rows["from_predicted"] = USER, -1
    rows["frame_id"], rows["track"] = file["frames"]["frame_id"][middles.frame], middles.track
    rows["point_id_start"] = first_point + n_nodes * np.arange(len(rows))
    rows["point_id_end"] = rows["point_id_start"] + n_nodes
    return rows


def _frames(file: h5py.File, middles: Middles, first_instance: int) -> NDArray[np.void]:
    frames: NDArray[np.void] = file["frames"][()]
    rows, first, n = np.unique(middles.frame, return_index=True, return_counts=True)
    frames["instance_id_start"][rows] = first_instance + first
    frames["instance_id_end"][rows] = first_instance + first + n
    return frames


def _replace(file: h5py.File, name: str, rows: NDArray[np.void]) -> None:
    attributes = dict(file[name].attrs)
    del file[name]
    file.create_dataset(name, data=rows, track_times=False).attrs.update(attributes)
