"""The shuffles of a DeepLabCut project, whose files could run any code."""

import json
import os
import pickle
from pathlib import Path

import numpy as np
import pytest
from foreign_labels import NUMBERS, VIDEOS, picture_name, write_deeplabcut

from splitlib.formats.convert_labels import Converted, convert
from splitlib.labels import Labels

# DeepLabCut sorts pictures of all videos by their names; tables may list them in another order.
ORDERED = sorted((video, picture_name(number)) for video in VIDEOS for number in NUMBERS)
TRAIN, TEST = [0, 2, 3, 5, 7], [1, 4, 6]


def write_shuffle(project: Path, content: bytes, name: str = "95shuffle1") -> None:
    folder = project / "training-datasets" / "iteration-0" / "UnaugmentedDataSet_tMay1"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"Documentation_data-t_{name}.pickle").write_bytes(content)


def shuffle(*, as_path: bool = False, renamed: bool = False, protocol: int = 4) -> bytes:
    records = []
    for at in TRAIN:
        video, picture = ORDERED[at]
        parts = ("labeled-data", video, f"x{picture}" if renamed else picture)
        image = "\\".join(parts) if as_path else parts
        records.append({"image": image, "size": np.array([1, 40, 64]), "joints": np.ones((3, 3))})
    return pickle.dumps([records, np.array(TRAIN), np.array([*TEST, -1]), 0.95], protocol)


def converted(project: Path) -> Converted:
    return convert(project, project / "out.slp", images=False, skip_missing=True)


def frames_of(project: Path, lists: Path) -> dict[str, list[tuple[str, str]]]:
    """Video and picture of the frames of each split."""
    labels, found = Labels.load(project / "out.slp"), {}
    for split, positions in json.loads(lists.read_text()).items():
        names = [
            labels.videos[labels.video[at]].filenames[labels.frame_idx[at]] for at in positions
        ]
        found[split] = sorted((Path(name).parent.name, Path(name).name) for name in names)
    return found


@pytest.mark.parametrize("protocol", [2, 4, 5])
@pytest.mark.parametrize("as_path", [False, True], ids=["parts", "a path"])
def test_a_shuffle_becomes_lists_of_the_same_pictures(
    as_path: bool, protocol: int, tmp_path: Path
) -> None:
    write_deeplabcut(tmp_path)
    write_shuffle(tmp_path, shuffle(as_path=as_path, protocol=protocol))
    ((lists, sizes),) = converted(tmp_path).splits.items()
    assert (lists.name, sizes) == ("out.95shuffle1.splits.json", {"train": 5, "test": 3})
    expected = {"train": [ORDERED[at] for at in TRAIN], "test": [ORDERED[at] for at in TEST]}
    assert frames_of(tmp_path, lists) == expected


def test_a_missing_picture_moves_no_other(tmp_path: Path) -> None:
    write_deeplabcut(tmp_path)
    write_shuffle(tmp_path, shuffle())
    video, picture = ORDERED[2]
    (tmp_path / "labeled-data" / video / picture).unlink()
    (lists,) = converted(tmp_path).splits
    expected = {
        "train": [ORDERED[at] for at in TRAIN if at != 2],
        "test": [ORDERED[at] for at in TEST],
    }
    assert frames_of(tmp_path, lists) == expected


class Harmful:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("touch harmed",)


UNUSABLE = {
    "labels that grew": (shuffle(renamed=True), "which was made of other labels"),
    "a position twice": (pickle.dumps([[], [0, 1, 1], [2], 0.5]), "made of other labels"),
    "a position beyond": (pickle.dumps([[], [0, 99], [2], 0.5]), "made of other labels"),
    "no lists": (pickle.dumps({"a": 1}), "whose file is not read"),
    "a torn file": (shuffle()[:40], "whose file is not read"),
    "code": (pickle.dumps([[], Harmful(), [2], 0.5]), r"names posix\.system, which is no array"),
}


@pytest.mark.parametrize("kind", UNUSABLE)
def test_what_is_no_shuffle_of_these_labels_is_left_behind(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content, why = UNUSABLE[kind]
    monkeypatch.chdir(tmp_path)
    write_shuffle(write_deeplabcut(tmp_path), content)
    done = converted(tmp_path)
    assert done.splits == {}
    with pytest.warns(UserWarning, match=f"left behind: 95shuffle1, .*{why}"):
        done.warn_of_left_out(tmp_path)
    assert not Path("harmed").exists()
