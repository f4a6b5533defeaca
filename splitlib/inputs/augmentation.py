"""Random rotation, scaling and flips, as matrices drawn without hidden state.

Nothing is drawn from a generator: every number follows from a seed that follows from the frame. So
it does not matter in which order, on how many threads or machines the frames are read.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import tensorflow as tf

Flip = Literal["none", "horizontal", "vertical"]


@dataclass(frozen=True)
class Augmentation:
    """The ranges to draw from.

    Attributes:
        rotation: Degrees, >= 0; angles are drawn evenly from [-rotation, rotation).
        scale: Lowest and highest factor, > 0; above 1 the animal grows. Drawn evenly.
        flip: "horizontal" swaps left and right, "vertical" top and bottom, of every other crop.
    """

    rotation: float = 0.0
    scale: tuple[float, float] = (1.0, 1.0)
    flip: Flip = "none"


def frame_seed(
    seed: int | tf.Tensor, epoch: int | tf.Tensor, example: Mapping[str, tf.Tensor]
) -> tf.Tensor:
    """The seed of a frame in an epoch.

    Args:
        seed: Of the run.
        epoch: Its number; every epoch draws anew.
        example: Has "video_ind" and "frame_ind", which mean the same in every split.

    Returns:
        (2,) int64, for the `tf.random.stateless_*` functions.
    """
    state = tf.stack([tf.cast(seed, tf.int64), tf.cast(epoch, tf.int64)])
    for key in ("video_ind", "frame_ind"):
        state = tf.random.experimental.stateless_fold_in(
            state, tf.cast(example[key], tf.int64), alg="philox"
        )
    return state


def draw_warps(
    augmentation: Augmentation, n_crops: int | tf.Tensor, seed: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Draw one warp for each crop.

    Args:
        augmentation: The ranges.
        n_crops: How many to draw.
        seed: (2,) integers, as of `frame_seed`. The same seed gives the same warps.

    Returns:
        Tuple of
            (n_crops, 2, 2) float32: the matrix that takes an offset (x, y) from the crop's centre
            in the frame to that in the crop. A positive angle turns clockwise, as y points down.
            (n_crops,) bool: whether the crop is flipped, so that left and right nodes swap.
    """
    draws = tf.random.stateless_uniform((n_crops, 3), seed, alg="philox")
    angles = (2.0 * draws[:, 0] - 1.0) * math.radians(augmentation.rotation)
    low, high = augmentation.scale
    scales = low + (high - low) * draws[:, 1]
    flipped = tf.logical_and(augmentation.flip != "none", draws[:, 2] < 0.5)
    mirror = tf.where(flipped, -1.0, 1.0)
    # A flip upside down is a flip of left and right, turned by half a turn.
    angles += tf.where(flipped & (augmentation.flip == "vertical"), math.pi, 0.0)
    cos, sin = scales * tf.cos(angles), scales * tf.sin(angles)
    rows = [tf.stack([cos * mirror, -sin], axis=-1), tf.stack([sin * mirror, cos], axis=-1)]
    return tf.stack(rows, axis=-2), flipped


def unchanged_warps(n_crops: int | tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """What `draw_warps` gives where nothing is augmented."""
    return tf.eye(2, batch_shape=[n_crops]), tf.fill([n_crops], False)


def mirrored_nodes(n_nodes: int, symmetries: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """Which node takes whose place in a mirror image.

    Args:
        n_nodes: Nodes of the skeleton.
        symmetries: Pairs of nodes that are each other's mirror image, such as left and right ear.

    Returns:
        For each node the node whose point it has after a flip.

    Example:
        >>> mirrored_nodes(4, [(1, 3)])
        (0, 3, 2, 1)
    """
    order = list(range(n_nodes))
    for left, right in symmetries:
        order[left], order[right] = right, left
    return tuple(order)


def swap_mirrored(points: tf.Tensor, flipped: tf.Tensor, mirrored: Sequence[int]) -> tf.Tensor:
    """Give the points of flipped crops to the mirrored nodes.

    Args:
        points: (n_crops, n_nodes, 2).
        flipped: (n_crops,) bool.
        mirrored: As of `mirrored_nodes`.

    Returns:
        (n_crops, n_nodes, 2).
    """
    return tf.where(flipped[:, None, None], tf.gather(points, mirrored, axis=1), points)
