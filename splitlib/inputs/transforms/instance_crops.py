"""Instances cut out of frames: one affine warp for each, of the image and of the points alike.

In a crop the instance's centroid lies in the middle, at ((crop_size - 1) / 2, (crop_size - 1) / 2),
as in SLEAP.
"""

from dataclasses import dataclass

import tensorflow as tf

from splitlib.inputs.transforms.transform import Example, Transform
from splitlib.inputs.transforms.warps import (
    WarpRanges,
    draw_warps,
    swap_mirrored,
    unchanged_warps,
)

FRAME_KEYS = ("example_ind", "video_ind", "frame_ind")
"""What every instance takes over from its frame."""


@dataclass(frozen=True)
class InstanceCrops(Transform):
    """Turns a frame into its instances, each in the middle of a crop of its own.

    Made for `Dataset.map`, followed by `unbatch`; a frame without instances leaves nothing.

    Attributes:
        crop_size: Side of the crops in pixels.
        scale: Factor on the size of the image, > 0; `crop_size` counts pixels after it.
        ranges: Random warps, drawn from "frame_seed"; None for crops as they are.
    """

    crop_size: int
    scale: float = 1.0
    ranges: WarpRanges | None = None

    @property
    def input_keys(self) -> list[str]:
        """The frame, its instances and their centroids, and the seed where warps are drawn."""
        keys = ["image", "instances", "centroids", "skeleton_inds", "track_inds", "scale"]
        return keys if self.ranges is None else [*keys, "frame_seed"]

    @property
    def output_keys(self) -> list[str]:
        """The crops, what is in them, and where they are from."""
        return [
            "instance_image",
            "instance_points",
            "crop_offset",
            "instance_ind",
            "skeleton_ind",
            "track_ind",
            "scale",
        ]

    def __call__(self, example: Example) -> dict[str, tf.Tensor]:
        """The instances of one frame, along the first axis of each value, in the reader's order.

        Returns:
            A dict, with the frame's own values repeated:
                "instance_image": (n_instances, crop_size, crop_size, channels) float32 in [0, 1].
                "instance_points": (n_instances, n_nodes, 2) float32, (x, y) in pixels of the crop,
                    NaN where missing; they may lie outside of the crop.
                "crop_offset": (n_instances, 2) float32, (x, y) to add to points in the crop to get
                    those in the scaled frame. True of crops that are not augmented.
                "instance_ind", "skeleton_ind", "track_ind": (n_instances,) int32; the first counts
                    from 0 in each frame.
                "scale": (n_instances, 2) float32: dividing by it leads back to pixels of the video.
                "example_ind", "video_ind", "frame_ind": (n_instances,), those of the frame.
            The frame's own seed stays as it is, for what else is drawn for the frame.
        """
        self.check(example)
        n = tf.shape(example["instances"])[0]
        crops = self.apply(example)
        crops |= {key: tf.repeat(example[key], n) for key in FRAME_KEYS if key in example}
        return crops | {key: example[key] for key in ("frame_seed",) if key in example}

    def apply(self, example: Example) -> dict[str, tf.Tensor]:
        """The crops, without what is the frame's."""
        instances, centroids = example["instances"], example["centroids"]
        n = tf.shape(instances)[0]
        warps, flipped = self._warps(n, example)
        warps *= self.scale
        points = points_in_crops(instances, centroids, warps, self.crop_size)
        if self.ranges is not None:
            points = swap_mirrored(points, flipped, self.ranges.mirrored_nodes)
        return {
            "instance_image": crop_instances(example["image"], centroids, warps, self.crop_size),
            "instance_points": points,
            "crop_offset": centroids * self.scale - (self.crop_size - 1) / 2,
            "instance_ind": tf.range(n),
            "skeleton_ind": example["skeleton_inds"],
            "track_ind": example["track_inds"],
            "scale": tf.repeat(example["scale"][None] * self.scale, n, axis=0),
        }

    def _warps(self, n: tf.Tensor, example: Example) -> tuple[tf.Tensor, tf.Tensor]:
        if self.ranges is None:
            return unchanged_warps(n)
        return draw_warps(self.ranges, n, example["frame_seed"])


def points_in_crops(
    points: tf.Tensor, centroids: tf.Tensor, warps: tf.Tensor, crop_size: int
) -> tf.Tensor:
    """Follow points of the frame into the crops.

    Args:
        points: (n_instances, n_nodes, 2) float32 in the frame.
        centroids: (n_instances, 2) float32.
        warps: (n_instances, 2, 2) float32, offsets in the frame to offsets in the crop.
        crop_size: Side of the crops in pixels.

    Returns:
        (n_instances, n_nodes, 2) float32 in the crops, NaN where the points are NaN. They may lie
        outside of the crop.
    """
    offsets = points - centroids[:, None]
    return tf.einsum("nij,nkj->nki", warps, offsets) + (crop_size - 1) / 2


def crop_instances(
    image: tf.Tensor, centroids: tf.Tensor, warps: tf.Tensor, crop_size: int
) -> tf.Tensor:
    """Cut all instances out of a frame, with bilinear interpolation.

    Args:
        image: (height, width, channels) uint8.
        centroids: (n_instances, 2) float32.
        warps: (n_instances, 2, 2) float32, offsets in the frame to offsets in the crop.
        crop_size: Side of the crops in pixels.

    Returns:
        (n_instances, crop_size, crop_size, channels) float32 in [0, 1], 0 outside of the image.
    """
    axis = tf.range(crop_size, dtype=tf.float32) - (crop_size - 1) / 2
    offsets = tf.stack(tf.meshgrid(axis, axis), axis=0)
    xy = tf.einsum("nij,jyx->niyx", tf.linalg.inv(warps), offsets) + centroids[:, :, None, None]
    return _sample(image, xy[:, 0], xy[:, 1]) / 255.0


def _sample(image: tf.Tensor, x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    """The image between its pixels at x, y (...) float32: (..., channels) float32.

    It reads four pixels for each point, whatever the size of the image. The projective transform of
    tensorflow wants a float copy of the frame for each instance: ten times slower for a megapixel
    in colour.
    """
    left, top = tf.floor(x), tf.floor(y)
    along_x, along_y = (x - left)[..., None], (y - top)[..., None]
    above, below = (
        _pixels(image, left, row) * (1.0 - along_x) + _pixels(image, left + 1.0, row) * along_x
        for row in (top, top + 1.0)
    )
    return above * (1.0 - along_y) + below * along_y


def _pixels(image: tf.Tensor, x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    """The pixels at whole x, y (...) float32: (..., channels) float32, 0 outside of the image."""
    height, width = tf.shape(image)[0], tf.shape(image)[1]
    x, y = tf.cast(x, tf.int32), tf.cast(y, tf.int32)
    held_x, held_y = tf.clip_by_value(x, 0, width - 1), tf.clip_by_value(y, 0, height - 1)
    inside = (held_x == x) & (held_y == y)
    rows = tf.reshape(image, [height * width, tf.shape(image)[2]])
    rows = tf.ensure_shape(rows, [None, image.shape[-1]])
    pixels = tf.gather(rows, held_y * width + held_x)
    return tf.where(inside[..., None], tf.cast(pixels, tf.float32), 0.0)
