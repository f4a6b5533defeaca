"""Patches: the surroundings of instances, cut out before anything is computed from pixels.

A patch covers all that its crop can show under any warp that may be drawn. So crops of large frames
cost no more than crops of small ones.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from splitlib.inputs.graph.tensors import lengths
from splitlib.inputs.transforms.draws import instance_seeds
from splitlib.inputs.transforms.normalize import to_channels
from splitlib.inputs.transforms.padding import padding
from splitlib.inputs.transforms.resize import sleap_offset
from splitlib.inputs.transforms.transform import Example, Transform
from splitlib.inputs.transforms.warps import WarpRanges

FRAME_KEYS = ("example_ind", "video_ind", "frame_ind")
"""Keys whose value every instance takes from its frame, if the frame has them."""

PATCH_KEYS = ("instance_patch", "patch_corner", "centroid", "instance")
"""Keys of patches that crops replace."""

WORD = 16
"""Pixels of a row that are copied at once, if the widths of images allow it."""

FAR = 2**30 - 1
"""More words than an image has; the sum of two is still an int32."""


@dataclass(frozen=True)
class InstancePatches(Transform):
    """Turns a frame into its instances, each with a patch of the image around its centroid.

    It is used in `Dataset.map`, and `unbatch` follows. A frame without instances leaves nothing.
    Crop size, scale, ranges and `as_sleap` are those of the `InstanceCrops` that patches are made
    for.
    """

    crop_size: int
    scale: float = 1.0
    ranges: WarpRanges | None = None
    word: int = 1  # pixels of a row that are copied at once; all widths are multiples of it
    channels: int | None = None  # 3 to make gray patches coloured, None for patches as they are
    as_sleap: bool = False

    _input_keys = ("image", "instances", "centroids", "skeleton_inds", "track_inds", "scale")
    _output_keys = (*PATCH_KEYS, "instance_ind", "skeleton_ind", "track_ind", "scale")

    def __call__(self, example: Example) -> dict[str, tf.Tensor]:
        """The instances of one frame along the first axis of each value, in the reader's order.

        Returns:
            A dict:
                "instance_patch": (n_instances, height, width, channels) of the image's type, black
                    outside of the image.
                "patch_corner": (n_instances, 2) int32, (x, y) of the first pixel in the frame.
                "centroid": (n_instances, 2) float32, (x, y) in the frame.
                "instance": (n_instances, n_nodes, 2) float32, (x, y) in the frame, NaN where a node
                    is missing.
                "instance_ind", "skeleton_ind", "track_ind": (n_instances,) int32; the first counts
                    from 0 in each frame.
                "scale", "example_ind", "video_ind", "frame_ind": those of the frame, repeated.
                "frame_seed": (n_instances, 2) int64, a seed for each, if the frame has a seed.
        """
        self.check(example)
        n = tf.shape(example["instances"])[0]
        kept = {key: _repeated(example[key], n) for key in FRAME_KEYS if key in example}
        if "frame_seed" in example:
            kept["frame_seed"] = instance_seeds(example["frame_seed"], n)
        return self.apply(example) | kept

    def apply(self, example: Example) -> dict[str, tf.Tensor]:
        """The patches, without the values that they only take from the frame."""
        centroids, n = example["centroids"], tf.shape(example["instances"])[0]
        corners = self.corners(centroids)
        patches = cut_patches(example["image"], corners, self.patch_size, self.word)
        return {
            "instance_patch": to_channels(patches, self.channels),
            "patch_corner": corners,
            "centroid": centroids,
            "instance": example["instances"],
            "instance_ind": tf.range(n),
            "skeleton_ind": example["skeleton_inds"],
            "track_ind": example["track_inds"],
            "scale": _repeated(example["scale"], n),
        }

    @property
    def patch_size(self) -> tuple[int, int]:
        """Height and width of all patches: the reach of crops, and a little for neighbours."""
        side = 2 * self._reach + 1
        # a corner moves left to the start of its word, by word - 1 at most; words are cut out whole
        return side, int(padding(side + self.word - 1, self.word))

    @property
    def _reach(self) -> int:
        """Distance in pixels from the centroid's pixel to the farthest that a crop needs."""
        ranges = self.ranges or WarpRanges()
        angle = math.radians(min(ranges.rotation, 45))  # a square reaches farthest at 45 degrees
        diagonal = (math.cos(angle) + math.sin(angle)) * (self.crop_size - 1) / 2
        # one pixel each for the centroid's place in its pixel, for a neighbour, and for rounding
        return math.ceil(diagonal / (ranges.scale[0] * self.scale)) + 3

    def corners(self, centroids: tf.Tensor) -> tf.Tensor:
        """(n, 2) int32, (x, y) of the first pixel of the patch of each centroid, (n, 2) float32."""
        far = 2.0**24  # outside of any image; beyond it float32 lacks some whole numbers
        if self.as_sleap:
            centroids += sleap_offset(self.scale)
        pixels = tf.cast(tf.clip_by_value(tf.floor(centroids), -far, far), tf.int32)
        steps = [self.word, 1]
        return (pixels - self._reach) // steps * steps


def word_length(widths: Sequence[int] | NDArray[np.int64]) -> int:
    """Pixels of a row that can be copied at once out of images of these widths.

    Example:
        >>> word_length([384, 1280]), word_length([384, 1023])
        (16, 1)
    """
    return int(np.gcd.reduce(np.asarray(widths, np.int64), initial=WORD))


def cut_patches(
    image: tf.Tensor, corners: tf.Tensor, size: tuple[int, int], word: int = 1
) -> tf.Tensor:
    """Cut patches out of an image, (height, width, channels) of any type.

    Corners are (n, 2) int32, (x, y) of the first pixel of each; the size is height and width. The
    widths of image and patches, and every x, are multiples of `word`, the pixels that are copied at
    once.

    Returns:
        (n, height, width, channels) of the same type, 0 outside of the image.
    """
    height, width, channels = lengths(image)
    words = tf.reshape(image, [-1, word * channels])
    nothing = tf.zeros([1, word * channels], image.dtype)
    per_row = width // word
    rows = corners[:, 1, None] + tf.range(size[0])
    columns = corners[:, 0, None] // word + tf.range(size[1] // word)
    # places outside of the image lead to the word behind the last one, which is 0
    of_rows = tf.where(_is_within(rows, height), rows * per_row, FAR)
    of_columns = tf.where(_is_within(columns, per_row), columns, FAR)
    at = tf.minimum(of_rows[:, :, None] + of_columns[:, None, :], height * per_row)
    patches = tf.gather(tf.concat([words, nothing], axis=0), at)
    patches = tf.reshape(patches, [-1, *size, channels])
    return tf.ensure_shape(patches, [None, *size, image.shape[-1]])


def _is_within(numbers: tf.Tensor, end: int | tf.Tensor) -> tf.Tensor:
    return (numbers >= 0) & (numbers < end)


def _repeated(value: tf.Tensor, n: tf.Tensor) -> tf.Tensor:
    # not tf.repeat, which is eight operations and takes as long as cutting out a patch
    return tf.broadcast_to(value, [n, *value.shape])
