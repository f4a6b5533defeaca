"""Whether frames are of the kind that a model was trained on."""

import warnings

import numpy as np

from splitlib.errors import PredictionError
from splitlib.inference.frame_batches import FrameBatch
from splitlib.inference.loaded_model import LoadedModel


def check_fitting(batch: FrameBatch, model: LoadedModel, name: str) -> None:
    """Check size and colours of the frames of a batch.

    Raises:
        PredictionError: The frames are gray, and the model saw coloured ones alone; or they are
            smaller than a crop, and smaller than all that the model was trained on.

    Warns:
        UserWarning: The frames are coloured, and the model takes gray ones, which they become.
    """
    description, (height, width, channels) = model.description, batch.images.shape[1:]
    if channels == 1 and description.channels == 3 and 1 not in description.frame_channels:
        msg = (
            f"{name}: expected coloured frames, as {model.folder} was trained on, found gray ones;"
            " predict on the coloured video, or train with inputs.ensure_rgb: true"
        )
        raise PredictionError(msg)
    if channels == 3 and description.channels == 1:
        warnings.warn(
            f"{name}: the frames are coloured, and {model.folder} was trained on gray ones; they"
            " are made gray",
            stacklevel=2,
        )
    reach = (description.crop_size or 0) / description.scale
    sides = np.array([height, width])
    if ((sides < reach) & (sides < description.frame_size)).any():
        least = " x ".join(map(str, description.frame_size))
        msg = (
            f"{name}: expected frames like those that {model.folder} was trained on, {least} pixels"
            f" or more, found {height} x {width} (height x width), less than a crop of {reach:.0f}"
            " pixels; predict on the video in its full size"
        )
        raise PredictionError(msg)
