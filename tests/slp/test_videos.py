import itertools
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from splitlib.errors import LabelsFileError
from splitlib.slp.videos import Video, embedded_dataset, parse_videos, video_keys

PATH = Path("a.slp")

KEYS = {
    "one": (["/data/day1/top.mp4"], ["top.mp4"]),
    "different names": (["/data/a.mp4", "/data/b.mp4"], ["a.mp4", "b.mp4"]),
    "same name": (["/d/day1/top.mp4", "/d/day2/top.mp4"], ["day1/top.mp4", "day2/top.mp4"]),
    "only the same names grow": (
        ["/d/day1/top.mp4", "/d/day2/top.mp4", "/d/day2/side.mp4"],
        ["day1/top.mp4", "day2/top.mp4", "side.mp4"],
    ),
    "as long as it takes": (
        ["/m1/d/top.mp4", "/m2/d/top.mp4", "/m2/e/top.mp4"],
        ["m1/d/top.mp4", "m2/d/top.mp4", "e/top.mp4"],
    ),
    "end of another": (["top.mp4", "day1/top.mp4"], ["top.mp4", "day1/top.mp4"]),
    "Windows": ([r"C:\d\day1\top.mp4", r"D:\d\day2\top.mp4"], ["day1/top.mp4", "day2/top.mp4"]),
    "mixed": ([r"tests/data/tracks\clip.mp4"], ["clip.mp4"]),
    "drives alone": ([r"C:\top.mp4", r"D:\top.mp4"], ["C:/top.mp4", "D:/top.mp4"]),
    "URL": (["https://host/a/v.mp4?x=1"], ["v.mp4?x=1"]),
    "superfluous": (["./a//b/./v.mp4", "/c/v.mp4/"], ["b/v.mp4", "c/v.mp4"]),
    "none": (["", "", "a.mp4"], ["video0", "video1", "a.mp4"]),
    "this file": (["."], ["video0"]),
    "equal paths": (["/home/me/v.mp4", "/home/me/v.mp4"], ["v.mp4", "v.mp4#2"]),
    "equal and another": (
        ["/home/me/v.mp4", "/home/me/v.mp4", "/home/you/v.mp4"],
        ["me/v.mp4", "me/v.mp4#2", "you/v.mp4"],
    ),
    "a number that is taken": (["v", "v#2", "v", "v"], ["v", "v#2", "v#3", "v#4"]),
    "a name that looks like none": (["", "video0"], ["video0", "video0#2"]),
    "no videos": ([], []),
    "not ASCII": (["/Mäuse/小鼠.mp4"], ["小鼠.mp4"]),
}


@pytest.mark.parametrize(("paths", "keys"), KEYS.values(), ids=KEYS.keys())
def test_keys_are_the_shortest_ends_that_differ(paths: list[str], keys: list[str]) -> None:
    assert video_keys(paths) == keys


names = st.sampled_from(["a", "b", "v.mp4", "v.mp4#2", "video0", "", ".", "C:"])
paths = st.lists(names, max_size=5).flatmap(
    lambda parts: st.sampled_from(["/", "\\"]).map(lambda separator: separator.join(parts))
)


@given(st.lists(paths, max_size=7))
def test_every_video_has_a_key_of_its_own(several: list[str]) -> None:
    assert len(set(video_keys(several))) == len(several)


@given(st.lists(paths, max_size=7, unique_by=lambda path: path.replace("\\", "/")))
def test_keys_do_not_depend_on_the_order_of_the_list(several: list[str]) -> None:
    named = [path for path in several if path.replace("\\", "").strip("/.")]
    distinct = {
        tuple(part for part in path.replace("\\", "/").split("/") if part not in ("", "."))
        for path in named
    }
    if len(distinct) == len(named):
        forward = dict(zip(named, video_keys(named), strict=True))
        assert dict(zip(named[::-1], video_keys(named[::-1]), strict=True)) == forward


@given(st.lists(paths, min_size=1, max_size=6), st.sampled_from(["/home/me", "C:\\labels", "/x"]))
def test_keys_do_not_depend_on_the_machine(several: list[str], root: str) -> None:
    here = [f"/here/{path}" for path in several if path]
    there = [f"{root}\\{path}" for path in several if path]
    found = zip(video_keys(here), video_keys(there), strict=True)
    assert all(one == other for one, other in found if "here" not in one)


