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

FRAME_KEYS = ("example_ind", "video_ind", "frame_ind", "frame_seed")
"""What every instance takes over from its frame, where the frame has it."""


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
                "frame_seed": (n_instances, 2) int64, that of the frame.
        """
        self.check(example)
        n = tf.shape(example["instances"])[0]
        kept = {
            key: tf.repeat(example[key][None], n, axis=0) for key in FRAME_KEYS if key in example
        }
        return self.apply(example) | kept

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
    return tf.matmul(offsets, warps, transpose_b=True) + (crop_size - 1) / 2


def crop_instances(
    image: tf.Tensor, centroids: tf.Tensor, warps: tf.Tensor, crop_size: int
) -> tf.Tensor:
    """Cut all instances out of a frame, with bilinear interpolation.

    A patch around each instance is cut out first, for only that is turned into numbers: the cost
    does not grow with the frame.

    Args:
        image: (height, width, channels) uint8, or float32 from 0 to 1.
        centroids: (n_instances, 2) float32.
        warps: (n_instances, 2, 2) float32, offsets in the frame to offsets in the crop.
        crop_size: Side of the crops in pixels.

    Returns:
        (n_instances, crop_size, crop_size, channels) float32 in [0, 1], 0 outside of the image.
    """
    back, middle = tf.linalg.inv(warps), (crop_size - 1) / 2
    reach = tf.reduce_max(tf.reduce_sum(tf.abs(back), axis=-1)) * middle
    side = 2 * tf.cast(tf.math.ceil(reach), tf.int32) + 3  # and the neighbours of the last pixels
    corners = tf.cast(tf.floor(centroids), tf.int32) - side // 2
    patches = _patches(image, corners, side)
    shifts = centroids - tf.cast(corners, tf.float32) - tf.reduce_sum(back, axis=-1) * middle
    nothing = tf.zeros_like(shifts)
    rows = [back[:, 0], shifts[:, :1], back[:, 1], shifts[:, 1:], nothing]
    crops = tf.raw_ops.ImageProjectiveTransformV3(
        images=tf.cast(patches, tf.float32),
        transforms=tf.concat(rows, axis=-1),
        output_shape=[crop_size, crop_size],
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="CONSTANT",
    )
    crops = tf.ensure_shape(crops, [None, crop_size, crop_size, image.shape[-1]])
    return crops / 255.0 if image.dtype == tf.uint8 else crops


def _patches(image: tf.Tensor, corners: tf.Tensor, side: tf.Tensor) -> tf.Tensor:
    """(n, side, side, channels) of the image from (n, 2) corners (x, y), 0 outside of it."""
    size = tf.shape(image)[:2]

    def cut(corner: tf.Tensor) -> tf.Tensor:
        first = corner[::-1]
        low = tf.clip_by_value(first, 0, size)
        high = tf.clip_by_value(first + side, 0, size)
        before = tf.minimum(tf.maximum(-first, 0), side)
        piece = image[low[0] : high[0], low[1] : high[1]]
        after = side - before - tf.shape(piece)[:2]
        return tf.pad(piece, tf.concat([tf.stack([before, after], axis=1), [[0, 0]]], axis=0))

    def none() -> tf.Tensor:  # map_fn cannot tell how large a patch would be
        return tf.zeros([0, side, side, tf.shape(image)[2]], image.dtype)

    spec = tf.TensorSpec([None, None, image.shape[-1]], image.dtype)
    return tf.cond(
        tf.shape(corners)[0] > 0,
        lambda: tf.map_fn(cut, corners, fn_output_signature=spec),
        none,
    )
