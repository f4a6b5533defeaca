"""Part affinity fields: along each edge of a skeleton the direction from one node to the next.

The idea is that of Cao et al. 2017 (arXiv:1611.08050); the values are SLEAP's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import tensorflow as tf

from splitlib.inputs.transforms.grid import Size, exponential, grid_axes, image_size, over_instances
from splitlib.inputs.transforms.transform import Example, Transform


@dataclass(frozen=True)
class PartAffinityFields(Transform):
    """The fields of frames, as of SLEAP's `PartAffinityFieldsGenerator` with flattened channels.

    Attributes are arguments of `make_part_affinity_fields`.
    """

    edges: tuple[tuple[int, int], ...]
    output_stride: int
    sigma: float

    _input_keys = ("image", "instances")
    _output_keys = ("part_affinity_fields",)

    def apply(self, example: Example) -> dict[str, tf.Tensor]:
        """The fields, (..., height, width, 2 * n_edges) float32."""
        fields = make_part_affinity_fields(
            example["instances"],
            edges=self.edges,
            image_size=image_size(example["image"]),
            output_stride=self.output_stride,
            sigma=self.sigma,
        )
        return {"part_affinity_fields": fields}


def make_part_affinity_fields(
    instances: tf.Tensor,
    *,
    edges: Sequence[tuple[int, int]],
    image_size: Size,
    output_stride: int,
    sigma: float,
) -> tf.Tensor:
    """Draw the edges of instances. Where several meet, their vectors are added.

    At a distance of d pixels from an edge the vector has the length exp(-d^4 / (2 sigma^2)). The
    fourth power is SLEAP's (`make_edge_maps` squares what `distance_to_edge` has squared). So sigma
    is in square pixels: the field is flat inside of sqrt(sigma) pixels, and ends soon after.
    Instances outside of the image are drawn too; `PartAffinityFieldsGenerator` leaves them out.

    Args:
        instances: (..., n_instances, n_nodes, 2) float32, NaN where a node is missing.
        edges: Pairs of nodes, from one to the next.
        image_size: Size of the image in pixels.
        output_stride: Pixels of the image from one grid point to the next, >= 1.
        sigma: Spread across an edge, > 0, whatever the stride.

    Returns:
        (..., ceil(height / output_stride), ceil(width / output_stride), 2 * n_edges) float32: x and
        y of the first edge, of the second, and so on. Zero for an edge that lacks a node or has no
        length.
    """
    x, y = grid_axes(image_size, output_stride)
    source, target = ([edge[end] for edge in edges] for end in (0, 1))

    def draw(points: tf.Tensor) -> tf.Tensor:
        begins, ends = (tf.gather(points, nodes, axis=-2) for nodes in (source, target))
        return _fields(begins, ends - begins, x, y, sigma)

    return over_instances(draw, tf.add, partial(tf.reduce_sum, axis=-4), instances)


def _fields(
    begins: tf.Tensor, vectors: tf.Tensor, x: tf.Tensor, y: tf.Tensor, sigma: float
) -> tf.Tensor:
    """(..., height, width, 2 * n_edges): fields of edges, (..., n_edges, 2) begins and vectors."""
    along_x, along_y = vectors[..., None, None, :, 0], vectors[..., None, None, :, 1]
    from_x = x[:, None] - begins[..., None, None, :, 0]
    from_y = y[:, None, None] - begins[..., None, None, :, 1]
    square = along_x**2 + along_y**2
    # The nearest place on the edge, as a share of its length. As in SLEAP, an edge counts as one
    # pixel long at least, so that nothing is divided by 0.
    place = (from_x * along_x + from_y * along_y) / tf.maximum(square, 1.0)
    place = tf.clip_by_value(place, 0.0, 1.0)
    distance = (from_x - place * along_x) ** 2 + (from_y - place * along_y) ** 2  # squared
    weight = exponential(distance**2 / (-2.0 * sigma**2))
    units = tf.math.divide_no_nan(vectors, tf.sqrt(square[..., 0, 0, :, None]))
    fields = weight[..., None] * units[..., None, None, :, :]
    fields = tf.where(tf.math.is_nan(fields), 0.0, fields)
    shape = tf.concat([tf.shape(fields)[:-2], [2 * vectors.shape[-2]]], 0)
    flat = tf.reshape(fields, shape)
    return tf.ensure_shape(flat, [*fields.shape[:-2], 2 * vectors.shape[-2]])
