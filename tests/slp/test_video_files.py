import os
import secrets
import urllib.request
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from splitlib.errors import SplitlibError, VideoNotFoundError
from splitlib.slp.video_files import find_file, find_files, find_video
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
    assert find_file("top.mp4", ["."]) == tmp_path / "top.mp4"


def found_one_by_one(name: str, folders: list[Path]) -> Path | None:
    try:
        return find_file(name, folders)
    except VideoNotFoundError:
        return None


@given(
    files=st.lists(st.sampled_from(["", "a/", "b/", "a/b/", "b/a/", "x/", "x/a/"]), max_size=6),
    heads=st.lists(
        st.sampled_from(["", "a/", "a\\", "/", "C:/", "C:", "//", "..", "../", "a/../", "http://"]),
        min_size=1,
        max_size=4,
    ),
    inner=st.sampled_from(["", "a/", "b\\", "a/b/", "./a//"]),
)
def test_many_files_are_found_where_each_is_found(
    files: list[str],
    heads: list[str],
    inner: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    root = tmp_path / secrets.token_hex(8)
    for at, folder in enumerate(files):
        touch(root / folder / f"{at % 3}.png")
    (root / "folder.png").mkdir(parents=True)
    monkeypatch.chdir(root)
    folders = [root / "x" / "a", root / "a"]
    names = [f"{head}{inner}{at}.png" for head in heads for at in range(3)] + [
        *NO_NAMES,
        "folder.png",
    ]
    assert list(find_files(names, folders)) == [found_one_by_one(name, folders) for name in names]
