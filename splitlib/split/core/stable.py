"""A split by the key of a group alone, so that nothing else can move the group."""

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from splitlib.split.core.exact import UNASSIGNED
from splitlib.split.core.sizes import exact_shares

KEY_RANGE = 2**64


def assign_stable(
    key: NDArray[np.uint64], fractions: Sequence[float | Fraction]
) -> NDArray[np.int64]:
    """The split of each group by the size of its key.

    Keys are spread evenly over 0 to 2^64. The last split takes the lowest part of this range, as
    wide as its fraction says, the split before it takes the next part, and so on. So a test split
    as the last stays the same when train and val trade frames.

    Args:
        key: (g,) uint64, see `hashing`.
        fractions: A fraction for each split, as for `sizes.split_sizes`.

    Returns:
        (g,) int64, the split of each group, or -1 (`exact.UNASSIGNED`).

    Raises:
        SplitError: The fractions are impossible.

    Notes:
        - A group's split depends on its key and the fractions alone. So adding, removing or
          re-ordering other groups moves nothing.
        - Sizes vary as in a random draw: with g groups of one size, a split of fraction f is off by
          about sqrt(g * f * (1 - f)) groups, as a rule by less than twice that.

    Example:
        >>> import numpy as np
        >>> key = np.array([0, 2**62, 2**63, 2**64 - 1], np.uint64)
        >>> assign_stable(key, [0.5, 0.25, 0.25]).tolist()
        [2, 1, 0, 0]
    """
    shares, _ = exact_shares(fractions)
    split = np.full(len(key), UNASSIGNED, np.int64)
    for number in range(len(shares)):  # the widest range comes first, narrower ones overwrite it
        high = math.floor(sum(shares[number:]) * KEY_RANGE)
        if high:
            split[key <= np.uint64(high - 1)] = number
    return split
