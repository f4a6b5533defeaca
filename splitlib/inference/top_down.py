"""Animals in crops around their centroids: the highest value of each map of a crop."""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from splitlib.inference.finders import CROPS_PER_FRAME, Finder, PredictSettings
from splitlib.inference.frame_batches import FrameBatch
from splitlib.inference.grouping import FoundInstances
from splitlib.inference.loaded_model import LoadedModel
from splitlib.inference.whole_frames import in_video
from splitlib.inputs.graph.tensors import lengths
from splitlib.inputs.transforms.instance_crops import InstanceCrops
from splitlib.inputs.transforms.instance_patches import InstancePatches, cut_patches
from splitlib.inputs.transforms.normalize import Normalize
from splitlib.models.peaks import find_peaks


def top_down_finder(
    model: LoadedModel, find_centroids: Finder, settings: PredictSettings
) -> Finder:
    """Finds the points of the animal at each centroid, of a model with `head: centered_instance`.

    Args:
        model: The model of crops.
        find_centroids: From frames to instances of one node, the centroid.
        settings: `max_instances` has to be that of `find_centroids`, too.
    """
    graph = tf.function(_crop_graph(model, settings), autograph=False, reduce_retracing=True)
    n_nodes, at_a_time = len(model.description.nodes), CROPS_PER_FRAME * settings.batch_size

    def find(batch: FrameBatch) -> FoundInstances:
        centroids = find_centroids(batch)
        images = tf.constant(batch.images)
        points = np.zeros((len(centroids), n_nodes, 2))
        scores = np.zeros((len(centroids), n_nodes))
        for start in range(0, len(centroids), at_a_time):
            rows = slice(start, start + at_a_time)
            middles = tf.constant(centroids.points[rows, 0], tf.float32)
            found, values, offset, scale = graph(images, centroids.image[rows], middles)
            in_frame = found.numpy() + offset.numpy().astype(np.float64)[:, None]
            points[rows] = in_video(in_frame, scale.numpy()[:, None], model.description)
            scores[rows] = np.where(np.isnan(points[rows, :, 0]), 0, values.numpy())
        return settings.kept(FoundInstances(centroids.image, points, scores))

    return find


def _crop_graph(model: LoadedModel, settings: PredictSettings) -> Callable[..., Any]:
    """From frames, and the frame and centroid of each crop, to points in pixels of the crops."""
    description = model.description
    size, scale, as_sleap = description.crop_size or 0, description.scale, description.as_sleap
    patches = InstancePatches(size, scale, as_sleap=as_sleap)
    # no XLA: it would compile the graph anew for every number of animals
    crops = InstanceCrops(size, scale, as_sleap=as_sleap, is_compiled=False)
    normalize = Normalize(description.channels, "instance_image")
    stride = description.strides["confmaps"]

    def graph(images: tf.Tensor, image: tf.Tensor, middles: tf.Tensor) -> tuple[tf.Tensor, ...]:
        corners = patches.corners(middles)
        batch = {
            "instance_patch": patches_of(images, image, corners, patches.patch_size),
            "patch_corner": corners,
            "centroid": middles,
            "instance": tf.zeros([tf.shape(middles)[0], 1, 2]),
            "scale": tf.ones_like(middles),
        }
        made = normalize(crops(batch))
        maps = model.maps(made["instance_image"])["confmaps"]
        points, values = find_peaks(maps, output_stride=stride, threshold=settings.min_score)
        return points, values, made["crop_offset"], made["scale"]

    return graph


def patches_of(
    images: tf.Tensor, image: tf.Tensor, corners: tf.Tensor, size: tuple[int, int]
) -> tf.Tensor:
    """Cut patches out of the frames of a batch, as `cut_patches` does out of one.

    Frames are laid one below the other, with black between them as high as a patch.

    Args:
        images: (n, height, width, channels).
        image: (m,) integers, the frame of each patch.
        corners: (m, 2) int32, (x, y) of the first pixel of each patch in its frame.
        size: Height and width of patches.

    Returns:
        (m, *size, channels), 0 outside of the frame.
    """
    padded = tf.pad(images, [[0, 0], [0, size[0]], [0, 0], [0, 0]])
    n, height, width, channels = lengths(padded)
    tall = tf.reshape(padded, [n * height, width, channels])
    # a patch far outside would show another frame
    within = tf.clip_by_value(corners[:, 1], -size[0], height - size[0])
    down = within + tf.cast(image, tf.int32) * height
    # no tf.stack: of a slice of it such as [:, 1, None] graphs of tensorflow 2.21 lose the new axis
    return cut_patches(tall, tf.concat([corners[:, :1], down[:, None]], axis=1), size)
