"""The split of every group, by sizes, strata or keys."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from splitlib.errors import SplitError
from splitlib.params import SplitParams
from splitlib.split.core.exact import assign_exact
from splitlib.split.core.groups import Groups, subset
from splitlib.split.core.lock import FREE, sizes_left
from splitlib.split.core.stable import assign_stable
from splitlib.split.core.strata import assign_strata
from splitlib.split.examples import SPLITS


def fractions_of(params: SplitParams) -> list[float]:
    """The fractions in the order of the splits."""
    return [getattr(params.fractions, name) for name in SPLITS]


def place(
    groups: Groups,
    asked: Sequence[int],
    fixed: NDArray[np.int64],
    strata: list[NDArray[np.int64]],
    params: SplitParams,
    fractions: Sequence[float | Fraction],
) -> NDArray[np.int64]:
    """(g,) int64, the split of each group, -1 for none.

    Args:
        groups: The groups of n examples.
        asked: Frames asked for each split.
        fixed: (g,) int64, the split of groups that are placed already, else -1.
        strata: For each property (n,) int64, its value in each example.
        params: How groups are placed.
        fractions: What stable assignment gives each split of the groups that are not placed.

    Raises:
        SplitError: A split that asked for frames gets no group.
    """
    if params.assignment == "stable":
        split = np.where(fixed >= 0, fixed, assign_stable(groups.key, fractions))
        _check_stable(split, asked)
        return split
    has = [int(groups.size[fixed == number].sum()) for number in range(len(SPLITS))]
    free = fixed == FREE
    sizes = sizes_left(asked, has, int(groups.size[free].sum()))
    split = fixed.copy()
    if strata:
        # a split that has what it asked for takes nothing, so the groups that it holds do not count
        still = free | np.isin(fixed, np.flatnonzero(sizes))
        chosen, rows = subset(groups, still)
        totals = [have + more if more else 0 for have, more in zip(has, sizes, strict=True)]
        columns = [column[rows] for column in strata]
        split[still] = assign_strata(chosen, totals, columns, fixed=fixed[still])
    else:
        chosen, _ = subset(groups, free)
        split[free] = assign_exact(chosen, sizes, may_be_empty=[held > 0 for held in has])
    return split


def _check_stable(split: NDArray[np.int64], asked: Sequence[int]) -> None:
    for number, name in enumerate(SPLITS):
        if asked[number] and not (split == number).any():
            msg = (
                f"split.assignment: stable gives none of the {len(split)} groups to {name}; make"
                " the groups smaller, its fraction larger, or use another seed or assignment: exact"
            )
            raise SplitError(msg)
