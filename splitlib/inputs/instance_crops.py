"""Cut instances out of frames: one affine warp for each, of the image and of the points alike.

Coordinates are (x, y) in pixels; the centre of the first pixel is (0, 0). In a crop the instance's
centroid lies in the middle, at ((crop_size - 1) / 2, (crop_size - 1) / 2), as in SLEAP.
"""

import tensorflow as tf


def instance_centroids(instances: tf.Tensor, anchor_node: int | None = None) -> tf.Tensor:
    """Where instances are.

    Args:
        instances: (n_instances, n_nodes, 2) float32, NaN where a node is missing.
        anchor_node: Node to take. Where it is missing, and where None: the mean of all that is
            there.

    Returns:
        (n_instances, 2) float32, NaN for an instance without points.
    """
    visible = tf.reduce_all(tf.math.is_finite(instances), axis=-1, keepdims=True)
    total = tf.reduce_sum(tf.where(visible, instances, 0.0), axis=1)
    means = total / tf.reduce_sum(tf.cast(visible, tf.float32), axis=1)
    if anchor_node is None:
        return means
    return tf.where(visible[:, anchor_node], instances[:, anchor_node], means)


def crop_offsets(centroids: tf.Tensor, crop_size: int) -> tf.Tensor:
    """What to add to the coordinates in crops that are not warped to get those in the frame.

    Args:
        centroids: (n_instances, 2) float32.
        crop_size: Side of the crops in pixels.

    Returns:
        (n_instances, 2) float32.
    """
    return centroids - (crop_size - 1) / 2


def points_in_crops(
    points: tf.Tensor, centroids: tf.Tensor, warps: tf.Tensor, crop_size: int
) -> tf.Tensor:
    """Follow points of the frame into the crops.

    Args:
        points: (n_instances, n_nodes, 2) float32 in the frame.
        centroids: (n_instances, 2) float32.
        warps: (n_instances, 2, 2) float32, offsets in the frame to offsets in the crop.
        crop_size: Side of the crops in pixels.

    Returns:
        (n_instances, n_nodes, 2) float32 in the crops, NaN where the points are NaN. They may lie
        outside of the crop.
    """
    offsets = points - centroids[:, None]
    return tf.einsum("nij,nkj->nki", warps, offsets) + (crop_size - 1) / 2


def crop_instances(
    image: tf.Tensor, centroids: tf.Tensor, warps: tf.Tensor, crop_size: int
) -> tf.Tensor:
    """Cut all instances out of a frame, with bilinear interpolation.

    Args:
        image: (height, width, channels) uint8.
        centroids: (n_instances, 2) float32.
        warps: (n_instances, 2, 2) float32, offsets in the frame to offsets in the crop.
        crop_size: Side of the crops in pixels.

    Returns:
        (n_instances, crop_size, crop_size, channels) float32 in [0, 1], 0 outside of the image.
    """
    axis = tf.range(crop_size, dtype=tf.float32) - (crop_size - 1) / 2
    offsets = tf.stack(tf.meshgrid(axis, axis), axis=0)
    xy = tf.einsum("nij,jyx->niyx", tf.linalg.inv(warps), offsets) + centroids[:, :, None, None]
    return _sample(image, xy[:, 0], xy[:, 1]) / 255.0


def _sample(image: tf.Tensor, x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    """The image between its pixels at x, y (...) float32: (..., channels) float32.

    It reads four pixels for each point, whatever the size of the image. The projective transform of
    tensorflow wants a float copy of the frame for each instance: ten times slower for a megapixel
    in colour.
    """
    left, top = tf.floor(x), tf.floor(y)
    along_x, along_y = (x - left)[..., None], (y - top)[..., None]
    above, below = (
        _pixels(image, left, row) * (1.0 - along_x) + _pixels(image, left + 1.0, row) * along_x
        for row in (top, top + 1.0)
    )
    return above * (1.0 - along_y) + below * along_y


def _pixels(image: tf.Tensor, x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    """The pixels at whole x, y (...) float32: (..., channels) float32, 0 outside of the image."""
    height, width = tf.shape(image)[0], tf.shape(image)[1]
    x, y = tf.cast(x, tf.int32), tf.cast(y, tf.int32)
    held_x, held_y = tf.clip_by_value(x, 0, width - 1), tf.clip_by_value(y, 0, height - 1)
    inside = (held_x == x) & (held_y == y)
    rows = tf.reshape(image, [height * width, image.shape[-1]])
    pixels = tf.gather(rows, held_y * width + held_x)
    return tf.where(inside[..., None], tf.cast(pixels, tf.float32), 0.0)
