"""A 64-bit fingerprint of what is labeled in each frame, whole columns at a time.

Two frames with one fingerprint hold the same instances in the same order: tracks and skeletons by
name, points to the last bit. What other writers lose or fill in does not count: the links between
instances, scores of user instances, and whether a missing tracking score is NaN or 0.
"""

import hashlib

import numpy as np
from numpy.typing import NDArray

from splitlib.labels import Labels
from splitlib.slp.columns import Columns

Words = NDArray[np.uint64]

_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)  # of SplitMix64, as in splits.hashing
_MIX_2 = np.uint64(0x94D049BB133111EB)
_STEP = np.uint64(0x9E3779B97F4A7C15)


def fingerprints(labels: Labels) -> tuple[Words, Words]:
    """Two fingerprints of each frame: of all that is labeled, and of user instances only.

    Returns:
        (n_frames,) uint64 each.
    """
    columns = labels.columns
    points = _chain(
        _bits(columns.xy[:, 0]),
        _bits(columns.xy[:, 1]),
        columns.is_usable.astype(np.uint64),
        _bits(np.nan_to_num(columns.point_score)),
    )
    predicted = ~columns.is_user
    instances = _chain(
        _sums(points, columns.point_bounds),
        columns.is_user.astype(np.uint64),
        _track_words(labels, columns),
        _skeleton_words(labels)[columns.skeleton],
        _bits(np.where(predicted, columns.score, 0.0)),
        _bits(np.nan_to_num(columns.tracking_score)),
    )
    negative = labels.is_negative.astype(np.uint64)
    bounds = columns.instance_bounds
    user_bounds = np.append(0, np.cumsum(columns.is_user))[bounds]
    return (
        _chain(_sums(instances, bounds), negative),
        _chain(_sums(instances[columns.is_user], user_bounds), negative),
    )


def _track_words(labels: Labels, columns: Columns) -> Words:
    words = np.array([0, *(_text_word(track.name) for track in labels.tracks)], np.uint64)
    return words[columns.track + 1]


def _skeleton_words(labels: Labels) -> Words:
    texts = ["\0".join(skeleton.nodes) for skeleton in labels.skeletons]
    return np.array([_text_word(text) for text in texts], np.uint64)


def _text_word(text: str) -> int:
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8)
    return int.from_bytes(digest.digest(), "little")


def _bits(values: NDArray[np.float64]) -> Words:
    """The bits of floats, with one NaN and one zero."""
    values = values + 0.0
    values[np.isnan(values)] = np.nan
    return values.view(np.uint64)


def _chain(*columns: Words) -> Words:
    """One word per row, from the words of its columns in their order."""
    result = np.zeros(len(columns[0]), np.uint64)
    for column in columns:
        result = _mix(result + column + _STEP)
    return result


def _sums(words: Words, bounds: NDArray[np.int64]) -> Words:
    """One word per range of rows, which depends on their order."""
    lengths = np.diff(bounds)
    place = np.arange(len(words)) - np.repeat(bounds[:-1], lengths)
    sums = np.zeros(len(words) + 1, np.uint64)
    np.cumsum(_mix(words + place.astype(np.uint64) * _STEP), out=sums[1:])  # wraps, as it may
    return sums[bounds[1:]] - sums[bounds[:-1]] + lengths.astype(np.uint64)


def _mix(words: Words) -> Words:
    """The finaliser of SplitMix64, in place: of millions of points no column is copied twice."""
    for shift, factor in ((30, _MIX_1), (27, _MIX_2)):
        words ^= words >> np.uint64(shift)
        words *= factor
    words ^= words >> np.uint64(31)
    return words
