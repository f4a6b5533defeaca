import os
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from splitlib.errors import SplitlibError, VideoMismatchError, VideoNotFoundError
from splitlib.slp.video_files import VideoSearch
from splitlib.slp.videos import Video, parse_videos


def search(videos: Sequence[str | list[str]], folders: Sequence[str | Path]) -> VideoSearch:
    """The search for videos, each given as its path in the labels, or those of its images."""
    rows = [{"backend": {"filename": names}} for names in videos]
    return VideoSearch(parse_videos(rows, [None] * len(rows), Path("labels.slp")), folders)


def find_video(names: list[str], folders: Sequence[str | Path]) -> Path | list[Path]:
    """The files of the only video of labels."""
    return VideoSearch([Video(key="video", filenames=tuple(names))], folders).find(0)


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


# files that are there; names in the labels; folders that are searched; what is found
FOUND: dict[str, tuple[list[str], list[str], list[str], list[str]]] = {
    "an absolute path that is right": (
        ["far/top.mp4", "labels/top.mp4"],
        ["{here}/far/top.mp4"],
        ["labels"],
        ["far/top.mp4"],
    ),
    "a relative path in the current folder": (
        ["day1/top.mp4"],
        ["day1\\top.mp4"],
        ["labels"],
        ["day1/top.mp4"],
    ),
    "the longest end that fits": (
        ["top.mp4", "day1/top.mp4", "mouse3/day1/top.mp4"],
        ["/data/mouse3/day1/top.mp4"],
        ["."],
        ["mouse3/day1/top.mp4"],
    ),
    "the first of two folders": (
        ["first/top.mp4", "second/top.mp4"],
        ["/data/top.mp4"],
        ["first", "second"],
        ["first/top.mp4"],
    ),
    "a list of images": (
        ["img0.png", "img1.png", "img2.png"],
        ["C:\\images\\img0.png", "C:\\images\\img1.png", "C:\\images\\img2.png"],
        ["."],
        ["img0.png", "img1.png", "img2.png"],
    ),
}


