"""Centroids and boxes as instances, so that a network with `head: centroid` learns from them."""

from pathlib import Path

import numpy as np

from splitlib.errors import LabelsFileError
from splitlib.files import atomic_path, temporary_beside
from splitlib.labels import Labels
from splitlib.slp.centroid_instances import append_centroid_instances


def with_centroid_instances(labels: Labels, path: str | Path, node: str) -> int:
    """Write labels in which centroids and boxes are instances with one visible point.

    Frames that hold an instance, or that are marked as holding no animal, stay as they are. Of the
    others, each centroid or box that a person placed becomes an instance of the first skeleton,
    with its middle as the point of `node`. Of a frame with both, only the centroids are taken,
    because its boxes are of the same animals.

    Returns:
        The number of instances that were made.

    Raises:
        LabelsFileError: The first skeleton has no such node, or there is nothing to convert.
    """
    nodes = labels.skeletons[0].nodes if labels.skeletons else ()
    if node not in nodes:
        msg = f"{labels.path}: expected a node of the skeleton ({', '.join(nodes)}), got {node!r}"
        raise LabelsFileError(msg)
    with atomic_path(path) as partial, temporary_beside(path) as folder:
        copy = folder / "labels.slp"
        labels.save(copy)
        frames = labels.video, labels.frame_idx
        is_free = (np.diff(labels.columns.instance_bounds) == 0) & ~labels.is_negative
        n = append_centroid_instances(
            copy, frames, is_free, n_nodes=len(nodes), node=nodes.index(node)
        )
        if not n:
            msg = (
                f"{labels.path}: no frame without instances has a centroid or a box that a person"
                " placed, so there is nothing to convert"
            )
            raise LabelsFileError(msg)
        Labels.load(copy).save(partial)  # checks every row, and leaves no gap in the file
    return n
