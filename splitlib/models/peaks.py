"""From confidence maps back to points: the highest value of each map, refined between pixels."""

import tensorflow as tf


def find_peaks(
    maps: tf.Tensor, *, output_stride: int, threshold: float = 0.2
) -> tuple[tf.Tensor, tf.Tensor]:
    """Find one point in each confidence map.

    The highest value gives the pixel. Along each axis a bell through it and its two neighbours
    gives the place between pixels: for maps of `make_confidence_maps` this is exact up to rounding,
    other than next to the border, where the place along that axis stays on the grid.

    Args:
        maps: (n, height, width, n_nodes) float32.
        output_stride: Pixels of the image from one map pixel to the next.
        threshold: Lowest value that counts as a node.

    Returns:
        Tuple of
            (n, n_nodes, 2) float32: points, (x, y) in pixels of the image, NaN below the threshold.
            (n, n_nodes) float32: the highest values, as they are.
    """
    n, height, width, n_nodes = tf.unstack(tf.shape(maps))
    flat = tf.reshape(tf.transpose(maps, [0, 3, 1, 2]), [n, n_nodes, height * width])
    highest = tf.argmax(flat, axis=-1, output_type=tf.int32)
    row, column = highest // width, highest % width

    def value_at(dx: int, dy: int) -> tf.Tensor:
        """(n, n_nodes): the value beside the highest, 0 beyond the border."""
        x, y = column + dx, row + dy
        inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
        values = tf.gather(flat, tf.where(inside, y * width + x, 0), batch_dims=2)
        return tf.where(inside, values, 0.0)

    confidence = value_at(0, 0)
    offsets = [
        _bell_offset(value_at(-1, 0), confidence, value_at(1, 0)),
        _bell_offset(value_at(0, -1), confidence, value_at(0, 1)),
    ]
    on_grid = tf.cast(tf.stack([column, row], axis=-1), tf.float32)
    points = (on_grid + tf.stack(offsets, axis=-1)) * output_stride
    found = confidence >= threshold
    return tf.where(found[..., None], points, float("nan")), confidence


def _bell_offset(before: tf.Tensor, highest: tf.Tensor, after: tf.Tensor) -> tf.Tensor:
    """Where a bell through three neighbours peaks, in [-0.5, 0.5] from the one in the middle.

    The logarithm of a bell is a parabola. A neighbour that is not above zero, or is none, has no
    logarithm: then the offset is 0.
    """
    usable = (before > 0) & (after > 0) & (highest > 0)
    low, top, high = (
        tf.math.log(tf.where(usable, value, 1.0)) for value in (before, highest, after)
    )
    return 0.5 * tf.math.divide_no_nan(high - low, 2.0 * top - low - high)
