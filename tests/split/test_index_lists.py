"""Splits that were decided elsewhere."""

import json
from pathlib import Path

import numpy as np
import pytest
from places import DEMO
from synthetic_labels import MadeFrame, MadeLabels

from splitlib.commands.main import main
from splitlib.errors import SplitlibError
from splitlib.labels import Labels
from splitlib.split.index_lists import read_index_lists
from splitlib.split.partition import partition_of_lists


@pytest.fixture(scope="module")
def demo() -> Labels:
    return Labels.load(DEMO)


def write(path: Path, value: object) -> Path:
    path.write_text(json.dumps(value))
    return path


def sleap(*, by_inds: bool, **inds: list[int]) -> dict[str, object]:
    return {"data": {"labels": {"split_by_inds": by_inds, **inds}}, "model": {}}


def test_lists_by_split_are_taken_as_they_are(demo: Labels, tmp_path: Path) -> None:
    path = write(tmp_path / "lists.json", {"train": [4, 2], "val": [9]})
    partition = partition_of_lists(demo, read_index_lists(path, demo))
    assert {name: inds.tolist() for name, inds in partition.splits.items()} == {
        "train": [2, 4],
        "val": [9],
        "test": [],
    }
    assert len(partition.excluded["unlisted"]) == len(demo) - 3


@pytest.mark.parametrize("train", [[7, 8], []], ids=["both lists", "no list of train"])
def test_indices_that_sleap_was_given_count_all_frames(
    train: list[int], demo: Labels, tmp_path: Path
) -> None:
    """Without a list of its own, train is what no other list has."""
    config = sleap(by_inds=True, training_inds=train, validation_inds=[9])
    lists = read_index_lists(write(tmp_path / "c.json", config), demo)
    rest = np.setdiff1d(demo.user_labeled_frame_inds, [9])
    assert lists["train"].tolist() == (train or rest.tolist())
    assert lists["val"].tolist() == [9]


def test_indices_that_sleap_drew_count_user_labeled_frames(demo: Labels, tmp_path: Path) -> None:
    config = sleap(by_inds=False, training_inds=[0, 100], validation_inds=[200])
    lists = read_index_lists(write(tmp_path / "c.json", config), demo)
    user = demo.user_labeled_frame_inds
    assert lists["train"].tolist() == user[[0, 100]].tolist() != [0, 100]
    assert lists["val"].tolist() == [user[200]]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], "expected lists of positions by split"),
        ({"trian": [1]}, "expected lists of positions by split"),
        ({"train": [True]}, "expected a list of whole numbers"),
        ({"train": [1.0]}, "expected a list of whole numbers"),
        ({"train": [2**80]}, "larger than any file"),
        ({"train": [471]}, "position 471 is not in the labels, which have 471 frames"),
        ({"train": [-1]}, "position -1 is not in the labels"),
        ({"train": [1, 1]}, "position 1 is listed twice"),
        ({"train": [1], "val": [1]}, "val list: position 1 is listed twice"),
        ({"data": {"labels": {}}}, "has no data.labels.training_inds"),
        ({"data": []}, "has no data.labels.training_inds"),
        (sleap(by_inds=False, training_inds=[470]), "is not among the .* user-labeled frames"),
    ],
)
def test_what_is_wrong_with_lists_is_said(
    demo: Labels, tmp_path: Path, value: object, message: str
) -> None:
    path = write(tmp_path / "lists.json", value)
    with pytest.raises(SplitlibError, match=message):
        partition_of_lists(demo, read_index_lists(path, demo))


def some_labels(path: Path) -> Labels:
    """Two films of one name, pictures mouseA/img*, and a film that two entries show."""
    pictures = [f"D:\\x\\mouseA\\img{n:04}.png" for n in (52, 9, 30)]
    row = {"filename": "/d/side.mp4", "backend": {"grayscale": True}}
    videos = ["/d/day1/top.mp4", "/d/day2/top.mp4", {"filename": pictures}, "/d/side.mp4", row]
    at = [(0, 3), (0, 5), (0, 90), (1, 3), (2, 0), (2, 1), (3, 7), (4, 7), (2, 2)]
    made = MadeLabels(
        tuple(MadeFrame(*where) for where in at), n_videos=5, options={"videos": videos}
    )
    return Labels.load(made.write(path))


