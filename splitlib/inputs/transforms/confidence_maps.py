"""Confidence maps: for each node an image that is bright where the node is."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import tensorflow as tf

from splitlib.inputs.transforms.grid import Size, exponential, grid_axes, image_size, over_instances
from splitlib.inputs.transforms.transform import Example, Transform


def make_confidence_maps(
    points: tf.Tensor, *, image_size: Size, output_stride: int, sigma: float
) -> tf.Tensor:
    """Draw a Gaussian bell around each point, as SLEAP's `make_confmaps` does.

    The value at grid point g is exp(-|g - point|^2 / (2 sigma^2)). The highest value is 1 if the
    point falls on the grid, and a little less otherwise.

    Args:
        points: (..., n_nodes, 2) float32, (x, y) in pixels of the image, NaN for missing nodes.
        image_size: Size of the image in pixels.
        output_stride: Pixels from one grid point to the next; the grid is 0, output_stride, ...
        sigma: Standard deviation in pixels of the image, whatever the stride. (The sigma of a SLEAP
            training profile is in cells of the map: its generators multiply it by the stride.)

    Returns:
        (..., ceil(height / output_stride), ceil(width / output_stride), n_nodes) float32. The map
        of a missing node is all zero.
    """
    x, y = grid_axes(image_size, output_stride)
    # The bell is a product of one along x and one along y: n_nodes * (width + height) exponentials.
    along_x = _bell(x[:, None] - points[..., None, :, 0], sigma)
    along_y = _bell(y[:, None] - points[..., None, :, 1], sigma)
    return _products(along_y, along_x)


def make_multi_confidence_maps(
    instances: tf.Tensor, *, image_size: Size, output_stride: int, sigma: float
) -> tf.Tensor:
    """Draw the maps of several instances, of which the brightest counts at each place.

    Instances outside of the image are drawn too, as far as their bells reach into it. SLEAP's
    `make_multi_confmaps` leaves them out. Arguments are those of `make_confidence_maps`, but for
    the points of instances: (..., n_instances, n_nodes, 2) float32.

    Returns:
        (..., height, width, n_nodes) float32, all zero where there is no instance.
    """
    draw = partial(
        make_confidence_maps, image_size=image_size, output_stride=output_stride, sigma=sigma
    )

    def brightest(maps: tf.Tensor) -> tf.Tensor:
        return tf.maximum(tf.reduce_max(maps, axis=-4), 0.0)  # of none the maximum is -inf

    return over_instances(draw, tf.maximum, brightest, instances)


@partial(tf.function, autograph=False, jit_compile=True)
def _products(along_y: tf.Tensor, along_x: tf.Tensor) -> tf.Tensor:
    """Every y times every x, as machine code (XLA), which takes down to a third of the time."""
    return along_y[..., :, None, :] * along_x[..., None, :, :]


def _bell(distances: tf.Tensor, sigma: float) -> tf.Tensor:
    bells = exponential(tf.square(distances) / (-2.0 * sigma**2))
    return tf.where(tf.math.is_nan(bells), 0.0, bells)


@dataclass(frozen=True)
class _Maps(Transform):
    """Maps of the points of frames or crops, as large as the image asks for."""

    output_stride: int  # pixels of the image for one cell of the maps, >= 1
    sigma: float  # spread of a peak in pixels of the image, > 0, whatever the stride

    _draw: ClassVar[Callable[..., tf.Tensor]] = staticmethod(make_multi_confidence_maps)

    def apply(self, example: Example) -> dict[str, tf.Tensor]:
        """The maps, (..., height, width, n_nodes) float32."""
        image, points = (example[key] for key in self.input_keys)
        maps = self._draw(
            points, image_size=image_size(image), output_stride=self.output_stride, sigma=self.sigma
        )
        return dict.fromkeys(self.output_keys, maps)


class InstanceConfidenceMaps(_Maps):
    """The maps of crops that show one instance each (SLEAP: `InstanceConfidenceMapGenerator`)."""

    _input_keys = ("instance_image", "instance_points")
    _output_keys = ("instance_confidence_maps",)
    _draw = staticmethod(make_confidence_maps)


class ConfidenceMaps(_Maps):
    """The maps of frames with any number of instances; of several the brightest counts.

    For frames of one instance they equal those of SLEAP's `SingleInstanceConfidenceMapGenerator`,
    for others those of its `MultiConfidenceMapGenerator`.
    """

    _input_keys = ("image", "instances")
    _output_keys = ("confidence_maps",)


class CentroidConfidenceMaps(_Maps):
    """One map of all centroids (SLEAP: `MultiConfidenceMapGenerator` with `centroids=True`)."""

    _input_keys = ("image", "centroids")
    _output_keys = ("centroid_confidence_maps",)

    def apply(self, example: Example) -> dict[str, tf.Tensor]:
        """The map, (..., height, width, 1) float32."""
        return super().apply({**example, "centroids": example["centroids"][..., None, :]})
