"""The settings that fit the labels: how long blocks are, and what is spread over the splits.

Both follow from the frames and the params alone. So the same labels give the same values, and no
earlier run is asked.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from splitlib.params import SplitParams
from splitlib.params.rules import AUTO
from splitlib.split.core.groups import Groups, number_pairs, video_ranks
from splitlib.split.core.lock import FREE, sizes_left
from splitlib.split.core.nearest import largest_that_works
from splitlib.split.examples import SPLITS, Examples

USUAL_LENGTH = 50
"""Frames of video in a block, where the labels have enough of them."""

USUAL_IN_GAPS = 10
"""The same in gaps: a block between two others loses up to two gaps of its frames."""

LEAST_OF_USUAL = 0.4
"""Part of the usual length from which on blocks are short, and a warning says so."""

NEARLY = 1.5
"""Sizes of blocks in those of the smallest split, up to which its size is still near."""

SEVERAL = 2
"""Blocks that the smallest split gets, unless they would be short."""

TEARS_VIDEOS = ("frame", "block", "track", "identity")
"""Groups of which a video has several, so that splits can share it."""


def usual_length(gap: int) -> int:
    """The length of a block in frames of video, where nothing asks for a shorter one."""
    return max(USUAL_LENGTH, USUAL_IN_GAPS * gap)


def length_of(params: SplitParams) -> int:
    """The length of a block, where auto has become a number (`with_block_length`)."""
    assert params.block_length != "auto"
    return params.block_length


def is_short(length: int, gap: int) -> bool:
    """Whether blocks are short against the gap, or against what frames of video have in common."""
    return length < LEAST_OF_USUAL * usual_length(gap)


def with_block_length(
    examples: Examples,
    params: SplitParams,
    sizes: Sequence[int],
    decided: NDArray[np.int64],
    recorded: Mapping[str, Any],
) -> SplitParams:
    """The params with a number as `block_length`, in frames of video.

    Where it is auto, it becomes one of these:

    - the length that a lock records. The gap that auto kept for the lock holds with it, as long as
      the params ask for the same gap;
    - with `stable` `usual_length`, since a length that follows the labels would move frames when
      labels grow;
    - else the length that `fitting_length` finds.

    Args:
        examples: The frames to split.
        params: How they are split.
        sizes: Frames asked for each split.
        decided: (n,) int64, the split of examples that a lock or a held video decides, else -1.
        recorded: `split` in the params of the lock; empty without a lock.
    """
    if params.block_length != "auto":
        return params
    earlier = recorded.get("block_length")
    if isinstance(earlier, int):
        kept = recorded["gap"] if recorded.get("gap_asked") == params.gap else params.gap
        return replace(params, block_length=earlier, gap=kept)
    free = decided == FREE
    has = np.bincount(decided[~free], minlength=len(SPLITS)).tolist()
    left = [size for size in sizes_left(sizes, has, int(free.sum())) if size]
    if params.assignment == "stable" or not left:
        return replace(params, block_length=usual_length(params.gap))
    video = video_ranks(examples.video_keys)[examples.video[free]]
    length = fitting_length(video, examples.frame_idx[free], left, params.gap)
    return replace(params, block_length=length)


def fitting_length(
    video: NDArray[np.int64], frame_idx: NDArray[np.int64], sizes: Sequence[int], gap: int
) -> int:
    """The longest blocks, up to `usual_length`, of which every split gets its part.

    - There are two blocks for as many frames as the smallest split has. Only blocks with frames
      count, so the length follows the labelling step.
    - If such blocks were short, no block holds more frames than the smallest split has.
    - If they are short even so, and blocks of the usual length come near to that, these are taken:
      videos with few frames each are not torn.

    Args:
        video: (n,) int64, a number for each video.
        frame_idx: (n,) int64, number of the frame in its video, >= 0.
        sizes: Frames asked for each split that asks for any, >= 1.
        gap: Frames of video between splits.

    Example:
        >>> frame_idx = np.arange(100)
        >>> fitting_length(np.zeros(100, np.int64), frame_idx, [80, 10, 10], gap=5)
        10
    """
    usual, least = usual_length(gap), min(sizes)

    def blocks(length: int) -> NDArray[np.int64]:
        """The number of frames in each block."""
        return np.bincount(number_pairs(video, frame_idx // length)[0])

    single = blocks(1)  # frames that are far apart are no more blocks when these shrink
    several = min(max(len(sizes), -(-SEVERAL * len(video) // least)), len(single))
    length = _longest(lambda length: len(blocks(length)) >= several, usual)
    if not is_short(length, gap):
        return length
    most = max(least, int(single.max()))

    def fits(length: int) -> bool:
        n_frames = blocks(length)
        return len(n_frames) >= len(sizes) and int(n_frames.max()) <= most

    length, whole = _longest(fits, usual), blocks(usual)
    is_near = len(whole) >= len(sizes) and whole.max() <= NEARLY * least
    return usual if is_near and is_short(length, gap) else length


def _longest(fits: Callable[[int], bool], usual: int) -> int:
    return usual if fits(usual) else largest_that_works(fits, 1, usual) or 1


def with_strata(
    examples: Examples,
    params: SplitParams,
    kind: str,
    groups: Groups,
    asked: Sequence[float],
    trial: Callable[[list[NDArray[np.int64]]], NDArray[np.int64]],
) -> SplitParams:
    """The params with a list as `stratify`, in which auto is video or nothing.

    It is video where splits share videos, and where strata make the shares of videos and the sizes
    more even than sizes alone do. With few blocks that are large, they need not.

    Args:
        examples: The frames to split.
        params: How they are split.
        kind: The kind of the groups, as of `groups_or_blocks`.
        groups: The groups.
        asked: Frames asked for each split or fold.
        trial: The split or the fold of each group, (g,) int64, for columns of strata.
    """
    if params.stratify != AUTO:
        return params
    video = video_ranks(examples.video_keys)[examples.video]
    n_videos = len(np.unique(video))
    shared = kind in TEARS_VIDEOS and 1 < n_videos < len(groups.size)
    if not shared or params.assignment == "stable":
        return replace(params, stratify=())
    by_video, by_size = (
        unevenness(trial(columns)[groups.group], video, asked) for columns in ([video], [])
    )
    return replace(params, stratify=("video",) if by_video < by_size else ())


def unevenness(split: NDArray[np.int64], video: NDArray[np.int64], asked: Sequence[float]) -> float:
    """How far splits are from the sizes that were asked for and from the videos of the whole.

    It is the sum of squares, over splits and videos, of the frames that a split has of a video
    minus its part of them. All frames together count as one more video. `split`, -1 for none, and
    `video` are (n,) int64; `asked` has the frames asked for each split.

    Example:
        >>> video = np.array([0, 0, 1, 1])
        >>> unevenness(np.array([0, 1, 0, 1]), video, [2, 2])
        0.0
        >>> unevenness(video, video, [2, 2])
        4.0
    """
    n_videos = int(video.max()) + 1
    table = np.zeros((len(asked) + 1, n_videos + 1))  # the last row is for no split
    np.add.at(table, (split, video), 1)
    table[:, -1] = table.sum(axis=1)
    parts = np.array([*asked, len(split) - sum(asked)]) / len(split)
    off = table - parts[:, np.newaxis] * table.sum(axis=0)
    return math.fsum(np.square(off).ravel().tolist())  # in any order the same
