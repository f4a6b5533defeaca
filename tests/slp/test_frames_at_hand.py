"""Which frames have an image on this machine."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from synthetic_labels import MadeFrame, MadeLabels, small_package, user_instance

from splitlib.labels import Labels
from splitlib.slp.frames_at_hand import missing_frames, missing_names
from splitlib.slp.video_files import VideoSearch

Json = dict[str, object]


def labels_of(folder: Path, *videos: Json) -> Labels:
    """Frames 0 and 2 of each video."""
    frames = [
        MadeFrame(at, frame, (user_instance(),)) for at in range(len(videos)) for frame in (0, 2)
    ]
    made = MadeLabels(tuple(frames), options={"videos": list(videos)})
    return Labels.load(made.write(folder / "labels.slp"))


def film(name: str) -> Json:
    return {"filename": name, "backend": {"type": "MediaVideo", "filename": name}}


def pictures(*names: str) -> Json:
    return {"filename": list(names), "backend": {"type": "ImageVideo", "filenames": list(names)}}


LIST = ("a/0.png", "a/1.png", "a/2.png")

CASES: dict[str, tuple[list[Json], list[str], list[bool], list[str]]] = {
    "a film": ([film("top.mp4")], ["top.mp4"], [False, False], []),
    "a missing film": ([film("top.mp4")], [], [True, True], ["top.mp4"]),
    "one of two films": (
        [film("top.mp4"), film("side.mp4")],
        ["side.mp4"],
        [True, True, False, False],
        ["top.mp4"],
    ),
    "a missing picture": ([pictures(*LIST)], ["a/0.png", "a/1.png"], [False, True], ["a/2.png"]),
    "pictures of frames without labels": (
        [pictures(*LIST)],
        ["a/0.png", "a/2.png"],
        [False] * 2,
        [],
    ),
    "no name": ([{"filename": "", "backend": {}}], [], [True, True], ["video0"]),
}


@pytest.mark.parametrize("case", CASES)
def test_frames_are_missing_with_their_film_or_picture(case: str, tmp_path: Path) -> None:
    videos, files, missing, names = CASES[case]
    for name in files:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    labels = labels_of(tmp_path, *videos)
    assert missing_frames(labels.source).tolist() == missing
    search = VideoSearch(labels.videos, [tmp_path])
    assert missing_names(search, labels.video, labels.frame_idx) == names


@pytest.mark.parametrize("folders", [(), ("videos",)])
def test_other_folders_are_looked_into(folders: Sequence[str], tmp_path: Path) -> None:
    (tmp_path / "videos").mkdir()
    (tmp_path / "videos" / "top.mp4").touch()
    labels = labels_of(tmp_path, film("/old/top.mp4"))
    paths = [tmp_path / folder for folder in folders]
    assert missing_frames(labels.source, paths).all() == (not folders)


def test_embedded_images_are_at_hand(tmp_path: Path) -> None:
    labels = Labels.load(small_package().write(tmp_path / "labels.slp"))
    assert not missing_frames(labels.source)[np.isin(labels.video, list(labels.images))].any()
