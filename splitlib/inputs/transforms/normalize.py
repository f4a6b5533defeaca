"""Images of numbers from 0 to 1, in gray or in colour."""

from dataclasses import dataclass

import tensorflow as tf

from splitlib.inputs.transforms.transform import Example, Transform


@dataclass(frozen=True)
class Normalize(Transform):
    """Turns uint8 images into float32 from 0 to 1, as SLEAP's `Normalizer` does.

    Gray is 0.2989 R + 0.587 G + 0.114 B (ITU-R BT.601); a gray image has three equal channels as
    RGB.
    """

    channels: int | None = None  # 1 for gray, 3 for RGB, None for those that the image has
    key: str = "image"  # of the image, (..., height, width, channels)

    @property
    def input_keys(self) -> list[str]:
        """The image."""
        return [self.key]

    @property
    def output_keys(self) -> list[str]:
        """The image."""
        return [self.key]

    def apply(self, example: Example) -> dict[str, tf.Tensor]:
        """The image as float32. The values of a float image must be from 0 to 1 already."""
        # float32 before gray: a gray of whole numbers would be rounded to one of 256 levels
        image = tf.image.convert_image_dtype(example[self.key], tf.float32)
        return {self.key: to_channels(image, self.channels)}


def to_channels(image: tf.Tensor, channels: int | None) -> tf.Tensor:
    """Convert an image to gray (1 channel) or RGB (3); None leaves it as it is.

    The image is (..., height, width, c); c may be unknown until the image is read. Opacity, the
    last of 2 or 4 channels, is left out.

    Returns:
        (..., height, width, channels) of the same type.
    """
    if channels is None or image.shape[-1] == channels:
        return image
    if image.shape[-1] is None:
        is_there = tf.equal(tf.shape(image)[-1], channels)
        converted = tf.cond(is_there, lambda: image, lambda: _converted(image, channels))
        return tf.ensure_shape(converted, [*image.shape[:-1], channels])
    return _converted(image, channels)


def _converted(image: tf.Tensor, channels: int) -> tf.Tensor:
    is_gray = tf.shape(image)[-1] < 3
    rgb = tf.gather(image, tf.where(is_gray, [0, 0, 0], [0, 1, 2]), axis=-1)
    return rgb if channels == 3 else tf.where(is_gray, rgb[..., :1], tf.image.rgb_to_grayscale(rgb))
