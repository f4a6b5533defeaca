"""A 64-bit digest of what is labeled in each frame, by which it is found again in other files.

Renaming, moving and re-encoding a video leaves the digests of its frames as they are, and so does
embedding its images. Points count to the last bit, by the name of their node, and tracks by their
name. What does not count: the order of nodes and instances, nodes that are not placed, scores, and
predicted instances beside those of a person.
"""

import numpy as np
from numpy.typing import NDArray

from splitlib.labels import Labels
from splitlib.slp.columns import Points
from splitlib.slp.ranges import as_slice, different, expand
from splitlib.split.core.hashing import GAMMA, mix, word_of_text

Words = NDArray[np.uint64]

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
    factors = [_node_words(skeleton.nodes) for skeleton in labels.skeletons]
    for some, points in columns.iter_points():
        coordinates, skeleton = _coordinate_words(points), columns.skeleton[some]
        for number in different(skeleton):
            own = skeleton == number
            rows = as_slice(expand(points.bounds[:-1][own], points.bounds[1:][own]))
            # a sum of products modulo 2**64, with a factor for x and y of each node
            instances[some[own]] = coordinates[rows].reshape(int(own.sum()), -1) @ factors[number]
    is_placed = instances != 0
    tracks = [0, *(word_of_text(f"track\0{track.name}") for track in labels.tracks)]
    words: Words = mix(instances + np.array(tracks, np.uint64)[columns.track + 1]) * is_placed
    return words


def frame_words(identity: NDArray[np.int64], digest: Words) -> Words:
    """(n,) uint64, one word for each frame and its labels, from `Moments.identity` and digest."""
    return mix(identity.astype(np.uint64) * GAMMA ^ digest)


def _coordinate_words(points: Points) -> Words:
    """(n_points, 2) uint64, a word of x and y of each point; 0 for one that is not placed."""
    words = points.xy.view(np.uint64)
    words = words ^ (words >> _SPREAD)
    words *= points.is_usable[:, np.newaxis]
    return words


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