def test_long_equal_paths_take_no_time() -> None:
    long = "a/" * 100_000
    assert video_keys([long + "v", long + "v", long + "w"]) == ["v", "v#2", "w"]
    many = [f"{at}/{'a/' * 50}v" for at in range(2_000)]
    assert len(set(video_keys(many))) == 2_000


ROWS: dict[str, tuple[dict[str, Any], tuple[str, ...], bool]] = {
    "SLEAP": ({"backend": {"filename": "a.mp4", "grayscale": True}}, ("a.mp4",), False),
    "SLEAP image list": (
        {"backend": {"filename": "a.png", "filenames": ["a.png", "b.png"]}},
        ("a.png", "b.png"),
        False,
    ),
    "SLEAP HDF5": ({"backend": {"filename": "a.h5", "dataset": "/box"}}, ("a.h5",), False),
    "sleap-io": (
        {"filename": "x.mp4", "backend": {"type": "MediaVideo", "filename": "a.mp4"}},
        ("a.mp4",),
        False,
    ),
    "name beside the backend": (
        {"filename": "a.mp4", "backend": {"shape": [1]}},
        ("a.mp4",),
        False,
    ),
    "list beside the backend": ({"filename": ["a.png"], "backend": {}}, ("a.png",), False),
    "no backend": ({"filename": "a.mp4"}, ("a.mp4",), False),
    "no backend object": ({"filename": "a.mp4", "backend": None}, ("a.mp4",), False),
    "no name (sleap#2432)": ({"backend": {"grayscale": True}}, (), False),
    "null name": ({"backend": {"filename": None}}, (), False),
    "empty": ({}, (), False),
    "embedded": (
        {"backend": {"filename": ".", "dataset": "video0/video"}},
        ("source.mp4",),
        True,
    ),
    "embedded, name beside the backend": (
        {"filename": ".", "backend": {"dataset": "video0/video"}},
        ("source.mp4",),
        True,
    ),
    "embedded without a dataset": ({"backend": {"filename": "."}}, (".",), False),
    "dataset of another type": ({"backend": {"filename": ".", "dataset": 5}}, (".",), False),
    "name of another type": ({"backend": {"filename": 5}}, (), False),
}


@pytest.mark.parametrize(("row", "names", "is_embedded"), ROWS.values(), ids=ROWS.keys())
def test_all_forms_of_a_row_are_understood(
    row: dict[str, Any],
    names: tuple[str, ...],
    is_embedded: bool,
) -> None:
    source = {"backend": {"filename": "source.mp4"}}
    (video,) = parse_videos([row], [source], PATH)
    assert (video.filenames, video.is_embedded) == (names, is_embedded)
    assert (embedded_dataset(row) is not None) == is_embedded


SOURCES: list[tuple[Any, Any, tuple[str, ...]]] = [
    ({"filename": "a.mp4"}, {"filename": "b.mp4"}, ("a.mp4",)),
    (None, {"filename": "b.mp4"}, ("b.mp4",)),
    (None, None, ()),
    ([1, 2], "abc", ()),
    (7, {"backend": {"filename": "b.mp4"}}, ("b.mp4",)),
]


@pytest.mark.parametrize(("in_group", "in_row", "names"), SOURCES)
def test_the_source_of_embedded_frames_is_where_it_may_be(
    in_group: object, in_row: object, names: tuple[str, ...]
) -> None:
    row = {"backend": {"filename": ".", "dataset": "video0/video"}, "source_video": in_row}
    (video,) = parse_videos([row], [in_group], PATH)
    assert video.filenames == names
    assert video.key == (names[0] if names else "video0")


@pytest.mark.parametrize("row", [None, 3, "a.mp4", [1]], ids=repr)
def test_a_row_that_is_no_object_is_named(row: object) -> None:
    with pytest.raises(
        LabelsFileError, match=r"a.slp: /videos_json row 1 is .*, expected an object"
    ):
        parse_videos([{}, row], [None, None], PATH)


def test_videos_compare_by_what_they_show() -> None:
    one, other = (Video("v", ("v.mp4",), dataset=name) for name in ("video3/video", "video0/video"))
    assert one == other
    assert len({one, other}) == 1
    for a, b in itertools.pairwise([one, Video("w", ("v.mp4",)), Video("w", ("w.mp4",))]):
        assert a != b
