"""Points outside of pictures, in what the stage `inputs` reports."""

from pathlib import Path

import numpy as np
import pytest
from synthetic_labels import MadeFrame, MadeLabels, user_instance

from splitlib.inputs.input_fn import SplitInputs
from splitlib.inputs.inputs_report import inputs_metrics, inputs_report
from splitlib.params import Params
from splitlib.slp.create import EmbeddedVideo
from splitlib.slp.png import encode_png


def inputs_of(path: Path, *x: float) -> SplitInputs:
    """Frames with an animal of two points each, in pictures of 30 x 40 that state no size."""
    frames = tuple(MadeFrame(0, at, (user_instance(x=one),)) for at, one in enumerate(x))
    images = [encode_png(np.zeros((30, 40), np.uint8))] * len(x)
    video = EmbeddedVideo(images, np.arange(len(x)), 0, 0, 1, "top.mp4")
    MadeLabels(frames, options={"videos": [video]}).write(path)
    return SplitInputs.load(path, Params())


@pytest.mark.parametrize(
    ("val_x", "expected"), [(5, None), (40, None), (41, {"train": 0, "val": 2})]
)
def test_points_outside_of_pictures_are_reported_where_there_are_any(
    val_x: float, expected: dict[str, int] | None, tmp_path: Path
) -> None:
    splits = {
        "train": inputs_of(tmp_path / "train.slp", 3, 4),
        "val": inputs_of(tmp_path / "val.slp", val_x, 6, 7),
    }
    report = inputs_report(splits, {}, {})
    assert report.get("n_points_outside_pictures") == expected
    assert inputs_metrics(report) == {"n_instances": {"train": 2, "val": 3}}
