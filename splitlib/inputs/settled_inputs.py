"""Inputs in which `crop_size: auto` has become a number, as the labels of a split need it."""

import warnings
from dataclasses import replace

import numpy as np

from splitlib.inputs.crop_size import (
    FittingCrop,
    fitting_crop,
    is_measured,
    scaled_size,
    with_crop_size,
)
from splitlib.inputs.export.read_export import FrameSource
from splitlib.inputs.instance_offsets import instance_offsets
from splitlib.inputs.split_inputs import SplitInputs


def settled(inputs: SplitInputs, shown: FrameSource | None = None) -> SplitInputs:
    """The inputs with a number in the place of `crop_size: auto`, as their labels need it.

    Other splits take the number with the params of the result, so that all splits have one size.
    Nothing is measured where a number is given, and for heads that see whole frames.

    Args:
        inputs: The train split.
        shown: Frames by which the size of images is known; None for those of the inputs, all of
            whose images are read.

    Warns:
        UserWarning: An instance is left out, or the labels do not tell how large animals are.
    """
    if not is_measured(inputs.params) or not inputs.source.n_instances.any():
        return inputs
    offsets = instance_offsets(inputs.source, inputs.params)
    crop = fitting_crop(offsets, scaled_size(shown or inputs.source, inputs.params), inputs.params)
    if text := _doubt(crop, inputs):
        warnings.warn(f"{inputs.source.name}: inputs.targets.crop_size: {text}", stacklevel=2)
    return replace(inputs, params=with_crop_size(inputs.params, crop.size))


def _doubt(crop: FittingCrop, inputs: SplitInputs) -> str:
    """What a person should look at before trusting the size, or ""."""
    if crop.slip is not None:
        of_frames = np.repeat(np.arange(inputs.n_frames), inputs.source.n_instances)
        frame = inputs.source.frame_name(int(of_frames[crop.slip]))
        return (
            f"auto leaves out one instance in {frame}, which reaches more than twice as far as any"
            " other; correct its points if one is misplaced, or give a number of pixels"
        )
    if crop.reach < 1:
        return (
            f"auto takes {crop.size} pixels, as the labeled points of an instance lie on one"
            " another and do not tell how large animals are; give a number of pixels"
        )
    return ""
