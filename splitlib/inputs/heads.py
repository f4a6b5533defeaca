"""The four kinds of models, and the steps that make their inputs and targets of frames."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from splitlib.errors import SplitError
from splitlib.inputs.crop_size import crop_side
from splitlib.inputs.export.read_export import FrameSource
from splitlib.inputs.instance_offsets import anchor_ind
from splitlib.inputs.sides import unpaired_sides
from splitlib.inputs.transforms.centroids import InstanceCentroids
from splitlib.inputs.transforms.confidence_maps import (
    CentroidConfidenceMaps,
    ConfidenceMaps,
    InstanceConfidenceMaps,
)
from splitlib.inputs.transforms.instance_crops import LARGEST_PATCH, MOST_PIXELS, InstanceCrops
from splitlib.inputs.transforms.instance_patches import InstancePatches, word_length
from splitlib.inputs.transforms.intensity import IntensityRanges, VaryIntensity
from splitlib.inputs.transforms.normalize import Normalize
from splitlib.inputs.transforms.padding import PadInstances, PadToStride
from splitlib.inputs.transforms.part_affinity_fields import PartAffinityFields
from splitlib.inputs.transforms.resize import Resize, resized
from splitlib.inputs.transforms.transform import Transform
from splitlib.inputs.transforms.warps import WarpFrames, WarpRanges, mirrored_nodes
from splitlib.params import Head, Params

Steps = tuple[Transform, ...]


@dataclass(frozen=True)
class HeadKeys:
    """The keys of examples that a kind of model is made for."""

    image: str  # the model's input
    points: str  # the points of the nodes, in pixels of the image
    targets: tuple[str, ...]  # the model's outputs, the confidence maps first


HEAD_KEYS: dict[Head, HeadKeys] = {
    "single_instance": HeadKeys("image", "instances", ("confidence_maps",)),
    "centroid": HeadKeys("image", "centroids", ("centroid_confidence_maps",)),
    "centered_instance": HeadKeys(
        "instance_image", "instance_points", ("instance_confidence_maps",)
    ),
    "multi_instance": HeadKeys("image", "instances", ("confidence_maps", "part_affinity_fields")),
}


@dataclass(frozen=True)
class HeadSteps:
    """The steps of a head."""

    per_frame: Steps  # steps for each frame, before batches are made
    # steps for each batch, such as crops and targets: a few large operations cost less than many
    # small ones, and examples are small while they are mixed
    per_batch: Steps
    instance_bytes: int = 0  # of an instance's pixels while mixed; 0: frames stay whole

    @property
    def per_instance(self) -> bool:
        """Whether each instance of a frame becomes an example of its own after `per_frame`."""
        return self.instance_bytes > 0


def head_steps(source: FrameSource, params: Params, *, augmented: bool) -> HeadSteps:
    """The steps that the params ask for. With `augmented`, they vary examples at random.

    Raises:
        SplitError: The frames do not suit the head, or there is no such anchor node.
    """
    return _STEPS_OF[params.model.head](source, params, augmented)


def needed_for(steps: Steps, keys: Iterable[str]) -> tuple[Steps, set[str]]:
    """The steps that make some keys, and the keys that examples must have before those steps."""
    needed, kept = set(keys), []
    for step in reversed(steps):
        if needed.intersection(step.output_keys):
            kept.append(step)
            needed = needed.difference(step.output_keys).union(step.input_keys)
    return tuple(reversed(kept)), needed


def examples_per_frame(source: FrameSource, params: Params) -> NDArray[np.int64]:
    """(n_frames,) int64, the number of examples that each frame gives in an epoch."""
    if params.model.head == "centered_instance":
        return source.n_instances
    return np.ones(len(source.keys), np.int64)


def instances_of(points: NDArray[np.float32], head: Head) -> NDArray[np.float32]:
    """(n, n_instances, n_nodes, 2) of what the head calls points, in a batch of n."""
    if head == "centered_instance":
        return points[:, None]
    return points[:, :, None] if head == "centroid" else points


def _single_instance(source: FrameSource, params: Params, augmented: bool) -> HeadSteps:
    crowded = np.flatnonzero(source.n_instances > 1)
    if len(crowded):
        row = int(crowded[0])
        msg = (
            f"{source.name}: {source.frame_name(row)} has {source.n_instances[row]} instances"
            f" ({len(crowded)} such frames), and model.head: single_instance finds one in a frame;"
            " use centered_instance, centroid or multi_instance, with its key maps in params.yaml"
        )
        raise SplitError(msg)
    return HeadSteps(_frames(source, params, augmented), (_maps(ConfidenceMaps, params),))


def _centroid(source: FrameSource, params: Params, augmented: bool) -> HeadSteps:
    steps = _frames(source, params, augmented, InstanceCentroids(anchor_ind(source, params)))
    return HeadSteps(steps, (_maps(CentroidConfidenceMaps, params),))


def _multi_instance(source: FrameSource, params: Params, augmented: bool) -> HeadSteps:
    targets = params.inputs.targets
    edges = source.skeleton.edges
    if not edges:
        msg = (
            f"{source.name}: the skeleton has no edges, along which model.head: multi_instance"
            " joins nodes to animals; add edges in SLEAP, or use centered_instance"
        )
        raise SplitError(msg)
    fields = PartAffinityFields(edges, targets.paf_output_stride, targets.paf_sigma)
    steps = _frames(source, params, augmented)
    return HeadSteps(steps, (_maps(ConfidenceMaps, params), fields))


def _centered_instance(source: FrameSource, params: Params, augmented: bool) -> HeadSteps:
    if not source.n_instances.any():
        msg = (
            f"{source.name}: no instance to train on in {len(source.keys)} frames; model.head:"
            " centered_instance learns from crops of instances, see the filters of `labels`"
        )
        raise SplitError(msg)
    crop_size, scale = crop_side(params), params.inputs.scale
    warps, intensity = _ranges(source, params)
    drawn = warps if augmented else None
    word = word_length(source.image_size[:, 1])
    as_sleap, channels = params.inputs.scaled_points == "sleap", _channels(source, params)
    patches = InstancePatches(crop_size, scale, drawn, word, channels, as_sleap)
    _check_size(patches, params)
    per_batch: list[Transform] = [InstanceCrops(crop_size, scale, drawn, as_sleap)]
    if augmented and not intensity.changes_nothing:
        per_batch.append(VaryIntensity(intensity, key="instance_image"))
    per_batch.append(_maps(InstanceConfidenceMaps, params))
    per_frame = (InstanceCentroids(anchor_ind(source, params)), patches)
    n_numbers = math.prod(patches.patch_size) * int(source.image_size[:, 2].max())
    instance_bytes = n_numbers * source.dtype.size
    return HeadSteps(per_frame, tuple(per_batch), instance_bytes)


def _check_size(patches: InstancePatches, params: Params) -> None:
    """Refuse patches and batches whose pixels have no place in int32."""
    height, width = patches.patch_size
    reach = (
        f"crops of {patches.crop_size} pixels reach over {width:,} pixels of the video with"
        f" inputs.scale: {patches.scale} and inputs.augment"
    )
    if max(height, width) > LARGEST_PATCH:
        msg = (
            f"inputs.targets.crop_size: {reach}; {LARGEST_PATCH:,} is the most; use smaller crops,"
            " or shrink images less"
        )
        raise SplitError(msg)
    most = MOST_PIXELS // (height * width)
    if params.inputs.batch_size > most:
        msg = (
            f"inputs.batch_size: {reach}, and a batch holds no more than {most} of them; got"
            f" {params.inputs.batch_size}; use {most} or less, or smaller crops"
        )
        raise SplitError(msg)


def _frames(source: FrameSource, params: Params, augmented: bool, *after_warps: Transform) -> Steps:
    """The steps of heads that see whole frames.

    Scaling is first, as later steps cost less on smaller images. Warps come before intensity: the
    black from outside of a warped image is a part of the image. Padding is last: it stays black.
    """
    warps, intensity = _ranges(source, params)
    scale, stride = params.inputs.scale, 2**params.model.depth
    height, width = (resized(int(source.image_size[:, at].max()), scale) for at in (0, 1))
    resize = Resize(scale, as_sleap=params.inputs.scaled_points == "sleap")
    steps: list[Transform] = [Normalize(_channels(source, params)), resize]
    if augmented and not warps.changes_nothing:
        steps.append(WarpFrames(warps))
    if augmented and not intensity.changes_nothing:
        steps.append(VaryIntensity(intensity))
    n_instances = max(1, int(source.n_instances.max(initial=0)))
    padded = (PadToStride(stride, height, width), PadInstances(n_instances))
    return (*steps, *after_warps, *padded)


def _maps(kind: Callable[[int, float], Transform], params: Params) -> Transform:
    return kind(params.inputs.targets.output_stride, params.inputs.targets.sigma)


def _ranges(source: FrameSource, params: Params) -> tuple[WarpRanges, IntensityRanges]:
    augment, skeleton = params.inputs.augment, source.skeleton
    if augment.flip != "none":
        _check_sides(source)
        _check_anchor(source, params)
    n_nodes, pairs = len(skeleton.nodes), skeleton.symmetries
    mirrored = mirrored_nodes(n_nodes, pairs) if pairs else ()
    return (
        WarpRanges(augment.rotation, augment.scale, augment.flip, mirrored),
        IntensityRanges(augment.brightness, augment.contrast),
    )


def _check_sides(source: FrameSource) -> None:
    pairs = unpaired_sides(source.skeleton.nodes, source.skeleton.symmetries)
    if not pairs:
        return
    left, right = pairs[0]
    more = f" (and {len(pairs) - 1} more pairs)" if len(pairs) > 1 else ""
    msg = (
        f"inputs.augment.flip: {left!r} and {right!r}{more} are two sides of the animal by their"
        f" names, and the skeleton of {source.name} has no symmetry for them: in flipped examples"
        " left would be labeled as right; add the symmetries to the skeleton in SLEAP, or set"
        " flip: none"
    )
    raise SplitError(msg)


def _check_anchor(source: FrameSource, params: Params) -> None:
    """Refuse crops about a node with a mirror image: crops are placed before flips are drawn."""
    anchor, nodes = anchor_ind(source, params), source.skeleton.nodes
    pair = next((pair for pair in source.skeleton.symmetries if anchor in pair), None)
    if pair is None or params.model.head != "centered_instance":
        return
    one, other = (nodes[at] for at in pair)
    msg = (
        f"inputs.targets.anchor_node: {one!r} and {other!r} change places in a mirror, and"
        " flipped crops would be centred on the wrong one; use a node in the middle of the animal,"
        " or inputs.augment.flip: none"
    )
    raise SplitError(msg)


def _channels(source: FrameSource, params: Params) -> int | None:
    """Channels that all images get; None if all have them already.

    If some videos are gray and others coloured, all become coloured. Opacity is no channel.
    """
    channels = set(source.image_size[:, 2].tolist())
    wanted = 3 if params.inputs.ensure_rgb or max(channels, default=1) > 2 else 1
    return None if channels == {wanted} else wanted


_STEPS_OF: dict[Head, Callable[[FrameSource, Params, bool], HeadSteps]] = {
    "single_instance": _single_instance,
    "centroid": _centroid,
    "centered_instance": _centered_instance,
    "multi_instance": _multi_instance,
}
