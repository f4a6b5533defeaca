"""Examples of an evaluation for the eye: the best, the usual and the worst, and their frames."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from splitlib.evaluation.core.evaluated import Evaluated
from splitlib.evaluation.core.metrics import point_distances, summarize_errors
from splitlib.evaluation.core.pairing import instance_errors
from splitlib.inputs.frames.frame_source import LabelsSource
from splitlib.inputs.input_fn import SplitInputs

SHOWN = 4
"""Examples of each kind."""

Image = NDArray[np.float32]


@dataclass(frozen=True)
class ShownExample:
    """An instance that is shown.

    Attributes:
        instance: Its position among the labeled instances of the split.
        row: Its frame in the split.
        where: Video and frame, for a person.
        error: Its error in words.
    """

    instance: int
    row: int
    where: str
    error: str


def chosen_examples(evaluated: Evaluated, source: LabelsSource) -> dict[str, list[ShownExample]]:
    """Examples with the smallest error, with the middle one, and with the largest.

    The error of an instance is that of `instance_errors`.
    """
    order = np.argsort(instance_errors(evaluated.truth, evaluated.found), kind="stable")
    first = max(0, (len(order) - SHOWN) // 2)
    chosen = {
        "best": order[:SHOWN],
        "median": order[first : first + SHOWN],
        "worst": order[::-1][:SHOWN],
    }
    return {
        name: [_example(evaluated, source, at) for at in instances.tolist()]
        for name, instances in chosen.items()
    }


def _example(evaluated: Evaluated, source: LabelsSource, at: int) -> ShownExample:
    row = int(evaluated.row[evaluated.image[at]])
    video, frame_idx = (int(column[row]) for column in source.reader.frames)
    errors = summarize_errors(point_distances(evaluated.truth[at], evaluated.found[at]))
    mean = "nothing found" if errors.mean is None else f"{errors.mean:.1f} px"
    error = f"{mean}, {errors.n_missed} missed" if errors.n_missed else mean
    return ShownExample(at, row, source.frame_title(video, frame_idx), error)


def read_images(inputs: SplitInputs, rows: set[int]) -> Mapping[int, Image]:
    """The images of some frames of a split, (height, width, channels) float32 in [0, 1]."""
    assert isinstance(inputs.source, LabelsSource)
    if not rows:
        return {}
    wanted = np.array(sorted(rows), np.int64)
    frames = replace(inputs, source=inputs.source.only(wanted)).raw_frames(
        training=False, keys=("image",)
    )
    images = (frame["image"].numpy() for frame in frames)
    return {row: _in_unit(image) for row, image in zip(wanted.tolist(), images, strict=True)}


def _in_unit(image: NDArray[np.generic]) -> Image:
    largest = 255 if image.dtype == np.uint8 else 1
    return image.astype(np.float32) / np.float32(largest)
