"""How many labeled points lie outside of crops: in crops that are too small, the ends of legs."""

import math
from dataclasses import dataclass

import numpy as np

from splitlib.inputs.input_fn import SplitInputs

MOST = 0.99
"""Share of the points that a fitting crop holds. It is not 1, as some labels are far off."""

HIGH_LOSS = 0.02
"""Share of points outside of crops up to which there is no warning."""


@dataclass(frozen=True)
class CropReach:
    """Labeled points inside and outside of crops that are not augmented."""

    crop_size: int  # side of the crops in pixels
    n_points: int  # number of labeled points of all instances
    n_outside: int  # number of points outside of the crop of their instance
    # side of crops that hold 99 of 100 points at any angle and size that augmentation draws, and
    # that the network can halve
    fitting_size: int

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
    """Count labeled points outside of crops; None for heads that see whole frames."""
    params = inputs.params
    if params.model.head != "centered_instance":
        return None
    targets, augment = params.inputs.targets, params.inputs.augment
    batches = inputs.batches(training=False, keys=["instance_points"])
    points = np.concatenate(
        [batch["instance_points"].reshape(-1, 2) for batch in batches.as_numpy_iterator()]
    )
    offsets = points[~np.isnan(points).any(axis=1)] - (targets.crop_size - 1) / 2
    farthest = np.abs(offsets).max(axis=1)
    reach = np.hypot(*offsets.T) if augment.rotation else farthest
    needed = 2 * float(np.quantile(reach, MOST)) * augment.scale[1] + 1
    step = max(targets.output_stride, 2**params.model.depth)  # a multiple of both: powers of two
    return CropReach(
        crop_size=targets.crop_size,
        n_points=len(offsets),
        n_outside=int((farthest > targets.crop_size / 2).sum()),
        fitting_size=math.ceil(needed / step) * step,
    )
