"""Random brightness and contrast."""

from dataclasses import dataclass

import tensorflow as tf

from splitlib.inputs.transforms.transform import Example, Transform
from splitlib.inputs.transforms.warps import INTENSITIES, seed_for


@dataclass(frozen=True)
class IntensityRanges:
    """The ranges to draw from.

    Attributes:
        brightness: Largest change either way, as a share of white, >= 0. Drawn evenly.
        contrast: Lowest and highest factor on the differences from the image's mean, > 0. Drawn
            evenly.
    """

    brightness: float = 0.0
    contrast: tuple[float, float] = (1.0, 1.0)

    @property
    def changes_nothing(self) -> bool:
        """Whether every draw leaves images as they are."""
        return self.brightness == 0 and self.contrast == (1.0, 1.0)


@dataclass(frozen=True)
class VaryIntensity(Transform):
    """Changes contrast and brightness of a frame, or of each of its crops.

    Attributes:
        ranges: What to draw from.
        key: The images: (height, width, channels) or (n, height, width, channels) float32 from 0
            to 1, each with a draw of its own. The latter are crops of one frame, as of
            `InstanceCrops`.
    """

    ranges: IntensityRanges
    key: str = "image"

    @property
    def input_keys(self) -> list[str]:
        """The images and the frame's seed, (2,) int64 or (n, 2) with one seed for all n."""
        return [self.key, "frame_seed"]

    @property
    def output_keys(self) -> list[str]:
        """The images."""
        return [self.key]

    def apply(self, example: Example) -> dict[str, tf.Tensor]:
        """The images, kept from 0 to 1."""
        images = example[self.key]
        several = images if len(images.shape) == 4 else images[None]
        # The crops of a frame all come with its seed; of no crops any seed will do.
        seed = tf.reduce_max(tf.reshape(example["frame_seed"], [-1, 2]), axis=0)
        draws = draw_intensities(self.ranges, tf.shape(several)[0], seed)
        varied = tf.reshape(vary_intensity(several, *draws), tf.shape(images))
        return {self.key: tf.ensure_shape(varied, images.shape)}


def draw_intensities(
    ranges: IntensityRanges, n: int | tf.Tensor, seed: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Draw changes of n images: (n,) float32 added, and (n,) float32 factors of contrast.

    Args:
        ranges: What to draw from.
        n: How many.
        seed: (2,) int64, the frame's. The same seed gives the same draws.
    """
    draws = tf.random.stateless_uniform((n, 2), seed_for(seed, INTENSITIES), alg="philox")
    low, high = ranges.contrast
    return (2.0 * draws[:, 0] - 1.0) * ranges.brightness, low + (high - low) * draws[:, 1]


def vary_intensity(images: tf.Tensor, added: tf.Tensor, factor: tf.Tensor) -> tf.Tensor:
    """(image - mean) * factor + mean + added, cut off at 0 and 1.

    Args:
        images: (n, height, width, channels) float32 from 0 to 1.
        added: (n,) float32.
        factor: (n,) float32. The mean is that of the image, over all its channels.
    """
    mean = tf.reduce_mean(images, axis=[1, 2, 3], keepdims=True)
    factor, added = factor[:, None, None, None], added[:, None, None, None]
    # one product and one sum over the pixels; the rest is one number for each image
    return tf.clip_by_value(images * factor + (mean * (1.0 - factor) + added), 0.0, 1.0)
