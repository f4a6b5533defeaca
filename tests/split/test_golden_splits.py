"""Pinned splits of the demo labels under every setting.

A digest that changes moves frames in the projects of users: it takes a new version of the index, an
entry in the changelog, and the reason in the commit that changes it here.
"""

import hashlib
import warnings

import pytest
from places import DEMO

from splitlib.labels import Labels
from splitlib.params import Fractions, LabelsParams, SplitParams
from splitlib.split.partition import make_partition

SETTINGS = {
    "default": SplitParams(),
    "nothing automatic": SplitParams(block_length=50, stratify=()),
    "frame": SplitParams(groups="frame", gap=0, stratify=()),
    "video": SplitParams(groups="video"),
    "track": SplitParams(groups="track", gap=2, stratify=()),
    "strata": SplitParams(stratify=("video", "n_instances")),
    "stable": SplitParams(assignment="stable"),
    "fold": SplitParams(n_folds=5, fold=2, stratify=()),
    "fold, automatic": SplitParams(n_folds=5, fold=2),
    "leave one video out": SplitParams(groups="video", n_folds="all", fold=1),
    "hold out": SplitParams(hold_out={"test": ("*_c.mp4",)}, stratify=()),
    "hold out, automatic": SplitParams(hold_out={"test": ("*_c.mp4",)}),
    "rest": SplitParams(fractions=Fractions(-1, 0.2, 0.1), seed=7, stratify=()),
}
"""One for every setting that decides where a frame goes."""

PINNED = {
    "default": "b05b221734f8a0b9",
    "nothing automatic": "89901f0e336b6e45",
    "frame": "7f7b7ca9bfbda474",
    "video": "7598c65f91bb8a72",
    "track": "529e2649e1fea3d9",
    "strata": "a5c0fd9a07966d9b",
    "stable": "9bd4a9b28aac7993",
    "fold": "253664a0b6446e84",
    "fold, automatic": "3e7cac98c1eed3dd",
    "leave one video out": "aecaa691445a4e8d",
    "hold out": "71ec04839425e0c6",
    "hold out, automatic": "49fbc8542e8f109f",
    "rest": "e459f5949a71b75d",
}


def digest(params: SplitParams) -> str:
    """The frames of each split, and those left out, condensed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        partition = make_partition(Labels.load(DEMO), LabelsParams(), params)
    places = {**partition.splits, **partition.excluded}
    text = repr({name: frames.tolist() for name, frames in sorted(places.items()) if len(frames)})
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_gives_the_same_split_for_ever(name: str) -> None:
    assert digest(SETTINGS[name]) == PINNED[name]
