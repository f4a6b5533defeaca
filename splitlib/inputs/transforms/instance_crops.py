"""Crops of instances: one affine warp per instance moves its patch and its points alike.

The centroid lies in the middle of the crop, at ((crop_size - 1) / 2, (crop_size - 1) / 2), as in
SLEAP. Images and points are scaled about it, so they agree without more. `as_sleap` moves the image
to where crops of SLEAP's scaled frames have it (`splitlib.inputs.transforms.resize`).
"""

from dataclasses import dataclass

import tensorflow as tf

from splitlib.inputs.graph.tensors import lengths
from splitlib.inputs.transforms.instance_patches import PATCH_KEYS
from splitlib.inputs.transforms.resize import scaled, sleap_offset
from splitlib.inputs.transforms.transform import Example, Transform
from splitlib.inputs.transforms.warps import (
    WarpRanges,
    draw_warps,
    inverse,
    swap_mirrored,
    unchanged_warps,
)

BITS = 18
"""Binary digits after the point of a place: the last one is four millionths of a pixel."""

LARGEST_PATCH = 2 ** (31 - BITS) - 1
"""Pixels along a side of a patch, at most: a place with its `BITS` is an int32."""

MOST_PIXELS = 2**31
"""Pixels of all patches of a batch together, at most: each has an index in int32."""


@dataclass(frozen=True)
class InstanceCrops(Transform):
    """Turns a batch of patches, as of an `InstancePatches` with the same settings, into crops."""

    crop_size: int  # side of the crops in pixels of the scaled image
    scale: float = 1.0  # factor on the size of the image, > 0
    ranges: WarpRanges | None = None  # of warps drawn from "frame_seed"; None: crops as they are
    as_sleap: bool = False  # whether points lie beside the image as those of SLEAP do
    # whether XLA compiles the work on pixels, anew for every number of crops in a batch
    is_compiled: bool = True

    _output_keys = ("instance_image", "instance_points", "crop_offset", "scale")

    @property
    def input_keys(self) -> list[str]:
        """The patches, how far images were scaled, and the seeds if warps are drawn."""
        keys = [*PATCH_KEYS, "scale"]
        return keys if self.ranges is None else [*keys, "frame_seed"]

    def __call__(self, example: Example) -> dict[str, tf.Tensor]:
        """The batch with crops in the place of patches.

        Returns:
            A dict with the other values, and
                "instance_image": (n, crop_size, crop_size, channels) float32 in [0, 1].
                "instance_points": (n, n_nodes, 2) float32, (x, y) in pixels of the crop, NaN where
                    missing; they may lie outside of the crop.
                "crop_offset": (n, 2) float32, (x, y). Points of a crop that is not augmented plus
                    this offset are points of the scaled frame.
                "scale": (n, 2) float32: with it `unscaled` leads points of the scaled frame back
                    to pixels of the video.
        """
        made = super().__call__(example)
        return {key: value for key, value in made.items() if key not in PATCH_KEYS}

    def apply(self, example: Example) -> dict[str, tf.Tensor]:
        """The crops."""
        centroids, patches = example["centroid"], example["instance_patch"]
        warps, flipped = self._warps(example)
        warps *= self.scale
        points = points_in_crops(example["instance"], centroids, warps, self.crop_size)
        if self.ranges is not None:
            points = swap_mirrored(points, flipped, self.ranges.mirrored_nodes)
        in_patch = centroids - tf.cast(example["patch_corner"], tf.float32)
        if self.as_sleap:
            in_patch += sleap_offset(self.scale)
        crop = _crop_compiled if self.is_compiled else crop_patches
        in_scaled_frame = scaled(centroids, self.scale, as_sleap=self.as_sleap)
        return {
            "instance_image": crop(patches, in_patch, inverse(warps), self.crop_size),
            "instance_points": points,
            "crop_offset": in_scaled_frame - (self.crop_size - 1) / 2,
            "scale": example["scale"] * self.scale,
        }

    def _warps(self, example: Example) -> tuple[tf.Tensor, tf.Tensor]:
        if self.ranges is None:
            return unchanged_warps(tf.shape(example["centroid"])[0])
        return draw_warps(self.ranges, example["frame_seed"])


