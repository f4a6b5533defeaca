"""A 64-bit digest of what is labeled in each frame, by which it is found again in other files.

Renaming, moving and re-encoding a video leaves the digests of its frames as they are, and so does
embedding its images. Points count to the last bit, by the name of their node, and tracks by their
name. What does not count: the order of nodes and instances, nodes that are not placed, scores, and
predicted instances beside those of a person.
"""

import numpy as np
from numpy.typing import NDArray

from splitlib.labels import Labels
from splitlib.slp.ranges import expand
from splitlib.split.core.hashing import GAMMA, mix, word_of_text

Words = NDArray[np.uint64]

PIECE = 8192
"""Instances that are hashed at a time: their points stay in the cache of the processor."""

_SPREAD = np.uint64(45)  # whole numbers end in some 48 zero bits as floats


def label_digests(labels: Labels) -> Words:
    """(n_frames,) uint64; 0 for a frame without a placed point."""
    columns = labels.columns
    instances = instance_words(labels)
    of_user = _sums(instances * columns.is_user, columns.instance_bounds)
    return np.where(of_user != 0, of_user, _sums(instances, columns.instance_bounds))


def instance_words(labels: Labels) -> Words:
    """(n_instances,) uint64, of the placed points and the track of each; 0 for no placed point."""
    columns = labels.columns
    instances = np.zeros(len(columns.skeleton), np.uint64)
    for number, skeleton in enumerate(labels.skeletons):
        rows = np.flatnonzero(columns.skeleton == number)
        factors = _node_words(skeleton.nodes)
        for start in range(0, len(rows), PIECE):
            some = rows[start : start + PIECE]
            instances[some] = _points_words(labels, some, factors)
    is_placed = instances != 0
    tracks = [0, *(word_of_text(f"track\0{track.name}") for track in labels.tracks)]
    words: Words = mix(instances + np.array(tracks, np.uint64)[columns.track + 1]) * is_placed
    return words


def frame_words(identity: NDArray[np.int64], digest: Words) -> Words:
    """(n,) uint64, one word for each frame and its labels, from `Moments.identity` and digest."""
    return mix(identity.astype(np.uint64) * GAMMA ^ digest)


def _points_words(labels: Labels, instances: NDArray[np.int64], factors: Words) -> Words:
    """(m,) uint64, a word of the placed points of each of some instances of one skeleton.

    The word is a sum of products modulo 2**64, with a factor for x and y of each node.
    """
    columns = labels.columns
    first, last = columns.point_bounds[instances], columns.point_bounds[instances + 1]
    whole = int(last[-1] - first[0]) == int((last - first).sum())
    rows = slice(int(first[0]), int(last[-1])) if whole else expand(first, last)
    words = columns.xy[rows].view(np.uint64)
    words = words ^ (words >> _SPREAD)
    words *= columns.is_usable[rows, np.newaxis]
    return words.reshape(len(instances), -1) @ factors


def _node_words(nodes: tuple[str, ...]) -> Words:
    """(2 * n_nodes,) uint64, odd: the factors of x and y of each node."""
    return np.array(
        [word_of_text(f"{axis}\0{node}") | 1 for node in nodes for axis in "xy"], np.uint64
    )


def _sums(words: Words, ranges: NDArray[np.int64]) -> Words:
    """One sum modulo 2**64 for each range of rows."""
    sums = np.zeros(len(words) + 1, np.uint64)
    np.cumsum(words, out=sums[1:])
    return sums[ranges[1:]] - sums[ranges[:-1]]
