"""The picture of runs that train on a part of the training groups."""

import numpy as np
import pytest

from stages.learning_curve import PANELS, curve

NAN = float("nan")


@pytest.mark.parametrize("prefix", ["", "val."])
def test_runs_are_drawn_by_their_number_of_frames_and_unknown_figures_left_out(prefix: str) -> None:
    names = [f"{prefix}{name}" for name in PANELS]
    rows = [
        {"n_frames.train": 350.0, **dict.fromkeys(names, 0.4)},
        {"n_frames.train": 80.0, **dict.fromkeys(names, 0.9), f"{prefix}novel.median": NAN},
        {"n_frames.train": 170.0, **dict.fromkeys(names, 0.6)},
    ]
    panels = dict(zip(PANELS, curve(rows).axes, strict=True))
    lines = {name: np.asarray(axes.lines[0].get_xydata()).tolist() for name, axes in panels.items()}
    assert lines["error_px.median"] == [[80, 0.9], [170, 0.6], [350, 0.4]]
    assert lines["novel.median"] == [[170, 0.6], [350, 0.4]]
