"""The frames of an index in labels: by video and number or picture, wherever they stand there."""

import numpy as np
from numpy.typing import NDArray

from splitlib.errors import SplitError
from splitlib.labels import Labels
from splitlib.split.core.lock import matching_rows
from splitlib.split.index import SplitIndex
from splitlib.split.match_keys import match_keys


def find_frames(index: SplitIndex, labels: Labels) -> NDArray[np.int64]:
    """(n,) int64, ascending: the rows of the labels that hold the frames of an index.

    Raises:
        SplitError: The labels lack a frame of the index; the message names the first.
    """
    if index.position is not None and _stand_there(index, index.position, labels):
        return np.sort(index.position)
    (video, identity), (recording, its) = _frames_of(index, labels), _frames_in(labels)
    lacking = matching_rows(video, identity, recording, its) < 0
    if lacking.any():
        at = int(np.argmax(lacking))
        msg = (
            f"{index.split} index: {index.name(at)} is not in {labels.path.name}; the labels have"
            " changed, so split them again, with split.lock to keep the rest"
        )
        raise SplitError(msg)
    return np.flatnonzero(matching_rows(recording, its, video, identity) >= 0)


def names_all_of(index: SplitIndex, part: Labels) -> bool:
    """Whether an index names the frames of a split file, all of them and no others."""
    if len(index.video) != len(part):
        return False
    if index.version == 1:
        return bool((part.frame_idx == index.identity).all())
    (video, identity), (recording, its) = _frames_of(index, part), _frames_in(part)
    lacking = matching_rows(video, identity, recording, its) < 0
    more = matching_rows(recording, its, video, identity) < 0
    return not lacking.any() and not more.any()


def _frames_in(labels: Labels) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    return labels.moments.recording, labels.moments.identity


def _frames_of(index: SplitIndex, labels: Labels) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Recording of the labels, -1 for none, and identity of each frame of an index."""
    numbers = match_keys([video.key for video in index.videos], labels.recordings.keys)
    return np.array([*numbers, -1], np.int64)[index.video], index.identity


def _stand_there(index: SplitIndex, position: NDArray[np.int64], labels: Labels) -> bool:
    """Whether the frames of an index stand at the positions that it gives."""
    if position.max(initial=-1) >= len(labels):
        return False
    (wanted, identity), (recording, its) = _frames_of(index, labels), _frames_in(labels)
    is_same = wanted == recording[position]
    if index.version == 1:  # it counted pictures by their place in a list
        its = labels.frame_idx
        is_same |= np.isin(labels.video[position], list(labels.recordings.pictures))
    return bool((is_same & (its[position] == identity)).all())
