"""How far the points of instances lie from the anchor that crops and centroids are placed on."""

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from splitlib.errors import SplitError
from splitlib.inputs.export.read_export import FrameSource
from splitlib.inputs.transforms.centroids import instance_centroids
from splitlib.params import Params

Reaches = NDArray[np.float64]


def anchor_ind(source: FrameSource, params: Params) -> int | None:
    """The position of `inputs.targets.anchor_node` in the skeleton; None for the middle.

    Raises:
        SplitError: The skeleton has no such node.
    """
    name, nodes = params.inputs.targets.anchor_node, source.skeleton.nodes
    if name is None:
        return None
    if name not in nodes:
        msg = (
            f"inputs.targets.anchor_node: {source.name} has no node {name!r}; its nodes are:"
            f" {', '.join(nodes)}"
        )
        raise SplitError(msg)
    return nodes.index(name)


def instance_offsets(source: FrameSource, params: Params) -> NDArray[np.float64]:
    """From the anchor of each instance to its points, as `InstanceCrops` places them.

    Returns:
        (n_instances, n_nodes, 2) float64, (x, y) in pixels of the scaled image; NaN where a node is
        missing.
    """
    points = source.points
    anchors = instance_centroids(tf.constant(points), anchor_ind(source, params)).numpy()
    offsets: NDArray[np.float64] = points.astype(np.float64) - anchors[:, None].astype(np.float64)
    return offsets * params.inputs.scale


def farthest(offsets: NDArray[np.float64], rotation: float = 0.0) -> Reaches:
    """The largest distance along x or y that offsets have at any angle of a rotation.

    Args:
        offsets: (..., 2) float64, (x, y) in pixels.
        rotation: Degrees either way, >= 0.

    Returns:
        (...) float64, pixels; NaN for NaN.

    Example:
        >>> farthest(np.array([3.0, 4.0])).item(), farthest(np.array([3.0, 4.0]), 180).item()
        (4.0, 5.0)
    """
    along = np.abs(offsets)
    angle = np.degrees(np.arctan2(along[..., 1], along[..., 0]))
    # a rotation that brings the offset onto an axis lays its whole length along it
    left = np.maximum(np.minimum(angle, 90 - angle) - rotation, 0)
    reaches: Reaches = np.hypot(along[..., 0], along[..., 1]) * np.cos(np.radians(left))
    return reaches
