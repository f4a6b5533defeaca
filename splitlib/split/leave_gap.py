"""The examples that are left out to keep the gap between splits."""

import numpy as np
from numpy.typing import NDArray

from splitlib.errors import SplitError
from splitlib.params import SplitParams
from splitlib.split.core.groups import video_ranks
from splitlib.split.core.lock import gap_violations_around
from splitlib.split.core.nearest import largest_that_works
from splitlib.split.examples import SPLITS, Examples

PARTS = 3
"""A gap that is free to shrink costs no split more than one of this many parts of its frames."""


def lost_to_gap(
    examples: Examples,
    split: NDArray[np.int64],
    params: SplitParams,
    first: NDArray[np.bool_],
    *,
    may_shrink: bool = False,
) -> tuple[NDArray[np.bool_], int]:
    """(n,) bool, the examples to leave out for the gap; and the gap, in frames of video.

    The gap is that of the params. With `may_shrink` it is a smaller one, if it would cost a split
    more than a third of its frames. See `gap_violations_around` for `first`.

    Raises:
        SplitError: A split would lose all of its frames, and the gap may not shrink.
    """
    video = video_ranks(examples.video_keys)[examples.video]

    def lost(gap: int) -> NDArray[np.bool_]:
        return gap_violations_around(video, examples.frame_idx, split, gap, first=first)

    def emptied(out: NDArray[np.bool_]) -> list[int]:
        stays = split[~out]
        return [s for s in range(len(SPLITS)) if (split == s).any() and not (stays == s).any()]

    def costs_little(gap: int) -> bool:
        out = lost(gap)
        each = [split == s for s in range(len(SPLITS))]
        return all(PARTS * (own & out).sum() <= own.sum() for own in each)

    if may_shrink and not costs_little(params.gap):
        gap = largest_that_works(costs_little, 0, params.gap) or 0
        return lost(gap), gap
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
    return out, params.gap
