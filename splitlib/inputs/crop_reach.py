"""How many labeled points lie outside of crops: in crops that are too small, the ends of legs."""

from dataclasses import dataclass

import numpy as np

from splitlib.inputs.crop_size import crop_side, fitting_crop, scaled_size
from splitlib.inputs.input_fn import SplitInputs
from splitlib.inputs.instance_offsets import farthest, instance_offsets

HIGH_LOSS = 0.02
"""Share of points outside of crops up to which there is no warning."""


@dataclass(frozen=True)
class CropReach:
    """Labeled points inside and outside of crops that are not augmented."""

    crop_size: int  # side of the crops in pixels
    n_points: int  # number of labeled points of all instances
    n_outside: int  # number of points outside of the crop of their instance
    fitting_size: int  # side of the crops that these labels need, as of `fitting_crop`

    def warning(self) -> str | None:
        """The setting to change and the crop size to use; None if few points are outside."""
        if self.n_outside <= HIGH_LOSS * self.n_points:
            return None
        return (
            f"inputs.targets.crop_size: {self.n_outside:,} of {self.n_points:,} labeled points"
            f" ({self.n_outside / self.n_points:.0%}) lie outside of crops of {self.crop_size}"
            f" pixels; {self.fitting_size} would hold 99 of 100"
        )


def crop_reach(inputs: SplitInputs) -> CropReach | None:
    """Count labeled points outside of crops; None for heads that see whole frames.

    Raises:
        SplitError: The crop size is still to be measured.
    """
    params = inputs.params
    if params.model.head != "centered_instance":
        return None
    size, offsets = crop_side(params), instance_offsets(inputs.source, params)
    reaches = farthest(offsets)
    return CropReach(
        crop_size=size,
        n_points=int((~np.isnan(reaches)).sum()),
        n_outside=int((reaches > size / 2).sum()),
        fitting_size=fitting_crop(offsets, scaled_size(inputs.source, params), params).size,
    )
