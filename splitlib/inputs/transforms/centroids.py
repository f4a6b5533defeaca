"""Centroids: one point for each instance."""

from dataclasses import dataclass

import tensorflow as tf

from splitlib.inputs.transforms.transform import Example, Transform


@dataclass(frozen=True)
class InstanceCentroids(Transform):
    """Finds the centroid of every instance, as `instance_centroids` does."""

    anchor_node: int | None = None

    _input_keys = ("instances",)
    _output_keys = ("centroids",)

    def apply(self, example: Example) -> dict[str, tf.Tensor]:
        """The centroids, (..., n_instances, 2) float32."""
        return {"centroids": instance_centroids(example["instances"], self.anchor_node)}


def instance_centroids(instances: tf.Tensor, anchor_node: int | None = None) -> tf.Tensor:
    """Find centroids, as SLEAP's `get_instance_anchors` and `find_points_bbox_midpoint` do.

    Instances are (..., n_nodes, 2) float32, NaN where a node is missing. Their centroid is the
    anchor node. The middle of the box around all points takes its place in instances that lack the
    node, and in all instances for None.

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
