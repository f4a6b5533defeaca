"""Folds: disjoint test splits that together hold every group once."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from splitlib.errors import SplitError
from splitlib.split.core.exact import assign_exact
from splitlib.split.core.groups import Groups
from splitlib.split.core.strata import assign_strata


def assign_folds(
    groups: Groups,
    n_folds: int | Literal["all"],
    *,
    strata: Sequence[NDArray[np.int64]] = (),
) -> NDArray[np.int64]:
    """The fold of each group; folds have equal numbers of rows, as nearly as whole groups allow.

    Args:
        groups: The rows that must stay together.
        n_folds: Number of folds; "all" makes one for each group, in the order of the keys.
        strata: For each property (n,) int64, its value in each row, to be spread over the folds.

    Returns:
        (g,) int64, the fold of each group, from 0. Every fold holds a group.

    Raises:
        SplitError: There are fewer groups than folds.

    Example:
        >>> import numpy as np
        >>> from splitlib.split.core.groups import video_groups
        >>> groups = video_groups(42, ["a", "b", "c"], np.array([0, 0, 1, 1, 2, 2]))
        >>> sorted(assign_folds(groups, "all").tolist())
        [0, 1, 2]
    """
    if n_folds == "all":
        return np.argsort(np.argsort(groups.key, kind="stable"))
    n, n_groups = len(groups.group), len(groups.size)
    if n_folds > n_groups:
        msg = (
            f"{n_folds} folds need at least one group of frames each, but there are {n_groups}"
            f" groups; ask for n_folds of at most {n_groups}, or make the groups smaller"
        )
        raise SplitError(msg)
    sizes = [n // n_folds + (fold < n % n_folds) for fold in range(n_folds)]
    return assign_strata(groups, sizes, strata) if strata else assign_exact(groups, sizes)


def stable_folds(key: NDArray[np.uint64], n_folds: int) -> NDArray[np.int64]:
    """(g,) int64, the fold of each group by its key alone, so that new groups move no other.

    Example:
        >>> import numpy as np
        >>> stable_folds(np.array([0, 2**63, 2**64 - 1], np.uint64), 2).tolist()
        [0, 1, 1]
    """
    width = -(-(2**64) // n_folds)
    return (key // np.uint64(width)).astype(np.int64)
