import warnings
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from splitlib.errors import LabelsFileError
from splitlib.slp.dtypes import FRAMES
from splitlib.slp.embedded import EmbeddedImages
from splitlib.slp.tables import Table
from splitlib.slp.video_ids import dataset_number, read_video_numbers, video_positions
from splitlib.slp.videos import Video

PATH = Path("a.slp")

Frames = list[tuple[int, int]]  # number of the video and frame


def video(dataset: str | None) -> Video:
    return Video("v", ("v.mp4",), dataset=dataset, is_embedded=dataset is not None)


def images(dataset: str, frames: list[int]) -> EmbeddedImages:
    return EmbeddedImages(dataset, np.array(frames, np.int64), "png", "RGB", (0, 0, 0))


def table(frames: Frames) -> Table:
    rows = np.zeros(len(frames), FRAMES)
    rows["video"] = [number for number, _ in frames]
    rows["frame_idx"] = [frame for _, frame in frames]
    return Table(PATH, "frames", rows)


def positions(
    datasets: list[str | None], embedded: dict[int, list[int]], frames: Frames
) -> NDArray[np.int64]:
    videos = [video(dataset) for dataset in datasets]
    own = {at: images(datasets[at] or "", numbers) for at, numbers in embedded.items()}
    found = table(frames)
    frame_idx = found.ints("frame_idx")
    numbers = read_video_numbers(found, frame_idx, videos, own, PATH)
    return video_positions(found, "video", frame_idx, numbers)


@pytest.mark.parametrize(
    ("dataset", "number"),
    [
        ("video0/video", 0),
        ("video51/video", 51),
        ("/video07/video", 7),
        ("video3", 3),
        ("video3x/video", None),
        ("my/video3/video", None),
        ("video/video", None),
        ("video-1/video", None),
        ("video٣/video", None),
        ("video" + "9" * 5000 + "/video", None),
        ("", None),
        (None, None),
    ],
)
def test_the_number_of_a_dataset_is_that_in_its_name(
    dataset: str | None, number: int | None
) -> None:
    assert dataset_number(video(dataset)) == number


CASES: dict[str, tuple[list[str | None], dict[int, list[int]], Frames, list[int]]] = {
    "plain videos": ([None, None], {}, [(1, 0), (0, 0)], [1, 0]),
    "normal package": (
        ["video0/video", "video1/video"],
        {0: [1], 1: [2]},
        [(1, 2), (0, 1)],
        [1, 0],
    ),
    "swapped datasets, positions": (
        ["video1/video", "video0/video"],
        {0: [1], 1: [2]},
        [(0, 1), (1, 2)],
        [0, 1],
    ),
    "swapped datasets, numbers": (
        ["video1/video", "video0/video"],
        {0: [1], 1: [2]},
        [(1, 1), (0, 2)],
        [0, 1],
    ),
    "swapped datasets, only one has frames": (
        ["video1/video", "video0/video"],
        {0: [1], 1: [2]},
        [(1, 1)],
        [0],
    ),
    "a frame more speaks for positions": (
        ["video1/video", "video0/video"],
        {0: [1, 5], 1: [2, 5]},
        [(0, 5), (1, 5), (0, 1)],
        [0, 1, 0],
    ),
    "sparse numbers (sleap-io#266)": (
        ["video51/video", "video49/video"],
        {0: [1], 1: [2]},
        [(51, 1), (49, 2), (49, 9)],
        [0, 1, 1],
    ),
    "sparse datasets, positions (sleap-io#274)": (
        ["video51/video", "video49/video"],
        {0: [1], 1: [2]},
        [(0, 1), (1, 2)],
        [0, 1],
    ),
    "numbers of which one is also a position": (
        ["video29/video", "video0/video"],
        {0: [1], 1: [2]},
        [(29, 1), (0, 2)],
        [0, 1],
    ),
    "images of no use, numbers fit alone": (["video5/video"], {}, [(5, 1)], [0]),
    "images of no use, positions fit alone": (["video5/video"], {}, [(0, 1)], [0]),
    "a plain video among sparse ones": (
        ["video7/video", None],
        {0: [1]},
        [(7, 1), (1, 1)],
        [0, 1],
    ),
    "huge numbers of datasets": (
        ["video999999999/video", "video0/video"],
        {0: [1], 1: [2]},
        [(999999999, 1), (0, 2)],
        [0, 1],
    ),
    "no frames": (["video5/video"], {0: [1]}, [], []),
}


@pytest.mark.parametrize(
    ("datasets", "embedded", "frames", "expected"), CASES.values(), ids=CASES.keys()
)
def test_the_reading_with_more_images_of_labeled_frames_is_right(
    datasets: list[str | None], embedded: dict[int, list[int]], frames: Frames, expected: list[int]
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert positions(datasets, embedded, frames).tolist() == expected


@pytest.mark.parametrize("embedded", [{}, {0: [1, 2], 1: [1, 2]}], ids=["none", "same frames"])
def test_where_images_do_not_tell_numbers_are_positions_and_a_warning_says_so(
    embedded: dict[int, list[int]],
) -> None:
    datasets: list[str | None] = ["video1/video", "video0/video"]
    with pytest.warns(UserWarning, match=r"a.slp: .* are read as positions, as SLEAP does"):
        found = positions(datasets, embedded, [(0, 1), (1, 2)])
    assert found.tolist() == [0, 1]


def test_a_number_of_two_videos_is_told_apart_frame_by_frame() -> None:
    with pytest.warns(UserWarning, match="are read as numbers where the dataset has an image"):
        found = positions([None, "video0/video"], {1: [3]}, [(0, 5), (0, 3)])
    assert found.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("datasets", "frames", "problem"),
    [
        ([None, None], [(0, 0), (2, 0)], "row 1: video is 2, but there are 2 videos"),
        ([], [(0, 0)], "row 0: video is 0, but there are 0 videos"),
        (["video5/video"], [(0, 0), (3, 0)], "row 1: video is 3, but there are 1 videos"),
        (["video5/video"], [(5, 0), (6, 0)], "row 0: video is 5, but there are 1 videos"),
    ],
)
def test_a_number_of_no_video_is_named_with_its_row(
    datasets: list[str | None], frames: Frames, problem: str
) -> None:
    with pytest.raises(LabelsFileError, match=f"a.slp: /frames {problem}"):
        positions(datasets, {}, frames)