def test_frames_are_listed_by_video_and_number_or_picture(tmp_path: Path) -> None:
    labels = some_labels(tmp_path / "labels.slp")
    lists = {
        "train": [["day1/top.mp4", 5], ["/d/day1/top.mp4", "3"], ["mouseA", "img0052.png"]],
        "val": [["day2\\top.mp4", 3], ["mouseA", 9], ["mouseA", "img0030"]],
        "test": [["side.mp4", 7]],
    }
    found = read_index_lists(write(tmp_path / "lists.json", lists), labels)
    assert {name: rows.tolist() for name, rows in found.items()} == {
        "train": [0, 1, 4],
        "val": [3, 5, 8],
        "test": [6, 7],
    }


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"val": [["day1/top.mp4", 6]]}, "val: .* is no labeled frame; .* near it are 5, 3, 90"),
        ({"val": [["mouseA", "img0051.png"]]}, "mouseA near it are img0052.png"),
        ({"val": [["top.mp4", 3]]}, r"'top.mp4' fits 2 videos; write .*day1/top.mp4, day2/top.mp4"),
        ({"val": [["tpo.mp4", 3]]}, "no video has this name; .*the videos are: "),
        ({"val": [["side.mp4", 7], ["side.mp4", 7]]}, r"\['side.mp4', 7\] is listed twice"),
        (
            {"val": [["side.mp4", 7]], "test": [3]},
            r"test: expected frames as .*, found 3; one file",
        ),
        ({"val": [["side.mp4", 7], 3]}, "val: expected frames as .*, found 3; one file"),
        ({"val": [["side.mp4"]]}, r"found \[\"side.mp4\"\]"),
        ({"val": [["side.mp4", True]]}, r"found \[\"side.mp4\", true\]"),
        ({"val": [["side.mp4", 7.5]]}, "found .*7.5"),
        ({"val": [[3, 7]]}, "found "),
        ({"val": [[]]}, r"found \[\]"),
        ({"val": [["side.mp4", 7]], "test": {}}, "test: expected a list of frames"),
        ({"val": [["side.mp4", 7]], "test": [["side.mp4", 7]]}, "is listed twice"),
    ],
)
def test_what_is_wrong_with_listed_frames_is_said(
    tmp_path: Path, value: object, message: str
) -> None:
    labels = some_labels(tmp_path / "labels.slp")
    with pytest.raises(SplitlibError, match=message):
        partition_of_lists(labels, read_index_lists(write(tmp_path / "lists.json", value), labels))


def test_a_split_from_an_index_folder_is_the_same_split(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = str(tmp_path / "one"), str(tmp_path / "other")
    assert main(["split", str(DEMO), one]) == 0
    assert main(["split", str(DEMO), other, "--from-index", one]) == 0
    for name in ("train", "val", "test"):
        assert Path(one, f"{name}.slp").read_bytes() == Path(other, f"{name}.slp").read_bytes()
    assert main(["verify", str(DEMO), other]) == 0
    assert "in none of the index lists" in capsys.readouterr().out


def test_the_command_line_has_the_settings_of_the_params(tmp_path: Path) -> None:
    folder, lock = str(tmp_path / "a"), str(tmp_path / "b")
    fold = ["--n-folds", "all", "--fold", "1", "--groups", "video"]
    assert main(["split", str(DEMO), folder, *fold]) == 0
    assert main(["split", str(DEMO), lock, "--stratify", "video", "n_instances"]) == 0
    assert main(["split", str(DEMO), folder, "--lock", lock]) == 0
    assert Path(folder, "train.slp").read_bytes() == Path(lock, "train.slp").read_bytes()
