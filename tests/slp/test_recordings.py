"""What a frame is: the number of a film, or the picture of a sequence."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from splitlib.slp.recordings import Recordings, recordings_of
from splitlib.slp.videos import parse_videos

PATHS = ["img{:04d}.png", "frame_{}_cam1.jpg", "2024-01-13 {:03d}.tiff", "s1_{:06d}_labeled.png"]


def recordings(*filenames: str | Sequence[str], last: Sequence[int] | None = None) -> Recordings:
    """The recordings of videos, given by their file names."""
    rows: list[Any] = [
        {"filename": names if isinstance(names, str) else [*names]} for names in filenames
    ]
    videos = parse_videos(rows, [None] * len(rows), Path("labels.slp"))
    return recordings_of(videos, last or [0] * len(videos))


def shown(found: Recordings, video: int, frame: int) -> tuple[str, int]:
    """Key of the recording, and time, of a frame."""
    recording, time, _ = found.place(np.array([video]), np.array([frame]))
    return found.keys[recording[0]], int(time[0])


def test_a_frame_of_a_film_is_its_number() -> None:
    found = recordings("/a/top.mp4", "C:\\b\\side.mp4")
    assert found.keys == ("top.mp4", "side.mp4")
    assert shown(found, 1, 7) == ("side.mp4", 7)


def test_a_film_without_labels_is_a_film() -> None:
    found = recordings("/a/top.mp4", "/b/side.mp4", last=[-1, 4])
    assert (found.keys, found.pictures) == (("top.mp4", "side.mp4"), {})


def test_videos_of_one_path_are_one_recording_and_of_one_name_are_two() -> None:
    found = recordings("/a/top.mp4", "/b/top.mp4", "/a/top.mp4")
    assert found.keys == ("a/top.mp4", "b/top.mp4")
    assert found.names == ("top.mp4", "top.mp4")
    assert shown(found, 0, 3) == shown(found, 2, 3)


@pytest.mark.parametrize("form", PATHS)
@pytest.mark.parametrize("root", ["/home/ann/labeled-data/mouseA/", "D:\\x\\mouseA\\", "mouseA/"])
def test_a_picture_is_the_number_in_its_name_and_its_folder_the_recording(
    form: str, root: str
) -> None:
    found = recordings([root + form.format(number) for number in (52, 7, 90)])
    assert [shown(found, 0, at) for at in range(3)] == [("mouseA", time) for time in (52, 7, 90)]


def test_pictures_that_are_videos_of_their_own_are_one_recording() -> None:
    found = recordings(*(f"/lp/labeled-data/img{number:08d}.png" for number in range(0, 60, 2)))
    assert found.keys == ("labeled-data",)
    assert [shown(found, at, 0)[1] for at in range(30)] == list(range(0, 60, 2))


def test_digits_that_vary_beside_the_number_tell_recordings_apart() -> None:
    names = [f"clips/s{session}_{number:04d}.png" for session in (1, 2) for number in (5, 6, 7)]
    found = recordings(names)
    assert found.keys == ("s1_*", "s2_*")
    assert shown(found, 0, 4) == ("s2_*", 6)


def test_names_without_a_number_are_far_apart_and_in_the_recording_of_their_folder() -> None:
    found = recordings(["m/nose.png", "m/tail.png", "m/ear.jpg"])
    assert found.keys == ("m",)
    times = sorted(shown(found, 0, at)[1] for at in range(3))
    assert min(np.diff(times)) > 1_000_000


@pytest.mark.parametrize("names", [["m/1.png", "m/01.png"], ["m/a1.png", "m/b1.png"]])
def test_two_pictures_are_never_one_frame(names: list[str]) -> None:
    found = recordings(names)
    assert shown(found, 0, 0) != shown(found, 0, 1)


def test_a_list_that_is_too_short_for_its_labels_is_no_list_of_them() -> None:
    found = recordings(["m/5.png", "m/9.png"], last=[40])
    assert shown(found, 0, 40) == ("5.png", 40)


@given(
    numbers=st.sets(st.integers(0, 9999), min_size=2, max_size=30),
    form=st.sampled_from(PATHS),
    data=st.data(),
)
def test_a_list_that_grows_or_loses_pictures_moves_no_frame(
    numbers: set[int], form: str, data: st.DataObject
) -> None:
    names = data.draw(st.permutations([f"mouseA/{form.format(number)}" for number in numbers]))
    kept = data.draw(st.lists(st.sampled_from(names), min_size=2, unique=True))
    whole, part = recordings(names), recordings(kept)
    for at, name in enumerate(kept):
        assert shown(part, 0, at) == shown(whole, 0, names.index(name))


@given(st.lists(st.sampled_from(["top.mp4", "side.mp4", "cam.avi"]), min_size=1), st.data())
def test_names_stay_what_else_is_there(names: list[str], data: st.DataObject) -> None:
    folders = data.draw(
        st.lists(st.integers(), min_size=len(names), max_size=len(names), unique=True)
    )
    paths = [f"/{folder}/{name}" for folder, name in zip(folders, names, strict=True)]
    found = recordings(*paths)
    assert list(found.names) == names
    assert len(set(found.keys)) == len(names)
