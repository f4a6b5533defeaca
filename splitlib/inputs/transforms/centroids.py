"""Where instances are: one point for each."""

from dataclasses import dataclass

import tensorflow as tf

from splitlib.inputs.transforms.transform import Example, Transform


@dataclass(frozen=True)
class InstanceCentroids(Transform):
    """Finds the centroid of every instance.

    Attributes:
        anchor_node: Node to take. Where it is missing, and where None: the middle of the box around
            all that is there.
    """

    anchor_node: int | None = None

    @property
    def input_keys(self) -> list[str]:
        """The points."""
        return ["instances"]

    @property
    def output_keys(self) -> list[str]:
        """The centroids."""
        return ["centroids"]

    def apply(self, example: Example) -> dict[str, tf.Tensor]:
        """The centroids, (..., n_instances, 2) float32."""
        return {"centroids": instance_centroids(example["instances"], self.anchor_node)}


def instance_centroids(instances: tf.Tensor, anchor_node: int | None = None) -> tf.Tensor:
    """Where instances are, as SLEAP's `get_instance_anchors` and `find_points_bbox_midpoint`.

    Args:
        instances: (..., n_nodes, 2) float32, NaN where a node is missing.
        anchor_node: Node to take. Where it is missing, and where None: the middle of the box around
            all that is there.

    Returns:
        (..., 2) float32, NaN for an instance without points.
    """
    visible = tf.reduce_all(tf.math.is_finite(instances), axis=-1, keepdims=True)
    low = tf.reduce_min(tf.where(visible, instances, float("inf")), axis=-2)
    high = tf.reduce_max(tf.where(visible, instances, float("-inf")), axis=-2)
    middles = (low + high) / 2  # inf - inf is NaN: an instance without points has no middle
    if anchor_node is None:
        return middles
    return tf.where(visible[..., anchor_node, :], instances[..., anchor_node, :], middles)
