"""Groups: what must stay together stays together, whatever the order of the file."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from splitlib.errors import SplitError
from splitlib.split.core.groups import (
    Groups,
    block_groups,
    frame_groups,
    video_groups,
    video_ranks,
)
from splitlib.split.core.hashing import frame_keys

Column = NDArray[np.int64]
Maker = Callable[[list[str], Column, Column], Groups]

VIDEO_KEYS = ["d.mp4", "a.mp4", "c.mp4", "b.mp4"]

MAKERS: dict[str, Maker] = {
    "frame": lambda keys, video, idx: frame_groups(42, keys, video, idx),
    "block": lambda keys, video, idx: block_groups(42, keys, video, idx, block_length=5),
    "video": lambda keys, video, idx: video_groups(42, keys, video),
}
NUMBER: dict[str, Callable[[Column], Column]] = {
    "frame": lambda idx: idx,
    "block": lambda idx: idx // 5,
    "video": lambda idx: idx * 0,
}

rows = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 30)), max_size=40)


def columns(pairs: list[tuple[int, int]]) -> tuple[Column, Column]:
    table = np.array(pairs, np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


@pytest.mark.parametrize("name", MAKERS)
@given(pairs=rows)
def test_rows_share_a_group_exactly_when_they_belong_together(
    name: str, pairs: list[tuple[int, int]]
) -> None:
    video, frame_idx = columns(pairs)
    groups = MAKERS[name](VIDEO_KEYS, video, frame_idx)
    names = list(zip(video.tolist(), NUMBER[name](frame_idx).tolist(), strict=True))
    same_name = [[one == other for other in names] for one in names]
    same_group = groups.group[:, np.newaxis] == groups.group
    assert same_group.tolist() == same_name


@pytest.mark.parametrize("name", MAKERS)
@given(pairs=rows)
def test_sizes_and_keys_are_those_of_the_groups(name: str, pairs: list[tuple[int, int]]) -> None:
    video, frame_idx = columns(pairs)
    groups = MAKERS[name](VIDEO_KEYS, video, frame_idx)
    assert groups.size.tolist() == np.bincount(groups.group).tolist()  # dense, none empty
    keys = frame_keys(42, VIDEO_KEYS, video, NUMBER[name](frame_idx), domain=name)
    assert groups.key[groups.group].tolist() == keys.tolist()


@pytest.mark.parametrize("name", MAKERS)
@given(pairs=rows, seed=st.integers(0, 99))
def test_the_order_of_rows_and_videos_changes_no_group(
    name: str, pairs: list[tuple[int, int]], seed: int
) -> None:
    video, frame_idx = columns(pairs)
    groups = MAKERS[name](VIDEO_KEYS, video, frame_idx)
    shuffled = np.random.default_rng(seed).permutation(len(pairs))
    again = MAKERS[name](VIDEO_KEYS[::-1], 3 - video[shuffled], frame_idx[shuffled])
    assert again.group.tolist() == groups.group[shuffled].tolist()
    assert again.size.tolist() == groups.size.tolist()
    assert again.key.tolist() == groups.key.tolist()


@given(pairs=rows, more=rows)
def test_adding_frames_changes_no_other_block(
    pairs: list[tuple[int, int]], more: list[tuple[int, int]]
) -> None:
    before = MAKERS["block"](VIDEO_KEYS, *columns(pairs))
    after = MAKERS["block"](VIDEO_KEYS, *columns(pairs + more))
    assert after.key[after.group[: len(pairs)]].tolist() == before.key[before.group].tolist()


@pytest.mark.parametrize("name", MAKERS)
def test_no_rows_are_no_groups(name: str) -> None:
    groups = MAKERS[name]([], *columns([]))
    assert [len(groups.group), len(groups.size), len(groups.key)] == [0, 0, 0]
    assert [groups.group.dtype, groups.size.dtype, groups.key.dtype] == ["i8", "i8", "u8"]


@pytest.mark.parametrize("name", MAKERS)
def test_a_video_that_is_listed_twice_is_one_video(name: str) -> None:
    keys = ["M\u00e4use.avi", "Ma\u0308use.avi", "M\u00e4use.avi"]  # composed and decomposed
    groups = MAKERS[name](keys, np.array([0, 1, 2]), np.array([7, 7, 7]))
    assert groups.group.tolist() == [0, 0, 0]


def test_blocks_are_windows_of_video_time() -> None:
    frame_idx = np.array([0, 49, 50, 99, 100, 2**62])
    groups = block_groups(1, ["a"], np.zeros(6, np.int64), frame_idx, block_length=50)
    assert groups.group.tolist() == [0, 0, 1, 1, 2, 3]


def test_block_3_and_frame_3_have_unrelated_keys() -> None:
    video, number = np.zeros(9, np.int64), np.arange(9)
    blocks = block_groups(1, ["a"], video, number, block_length=1)
    assert not np.isin(blocks.key, frame_groups(1, ["a"], video, number).key).any()


@pytest.mark.parametrize("block_length", [0, -50])
def test_a_block_has_a_frame_at_least(block_length: int) -> None:
    with pytest.raises(SplitError, match=f"block_length: expected at least 1.*got {block_length}"):
        block_groups(1, ["a"], np.array([0]), np.array([0]), block_length=block_length)


def test_videos_are_ranked_by_key() -> None:
    assert video_ranks(["b/1.mp4", "a/2.mp4", "b/0.mp4"]).tolist() == [2, 0, 1]
    assert video_ranks([]).tolist() == []