@pytest.mark.parametrize(("files", "names", "folders", "found"), FOUND.values(), ids=FOUND)
def test_a_video_is_found(
    files: list[str],
    names: list[str],
    folders: list[str],
    found: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    for file in files:
        touch(tmp_path / file)
    given = [name.format(here=tmp_path) for name in names]
    expected = [tmp_path / name for name in found]
    result = find_video(given, [tmp_path / folder for folder in folders])
    assert result == (expected if len(expected) > 1 else expected[0])


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


NO_NAMES = ["", ".", "..", "/", "a" * 5000, "top\0.mp4", "C:\\"]
"""Names that no file can have."""

# names in the labels, beside top.mp4, img0.png and a folder; words of the message
NOT_FOUND: dict[str, tuple[list[str], str | None]] = {
    "one missing image": (["C:/images/img0.png", "C:/images/img1.png"], r"img1\.png"),
    "a bare name in a folder above": (["/data/day1/above.mp4"], "above"),
    "a device": ([os.devnull], None),
    "a folder": (["folder.mp4"], r"folder\.mp4"),
    "a video without a name": (
        [*Video(key="video0", filenames=()).filenames],
        "the labels give no path for the video",
    ),
    **{repr(name[:9]): ([name], None) for name in NO_NAMES},
}


@pytest.mark.parametrize(("names", "words"), NOT_FOUND.values(), ids=NOT_FOUND)
def test_what_is_no_video_is_not_found(names: list[str], words: str | None, tmp_path: Path) -> None:
    touch(tmp_path / "above.mp4")
    labels = tmp_path / "project" / "labels"
    for name in ("top.mp4", "img0.png"):
        touch(labels / name)
    (labels / "folder.mp4").mkdir()
    with pytest.raises(VideoNotFoundError, match=words):
        find_video(names, [labels])


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
    assert find_video(["top.mp4"], ["."]) == tmp_path / "top.mp4"


# ---- several videos in the labels

DAYS: list[str | list[str]] = ["/lab/day1/top.mp4", "/lab/day2/top.mp4"]
WINDOWS: list[str | list[str]] = ["D:\\lab\\day1\\top.mp4", "D:\\lab\\day2\\top.mp4"]
TWO_ROOTS: list[str | list[str]] = ["/m1/day/top.mp4", "/m2/day/top.mp4"]
MACHINES: list[str | list[str]] = ["/lab/day1/top.mp4", "D:\\lab\\day1\\top.mp4"]
FOLDERS: list[str | list[str]] = [
    ["C:/a/img0.png", "C:/a/img1.png"],
    ["C:/b/img0.png", "C:/b/img1.png"],
]
ONE_LIST: list[str | list[str]] = [["/lab/a/img0.png", "/lab/b/img0.png"]]

# videos of the labels; files that are there; which video is asked for; its files, None for none
NAMESAKES: dict[str, tuple[list[str | list[str]], list[str], int, list[str] | None]] = {
    "the longest end": (DAYS, ["day1/top.mp4", "top.mp4"], 0, ["day1/top.mp4"]),
    "a bare name of two": (DAYS, ["day1/top.mp4", "top.mp4"], 1, None),
    "a bare name of two, alone": (DAYS, ["top.mp4"], 0, None),
    "Windows paths": (WINDOWS, ["day2/top.mp4", "top.mp4"], 1, ["day2/top.mp4"]),
    "a bare name of two Windows paths": (WINDOWS, ["day2/top.mp4", "top.mp4"], 0, None),
    "a longer end of two": (TWO_ROOTS, ["day/top.mp4", "m1/day/top.mp4"], 1, None),
    "the whole of one path": (["top.mp4", "/x/top.mp4"], ["top.mp4"], 0, ["top.mp4"]),
    "the end of the other": (["top.mp4", "/x/top.mp4"], ["top.mp4"], 1, None),
    "one path on two machines": (MACHINES, ["lab/day1/top.mp4"], 0, None),
    "the same path twice": (["/x/top.mp4", "/x/top.mp4"], ["top.mp4"], 1, ["top.mp4"]),
    "one path in two forms": (["x/top.mp4", "x\\top.mp4"], ["top.mp4"], 1, ["top.mp4"]),
    "another name": (["/x/top.mp4", "/x/side.mp4"], ["top.mp4"], 0, ["top.mp4"]),
    "another capital": (["/x/top.mp4", "/y/Top.mp4"], ["top.mp4"], 0, ["top.mp4"]),
    "folders of images": (FOLDERS, ["b/img0.png", "b/img1.png"], 1, ["b/img0.png", "b/img1.png"]),
    "bare images of two folders": (FOLDERS, ["img0.png", "img1.png"], 0, None),
    "bare images of one list": (ONE_LIST, ["img0.png"], 0, None),
    "images of one list": (ONE_LIST, ["a/img0.png", "b/img0.png"], 0, ["a/img0.png", "b/img0.png"]),
}


@pytest.mark.parametrize(("videos", "files", "asked", "found"), NAMESAKES.values(), ids=NAMESAKES)
def test_an_end_counts_if_it_is_that_of_one_video(
    videos: list[str | list[str]],
    files: list[str],
    asked: int,
    found: list[str] | None,
    tmp_path: Path,
) -> None:
    for file in files:
        touch(tmp_path / file)
    looking = search(videos, [tmp_path])
    if found is None:
        with pytest.raises(VideoNotFoundError, match="another file that ends so"):
            looking.find(asked)
    else:
        expected = [tmp_path / name for name in found]
        assert looking.find(asked) == (expected if len(expected) > 1 else expected[0])


def test_a_file_that_may_be_either_is_named_with_the_place_that_would_do(tmp_path: Path) -> None:
    file = touch(tmp_path / "top.mp4")
    with pytest.raises(VideoNotFoundError) as error:
        search(DAYS, [tmp_path]).find(1)
    message = str(error.value)
    for part in ("'/lab/day2/top.mp4'", f"{file} is not taken", "'/lab/day1/top.mp4'"):
        assert part in message
    assert f"put the video as {Path('day2/top.mp4')} beside the labels file" in message
    assert f"as {Path('lab/day2/top.mp4')} or {Path('day2/top.mp4')} in {tmp_path}," in message


def test_one_video_under_two_paths_is_named_as_that(tmp_path: Path) -> None:
    touch(tmp_path / "lab" / "day1" / "top.mp4")
    with pytest.raises(VideoNotFoundError, match="the same path in the labels if they are one"):
        search(MACHINES, [tmp_path]).find(1)


@pytest.mark.parametrize("link", [os.link, os.symlink])
def test_a_file_of_two_videos_is_refused_for_both(
    link: Callable[[Path, Path], None], tmp_path: Path
) -> None:
    file = touch(tmp_path / "day1" / "top.mp4")
    (tmp_path / "day2").mkdir()
    link(file, tmp_path / "day2" / "top.mp4")
    for asked in (0, 1):
        with pytest.raises(VideoMismatchError) as error:
            search([*DAYS, "/lab/other.mp4"], [tmp_path]).find(asked)
        for part in (*DAYS, f"day{2 - asked}/top.mp4", str(tmp_path), "its own file"):
            assert str(part) in str(error.value)


def test_a_file_of_two_videos_does_not_stop_the_others(tmp_path: Path) -> None:
    videos = ["a/../top.mp4", "top.mp4", "side.mp4"]
    (tmp_path / "a").mkdir()
    touch(tmp_path / "top.mp4")
    looking = search([*videos, []], [tmp_path])
    side = touch(tmp_path / "side.mp4")
    assert looking.find(2) == side
    with pytest.raises(VideoMismatchError, match=r"a/\.\./top\.mp4"):
        looking.find(1)


def test_paths_that_begin_alike_ask_once_for_their_first_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Labels may have thousands of videos, and each question to a network drive takes long."""
    n_videos = 300
    touch(tmp_path / "day7" / "top.mp4")
    looking = search([f"/lab/data/mice/day{at}/top.mp4" for at in range(n_videos)], [tmp_path])
    asked: list[str] = []
    exists = os.path.lexists

    def counting(path: str) -> bool:
        asked.append(path)
        return exists(path)

    monkeypatch.setattr("os.path.lexists", counting)
    assert looking.find(7) == tmp_path / "day7" / "top.mp4"
    assert len(asked) < n_videos * (len(tmp_path.parts) + 5)
