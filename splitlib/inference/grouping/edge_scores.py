"""Pairs of peaks that an edge of the skeleton may join, and how well the fields agree with each."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

N_SAMPLES = 10
"""Places between two peaks at which a field is read, both ends among them; SLEAP takes as many."""

LONGEST = 0.5
"""Share of the longer side of an image beyond which a pair loses score, the more the longer it is.
Two peaks far apart cross the fields of other animals by chance."""

CHUNK = 50_000
"""Pairs that are scored at a time: each takes some 500 bytes while its fields are read."""


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of peaks in one image, of the two nodes of an edge.

    Attributes:
        edge: (n,) int64, position in the edges.
        source: (n,) int64, row of the peak of the first node.
        target: (n,) int64, row of the peak of the second node.
        score: (n,) float64, at most 1.
    """

    edge: NDArray[np.int64]
    source: NDArray[np.int64]
    target: NDArray[np.int64]
    score: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.edge)

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> "Pairs":
        """The pairs at some rows, or of a mask."""
        return Pairs(self.edge[rows], self.source[rows], self.target[rows], self.score[rows])


def scored_pairs(
    peaks: NDArray[np.floating],
    where: NDArray[np.integer],
    fields: NDArray[np.floating],
    *,
    edges: Sequence[tuple[int, int]],
    stride: int,
    n_nodes: int,
    min_score: float,
) -> Pairs:
    """All pairs whose score is `min_score` at least; arguments are as of `join_peaks`."""
    edge, source, target = _pairs(where, edges, n_nodes)
    longest = LONGEST * stride * max(fields.shape[1:3])
    scores = [np.zeros(0)]
    for start in range(0, len(edge), CHUNK):
        rows = slice(start, start + CHUNK)
        image = where[source[rows], 0]
        ends = peaks[source[rows]], peaks[target[rows]]
        scores.append(line_scores(*ends, fields, image, edge[rows], stride, longest))
    pairs = Pairs(edge, source, target, np.concatenate(scores))
    return pairs.take(pairs.score >= min_score)


def _pairs(
    where: NDArray[np.integer], edges: Sequence[tuple[int, int]], n_nodes: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Edge, first and second peak of every pair: each peak of one node with each of the other."""
    n_images = int(where[:, 0].max(initial=-1)) + 1
    place = where[:, 0].astype(np.int64) * n_nodes + where[:, 1]
    by_place = np.argsort(place, kind="stable")
    counts = np.bincount(place, minlength=n_images * n_nodes)
    first = np.cumsum(counts) - counts
    # a group holds the pairs of an edge in an image
    nodes = np.arange(n_images)[:, None, None] * n_nodes + np.array(edges, np.int64).reshape(-1, 2)
    a, b = nodes.reshape(-1, 2).T
    n_pairs = counts[a] * counts[b]
    group = np.repeat(np.arange(len(a)), n_pairs)
    at = np.arange(len(group)) - np.repeat(np.cumsum(n_pairs) - n_pairs, n_pairs)
    one, other = np.divmod(at, counts[b][group])
    source = by_place[first[a][group] + one]
    target = by_place[first[b][group] + other]
    return group % max(len(edges), 1), source, target


def line_scores(
    begins: NDArray[np.floating],
    ends: NDArray[np.floating],
    fields: NDArray[np.floating],
    image: NDArray[np.integer],
    edge: NDArray[np.int64],
    stride: int,
    longest: float,
) -> NDArray[np.float64]:
    """How well fields agree with lines: the line integral of Cao et al. 2017, equations 11 and 12.

    Args:
        begins: (n, 2), (x, y) in pixels.
        ends: (n, 2), likewise.
        fields: (n_images, height, width, 2 * n_edges), x and y of the first edge, of the second...
        image: (n,), image of each line.
        edge: (n,), edge of each line.
        stride: Pixels from one cell of the fields to the next.
        longest: Pixels above which lines lose score.

    Returns:
        (n,) float64: the mean, over places on the line, of the field along the line. It is 1 on an
        edge that a perfect field draws, and 0 for a line without length.
    """
    vectors = (ends - begins).astype(np.float64)
    lengths = np.hypot(vectors[:, 0], vectors[:, 1])
    known = np.maximum(lengths, 1e-9)  # nothing is divided by 0
    units = vectors / known[:, None]
    places = begins[:, None] + np.linspace(0, 1, N_SAMPLES)[:, None] * vectors[:, None]
    n_images, height, width, n_channels = fields.shape
    cells = np.rint(places / stride).astype(np.int64)
    column, row = np.clip(cells[..., 0], 0, width - 1), np.clip(cells[..., 1], 0, height - 1)
    at = ((image[:, None] * height + row) * width + column) * (n_channels // 2) + edge[:, None]
    read = fields.reshape(n_images * height * width * (n_channels // 2), 2)[at]
    along = np.einsum("nkd,nd->n", read, units) / N_SAMPLES
    return np.asarray(along + np.minimum(longest / known - 1, 0))
