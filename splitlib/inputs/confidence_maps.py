"""Confidence maps: for each node an image that is bright where the node is."""

import tensorflow as tf


def make_confidence_maps(
    points: tf.Tensor, *, image_size: int, output_stride: int, sigma: float
) -> tf.Tensor:
    """Draw a Gaussian bell around each point, as SLEAP's `make_confmaps` does.

    The value at grid point g is exp(-|g - point|^2 / (2 sigma^2)): 1 where the point falls on the
    grid, a little less at the nearest grid point otherwise.

    Args:
        points: (n, n_nodes, 2) float32, (x, y) in pixels of the image, NaN where a node is missing.
        image_size: Side of the square image in pixels.
        output_stride: Pixels from one grid point to the next; the grid is 0, output_stride, ...
        sigma: Standard deviation in pixels of the image, whatever the stride. (The sigma of a SLEAP
            training profile is in cells of the map: its generators multiply it by the stride.)

    Returns:
        (n, grid, grid, n_nodes) float32 with grid = ceil(image_size / output_stride). All zero for
        a missing node.
    """
    grid = tf.range(0, image_size, output_stride, dtype=tf.float32)
    distances = grid[:, None, None] - points[:, None]
    # The bell is a product of one along x and one along y: n_nodes * 2 * grid exponentials.
    bells = tf.exp(tf.square(distances) / (-2.0 * sigma**2))
    bells = tf.where(tf.math.is_nan(bells), 0.0, bells)
    along_x, along_y = bells[..., 0], bells[..., 1]
    return along_y[:, :, None] * along_x[:, None]
