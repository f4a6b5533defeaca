"""Animals: the peaks that pairs join, with one peak of each node at most."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from splitlib.inference.grouping.best_pairs import best_pairs, components
from splitlib.inference.grouping.edge_scores import Pairs, scored_pairs
from splitlib.inference.grouping.found_instances import FoundInstances

MIN_JOIN = 0.25
"""Lowest score of a pair that is joined; SLEAP's default (`min_line_scores`) is the same."""

MIN_NODES = 3
"""Nodes of an animal, at least, of skeletons that have as many. On the test split of the demo, 2
gave 8 more animals that nobody labeled, and no labeled point more."""

MOST_PEAKS = 100
"""Peaks of a node in an image that are looked at, the highest first. Pairs are as many as the
square of it, and a network that learned nothing gives a peak for every few pixels."""


def join_peaks(
    peaks: NDArray[np.floating],
    peak_scores: NDArray[np.floating],
    where: NDArray[np.integer],
    fields: NDArray[np.floating],
    *,
    edges: Sequence[tuple[int, int]],
    output_stride_of_fields: int,
    n_nodes: int,
    min_nodes: int | None = None,
    min_join: float = MIN_JOIN,
) -> FoundInstances:
    """Join the peaks of a batch of images to animals.

    Args:
        peaks: (n_peaks, 2), (x, y) in pixels of the images.
        peak_scores: (n_peaks,), the value of the confidence map at each.
        where: (n_peaks, 2) integers, the image and the node of each.
        fields: (n_images, height, width, 2 * n_edges), as of `make_part_affinity_fields`: x and y
            of the first edge, of the second, and so on.
        edges: Pairs of nodes, in the order of the fields.
        output_stride_of_fields: Pixels from one cell of the fields to the next.
        n_nodes: Nodes of the skeleton.
        min_nodes: Animals with fewer nodes are left out; None for `least_nodes`.
        min_join: Lowest score of a pair that is joined, > 0: the mean of the field along the line.

    Returns:
        The animals, in each image the best first. A peak that nothing joins is an animal of one
        node, which `min_nodes` leaves out.
    """
    kept = _highest(peak_scores, where)
    peaks, peak_scores, where = peaks[kept], peak_scores[kept], where[kept]
    pairs = scored_pairs(
        peaks,
        where,
        fields,
        edges=edges,
        stride=output_stride_of_fields,
        n_nodes=n_nodes,
        min_score=min_join,
    )
    label = _labels(best_pairs(pairs, len(peaks)), where[:, 1].astype(np.int64))
    first, animal = np.unique(label, return_inverse=True)
    points = np.full((len(first), n_nodes, 2), np.nan)
    point_scores = np.zeros((len(first), n_nodes))
    points[animal, where[:, 1]] = peaks
    point_scores[animal, where[:, 1]] = peak_scores
    found = FoundInstances(where[first, 0].astype(np.int64), points, point_scores)
    return found.best(min_nodes=least_nodes(n_nodes) if min_nodes is None else min_nodes)


def least_nodes(n_nodes: int) -> int:
    """Nodes of an animal, at least: `MIN_NODES`, or all of a smaller skeleton."""
    return min(MIN_NODES, n_nodes)


def _highest(scores: NDArray[np.floating], where: NDArray[np.integer]) -> NDArray[np.int64]:
    """The rows of the `MOST_PEAKS` highest peaks of each node in each image, ascending."""
    order = np.lexsort((-scores, where[:, 1], where[:, 0]))
    ordered = where[order]
    is_new = np.ones(len(order), bool)
    is_new[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    first = np.maximum.accumulate(np.where(is_new, np.arange(len(order)), 0))
    return np.sort(order[np.arange(len(order)) - first < MOST_PEAKS])


def _labels(pairs: Pairs, node: NDArray[np.int64]) -> NDArray[np.int64]:
    """(n_peaks,) int64, of each peak the first one of its animal."""
    label = components(len(node), pairs.source, pairs.target)
    nodes_of = label * (int(node.max(initial=0)) + 1) + node
    _, place, n_alike = np.unique(nodes_of, return_inverse=True, return_counts=True)
    # only skeletons whose edges close a ring join two peaks of one node
    torn = np.unique(label[n_alike[place] > 1])
    if len(torn):
        among = np.isin(label, torn)
        label[among] = _joined_in_turn(pairs.take(among[pairs.source]), node)[among]
    return label


def _joined_in_turn(pairs: Pairs, node: NDArray[np.int64]) -> NDArray[np.int64]:
    """The labels where the best pair is joined first, and none that brings a node twice."""
    label = np.arange(len(node))
    members = {at: [at] for at in {*pairs.source.tolist(), *pairs.target.tolist()}}
    for row in np.argsort(-pairs.score, kind="stable").tolist():
        one, other = sorted((int(label[pairs.source[row]]), int(label[pairs.target[row]])))
        together = members[one] + members[other]
        if one != other and len({*node[together].tolist()}) == len(together):
            label[together] = one
            members[one] = together
    return label
