"""The gap: frames of video kept unused between different splits.

Neighbouring frames are near copies of one another, so if a train frame stands beside a test frame,
one of them has to go. Train frames are many, so they go first. Between val and test as few frames
as possible go. Splits are numbered 0 train, 1 val, 2 test. Unassigned frames (-1) never go, and
make no other frame go.
"""

import numpy as np
from numpy.typing import NDArray

from splitlib.errors import SplitError

TRAIN, VAL, TEST = 0, 1, 2


def gap_violations(
    video: NDArray[np.int64],
    frame_idx: NDArray[np.int64],
    split: NDArray[np.int64],
    gap: int,
) -> NDArray[np.bool_]:
    """The rows to leave out, so that different splits are more than `gap` frames apart.

    Args:
        video: (n,) int64, a number for each video, equal for equal videos (`groups.video_ranks`).
        frame_idx: (n,) int64, number of the frame in its video, >= 0.
        split: (n,) int64, 0 train, 1 val, 2 test, -1 unassigned.
        gap: Frames of video to keep unused between two splits, >= 0. 0 leaves out a row only if
            another split holds the same frame, which groups prevent.

    Returns:
        (n,) bool, True for rows to leave out.

    Raises:
        SplitError: gap is below 0.

    Notes:
        - If two rows that stay are of one video and in different splits, their frame numbers differ
          by more than `gap`.
        - No row is left out needlessly: put back alone, it would be too near to a row that stays.
        - Val and test lose rows only to each other, and together as few as possible; of equal
          choices val loses them. A train frame near a val or test frame that stays is left out.
        - The result does not depend on the order of rows and videos.

    Example:
        >>> import numpy as np
        >>> frame_idx = np.array([0, 8, 9, 10, 11, 20, 21, 22])
        >>> split = np.array([0, 0, 1, 1, 1, 1, 2, 2])
        >>> gap_violations(np.zeros(8, np.int64), frame_idx, split, gap=1).tolist()
        [False, True, False, False, False, True, False, False]
    """
    if gap < 0:
        msg = f"gap: expected 0 or more frames of video, got {gap}"
        raise SplitError(msg)
    gap = min(gap, int(frame_idx.max(initial=0)))  # nothing is further apart within a video
    order = np.lexsort((split, frame_idx, video))
    place = on_one_line(video[order], frame_idx[order], gap)
    left_out = np.empty(len(order), dtype=np.bool_)
    left_out[order] = _left_out(place, split[order], gap)
    return left_out


def on_one_line(
    video: NDArray[np.int64], frame_idx: NDArray[np.int64], gap: int
) -> NDArray[np.int64]:
    """(n,) int64, ascending: places of sorted frames of all videos on one line, for one search.

    Frames within the gap keep their distance; all others come to lie gap + 1 apart or more.
    """
    step = np.minimum(np.diff(frame_idx, prepend=frame_idx[:1]), gap + 1)
    step[1:][np.diff(video) != 0] = gap + 1
    return np.cumsum(step)


def _left_out(place: NDArray[np.int64], split: NDArray[np.int64], gap: int) -> NDArray[np.bool_]:
    """The mask for rows sorted by place and split."""
    left_out = np.zeros(len(place), dtype=np.bool_)
    train, val, test = (split == number for number in (TRAIN, VAL, TEST))
    left_out[val] = near(place[val], place[test], gap)
    left_out[test] = near(place[test], place[val], gap)
    disputed = np.flatnonzero(left_out)
    left_out[disputed] = ~_most_kept(place[disputed], test[disputed], gap)
    left_out[train] = near(place[train], place[(val | test) & ~left_out], gap)
    return left_out


def near(place: NDArray[np.int64], others: NDArray[np.int64], gap: int) -> NDArray[np.bool_]:
    """(n,) bool, whether one of the sorted others is within the gap of a place."""
    first = np.searchsorted(others, place - gap, side="left")
    return np.searchsorted(others, place + gap, side="right") > first


def _most_kept(place: NDArray[np.int64], is_test: NDArray[np.bool_], gap: int) -> NDArray[np.bool_]:
    """(n,) bool, a largest choice of val and test rows in which the two are more than gap apart.

    Rows are kept from left to right. The row kept before a row is the last of its own split, or the
    last of the other split that is far enough away, whichever allowed more rows so far. (If two
    rows of a split are kept one after the other, all rows of that split between them can stay.)
    This is a loop, but only over rows in dispute.
    """
    n = len(place)
    worth = (n + 1 + is_test).tolist()  # one more row is worth more than n rows of test
    value = [0] * (n + 1)  # the last entry, index -1, stands for no row
    before = [-1] * n
    for row, (own, other) in enumerate(_rows_before(place, is_test, gap).tolist()):
        before[row] = own if value[own] >= value[other] else other
        value[row] = worth[row] + value[before[row]]
    kept = np.zeros(n, dtype=np.bool_)
    row = max(range(n), key=value.__getitem__, default=-1)
    while row >= 0:
        kept[row] = True
        row = before[row]
    return kept


def _rows_before(
    place: NDArray[np.int64], is_test: NDArray[np.bool_], gap: int
) -> NDArray[np.int64]:
    """(n, 2) int64, the row before in the own split and the last far enough in the other, or -1."""
    before = np.full((len(place), 2), -1, dtype=np.int64)
    for own_split in (is_test, ~is_test):
        own, other = np.flatnonzero(own_split), np.flatnonzero(~own_split)
        before[own[1:], 0] = own[:-1]
        n_far = np.searchsorted(place[other], place[own] - gap, side="left")
        before[own, 1] = np.append(-1, other)[n_far]
    return before
