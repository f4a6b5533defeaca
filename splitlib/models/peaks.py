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
    highest = tf.argmax(
        tf.reshape(tf.transpose(maps, [0, 3, 1, 2]), [n * n_nodes, height * width]),
        axis=-1,
        output_type=tf.int32,
    )
    each = tf.range(n * n_nodes)
    places = [each // n_nodes, highest // width, highest % width, each % n_nodes]
    points, confidence = _refined(maps, tf.stack(places, axis=-1))
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
    # most pixels are ruled out by a pass over all of them, and neighbours are read of the others
    around = tf.nn.max_pool2d(maps, ksize=3, strides=1, padding="SAME")
    places = _by_map(tf.cast(tf.where((maps >= threshold) & (maps >= around)), tf.int32), maps)
    values = tf.gather_nd(maps, places)
    is_peak = tf.ones_like(values, tf.bool)
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            beside = _values_beside(maps, places, dx, dy, beyond=-1.0)
            if (dy, dx) < (0, 0):
                is_peak &= values > beside
            elif (dy, dx) > (0, 0):
                is_peak &= values >= beside
    places = tf.boolean_mask(places, is_peak)
    points, values = _refined(maps, places)
    return points * output_stride, tf.gather(places, [0, 3], axis=1), values


def _by_map(places: tf.Tensor, maps: tf.Tensor) -> tf.Tensor:
    """Places, (m, 4) image, row, column and node in reading order, map by map."""
    image, _, _, node = tf.unstack(places, axis=1)
    return tf.gather(places, tf.argsort(image * tf.shape(maps)[3] + node, stable=True))


def _values_beside(
    maps: tf.Tensor, places: tf.Tensor, dx: int, dy: int, *, beyond: float
) -> tf.Tensor:
    """(m,) values beside places, (m, 4) image, row, column and node; `beyond` past the border."""
    height, width = tf.shape(maps)[1], tf.shape(maps)[2]
    beside = tf.add(places, [0, dy, dx, 0])
    row, column = beside[:, 1], beside[:, 2]
    inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
    return tf.where(inside, tf.gather_nd(maps, tf.where(inside[:, None], beside, places)), beyond)


def _refined(maps: tf.Tensor, places: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Refine places, (m, 4) image, row, column and node, to points (m, 2); and values there, (m,).

    Neighbours past the border count as 0.
    """

    def value_at(dx: int, dy: int) -> tf.Tensor:
        return _values_beside(maps, places, dx, dy, beyond=0.0)

    confidence = value_at(0, 0)
    offsets = [
        _bell_offset(value_at(-1, 0), confidence, value_at(1, 0)),
        _bell_offset(value_at(0, -1), confidence, value_at(0, 1)),
    ]
    on_grid = tf.cast(places[:, 2:0:-1], tf.float32)  # column, row
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
