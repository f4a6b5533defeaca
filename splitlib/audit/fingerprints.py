"""A 64-bit fingerprint of what is labeled in each frame, whole columns at a time.

Two frames with one fingerprint hold the same instances in the same order: tracks and skeletons by
name, points to the last bit. Some values do not count, because other writers lose them or fill them
in: links between instances, scores of user instances, and NaN or 0 as a missing tracking score.
"""

import numpy as np
from numpy.typing import NDArray

from splitlib.labels import Labels
from splitlib.slp.columns import Columns
from splitlib.slp.ranges import bounds
from splitlib.split.core.hashing import GAMMA, MIX_1, MIX_2, word_of_text

Words = NDArray[np.uint64]


def fingerprints(labels: Labels) -> tuple[Words, Words]:
    """Fingerprints of each frame, of all instances and of user instances only, (n_frames,) each."""
    columns = labels.columns
    points = np.zeros(len(columns.rows), np.uint64)
    for some, own in columns.iter_points():
        words = _chain(
            _bits(own.xy[:, 0]),
            _bits(own.xy[:, 1]),
            own.is_usable.astype(np.uint64),
            _bits(np.nan_to_num(own.score)),
        )
        points[some] = _sums(words, own.bounds)
    instances = _chain(
        points,
        columns.is_user.astype(np.uint64),
        _track_words(labels, columns),
        _skeleton_words(labels)[columns.skeleton],
        _bits(np.where(columns.is_user, 0.0, columns.floats("score"))),
        _bits(np.nan_to_num(columns.floats("tracking_score"))),
    )
    negative = labels.is_negative.astype(np.uint64)
    frames = columns.instance_bounds
    of_users = bounds(columns.is_user.astype(np.int64))[frames]
    return (
        _chain(_sums(instances, frames), negative),
        _chain(_sums(instances[columns.is_user], of_users), negative),
    )


def _track_words(labels: Labels, columns: Columns) -> Words:
    words = [0, *(word_of_text(track.name) for track in labels.tracks)]
    return np.array(words, np.uint64)[columns.track + 1]


def _skeleton_words(labels: Labels) -> Words:
    texts = ["\0".join(skeleton.nodes) for skeleton in labels.skeletons]
    return np.array([word_of_text(text) for text in texts], np.uint64)


def _bits(values: NDArray[np.float64]) -> Words:
    """The bits of floats, with one NaN and one zero."""
    values = values + 0.0
    values[np.isnan(values)] = np.nan
    return values.view(np.uint64)


def _chain(*columns: Words) -> Words:
    """One word per row, from the words of its columns in their order."""
    result = np.zeros(len(columns[0]), np.uint64)
    for column in columns:
        result = _mix(result + column + GAMMA)
    return result


def _sums(words: Words, ranges: NDArray[np.int64]) -> Words:
    """One word per range of rows, which depends on the order of the rows."""
    lengths = np.diff(ranges)
    place = np.arange(len(words)) - np.repeat(ranges[:-1], lengths)
    sums = np.zeros(len(words) + 1, np.uint64)
    np.cumsum(_mix(words + place.astype(np.uint64) * GAMMA), out=sums[1:])  # wraps, as it may
    return sums[ranges[1:]] - sums[ranges[:-1]] + lengths.astype(np.uint64)


def _mix(words: Words) -> Words:
    """`hashing.mix` in place, which copies columns of millions of points less often."""
    for shift, factor in ((30, MIX_1), (27, MIX_2)):
        words ^= words >> np.uint64(shift)
        words *= factor
    words ^= words >> np.uint64(31)
    return words
