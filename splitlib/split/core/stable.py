"""A split that depends on a group's key alone, so that nothing else can move it."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from splitlib.split.core.exact import UNASSIGNED
from splitlib.split.core.sizes import exact_shares

KEY_RANGE = 2**64


def assign_stable(key: NDArray[np.uint64], fractions: Sequence[float]) -> NDArray[np.int64]:
    """The split of each group by the size of its key.

    Keys are spread evenly over 0 to 2^64. The last split takes the lowest keys, as many as its
    fraction says, the one before it the next, and so on; so a test split as the last stays the same
    when train and val trade frames.

    Args:
        key: (g,) uint64, see `hashing`.
        fractions: A fraction for each split, as for `sizes.split_sizes`.

    Returns:
        (g,) int64, the split of each group, or -1 (`assign.UNASSIGNED`).

    Raises:
        SplitError: The fractions are impossible.

    Notes:
        - A group's split depends on its key and the fractions, on nothing else: adding, removing or
          re-ordering other groups moves nothing.
        - Sizes are those of a draw: of g groups of one size about sqrt(g * f * (1 - f)) groups from
          what was asked, as a rule less than twice that.

    Example:
        >>> import numpy as np
        >>> key = np.array([0, 2**62, 2**63, 2**64 - 1], np.uint64)
        >>> assign_stable(key, [0.5, 0.25, 0.25]).tolist()
        [2, 1, 0, 0]
    """
    shares, _ = exact_shares(fractions)
    split = np.full(len(key), UNASSIGNED, np.int64)
    for number in range(len(shares)):  # the widest range first; narrower ones overwrite it
        high = math.floor(sum(shares[number:]) * KEY_RANGE)
        below = key <= np.uint64(high - 1) if high else np.zeros(len(key), np.bool_)
        split[below] = number
    return split
