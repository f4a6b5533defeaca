"""Images of one size that an encoder can halve, and as many instances in every frame."""

from dataclasses import dataclass

import tensorflow as tf

from splitlib.inputs.transforms.transform import Example, Transform

INSTANCE_KEYS = {"instances": float("nan"), "centroids": float("nan")} | dict.fromkeys(
    ("skeleton_inds", "track_inds"), -1
)
"""What has one entry per instance, and what stands where there is none."""


@dataclass(frozen=True)
class PadToStride(Transform):
    """Pads images below and to the right with black, so that points stay where they are.

    Attributes:
        stride: Heights and widths become multiples of it, >= 1.
        height: At least; images of one dataset become equally large where it is the largest.
        width: At least.
    """

    stride: int
    height: int = 0
    width: int = 0

    @property
    def input_keys(self) -> list[str]:
        """The image."""
        return ["image"]

    @property
    def output_keys(self) -> list[str]:
        """The image."""
        return ["image"]

    def apply(self, example: Example) -> dict[str, tf.Tensor]:
        """The padded image, of known shape where `height` and `width` are given."""
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
    """Gives every frame the same number of instances, so that batches are dense.

    Attributes:
        n_instances: Of the frame that has most, >= 1.
    """

    n_instances: int

    @property
    def input_keys(self) -> list[str]:
        """The points; what else there is per instance is padded too."""
        return ["instances"]

    @property
    def output_keys(self) -> list[str]:
        """The points, and which of them are instances."""
        return ["instances", "instance_mask"]

    def apply(self, example: Example) -> dict[str, tf.Tensor]:
        """Behind the instances NaN for points and -1 for numbers.

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
