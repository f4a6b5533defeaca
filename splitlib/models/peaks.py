"""Points of confidence maps: the highest values of the maps, refined between pixels."""

import tensorflow as tf

THRESHOLD = 0.2
"""Lowest value of a map that counts as a node; SLEAP's default for inference is the same."""


def find_peaks(
    maps: tf.Tensor, *, output_stride: int, threshold: float = THRESHOLD
) -> tuple[tf.Tensor, tf.Tensor]:
    """Find one point in each confidence map.

    The highest value gives the pixel. Along each axis, a bell through that pixel and its two
    neighbours gives the place between pixels. For maps of `make_confidence_maps` the place is exact
    up to rounding. At a border it stays on the grid along that axis.

    Maps are (n, height, width, n_nodes) float32, with `output_stride` pixels of the image from one
    map pixel to the next. The threshold is the lowest value that counts as a node.

    Returns:
        Tuple of
            (n, n_nodes, 2) float32: points, (x, y) in pixels of the image, NaN below the threshold.
            (n, n_nodes) float32: the highest values.
    """
    n, height, width, n_nodes = tf.unstack(tf.shape(maps))
    flat = tf.reshape(tf.transpose(maps, [0, 3, 1, 2]), [n * n_nodes, height, width])
    highest = tf.argmax(
        tf.reshape(flat, [n * n_nodes, height * width]), axis=-1, output_type=tf.int32
    )
    places = tf.stack([tf.range(n * n_nodes), highest // width, highest % width], axis=-1)
    points, confidence = _refined(flat, places)
    points = tf.where(confidence[:, None] >= threshold, points * output_stride, float("nan"))
    return tf.reshape(points, [n, n_nodes, 2]), tf.reshape(confidence, [n, n_nodes])


def find_scored_peaks(
    maps: tf.Tensor, *, output_stride: int, threshold: float = THRESHOLD
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Find all points of confidence maps that show any number of instances.

    A peak is the threshold at least, and higher than its eight neighbours. Of equal neighbours, the
    first in reading order is the peak. Peaks are refined as by `find_peaks`, and arguments are the
    same.

    Returns:
        Tuple of
            (n_peaks, 2) float32: points, (x, y) in pixels of the image.
            (n_peaks, 2) int32: the map of each peak, as its position in the batch and its node.
            (n_peaks,) float32: the value of the map at each.
    """
    n, height, width, n_nodes = tf.unstack(tf.shape(maps))
    flat = tf.reshape(tf.transpose(maps, [0, 3, 1, 2]), [n * n_nodes, height, width])
    padded = tf.pad(flat, [[0, 0], [1, 1], [1, 1]], constant_values=-1.0)
    is_peak = flat >= threshold
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            beside = padded[:, 1 + dy : 1 + dy + height, 1 + dx : 1 + dx + width]
            if (dy, dx) < (0, 0):
                is_peak &= flat > beside
            elif (dy, dx) > (0, 0):
                is_peak &= flat >= beside
    places = tf.cast(tf.where(is_peak), tf.int32)
    points, values = _refined(flat, places)
    where = tf.stack([places[:, 0] // n_nodes, places[:, 0] % n_nodes], axis=-1)
    return points * output_stride, where, values


def _refined(flat: tf.Tensor, places: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Refine places, (m, 3) map, row and column, to points (m, 2); and the values there, (m,)."""
    height, width = tf.shape(flat)[1], tf.shape(flat)[2]

    def value_at(dx: int, dy: int) -> tf.Tensor:
        """(m,) values beside the places, 0 beyond the border."""
        row, column = places[:, 1] + dy, places[:, 2] + dx
        inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
        held = tf.where(inside[:, None], tf.stack([places[:, 0], row, column], axis=-1), places)
        return tf.where(inside, tf.gather_nd(flat, held), 0.0)

    confidence = value_at(0, 0)
    offsets = [
        _bell_offset(value_at(-1, 0), confidence, value_at(1, 0)),
        _bell_offset(value_at(0, -1), confidence, value_at(0, 1)),
    ]
    on_grid = tf.cast(places[:, :0:-1], tf.float32)  # column, row
    return on_grid + tf.stack(offsets, axis=-1), confidence


def _bell_offset(before: tf.Tensor, highest: tf.Tensor, after: tf.Tensor) -> tf.Tensor:
    """The peak of a bell through three neighbours, as an offset from the middle in [-0.5, 0.5].

    The logarithm of a bell is a parabola. The offset is 0 if a neighbour is missing or not above
    zero, and so has no logarithm.
    """
    usable = (before > 0) & (after > 0) & (highest > 0)
    low, top, high = (
        tf.math.log(tf.where(usable, value, 1.0)) for value in (before, highest, after)
    )
    return 0.5 * tf.math.divide_no_nan(high - low, 2.0 * top - low - high)
