"""For each edge the set of pairs with the highest sum of scores, each peak in one pair at most.

This is the linear assignment of Cao et al. 2017, equation 13. Pairs below a limit are out already,
so most peaks have one partner left. Only peaks that compete for partners are given to the solver,
some at a time. It is written by hand, because scipy, which has another, is no dependency.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from splitlib.inference.grouping.edge_scores import Pairs


def best_pairs(pairs: Pairs, n_peaks: int) -> Pairs:
    """The best pairs of each edge, of pairs with scores above 0.

    Example:
        >>> columns = np.array([[0, 0, 0], [0, 0, 1], [2, 3, 2]])
        >>> best = best_pairs(Pairs(*columns, np.array([0.9, 0.8, 0.8])), 4)
        >>> best.source.tolist(), best.target.tolist()
        ([0, 1], [3, 2])
    """
    # a peak takes part as source and as target, and in each edge by itself
    source = pairs.edge * 2 * n_peaks + pairs.source
    target = (pairs.edge * 2 + 1) * n_peaks + pairs.target
    ends, (source, target) = _numbered(source, target)
    counts = np.bincount(np.concatenate([source, target]), minlength=ends)
    is_chosen = (counts[source] == 1) & (counts[target] == 1)
    left = np.flatnonzero(~is_chosen)
    label = components(ends, source[left], target[left])[source[left]]
    for rows in _split_by(label):
        some = left[rows]
        is_chosen[some[_assigned(source[some], target[some], pairs.score[some])]] = True
    return pairs.take(is_chosen)


def components(n: int, one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.int64]:
    """(n,) int64, of n things the first one that each is joined to, directly or by others.

    Example:
        >>> components(5, np.array([3, 1]), np.array([1, 4])).tolist()
        [0, 1, 2, 1, 1]
    """
    label = np.arange(n)
    while True:
        least = np.minimum(label[one], label[other])
        new = label.copy()
        np.minimum.at(new, label[one], least)
        np.minimum.at(new, label[other], least)
        new = new[new]
        if (new == label).all():
            return label
        label = new


def assignment(scores: Sequence[Sequence[float]]) -> list[int]:
    """For each row of a matrix its column, so that the sum of their scores is the highest.

    There are at least as many columns as rows. The method is the Hungarian one with potentials, by
    shortest augmenting paths (Jonker and Volgenant 1987): n_rows**2 * n_columns steps.

    Example:
        >>> assignment([[3, 2, 0], [3, 0, 0]])
        [1, 0]
    """
    n_columns = len(scores[0])
    row_price, column_price = [0.0] * len(scores), [0.0] * (n_columns + 1)
    row_of = [-1] * (n_columns + 1)  # the last column stands for the row that is added
    for row in range(len(scores)):
        row_of[n_columns] = row
        path = _augmenting_path(scores, row_of, row_price, column_price)
        for column, before in path:
            row_of[column] = row_of[before]
    found = [0] * len(scores)
    for column, row in enumerate(row_of[:n_columns]):
        if row >= 0:
            found[row] = column
    return found


def _augmenting_path(
    scores: Sequence[Sequence[float]],
    row_of: list[int],
    row_price: list[float],
    column_price: list[float],
) -> list[tuple[int, int]]:
    """The shortest path from the last column to a free one, backwards; updates the prices."""
    n = len(scores[0])
    slack, before = [float("inf")] * n, [n] * n
    column, visited = n, [n]
    unseen = set(range(n))
    while row_of[column] >= 0:
        row = row_of[column]
        for other in unseen:
            reduced = -scores[row][other] - row_price[row] - column_price[other]
            if reduced < slack[other]:
                slack[other], before[other] = reduced, column
        nearest = min(sorted(unseen), key=slack.__getitem__)
        delta = slack[nearest]
        for seen in visited:
            row_price[row_of[seen]] += delta
            column_price[seen] -= delta
        for other in unseen:
            slack[other] -= delta
        unseen.discard(nearest)
        visited.append(nearest)
        column = nearest
    path = []
    while column != n:
        path.append((column, before[column]))
        column = before[column]
    return path


def _assigned(
    source: NDArray[np.int64], target: NDArray[np.int64], score: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Which of some pairs that compete are chosen, as rows."""
    n_rows, n_columns = (len(np.unique(ends)) for ends in (source, target))
    one, other = (source, target) if n_rows <= n_columns else (target, source)
    rows, columns = (np.unique(ends, return_inverse=True)[1] for ends in (one, other))
    matrix = np.zeros((min(n_rows, n_columns), max(n_rows, n_columns)))
    matrix[rows, columns] = score  # 0 for no pair: those that are left over get one
    chosen = np.array(assignment(matrix.tolist()))
    return np.flatnonzero(chosen[rows] == columns)


def _numbered(*numbers: NDArray[np.int64]) -> tuple[int, list[NDArray[np.int64]]]:
    """How many numbers differ, and each as its place among them."""
    distinct, places = np.unique(np.concatenate(numbers), return_inverse=True)
    return len(distinct), np.split(places, np.cumsum([len(some) for some in numbers])[:-1])


def _split_by(label: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """The rows of each label."""
    if not len(label):
        return []
    order = np.argsort(label, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(label[order])) + 1)
