"""Which other split of the same labels leaks least: each is made in memory, and measured."""

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from splitlib.audit.audited_splits import NAMES, AuditedSplits, audited_splits
from splitlib.audit.copyable import copyable
from splitlib.audit.distance import distances
from splitlib.errors import SplitError
from splitlib.labels import Labels
from splitlib.params import AuditParams, LabelsParams, SplitParams, checked_section
from splitlib.split.partition import make_partition

CHANGES: dict[str, dict[str, Any]] = {
    "by block": {"groups": "block"},
    "by video": {"groups": "video"},
    "by time (the end of each video is held out)": {"assignment": "chronological"},
}
"""The settings of `split` that are tried, in the order of how little they change."""


MOST_OFF = 0.5
"""Part of the size of a split by which another one may be larger or smaller."""


@dataclass(frozen=True)
class Leak:
    """How much of the held-out splits training gives away.

    Attributes:
        n_near: Held-out frames nearer to training than `audit.min_distance`.
        copyable: The share of the held-out points that a label of training would hit.
    """

    n_near: int
    copyable: float


@dataclass(frozen=True)
class BetterSplit:
    """A split that leaks less.

    Attributes:
        title: What is changed, in words.
        settings: The settings of `split`.
        leak: What it leaks.
        sizes: The frames of each split.
    """

    title: str
    settings: Mapping[str, Any]
    leak: Leak
    sizes: Mapping[str, int]


def leak_of(splits: AuditedSplits, params: AuditParams) -> Leak:
    """What the held-out splits leak, all of them together."""
    far = distances(splits)
    found = copyable(splits, user_instances_only=True, within=params.copy_distance).values()
    n_points, n_hit = (sum(getattr(one, name) for one in found) for name in ("n_points", "n_hit"))
    n_near = sum(one.n_nearer(params.min_distance) for one in far.values())
    return Leak(n_near, n_hit / max(1, n_points))


def better_split(labels: Labels, present: AuditedSplits, params: AuditParams) -> BetterSplit | None:
    """The change of the split that leaks least, None where none leaks less than the present split.

    Args:
        labels: All labels of the splits.
        present: The splits, whose shares are kept.
        params: What is near, and what a hit is.
    """
    now = leak_of(present, params)
    tried = list(_tried(labels, _fractions(present), params))
    best = min(tried, key=lambda one: (one.leak.n_near, one.leak.copyable), default=None)
    if best is None or (best.leak.n_near, best.leak.copyable) >= (now.n_near, now.copyable):
        return None
    return best


def _fractions(splits: AuditedSplits) -> dict[str, float]:
    """The share of each split, to hundredths; the second split is val where no name tells."""
    sizes = dict(zip(splits.names, map(len, splits.parts), strict=True))
    if not set(sizes) <= set(NAMES):
        sizes = dict(zip(NAMES, sizes.values(), strict=False))
    whole = max(1, sum(sizes.values()))
    held_out = {name: max(0.01, round(n / whole, 2)) for name, n in sizes.items() if n}
    held_out.pop("train", None)
    shares = {name: held_out.get(name, 0.0) for name in NAMES[1:]}
    return {"train": round(1 - sum(shares.values()), 2), **shares}


def _tried(
    labels: Labels, fractions: Mapping[str, float], params: AuditParams
) -> Iterator[BetterSplit]:
    for title, change in CHANGES.items():
        settings = {**change, "gap": params.min_distance, "fractions": dict(fractions)}
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                asked = checked_section(SplitParams, settings, "split")
                rows = make_partition(labels, LabelsParams(), asked).splits
        except SplitError:  # too few groups, or a gap that leaves nothing
            continue
        parts = {name: labels.extract(own) for name, own in rows.items() if len(own)}
        sizes = {name: len(own) for name, own in parts.items()}
        if _keeps(sizes, fractions):
            leak = leak_of(audited_splits(labels, parts), params)
            yield BetterSplit(title, settings, leak, sizes)


def _keeps(sizes: Mapping[str, int], fractions: Mapping[str, float]) -> bool:
    """Whether splits have about the sizes that are asked for; few large groups allow no such."""
    whole = sum(sizes.values())
    wanted = {name: share * whole for name, share in fractions.items() if share}
    return all(abs(sizes.get(name, 0) - n) <= MOST_OFF * n for name, n in wanted.items())
