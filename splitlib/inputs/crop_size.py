"""The side of crops: a number of the params, or what the labels of the train split need.

Crops whose size is guessed cut off the ends of legs, and nothing says so later: nodes outside of
the crop are never learned. There are two ways to measure wrongly (sleap-nn, pull request 748):
before images are scaled, and around another point than the one that crops are centred on.
"""

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from splitlib.errors import SplitError
from splitlib.inputs.export.read_export import FrameSource
from splitlib.inputs.instance_offsets import Reaches, farthest
from splitlib.params import Params

AUTO: Final = "auto"

ONE_OF: Final = 100
"""One labeled point of so many may lie outside of crops, because some labels are far off."""

FEW: Final = 5
"""Instances below which nobody can tell which of them is the odd one."""

ODD: Final = 2
"""Factor by which a single instance has to reach farther than any other to count as a slip."""

LEAST: Final = 32
"""Pixels of a crop, at least: the points of a node or two do not tell the size of an animal."""


@dataclass(frozen=True)
class FittingCrop:
    """The crop that some labels need."""

    size: int  # side in pixels of the scaled image
    reach: float  # pixels from the anchor to the farthest point that is held, at any rotation
    # position of the one instance that is left out, as a point of it is likely misplaced, or None
    slip: int | None


def fitting_crop(
    offsets: NDArray[np.float64], image_size: tuple[float, float], params: Params
) -> FittingCrop:
    """The smallest crop that holds the points of instances under all that augmentation draws.

    It holds 99 of 100 points of all nodes together, and of each node by itself, at any rotation and
    scale of `inputs.augment`. Where one instance of several reaches more than twice as far as any
    other, it is left out: with the middle as anchor, one misplaced point moves the whole instance.
    No crop is larger than one that holds the whole image around any of its pixels.

    Args:
        offsets: (n_instances, n_nodes, 2) float64, as of `instance_offsets`.
        image_size: Width and height of the largest image after scaling, in pixels.
        params: Which augmentation is drawn, and what network and maps take.

    Returns:
        The crop. Its size is a multiple of the output stride, and can be halved as often as the
        encoder does.
    """
    augment = params.inputs.augment
    reaches = farthest(offsets, augment.rotation)
    slip = _slip(reaches)
    is_slip = np.arange(len(reaches)) == (-1 if slip is None else slip)
    per_node = [_held(nodes, is_slip) for nodes in reaches.T]
    together = _held(reaches.reshape(-1), np.repeat(is_slip, reaches.shape[1]))
    whole_image = float(farthest(np.array(image_size, np.float64), augment.rotation))
    reach = min(max([together, *per_node]), whole_image)
    # validation and test are not augmented: factors below 1 leave their animals as large as before
    needed = 2 * reach * max(1.0, augment.scale[1]) + 1
    # both divisors are powers of two: the larger one is a multiple of the other
    step = max(params.inputs.targets.output_stride, 2**params.model.depth)
    # angles are rounded differently by different machines, and no size may hang on that
    needed = max(round(needed, 6), LEAST)
    return FittingCrop(math.ceil(needed / step) * step, reach, slip)


def scaled_size(source: FrameSource, params: Params) -> tuple[float, float]:
    """Width and height of the largest image of some frames after scaling, in pixels."""
    height, width = (source.image_size[:, at].max(initial=1) for at in (0, 1))
    return float(width) * params.inputs.scale, float(height) * params.inputs.scale


def crop_side(params: Params) -> int:
    """The side of crops in pixels, of params in which it is known.

    Raises:
        SplitError: It is still to be measured.
    """
    size = params.inputs.targets.crop_size
    if size == AUTO:
        msg = (
            "inputs.targets.crop_size: auto is measured on the train split, and these are the"
            " params without the result; make the input function of the train split first"
            " (training=True) and take its params, `train_fn.inputs.params`, for the other splits,"
            " or give a number of pixels"
        )
        raise SplitError(msg)
    return size


def with_crop_size(params: Params, size: int) -> Params:
    """The params with a number of pixels in the place of `auto`."""
    targets = replace(params.inputs.targets, crop_size=size)
    return replace(params, inputs=replace(params.inputs, targets=targets))


def is_measured(params: Params) -> bool:
    """Whether the side of crops is to be found from labels: heads of whole frames have no crops."""
    is_cropped = params.model.head == "centered_instance"
    return is_cropped and params.inputs.targets.crop_size == AUTO


def _slip(reaches: Reaches) -> int | None:
    """The instance that reaches much farther than any other, of (n, n_nodes) reaches."""
    if len(reaches) < FEW:
        return None
    of_instances = np.nan_to_num(reaches).max(axis=1)
    *_, second, first = np.argsort(of_instances, kind="stable").tolist()
    return first if of_instances[first] > ODD * of_instances[second] else None


def _held(reaches: Reaches, is_slip: NDArray[np.bool_]) -> float:
    """The reach of the farthest of n points that a crop holds; 0 where there is no point."""
    is_there = ~np.isnan(reaches)
    reaches, is_slip = reaches[is_there], is_slip[is_there]
    n_outside = max(len(reaches) // ONE_OF, int(is_slip.sum()))
    if n_outside == len(reaches):
        return 0.0
    ordered = np.sort(np.where(is_slip, np.inf, reaches))
    return float(ordered[len(ordered) - 1 - n_outside])
