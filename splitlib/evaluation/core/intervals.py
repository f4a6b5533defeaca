"""How far figures may be off: intervals by bootstrap over groups.

Frames of one group, such as a block of a video, resemble one another, so a split of few groups
says less than its number of frames promises. The bootstrap draws whole groups: as many as there
are, each any number of times, and computes the figures anew (Efron and Tibshirani 1993, chapter
13).
"""

from collections.abc import Callable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from splitlib.split.core.hashing import frame_keys

MOST_DRAWS, FEWEST_DRAWS = 1000, 200
"""Draws of groups. The ends of an interval rest on 25 draws beyond each, or on 5."""

MOST_WORK = 10_000_000
"""Draws times images up to which there are as many draws as can be: some seconds of work."""

FEWEST_GROUPS = 4
"""Groups below which nothing is said: draws from so few hardly differ, and look too sure."""

COVERAGE = (2.5, 97.5)
"""Percentiles of the draws at the ends of an interval: it holds 95 of 100."""

Figures = Mapping[str, float | None]


def intervals(
    figures: Callable[[NDArray[np.int64]], Figures], group: NDArray[np.int64]
) -> dict[str, tuple[float, float]] | None:
    """The interval of each figure that could be computed in every draw.

    Args:
        figures: From (n_images,) int64, how often each image counts, to figures by name.
        group: (n_images,) int64, the group of each image, from 0 without holes.

    Returns:
        Lower and upper end by name; None for fewer than `FEWEST_GROUPS` groups.
    """
    n_groups = int(group.max(initial=-1)) + 1
    if n_groups < FEWEST_GROUPS:
        return None
    n_draws = int(np.clip(MOST_WORK // len(group), FEWEST_DRAWS, MOST_DRAWS))
    drawn = [figures(times[group]) for times in _draws(n_draws, n_groups)]
    values = {name: [one[name] for one in drawn] for name in drawn[0]}
    return {
        name: _ends(np.array(found, np.float64))
        for name, found in values.items()
        if None not in found
    }


def _draws(n_draws: int, n_groups: int) -> Iterator[NDArray[np.int64]]:
    """How often each group is drawn, (n_groups,) int64; the same on every machine."""
    for draw in range(n_draws):
        number = np.arange(draw * n_groups, (draw + 1) * n_groups, dtype=np.int64)
        keys = frame_keys(0, [""], np.zeros_like(number), number, domain="bootstrap")
        group = (keys % np.uint64(n_groups)).astype(np.int64)
        yield np.bincount(group, minlength=n_groups)


def _ends(values: NDArray[np.float64]) -> tuple[float, float]:
    low, high = np.percentile(values, COVERAGE)
    return float(low), float(high)