def points_in_crops(
    points: tf.Tensor, centroids: tf.Tensor, warps: tf.Tensor, crop_size: int
) -> tf.Tensor:
    """Follow points of the frame, (n, n_nodes, 2) float32, into the crops.

    Centroids are (n, 2) float32 in the frame. Warps are (n, 2, 2) float32, offsets in the frame to
    offsets in the crop.

    Returns:
        (n, n_nodes, 2) float32 in the crops or outside of them; NaN where `points` are NaN.
    """
    offsets = points - centroids[:, None]
    return tf.matmul(offsets, warps, transpose_b=True) + (crop_size - 1) / 2


def crop_patches(
    patches: tf.Tensor, centroids: tf.Tensor, back: tf.Tensor, crop_size: int
) -> tf.Tensor:
    """Warp patches into crops, with bilinear interpolation.

    Places are whole numbers of 2**-BITS pixels. A compiler may compute a place twice, and in
    float32 its pixel and the distance from that pixel could then be rounded differently.

    Args:
        patches: (n, height, width, channels) uint8, or float32 from 0 to 1; beyond what crops show.
        centroids: (n, 2) float32, (x, y) in the patches.
        back: (n, 2, 2) float32, offsets in the crop to offsets in the patch. This inverse of the
            warps is not made here: compiled, it would be rounded differently in batches of one.
        crop_size: Side of the crops in pixels.

    Returns:
        (n, crop_size, crop_size, channels) float32 in [0, 1].
    """
    crops = _sampled(patches, *_places(centroids, back, crop_size))
    return crops / 255.0 if patches.dtype == tf.uint8 else crops


_crop_compiled = tf.function(crop_patches, autograph=False, jit_compile=True)
"""The same as machine code (XLA): one pass over the crops instead of some twenty."""


def _places(centroids: tf.Tensor, back: tf.Tensor, crop_size: int) -> tuple[tf.Tensor, tf.Tensor]:
    """The pixels of crops in the patches: x and y, (n, crop_size, crop_size) int32 in 2**-BITS."""
    offsets = tf.range(crop_size, dtype=tf.float32) - (crop_size - 1) / 2

    def places(axis: int) -> tf.Tensor:
        by_column = _whole(back[:, axis, 0, None] * offsets)
        by_row = _whole(back[:, axis, 1, None] * offsets)
        by_row += _whole(centroids[:, axis, None])
        return by_row[:, :, None] + by_column[:, None, :]

    return places(0), places(1)


def _whole(pixels: tf.Tensor) -> tf.Tensor:
    return tf.cast(tf.round(pixels * 2.0**BITS), tf.int32)


def _sampled(patches: tf.Tensor, x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    """The values at places between four pixels: (n, rows, columns, channels) float32."""
    _, height, width, channels = lengths(patches)
    pixels = tf.reshape(patches, [-1, channels])
    # rounded places end at the last pixel; garbage, such as NaN, would lead beyond without limits
    column = tf.clip_by_value(tf.bitwise.right_shift(x, BITS), 0, width - 2)
    row = tf.clip_by_value(tf.bitwise.right_shift(y, BITS), 0, height - 2)
    first = tf.range(tf.shape(patches)[0]) * (height * width)
    at = first[:, None, None] + row * width + column

    def pixel(offset: int | tf.Tensor) -> tf.Tensor:
        return tf.cast(tf.gather(pixels, at + offset), tf.float32)

    def share(places: tf.Tensor) -> tf.Tensor:
        part = tf.bitwise.bitwise_and(places, 2**BITS - 1)
        return (tf.cast(part, tf.float32) * 2.0**-BITS)[..., None]

    right, below = share(x), share(y)
    upper = pixel(0) + (pixel(1) - pixel(0)) * right
    lower = pixel(width) + (pixel(width + 1) - pixel(width)) * right
    return upper + (lower - upper) * below
