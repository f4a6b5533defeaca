"""Rows and ranges of rows: the way in which the tables of a labels file refer to each other."""

import numpy as np
from numpy.typing import NDArray


def expand(start: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.int64]:
    """The rows of n ranges, one range after the other, as (sum of lengths,) int64.

    Range i is from `start[i]` to `end[i]`, which is not below `start[i]`.

    Example:
        >>> expand(np.array([5, 0, 2]), np.array([7, 1, 2])).tolist()
        [5, 6, 0]
    """
    if len(start) == 0:
        return np.zeros(0, np.int64)
    if (start[1:] == end[:-1]).all():  # one run: the form of whole files
        return np.arange(start[0], end[-1])
    lengths = end - start
    offsets = np.cumsum(lengths) - lengths
    rows: NDArray[np.int64] = np.arange(lengths.sum()) + np.repeat(start - offsets, lengths)
    return rows


def gather(
    table: NDArray[np.void],
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    out: NDArray[np.void] | None = None,
) -> NDArray[np.void]:
    """The rows of ranges of a structured array, as `table[expand(start, end)]` gives them.

    The points of instances of one skeleton are ranges of one length that begin at multiples of it.
    Such ranges are taken as whole items, which is several times faster than row by row. If `out` is
    given, the result is written there; it has the size and type of the result.
    """
    length = int(end[0] - start[0]) if len(start) else 0
    if (
        length < 2
        or len(table) % length
        or table.dtype.hasobject  # such as texts of any length: numpy does not regroup them
        or (end - start != length).any()
        or (start % length).any()
    ):
        return table.take(expand(start, end), out=out, mode="clip")  # with `out`, "raise" copies
    item = np.dtype((np.void, length * table.dtype.itemsize))
    items = np.ascontiguousarray(table).view(item)
    into = None if out is None else out.view(item)
    return items.take(start // length, out=into, mode="clip").view(table.dtype)


def different(numbers: NDArray[np.int64]) -> list[int]:
    """The different numbers among (n,) numbers from 0 on, ascending.

    Example:
        >>> different(np.array([2, 0, 2]))
        [0, 2]
    """
    if len(numbers) and numbers.min() == numbers.max():  # as of skeletons, mostly
        return [int(numbers[0])]
    return np.flatnonzero(np.bincount(numbers)).tolist()


def as_slice(rows: NDArray[np.int64]) -> slice | NDArray[np.int64]:
    """Rows as a slice where each follows the one before it: a slice takes them without a copy.

    Example:
        >>> as_slice(np.array([4, 5, 6])), as_slice(np.array([4, 6])).tolist()
        (slice(4, 7, None), [4, 6])
    """
    if not len(rows) or int(rows[-1]) - int(rows[0]) != len(rows) - 1:
        return rows
    is_run = bool((rows[1:] > rows[:-1]).all())
    return slice(int(rows[0]), int(rows[-1]) + 1) if is_run else rows


def bounds(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Bounds of n ranges that lie one after the other, as (n + 1,) int64.

    Range i is from `bounds[i]` to `bounds[i + 1]`.

    Example:
        >>> bounds(np.array([2, 0, 3])).tolist()
        [0, 2, 2, 5]
    """
    result = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=result[1:])
    return result


def positions_of(rows: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """The position of each of `n` rows in a selection, as (n,) int64; -1 for a row left out.

    The selection is given as (m,) rows, each at most once.

    Example:
        >>> positions_of(np.array([3, 0]), 4).tolist()
        [1, -1, -1, 0]
    """
    result = np.full(n, -1)
    result[rows] = np.arange(len(rows))
    return result


def renumber(numbers: NDArray[np.int64], positions: NDArray[np.int64]) -> NDArray[np.int64]:
    """Row numbers after a selection, as (n,) int64; -1 for a row left out.

    Negative numbers stand for no row and become -1. `positions` is the result of `positions_of`.

    Example:
        >>> renumber(np.array([3, 1, -1]), np.array([1, -1, -1, 0])).tolist()
        [0, -1, -1]
    """
    return np.append(positions, -1)[np.maximum(numbers, -1)]


def rows_by(numbers: NDArray[np.int64]) -> dict[int, NDArray[np.int64]]:
    """The rows of each number, ascending: one pass, however many numbers there are.

    Example:
        >>> {number: rows.tolist() for number, rows in rows_by(np.array([7, 2, 7])).items()}
        {2: [1], 7: [0, 2]}
    """
    order = np.argsort(numbers, kind="stable")
    ordered = numbers[order]
    starts = np.flatnonzero(ordered[1:] != ordered[:-1]) + 1
    if not len(order):
        return {}
    parts = np.split(order, starts)
    return {int(numbers[rows[0]]): rows for rows in parts}


def frame_positions(
    video: NDArray[np.int64],
    frame_idx: NDArray[np.int64],
    other_video: NDArray[np.int64],
    other_frame_idx: NDArray[np.int64],
) -> NDArray[np.int64]:
    """The first of m other frames that each of n frames is, as (n,) int64; -1 for none of them.

    Each side is given as list positions of videos and as frames of these videos.

    Example:
        >>> frame_positions(*np.array([[0, 0], [7, 8]]), *np.array([[0, 0], [8, 8]])).tolist()
        [-1, 0]
    """
    n_others = len(other_video)
    # The sort is stable, so of equal frames the first of the others comes first.
    videos, frames = np.append(other_video, video), np.append(other_frame_idx, frame_idx)
    order = np.lexsort((frames, videos))
    videos, frames = videos[order], frames[order]
    is_new = np.ones(len(order), bool)
    is_new[1:] = (videos[1:] != videos[:-1]) | (frames[1:] != frames[:-1])
    first = np.empty(len(order), np.int64)
    first[order] = order[np.maximum.accumulate(np.where(is_new, np.arange(len(order)), 0))]
    found = first[n_others:]
    return np.where(found < n_others, found, -1)


def among_frames(
    video: NDArray[np.int64],
    frame_idx: NDArray[np.int64],
    other_video: NDArray[np.int64],
    other_frame_idx: NDArray[np.int64],
) -> NDArray[np.bool_]:
    """Which of n frames occur among m others, as (n,) bool; see `frame_positions`.

    Example:
        >>> among_frames(*np.array([[0, 0], [7, 8]]), *np.array([[0, 1], [8, 7]])).tolist()
        [False, True]
    """
    return frame_positions(video, frame_idx, other_video, other_frame_idx) >= 0
