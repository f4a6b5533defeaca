"""Padding: images of one size that an encoder can halve, and one number of instances per frame."""

from dataclasses import dataclass
from math import nan

import tensorflow as tf

from splitlib.inputs.transforms.transform import Example, Transform

INSTANCE_KEYS = {"instances": nan, "centroids": nan, "skeleton_inds": -1, "track_inds": -1}
"""Keys with one entry per instance, and the entry that stands for no instance."""


@dataclass(frozen=True)
class PadToStride(Transform):
    """Pads images below and to the right with black, so that points stay where they are."""

    stride: int  # heights and widths become multiples of it, >= 1
    height: int = 0  # least height; that of the largest image makes all images equally large
    width: int = 0  # least width, likewise

    _input_keys = ("image",)
    _output_keys = ("image",)

    def apply(self, example: Example) -> dict[str, tf.Tensor]:
        """The padded image, of known shape if `height` and `width` are given."""
        image = example["image"]
        shape = tf.shape(image)
        rows = padding(tf.maximum(shape[-3], self.height), self.stride) - shape[-3]
        columns = padding(tf.maximum(shape[-2], self.width), self.stride) - shape[-2]
        before = [[0, 0]] * (len(image.shape) - 3)
        padded = tf.pad(image, [*before, [0, rows], [0, columns], [0, 0]])
        known = image.shape.as_list()
        for axis, least in ((-3, self.height), (-2, self.width)):
            if least or known[axis] is not None:
                known[axis] = int(padding(max(least, known[axis] or 0), self.stride))
        return {"image": tf.ensure_shape(padded, known)}


def padding(length: tf.Tensor | int, stride: int) -> tf.Tensor | int:
    """The next multiple of the stride.

    Example:
        >>> padding(41, 8), padding(48, 8)
        (48, 48)
    """
    return -(-length // stride) * stride


@dataclass(frozen=True)
class PadInstances(Transform):
    """Gives every frame the same number of instances, so that batches are dense."""

    n_instances: int  # of the frame that has most, >= 1

    _input_keys = ("instances",)
    _output_keys = ("instances", "instance_mask")

    def apply(self, example: Example) -> dict[str, tf.Tensor]:
        """The padded values of all `INSTANCE_KEYS` of the frame.

        "instance_mask" is (n_instances,) bool, False for what was added.
        """
        found = tf.shape(example["instances"])[0]
        padded = {
            key: self._padded(example[key], filler)
            for key, filler in INSTANCE_KEYS.items()
            if key in example
        }
        return padded | {"instance_mask": tf.range(self.n_instances) < found}

    def _padded(self, values: tf.Tensor, filler: float) -> tf.Tensor:
        missing = self.n_instances - tf.shape(values)[0]
        paddings = [[0, missing], *[[0, 0]] * (len(values.shape) - 1)]
        padded = tf.pad(values, paddings, constant_values=tf.cast(filler, values.dtype))
        return tf.ensure_shape(padded, [self.n_instances, *values.shape[1:]])
