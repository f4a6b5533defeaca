"""From points of a model's images back to pixels of the video."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from splitlib.inputs.transforms.resize import unscaled
from splitlib.params import Params


def points_in_video(
    points: NDArray[np.floating], batch: Mapping[str, Any], params: Params
) -> NDArray[np.float64]:
    """Lead points of the images of a batch, frames or crops, back to pixels of the video.

    The way back is that of examples which are not augmented.

    Args:
        points: (n, ..., 2), (x, y) in pixels of the images, NaN where missing.
        batch: A batch of `SplitInputs.batches(training=False)`, of n examples. Its "scale" is
            needed, and "crop_offset" if it has one; both are (n, 2) float32.
        params: Those of the batch.

    Returns:
        (n, ..., 2) float64, (x, y); the centre of the first pixel of the video is at (0, 0).
    """

    def of_examples(key: str) -> NDArray[np.float64]:
        return np.asarray(batch[key], np.float64).reshape(-1, *[1] * (points.ndim - 2), 2)

    in_frame = points + of_examples("crop_offset") if "crop_offset" in batch else points
    is_sleap = params.inputs.scaled_points == "sleap"
    return unscaled(in_frame, of_examples("scale"), as_sleap=is_sleap)
