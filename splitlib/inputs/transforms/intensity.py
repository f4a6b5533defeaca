"""Random brightness and contrast."""

from dataclasses import dataclass

import tensorflow as tf

from splitlib.inputs.transforms.draws import INTENSITIES, draw
from splitlib.inputs.transforms.transform import Example, Transform


@dataclass(frozen=True)
class IntensityRanges:
    """The ranges from which brightness and contrast are drawn, evenly."""

    brightness: float = 0.0  # largest change either way, as a share of white, >= 0
    # lowest and highest factor on the differences from the image's mean, > 0
    contrast: tuple[float, float] = (1.0, 1.0)

    @property
    def changes_nothing(self) -> bool:
        """Whether every draw leaves images as they are."""
        return self.brightness == 0 and self.contrast == (1.0, 1.0)


@dataclass(frozen=True)
class VaryIntensity(Transform):
    """Changes contrast and brightness of an image, or of each image of a batch."""

    ranges: IntensityRanges
    key: str = "image"  # of the images, ([n,] height, width, channels) float32 from 0 to 1

    @property
    def input_keys(self) -> list[str]:
        """The images and the seed of each, (2,) or (n, 2) int64."""
        return [self.key, "frame_seed"]

    @property
    def output_keys(self) -> list[str]:
        """The images."""
        return [self.key]

    def apply(self, example: Example) -> dict[str, tf.Tensor]:
        """The images, kept from 0 to 1."""
        images, seeds = example[self.key], example["frame_seed"]
        if len(images.shape) == 4:
            return {self.key: vary_intensity(images, *draw_intensities(self.ranges, seeds))}
        varied = vary_intensity(images[None], *draw_intensities(self.ranges, seeds[None]))
        return {self.key: varied[0]}


def draw_intensities(ranges: IntensityRanges, seeds: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Draw a change for each seed of a frame or instance, (n, 2) int64.

    Returns:
        (n,) float32 that is added to an image, and (n,) float32, its factor of contrast.
    """
    draws = draw(seeds, INTENSITIES, 2)
    low, high = ranges.contrast
    return (2.0 * draws[:, 0] - 1.0) * ranges.brightness, low + (high - low) * draws[:, 1]


def vary_intensity(images: tf.Tensor, added: tf.Tensor, factor: tf.Tensor) -> tf.Tensor:
    """Change each image to (image - mean) * factor + mean + added, cut off at 0 and 1.

    The mean is that of one image, over all its channels. Images are (n, height, width, channels)
    float32 from 0 to 1; the numbers added and the factors are (n,) float32.
    """
    mean = tf.reduce_mean(images, axis=[1, 2, 3], keepdims=True)
    factor, added = factor[:, None, None, None], added[:, None, None, None]
    # one product and one sum per pixel: the part in brackets is one number per image
    return tf.clip_by_value(images * factor + (mean * (1.0 - factor) + added), 0.0, 1.0)
