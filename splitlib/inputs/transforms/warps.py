"""Random rotation, scaling and flips, as one matrix for an image and its points."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import tensorflow as tf

from splitlib.inputs.transforms.draws import WARPS, draw
from splitlib.inputs.transforms.transform import Example, Transform

Flip = Literal["none", "horizontal", "vertical"]


@dataclass(frozen=True)
class WarpRanges:
    """The ranges from which warps are drawn, evenly."""

    rotation: float = 0.0  # degrees, >= 0; angles come from [-rotation, rotation)
    scale: tuple[float, float] = (1.0, 1.0)  # lowest and highest factor, > 0; above 1 animals grow
    # "horizontal" swaps left and right, "vertical" top and bottom, of every other image
    flip: Flip = "none"
    mirrored_nodes: tuple[int, ...] = ()  # as of the function `mirrored_nodes`; () for none

    @property
    def changes_nothing(self) -> bool:
        """Whether every draw leaves images as they are."""
        return self.rotation == 0 and self.scale == (1.0, 1.0) and self.flip == "none"


@dataclass(frozen=True)
class WarpFrames(Transform):
    """Turns, scales and flips whole frames about their middle. Frames keep their size."""

    ranges: WarpRanges

    _input_keys = ("image", "instances", "frame_seed")
    _output_keys = ("image", "instances")

    def apply(self, example: Example) -> dict[str, tf.Tensor]:
        """The float32 image and its points under one drawn warp; outside of the image is black."""
        image, instances = example["image"], example["instances"]
        matrices, flipped = draw_warps(self.ranges, example["frame_seed"][None])
        size = tf.cast(tf.shape(image)[:2], tf.float32)
        middle = tf.stack([size[1] - 1, size[0] - 1]) / 2
        offsets = instances - middle
        points = tf.einsum("ij,nkj->nki", matrices[0], offsets) + middle
        return {
            "image": warp_image(image, matrices[0], middle),
            "instances": swap_mirrored(points, flipped[0], self.ranges.mirrored_nodes),
        }


def warp_image(image: tf.Tensor, matrix: tf.Tensor, middle: tf.Tensor) -> tf.Tensor:
    """Warp an image about a point, with bilinear interpolation.

    The image is (height, width, channels) float32. The matrix, (2, 2) float32, turns offsets from
    the middle, (2,) float32 (x, y), into those after the warp.

    Returns:
        (height, width, channels) float32, 0 where the warp shows the outside of the image.
    """
    back = inverse(matrix)
    shift = middle - tf.linalg.matvec(back, middle)
    row_x, row_y = (tf.concat([back[at], shift[at : at + 1]], 0) for at in (0, 1))
    projection = tf.concat([row_x, row_y, [0.0, 0.0]], 0)
    warped = tf.raw_ops.ImageProjectiveTransformV3(
        images=image[None],
        transforms=projection[None],
        output_shape=tf.shape(image)[:2],
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="CONSTANT",
    )
    return tf.ensure_shape(warped[0], image.shape)


def draw_warps(ranges: WarpRanges, seeds: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Draw a warp for each seed of a frame or instance, (n, 2) int64.

    Returns:
        Tuple of
            (n, 2, 2) float32: matrices that turn an offset (x, y) from the middle into that after
            the warp. A positive angle turns clockwise, as y points down.
            (n,) bool: whether the image is flipped, so that left and right nodes swap.
    """
    draws = draw(seeds, WARPS, 3)
    cos, sin = _cos_sin((2.0 * draws[:, 0] - 1.0) * math.radians(ranges.rotation))
    low, high = ranges.scale
    scales = low + (high - low) * draws[:, 1]
    flipped = tf.logical_and(ranges.flip != "none", draws[:, 2] < 0.5)
    mirror = tf.where(flipped, -1.0, 1.0)
    # A vertical flip is a horizontal one and half a turn, which is a factor of -1.
    scales = tf.where(flipped & (ranges.flip == "vertical"), -scales, scales)
    cos, sin = scales * cos, scales * sin
    rows = [tf.stack([cos * mirror, -sin], axis=-1), tf.stack([sin * mirror, cos], axis=-1)]
    return tf.stack(rows, axis=-2), flipped


def _cos_sin(angles: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Cosine and sine of angles from -pi to pi, float32, by sums and products of float64 alone.

    These are rounded alike at every place of a batch. Tensorflow's own functions compute several
    angles at a time, and the rest of them in another way. An instance would differ by a bit between
    batches of different sizes.
    """
    part = tf.cast(angles, tf.float64) / 4  # few terms of the series are enough for small angles
    square = part * part
    cos, sin = _series(square, 0), part * _series(square, 1)
    for _ in range(2):
        cos, sin = cos * cos - sin * sin, 2 * cos * sin
    return tf.cast(cos, tf.float32), tf.cast(sin, tf.float32)


def _series(square: tf.Tensor, first: int) -> tf.Tensor:
    """1 - x**2 / 2! + x**4 / 4! ... for first = 0, and 1 - x**2 / 3! + x**4 / 5! ... for 1."""
    total = tf.zeros_like(square)
    for term in range(7, -1, -1):
        total = total * square + (-1) ** term / math.factorial(2 * term + first)
    return total


def unchanged_warps(n: int | tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """The warps that change nothing, in the form of `draw_warps`."""
    return tf.eye(2, batch_shape=[n]), tf.fill([n], False)


def inverse(warps: tf.Tensor) -> tf.Tensor:
    """The inverse of each warp: (..., 2, 2) float32 to the same, of determinants that are not 0."""
    a, b, c, d = (warps[..., row, column] for row in (0, 1) for column in (0, 1))
    back = tf.stack([tf.stack([d, -b], axis=-1), tf.stack([-c, a], axis=-1)], axis=-2)
    return back / (a * d - b * c)[..., None, None]


def mirrored_nodes(n_nodes: int, symmetries: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """For each node, the node whose point it has after a flip.

    Symmetries are pairs of nodes that are each other's mirror image, such as left and right ear.

    Example:
        >>> mirrored_nodes(4, [(1, 3)])
        (0, 3, 2, 1)
    """
    order = list(range(n_nodes))
    for left, right in symmetries:
        order[left], order[right] = right, left
    return tuple(order)


def swap_mirrored(points: tf.Tensor, flipped: tf.Tensor, mirrored: Sequence[int]) -> tf.Tensor:
    """Give the points of flipped instances, (n, n_nodes, 2), to the mirrored nodes.

    `flipped` is (n,) or () bool, `mirrored` as of `WarpRanges.mirrored_nodes`.
    """
    if not mirrored:
        return points
    return tf.where(flipped[..., None, None], tf.gather(points, mirrored, axis=-2), points)
