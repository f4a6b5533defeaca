"""The training examples of a centered-instance model: one crop, its points and confidence maps."""

from collections.abc import Mapping
from dataclasses import dataclass

import tensorflow as tf

from splitlib.inputs.augmentation import (
    Augmentation,
    draw_warps,
    swap_mirrored,
    unchanged_warps,
)
from splitlib.inputs.confidence_maps import make_confidence_maps
from splitlib.inputs.instance_crops import (
    crop_instances,
    crop_offsets,
    instance_centroids,
    points_in_crops,
)

FRAME_KEYS = ("example_ind", "video_ind", "frame_ind")
"""What every instance takes over from its frame."""


@dataclass(frozen=True)
class CenteredInstances:
    """Turns a frame into its instances, each in the middle of a crop of its own.

    Made for `Dataset.map`, followed by `unbatch`; a frame without instances leaves nothing.

    Attributes:
        crop_size: Side of the crops in pixels.
        output_stride: Pixels of the crop for one of the confidence maps.
        sigma: Spread of the confidence maps in pixels of the crop.
        anchor_node: Node to centre on; None and where it is missing: the mean of visible points.
        augmentation: Random warps; needs `mirrored_nodes` of the skeleton where it flips.
        mirrored_nodes: For each node the one whose place it takes in a mirror image; None for a
            skeleton without symmetries.
    """

    crop_size: int
    output_stride: int
    sigma: float
    anchor_node: int | None = None
    augmentation: Augmentation | None = None
    mirrored_nodes: tuple[int, ...] | None = None

    def __call__(
        self, example: Mapping[str, tf.Tensor], seed: tf.Tensor | None = None
    ) -> dict[str, tf.Tensor]:
        """The instances of one frame.

        Args:
            example: A frame of `LabelsReader`.
            seed: (2,) integers, as of `frame_seed`. Without one nothing is augmented: validation
                and tests need no second object.

        Returns:
            A dict, the instances along the first axis of each value, in the reader's order:
                "instance_image": (n_instances, crop_size, crop_size, channels) float32 in [0, 1].
                "instance_points": (n_instances, n_nodes, 2) float32, (x, y) in pixels of the crop,
                    NaN where missing; they may lie outside of the crop.
                "instance_confidence_maps": (n_instances, grid, grid, n_nodes) float32 with
                    grid = ceil(crop_size / output_stride).
                "crop_offset": (n_instances, 2) float32, (x, y) to add to points in the crop to get
                    those in the frame. True of crops that are not augmented.
                "instance_ind", "skeleton_ind", "track_ind": (n_instances,) int32; the first counts
                    from 0 in each frame.
                "example_ind", "video_ind", "frame_ind": (n_instances,), those of the frame.
        """
        instances = example["instances"]
        n_instances = tf.shape(instances)[0]
        centroids = instance_centroids(instances, self.anchor_node)
        warps, flipped = self._warps(n_instances, seed)
        points = points_in_crops(instances, centroids, warps, self.crop_size)
        if self.mirrored_nodes is not None:
            points = swap_mirrored(points, flipped, self.mirrored_nodes)
        return {
            "instance_image": crop_instances(example["image"], centroids, warps, self.crop_size),
            "instance_points": points,
            "instance_confidence_maps": make_confidence_maps(
                points,
                image_size=self.crop_size,
                output_stride=self.output_stride,
                sigma=self.sigma,
            ),
            "crop_offset": crop_offsets(centroids, self.crop_size),
            "instance_ind": tf.range(n_instances),
            "skeleton_ind": example["skeleton_inds"],
            "track_ind": example["track_inds"],
        } | {key: tf.repeat(example[key], n_instances) for key in FRAME_KEYS}

    def _warps(self, n_instances: tf.Tensor, seed: tf.Tensor | None) -> tuple[tf.Tensor, tf.Tensor]:
        if self.augmentation is None or seed is None:
            return unchanged_warps(n_instances)
        return draw_warps(self.augmentation, n_instances, seed)
