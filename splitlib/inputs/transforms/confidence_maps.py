"""Confidence maps: for each node an image that is bright where the node is."""

from dataclasses import dataclass
from functools import partial

import tensorflow as tf

from splitlib.inputs.transforms.grid import (
    Size,
    exponential,
    grid_axes,
    image_size,
    over_instances,
)
from splitlib.inputs.transforms.transform import Example, Transform


@dataclass(frozen=True)
class _Maps(Transform):
    """What the kinds of confidence maps share.

    Attributes:
        output_stride: Pixels of the image for one cell of the maps, >= 1.
        sigma: Spread of a peak in pixels of the image, > 0, whatever the stride.
    """

    output_stride: int
    sigma: float


class InstanceConfidenceMaps(_Maps):
    """The maps of crops that show one instance each (SLEAP: `InstanceConfidenceMapGenerator`)."""

    @property
    def input_keys(self) -> list[str]:
        """The crops, for their size, and the points in them."""
        return ["instance_image", "instance_points"]

    @property
    def output_keys(self) -> list[str]:
        """The maps, (..., height, width, n_nodes) float32."""
        return ["instance_confidence_maps"]

    def apply(self, example: Example) -> dict[str, tf.Tensor]:
        """The maps."""
        maps = make_confidence_maps(
            example["instance_points"],
            image_size=image_size(example["instance_image"]),
            output_stride=self.output_stride,
            sigma=self.sigma,
        )
        return {"instance_confidence_maps": maps}


class ConfidenceMaps(_Maps):
    """The maps of frames with any number of instances; of several the brightest counts.

    With one instance a frame they are those of SLEAP's `SingleInstanceConfidenceMapGenerator`, else
    those of its `MultiConfidenceMapGenerator`.
    """

    @property
    def input_keys(self) -> list[str]:
        """The frames, for their size, and their instances."""
        return ["image", "instances"]

    @property
    def output_keys(self) -> list[str]:
        """The maps, (..., height, width, n_nodes) float32."""
        return ["confidence_maps"]

    def apply(self, example: Example) -> dict[str, tf.Tensor]:
        """The maps."""
        return {"confidence_maps": self._of(example, example["instances"])}

    def _of(self, example: Example, instances: tf.Tensor) -> tf.Tensor:
        return make_multi_confidence_maps(
            instances,
            image_size=image_size(example["image"]),
            output_stride=self.output_stride,
            sigma=self.sigma,
        )


class CentroidConfidenceMaps(ConfidenceMaps):
    """One map of all centroids (SLEAP: `MultiConfidenceMapGenerator` with `centroids=True`)."""

    @property
    def input_keys(self) -> list[str]:
        """The frames, for their size, and the centroids of their instances."""
        return ["image", "centroids"]

    @property
    def output_keys(self) -> list[str]:
        """The map, (..., height, width, 1) float32."""
        return ["centroid_confidence_maps"]

    def apply(self, example: Example) -> dict[str, tf.Tensor]:
        """The map."""
        return {"centroid_confidence_maps": self._of(example, example["centroids"][..., None, :])}


def make_confidence_maps(
    points: tf.Tensor, *, image_size: Size, output_stride: int, sigma: float
) -> tf.Tensor:
    """Draw a Gaussian bell around each point, as SLEAP's `make_confmaps` does.

    The value at grid point g is exp(-|g - point|^2 / (2 sigma^2)): 1 where the point falls on the
    grid, a little less at the nearest grid point otherwise.

    Args:
        points: (..., n_nodes, 2) float32, (x, y) in pixels of the image, NaN where a node is
            missing.
        image_size: Of the image in pixels.
        output_stride: Pixels from one grid point to the next; the grid is 0, output_stride, ...
        sigma: Standard deviation in pixels of the image, whatever the stride. (The sigma of a SLEAP
            training profile is in cells of the map: its generators multiply it by the stride.)

    Returns:
        (..., ceil(height / output_stride), ceil(width / output_stride), n_nodes) float32. All zero
        for a missing node.
    """
    x, y = grid_axes(image_size, output_stride)
    # The bell is a product of one along x and one along y: n_nodes * (width + height) exponentials.
    along_x = _bell(x[:, None] - points[..., None, :, 0], sigma)
    along_y = _bell(y[:, None] - points[..., None, :, 1], sigma)
    maps: tf.Tensor = _products(along_y, along_x)
    return maps


def make_multi_confidence_maps(
    instances: tf.Tensor, *, image_size: Size, output_stride: int, sigma: float
) -> tf.Tensor:
    """Draw the maps of several instances, of which the brightest counts at each place.

    Instances that lie outside of the image are drawn too, as far as their bells reach into it;
    SLEAP's `make_multi_confmaps` leaves them out.

    Args:
        instances: (..., n_instances, n_nodes, 2) float32, NaN where a node is missing.
        image_size: As of `make_confidence_maps`.
        output_stride: Likewise.
        sigma: Likewise.

    Returns:
        (..., height, width, n_nodes) float32, all zero where there is no instance.
    """

    def draw(points: tf.Tensor) -> tf.Tensor:
        return make_confidence_maps(
            points, image_size=image_size, output_stride=output_stride, sigma=sigma
        )

    def brightest(maps: tf.Tensor) -> tf.Tensor:
        return tf.maximum(tf.reduce_max(maps, axis=-4), 0.0)  # of none the maximum is -inf

    return over_instances(draw, tf.maximum, brightest, instances)


@partial(tf.function, autograph=False, jit_compile=True)
def _products(along_y: tf.Tensor, along_x: tf.Tensor) -> tf.Tensor:
    """Every y with every x, as machine code (XLA), which takes down to a third of the time."""
    return along_y[..., :, None, :] * along_x[..., None, :, :]


def _bell(distances: tf.Tensor, sigma: float) -> tf.Tensor:
    bells = exponential(tf.square(distances) / (-2.0 * sigma**2))
    return tf.where(tf.math.is_nan(bells), 0.0, bells)
