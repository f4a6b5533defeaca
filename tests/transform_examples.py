"""Frames to try transforms on, the ways to call them, plain numpy, and SLEAP's own values."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from drawn import tries
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from slow import slow

from splitlib.inputs.transforms.instance_crops import InstanceCrops, crop_patches
from splitlib.inputs.transforms.instance_patches import InstancePatches
from splitlib.inputs.transforms.warps import WarpRanges, inverse

Floats = NDArray[np.float32]
Call = Callable[..., Any]
Example = dict[str, tf.Tensor]

with np.load(Path(__file__).parent / "data" / "sleap_1_3_3_transforms.npz") as stored:
    SLEAP: dict[str, NDArray[Any]] = dict(stored)
"""What SLEAP 1.3.3 makes of the inputs "in/...", see data/README.md."""

# --- ways to call: called directly all sizes are known, in a graph as few as there may be ---------


def direct(function: Call, *args: Any) -> Any:  # noqa: ANN401
    return as_numpy(function(*tf.nest.map_structure(tf.convert_to_tensor, args)))


def in_map(function: Call, *args: Any) -> Any:  # noqa: ANN401
    dataset = tf.data.Dataset.from_tensors(args).map(function)
    return as_numpy(next(iter(dataset)))


def in_map_of_unknown_sizes(function: Call, *args: Any) -> Any:  # noqa: ANN401
    return in_map(lambda *known: function(*tf.nest.map_structure(with_unknown_sizes, known)), *args)


def with_unknown_sizes(tensor: tf.Tensor) -> tf.Tensor:
    """The tensor in a graph that knows channels, (x, y) and nodes, and no other length."""
    shape = tensor.shape.as_list()
    n_known = 2 if len(shape) > 2 and shape[-1] == 2 else 1
    unknown = [None] * (len(shape) - n_known) + shape[-n_known:]
    return tf.compat.v1.placeholder_with_default(tensor, unknown) if shape else tensor


def as_numpy(values: Any) -> Any:  # noqa: ANN401
    return tf.nest.map_structure(np.asarray, values)


parametrize_ways = pytest.mark.parametrize(
    "call",
    [direct, slow(in_map_of_unknown_sizes)],  # test_transform.py has one graph of each kind
    ids=["direct", "in Dataset.map"],
)
few = tries(6)  # each example builds a graph

# --- points: whole eighths of pixels, which float32 holds without loss ----------------------------

eighths = st.integers(-64, 192).map(lambda i: i / 8)
nodes = st.tuples(eighths, eighths) | st.just((np.nan, np.nan))
half_nodes = st.tuples(eighths, st.just(np.nan)) | st.tuples(st.just(np.nan), eighths)


def point_sets(n_nodes: int, *, most: int = 3) -> st.SearchStrategy[Floats]:
    """(n_instances, n_nodes, 2), of which some nodes are missing, and some by half."""
    instance = st.lists(nodes | nodes | half_nodes, min_size=n_nodes, max_size=n_nodes)
    return st.lists(instance, max_size=most).map(
        lambda points: np.array(points, np.float32).reshape(-1, n_nodes, 2)
    )


small_images = hnp.arrays(np.uint8, st.tuples(*[st.integers(1, 7)] * 2, st.sampled_from([1, 3])))

# --- plain numpy ----------------------------------------------------------------------------------


def is_missing(point: Floats) -> bool:
    return bool(np.isnan(point).any())


def plain_bell(point: Floats, x: float, y: float, sigma: float) -> float:
    squared = (x - float(point[0])) ** 2 + (y - float(point[1])) ** 2
    return float(np.exp(-squared / (2 * sigma**2)))


def plain_sample(image: NDArray[Any], x: float, y: float) -> NDArray[np.float64]:
    """The image between four pixels, and black outside: (channels,)."""
    left, top = int(np.floor(x)), int(np.floor(y))
    value = np.zeros(image.shape[-1])
    for px, py in ((left, top), (left + 1, top), (left, top + 1), (left + 1, top + 1)):
        if 0 <= px < image.shape[1] and 0 <= py < image.shape[0]:
            value += (1 - abs(x - px)) * (1 - abs(y - py)) * image[py, px]
    return value


def turned(degrees: float, scale: float = 1.0, mirror: float = 1.0) -> Floats:
    """A warp: first the mirror image of left and right, then a clockwise turn and a factor."""
    cos, sin = scale * np.cos(np.radians(degrees)), scale * np.sin(np.radians(degrees))
    return np.array([[cos * mirror, -sin], [sin * mirror, cos]], np.float32)


warp_matrices = st.builds(
    turned, st.floats(-180, 180), st.floats(0.6, 1.6), st.sampled_from([1.0, -1.0])
)

# --- frames ---------------------------------------------------------------------------------------

IMAGE = np.random.default_rng(7).integers(0, 256, (40, 52, 3), dtype=np.uint8)


def seed_of(number: int) -> tf.Tensor:
    """The seed of a frame."""
    return tf.constant([number, 0], tf.int64)


def frame_of(n_instances: int, frame_ind: int = 30) -> Example:
    """A frame with all keys that a transform may want; its first instance lacks the last node."""
    rng = np.random.default_rng(frame_ind)
    instances = rng.uniform(5, 35, (n_instances, 3, 2)).astype(np.float32)
    instances[:1, 2] = np.nan
    frame = {
        "image": IMAGE,
        "raw_image_size": np.array(IMAGE.shape, np.int32),
        "example_ind": np.int64(frame_ind + 100),
        "video_ind": np.int32(1),
        "frame_ind": np.int64(frame_ind),
        "scale": np.array([1, 0.5], np.float32),
        "instances": instances,
        "centroids": np.nanmean(instances, axis=1),
        "skeleton_inds": np.zeros(n_instances, np.int32),
        "track_inds": np.arange(n_instances, dtype=np.int32),
        "n_tracks": np.int32(3),
        "frame_seed": np.array([frame_ind, 0], np.int64),
    }
    return {key: tf.constant(value) for key, value in frame.items()}


def float_frame_of(n_instances: int, frame_ind: int = 30) -> Example:
    """The same with pixels as numbers from 0 to 1."""
    frame = frame_of(n_instances, frame_ind)
    return frame | {"image": tf.cast(frame["image"], tf.float32) / 255}


def crops_of(
    frame: Example,
    crop_size: int = 16,
    scale: float = 1.0,
    ranges: WarpRanges | None = None,
    *,
    as_sleap: bool = False,
) -> Example:
    """The instances of a frame: patches around them, and crops of those."""
    patches = InstancePatches(crop_size, scale, ranges, as_sleap=as_sleap)(frame)
    crops: Example = InstanceCrops(crop_size, scale, ranges, as_sleap)(patches)
    return crops


def crop_instances(image: Any, centroids: Any, warps: Any, crop_size: int) -> tf.Tensor:  # noqa: ANN401
    """Crops of an image under warps that shrink to no less than half."""
    around = InstancePatches(crop_size, ranges=WarpRanges(180, (0.5, 1.0)))
    n = tf.shape(centroids)[0]
    frame = {
        "image": tf.convert_to_tensor(image),
        "instances": centroids[:, None],
        "centroids": centroids,
        "skeleton_inds": tf.zeros([n], tf.int32),
        "track_inds": tf.zeros([n], tf.int32),
        "scale": tf.ones(2),
    }
    patches = around(frame)
    places = centroids - tf.cast(patches["patch_corner"], tf.float32)
    return crop_patches(patches["instance_patch"], places, inverse(warps), crop_size)


def sleap_frame() -> Example:
    """The frame that SLEAP's transformers were run on."""
    instances = SLEAP["in/instances"]
    frame = {
        "image": SLEAP["in/image_u8"],
        "scale": np.ones(2, np.float32),
        "instances": instances,
        "skeleton_inds": np.zeros(3, np.int32),
        "track_inds": np.array([4, -1, 2], np.int32),
    }
    return {key: tf.constant(value) for key, value in frame.items()}
