"""splitlib verify as a library: what is found where a split file is not what the source says."""

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from places import DEMO

from splitlib.errors import SplitError
from splitlib.labels import Labels
from splitlib.params import LabelsParams, SplitParams
from splitlib.split.partition import make_partition
from splitlib.split.verify_split import verify_split
from splitlib.split.write_splits import write_split_files


@pytest.fixture
def splits(tmp_path: Path) -> Path:
    labels = Labels.load(DEMO)
    partition = make_partition(labels, LabelsParams(), SplitParams())
    write_split_files(labels, partition, {}, folder=tmp_path, report=tmp_path / "split.json")
    return tmp_path


def test_a_split_as_it_was_written_is_that_of_the_source(splits: Path) -> None:
    labels = Labels.load(DEMO)
    for name in ("train", "val", "test"):
        n_frames = len(Labels.load(splits / f"{name}.slp"))
        assert verify_split(labels, splits, name) == n_frames > 0


def test_the_same_in_other_bytes_is_the_same(splits: Path) -> None:
    with h5py.File(splits / "val.slp", "r+") as file:
        file.attrs["note"] = "touched"
    assert verify_split(Labels.load(DEMO), splits, "val") > 0


def move_a_point(file: h5py.File) -> None:
    points = file["points"][:]
    points["x"][0] += 2.0**-20
    file["points"][:] = points


def change_an_image(file: h5py.File) -> None:
    group = next(name for name in file if name.startswith("video") and len(file[name]["video"]))
    row = file[group]["video"][0]
    row = np.array(row)
    row[-20] ^= 1
    file[group]["video"][0] = row


def drop_a_frame(file: h5py.File) -> None:
    frames = file["frames"][:-1]
    del file["frames"]
    file["frames"] = frames


CHANGES: dict[str, tuple[Callable[[h5py.File], None], str]] = {
    "a point": (move_a_point, r"val\.slp: frame 0 \(.* frame \d+\) differs from the source"),
    "an image": (change_an_image, r"val\.slp: the image of frame \d+ \(.*\) differs"),
    "a frame": (drop_a_frame, r"expected the \d+ frames of val\.json, found \d+"),
}


@pytest.mark.filterwarnings("ignore:.*belong to no frame:UserWarning")
@pytest.mark.parametrize(("change", "message"), CHANGES.values(), ids=CHANGES)
def test_what_was_changed_is_named(
    change: Callable[[h5py.File], None], message: str, splits: Path
) -> None:
    with h5py.File(splits / "val.slp", "r+") as file:
        change(file)
    with pytest.raises(SplitError, match=message):
        verify_split(Labels.load(DEMO), splits, "val")
