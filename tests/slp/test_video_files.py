import os
import urllib.request
from pathlib import Path

import pytest

from splitlib.errors import SplitlibError, VideoNotFoundError
from splitlib.slp.video_files import find_file, find_video
from splitlib.slp.videos import Video


def touch(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"video")
    return path


@pytest.mark.parametrize(
    ("name", "place"),
    [
        pytest.param("top.mp4", "project/labels/top.mp4", id="a bare name beside the labels"),
        pytest.param("./top.mp4", "project/labels/top.mp4", id="a dot for the folder"),
        pytest.param("day1/top.mp4", "project/labels/day1/top.mp4", id="relative to the labels"),
        pytest.param("../videos/top.mp4", "project/videos/top.mp4", id="relative and upwards"),
        pytest.param("videos/top.mp4", "project/videos/top.mp4", id="relative to a folder above"),
        pytest.param("day1\\top.mp4", "project/labels/day1/top.mp4", id="relative Windows path"),
        pytest.param("/home/me/top.mp4", "project/labels/top.mp4", id="the end of a POSIX path"),
        pytest.param("/home/me/videos/top.mp4", "project/videos/top.mp4", id="two folders apart"),
        pytest.param("D:\\data\\day1\\top.mp4", "project/labels/day1/top.mp4", id="a Windows path"),
        pytest.param("D:/data/day1\\top.mp4", "project/day1/top.mp4", id="a mixed path"),
        pytest.param("D:top.mp4", "project/labels/top.mp4", id="a drive without a folder"),
        pytest.param("\\\\server\\share\\top.mp4", "project/labels/top.mp4", id="a share"),
        pytest.param("/lab/day 1/ü.mp4", "project/labels/day 1/ü.mp4", id="blanks and umlauts"),
    ],
)
def test_a_path_of_another_machine_is_found_by_its_end(
    name: str, place: str, tmp_path: Path
) -> None:
    expected = touch(tmp_path / place)
    touch(tmp_path / "top.mp4")
    assert find_video([name], [tmp_path / "project" / "labels"]) == expected


def test_an_absolute_path_that_is_right_is_taken_as_it_is(tmp_path: Path) -> None:
    expected = touch(tmp_path / "far" / "top.mp4")
    touch(tmp_path / "labels" / "top.mp4")
    assert find_video([str(expected)], [tmp_path / "labels"]) == expected


def test_a_relative_path_holds_in_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = touch(tmp_path / "here" / "day1" / "top.mp4")
    monkeypatch.chdir(tmp_path / "here")
    assert find_video(["day1\\top.mp4"], [tmp_path / "labels"]) == expected


def test_the_longest_end_that_fits_is_found(tmp_path: Path) -> None:
    touch(tmp_path / "top.mp4")
    touch(tmp_path / "day1" / "top.mp4")
    expected = touch(tmp_path / "mouse3" / "day1" / "top.mp4")
    assert find_video(["/data/mouse3/day1/top.mp4"], [tmp_path]) == expected


def test_folders_are_searched_in_their_order(tmp_path: Path) -> None:
    expected = touch(tmp_path / "first" / "top.mp4")
    touch(tmp_path / "second" / "top.mp4")
    assert find_video(["/data/top.mp4"], [tmp_path / "first", tmp_path / "second"]) == expected


def test_a_bare_name_is_not_looked_for_in_folders_above(tmp_path: Path) -> None:
    touch(tmp_path / "top.mp4")
    with pytest.raises(VideoNotFoundError):
        find_video(["/data/day1/top.mp4"], [tmp_path / "project" / "labels"])


def test_a_list_of_images_is_found_as_a_list(tmp_path: Path) -> None:
    expected = [touch(tmp_path / f"img{at}.png") for at in range(3)]
    names = [f"C:\\images\\img{at}.png" for at in range(3)]
    assert find_video(names, [tmp_path]) == expected


def test_one_missing_image_is_named(tmp_path: Path) -> None:
    touch(tmp_path / "img0.png")
    with pytest.raises(VideoNotFoundError, match=r"img1\.png"):
        find_video(["C:/images/img0.png", "C:/images/img1.png"], [tmp_path])


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/top.mp4",
        "https://example.com/top.mp4",
        "s3://bucket/top.mp4",
        "rtsp://camera/stream",
        "file:///data/top.mp4",
        "https:\\\\example.com\\top.mp4",
    ],
)
def test_a_url_is_refused_without_a_request(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_request(*_: object, **__: object) -> None:
        pytest.fail("a request was sent")

    monkeypatch.setattr(urllib.request, "urlopen", no_request)
    monkeypatch.setattr("socket.socket.connect", no_request)
    touch(tmp_path / "top.mp4")
    with pytest.raises(VideoNotFoundError, match="is a URL, and nothing is read from the network"):
        find_video([url], [tmp_path])


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are a matter of POSIX")
def test_a_pipe_is_no_video_and_is_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "top.mp4")
    with pytest.raises(VideoNotFoundError):
        find_video([str(tmp_path / "top.mp4")], [tmp_path])


def test_a_device_is_no_video(tmp_path: Path) -> None:
    with pytest.raises(VideoNotFoundError):
        find_video([os.devnull], [tmp_path])


def test_a_folder_is_no_video(tmp_path: Path) -> None:
    (tmp_path / "top.mp4").mkdir()
    with pytest.raises(VideoNotFoundError):
        find_video(["top.mp4"], [tmp_path])


@pytest.mark.parametrize("name", ["", ".", "..", "/", "a" * 5000, "top\0.mp4", "C:\\"])
def test_names_that_no_file_can_have_are_not_found(name: str, tmp_path: Path) -> None:
    with pytest.raises(VideoNotFoundError):
        find_video([name], [tmp_path])


def test_a_video_without_a_name_is_explained(tmp_path: Path) -> None:
    with pytest.raises(VideoNotFoundError, match="the labels give no path for the video"):
        find_video(Video(key="video0", filenames=()).filenames, [tmp_path])


def test_the_message_says_what_was_tried_and_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(VideoNotFoundError) as error:
        find_video(["C:\\data\\day1\\top.mp4"], [tmp_path / "labels", tmp_path / "extra"])
    message = str(error.value).replace("\\", "/")
    for part in ("data/day1/top.mp4", "day1/top.mp4 or top.mp4", "labels, ", "extra", "convert"):
        assert part in message
    assert isinstance(error.value, FileNotFoundError)
    assert isinstance(error.value, SplitlibError)


def test_the_path_found_is_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path / "top.mp4")
    monkeypatch.chdir(tmp_path)
    assert find_file("top.mp4", ["."]) == tmp_path / "top.mp4"
