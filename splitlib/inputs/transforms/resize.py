"""Scaling of images and of the points in them."""

from dataclasses import dataclass

import tensorflow as tf

from splitlib.inputs.transforms.transform import Example, Transform


@dataclass(frozen=True)
class Resize(Transform):
    """Scales images, and the points in them, by one factor, > 0: less than 1 makes them smaller."""

    scale: float

    _input_keys = _output_keys = ("image", "instances", "scale")

    def apply(self, example: Example) -> dict[str, tf.Tensor]:
        """The scaled image, points and scale. Points divided by "scale" are in unscaled pixels."""
        if self.scale == 1:
            return {key: example[key] for key in self.output_keys}
        return {
            "image": resize_image(example["image"], self.scale),
            "instances": example["instances"] * self.scale,
            "scale": example["scale"] * self.scale,
        }


def resized(length: int, scale: float) -> int:
    """The height or width of an image after scaling: rounded down, but at least 1.

    The product is one of float32, as in SLEAP.

    Example:
        >>> resized(41, 0.5)
        20
    """
    return max(1, int(tf.cast(tf.cast(length, tf.float32) * scale, tf.int32)))


def resize_image(image: tf.Tensor, scale: float) -> tf.Tensor:
    """Scale an image, with bilinear interpolation and without smoothing, as SLEAP's `resize_image`.

    The image is (..., height, width, channels) uint8 or float32. The result has the same type, and
    its height and width are as of `resized`.
    """
    shape = tf.cast(tf.shape(image)[-3:-1], tf.float32)
    size = tf.maximum(1, tf.cast(shape * scale, tf.int32))
    scaled = tf.image.resize(image, size, "bilinear", antialias=False)
    return tf.cast(scaled, image.dtype)
