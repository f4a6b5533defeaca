"""The grid on which maps are drawn, and how the drawings of several instances become one."""

from collections.abc import Callable

import tensorflow as tf

from splitlib.inputs.graph.tensors import lengths

Size = int | tuple[int | tf.Tensor, int | tf.Tensor]
"""Height and width of an image in pixels; one number for a square."""

UNROLLED = 4
"""Number of instances up to which the graph draws each with operations of its own. For more, the
graph has a loop, which costs a little for each instance but keeps the graph short."""


def grid_axes(image_size: Size, output_stride: int) -> tuple[tf.Tensor, tf.Tensor]:
    """The x of each column and the y of each row of maps, as SLEAP's `make_grid_vectors`.

    Returns:
        (ceil(width / output_stride),) and (ceil(height / output_stride),) float32: the pixels 0,
        output_stride, 2 * output_stride, ... of the image.
    """
    height, width = image_size if isinstance(image_size, tuple) else (image_size, image_size)
    x, y = (tf.range(0, length, output_stride) for length in (width, height))
    return tf.cast(x, tf.float32), tf.cast(y, tf.float32)


def image_size(image: tf.Tensor) -> Size:
    """Height and width of (..., height, width, channels), as plain numbers if they are known."""
    *_, height, width, _ = lengths(image)
    return height, width


def over_instances(
    draw: Callable[[tf.Tensor], tf.Tensor],
    join: Callable[[tf.Tensor, tf.Tensor], tf.Tensor],
    reduce: Callable[[tf.Tensor], tf.Tensor],
    instances: tf.Tensor,
) -> tf.Tensor:
    """Draw every instance, and join the drawings.

    Instances are drawn one after the other if their number is known, since the drawings of all at
    once would take as many times the memory.

    Args:
        draw: Turns (..., n_nodes, 2) points into (..., height, width, k).
        join: Makes one drawing of two.
        reduce: Makes one of (..., n_instances, height, width, k), which may hold no drawing.
        instances: (..., n_instances, n_nodes, 2).
    """
    n = instances.shape[-3]
    if not n:
        return reduce(draw(instances))

    def with_next(at: int | tf.Tensor, drawn: tf.Tensor) -> tuple[int | tf.Tensor, tf.Tensor]:
        return at + 1, join(drawn, draw(instances[..., at, :, :]))

    at, drawn = 1, draw(instances[..., 0, :, :])
    if n > UNROLLED:
        _, drawn = tf.while_loop(
            lambda at, _: at < n, with_next, (at, drawn), parallel_iterations=1
        )
        return drawn
    while at < n:
        at, drawn = with_next(at, drawn)
    return drawn


def exponential(powers: tf.Tensor) -> tf.Tensor:
    """The exponential function of float32, computed in float64.

    In float32 the last bit depends on a value's place in the tensor: tensorflow computes several
    values at a time, and the rest of them in another way. An example would differ from batch to
    batch.
    """
    return tf.cast(tf.exp(tf.cast(powers, tf.float64)), tf.float32)
