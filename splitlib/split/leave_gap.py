"""The examples that are left out to keep the gap between splits."""

import numpy as np
from numpy.typing import NDArray

from splitlib.errors import SplitError
from splitlib.params import SplitParams
from splitlib.split.core.groups import video_ranks
from splitlib.split.core.lock import gap_violations_around
from splitlib.split.core.nearest import largest_that_works
from splitlib.split.examples import SPLITS, Examples


def lost_to_gap(
    examples: Examples, split: NDArray[np.int64], params: SplitParams, first: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """(n,) bool, the examples to leave out for the gap; see `gap_violations_around` for `first`.

    Raises:
        SplitError: A split would lose all of its frames.
    """
    video = video_ranks(examples.video_keys)[examples.video]

    def lost(gap: int) -> NDArray[np.bool_]:
        return gap_violations_around(video, examples.frame_idx, split, gap, first=first)

    def emptied(out: NDArray[np.bool_]) -> list[int]:
        stays = split[~out]
        return [s for s in range(len(SPLITS)) if (split == s).any() and not (stays == s).any()]

    out = lost(params.gap)
    if none_left := emptied(out):
        high = min(params.gap, int(examples.frame_idx.max()) + 1)
        nearest = largest_that_works(lambda gap: not emptied(lost(gap)), 0, high)
        works = "" if nearest is None else f"a split.gap of {nearest} leaves some in each; "
        name, n = SPLITS[none_left[0]], int((split == none_left[0]).sum())
        msg = (
            f"split.gap: {name} loses all of its {n} frames to the gap of {params.gap} frames;"
            f" {works}a larger split.block_length has fewer borders"
        )
        raise SplitError(msg)
    return out
