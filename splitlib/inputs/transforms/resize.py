"""Scaling of images and of the points in them.

A point at a whole number lies in the centre of its pixel, so the image begins half a pixel before
0. `tf.image.resize` scales images from border to border, and points have to follow. SLEAP 1.3.3
multiplies them by the factor alone. Its points so lie beside what its images show: by
(1 - scale) / 2 pixels of the scaled image, which are 1.5 pixels of the video at a scale of 0.25.
"""

from dataclasses import dataclass
from typing import Any, TypeVar

import tensorflow as tf
from numpy.typing import NDArray

from splitlib.inputs.graph.tensors import lengths
from splitlib.inputs.transforms.transform import Example, Transform

Points = TypeVar("Points", tf.Tensor, NDArray[Any])
"""(..., 2) floats, (x, y) in pixels."""


@dataclass(frozen=True)
class Resize(Transform):
    """Scales images, and the points in them, by one factor, > 0: less than 1 makes them smaller."""

    scale: float
    as_sleap: bool = False  # whether points are those of SLEAP, beside what the image shows

    _input_keys = _output_keys = ("image", "instances", "scale")

    def apply(self, example: Example) -> dict[str, tf.Tensor]:
        """The scaled image, points and scale; `unscaled` leads points back to unscaled pixels.

        Lengths of images are whole numbers, so the factors along x and y differ a little from the
        one that is asked for. "scale" and the points follow the image; those of SLEAP do not.
        """
        if self.scale == 1:
            return {key: example[key] for key in self.output_keys}
        image = resize_image(example["image"], self.scale)
        factors = self.scale if self.as_sleap else _factors(example["image"], image)
        return {
            "image": image,
            "instances": scaled(example["instances"], factors, as_sleap=self.as_sleap),
            "scale": example["scale"] * factors,
        }


def scaled(points: Points, scale: Points | float, *, as_sleap: bool = False) -> Points:
    """Lead points of an image to the image that is larger by a factor, or by those of x and y."""
    border = 0.0 if as_sleap else 0.5
    return points * scale + border * (scale - 1)  # (points + border) * scale - border, exact for 1


def unscaled(points: Points, scale: Points | float, *, as_sleap: bool = False) -> Points:
    """Lead points of a scaled image back: the inverse of `scaled`."""
    border = 0.0 if as_sleap else 0.5
    return (points - border * (scale - 1)) / scale


def sleap_offset(scale: float) -> float:
    """How far right and below of a point SLEAP's scaled images show it, in pixels of the video.

    Example:
        >>> sleap_offset(0.25), sleap_offset(1.0)
        (1.5, 0.0)
    """
    return (1 - scale) / (2 * scale)


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
    made = tf.image.resize(image, size, "bilinear", antialias=False)
    return tf.cast(made, image.dtype)


def _factors(image: tf.Tensor, made: tf.Tensor) -> tf.Tensor:
    """(2,) float32: how many times as wide and as high the image was made."""
    sizes = [tf.cast(tf.stack(lengths(each)[-3:-1]), tf.float32) for each in (made, image)]
    return (sizes[0] / sizes[1])[::-1]
