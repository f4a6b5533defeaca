"""Splits that exist, judged pair by pair: do they leak, and what would a copy score.

What each check finds is that of the audit; the limits are those of `audit.limits`.
"""

from dataclasses import dataclass
from itertools import combinations
from typing import Any

from splitlib.audit.audited_splits import AuditedSplits, audited_splits
from splitlib.audit.checks import FAIL, FEW, SKIP, WARN, Check, make_checks
from splitlib.audit.findings import Findings, audit
from splitlib.params import AuditParams, LabelsParams

CLEAN, DOUBTFUL, LEAKS = "clean", "doubtful", "leaks"

CHECKED = ("disjoint", "distance", "copyable", "exact_duplicates", "near_duplicates")
"""The checks of the audit that tell a leak."""


@dataclass(frozen=True, eq=False)
class JudgedPair:
    """Two splits, of which the second is held out from the first.

    Attributes:
        found: What the audit finds out of the two.
        checks: The verdicts of `CHECKED`.
    """

    found: Findings
    checks: dict[str, Check]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the two splits."""
        return self.found.splits.names

    @property
    def n_same(self) -> int:
        """Frames of the second split that are in the first as well."""
        return int((self.found.splits.split[self.found.membership.shared] > 0).sum())

    @property
    def nearest(self) -> int | None:
        """Frames of video from the second split to the first; None where they share no video."""
        known = [one.known.min() for one in self.found.distances.values() if len(one.known)]
        return int(known[0]) if known else None

    @property
    def copyable(self) -> float:
        """The share of the points of the second split that labels of the first would hit."""
        return self.checks["copyable"].value

    def n_near(self, frames: int) -> int:
        """Frames of the second split nearer to the first than a number of frames of video."""
        return sum(one.n_nearer(frames) for one in self.found.distances.values())

    @property
    def verdict(self) -> str:
        """The worst of the checks."""
        found = {check.verdict for check in self.checks.values()}
        return LEAKS if FAIL in found else DOUBTFUL if WARN in found else CLEAN


@dataclass(frozen=True, eq=False)
class Linted:
    """Splits that were judged.

    Attributes:
        splits: The splits.
        pairs: Each two of them.
        params: The limits.
    """

    splits: AuditedSplits
    pairs: list[JudgedPair]
    params: AuditParams

    @property
    def verdict(self) -> str:
        """The worst of the pairs."""
        verdicts = [pair.verdict for pair in self.pairs]
        return max(verdicts, key=(CLEAN, DOUBTFUL, LEAKS).index)

    @property
    def sizes(self) -> dict[str, int]:
        """The frames of each split."""
        return dict(zip(self.splits.names, map(len, self.splits.parts), strict=True))


def lint(splits: AuditedSplits, params: AuditParams) -> Linted:
    """Judge each two splits that have frames."""
    filled = [at for at in range(len(splits.parts)) if len(splits.parts[at])]
    pairs = [judge_pair(splits, a, b, params) for a, b in combinations(filled, 2)]
    return Linted(splits, pairs, params)


def judge_pair(splits: AuditedSplits, first: int, second: int, params: AuditParams) -> JudgedPair:
    """Judge two splits by their positions."""
    parts = {splits.names[at]: splits.parts[at] for at in (first, second)}
    found = audit(
        audited_splits(None, parts, video_folders=splits.video_folders), LabelsParams(), params
    )
    checks = {check.name: check for check in make_checks(found, params)}
    return JudgedPair(found, {name: checks[name] for name in CHECKED})


def worst_finding(linted: Linted) -> str:
    """What the worst pair of splits shows first, in a phrase."""
    pair = max(linted.pairs, key=lambda one: (CLEAN, DOUBTFUL, LEAKS).index(one.verdict))
    first, second = pair.names
    limit = linted.params.min_distance
    if pair.n_same:
        return f"{pair.n_same} frames of {second} are in {first} as well"
    exact, near = (pair.checks[f"{kind}_duplicates"] for kind in ("exact", "near"))
    if exact.value:
        return f"{exact.value:.0f} frames of {second} have the very image of a frame of {first}"
    if pair.checks["distance"].verdict in (WARN, FAIL):
        n, of = pair.n_near(limit), len(pair.found.splits.parts[1])
        return f"{n} of {of} frames of {second} are less than {limit} frames from {first}"
    if near.verdict in (WARN, FAIL):
        return f"{near.value:.0%} of the frames of {second} look like a frame of {first}"
    if pair.verdict == DOUBTFUL:
        return f"a copied label of {first} hits {pair.copyable:.0%} of the points of {second}"
    return "no held-out frame is near or like a frame of another split"


def caveats(linted: Linted) -> list[str]:
    """What says little: copies that were not looked for, and splits of few frames."""
    skipped = [
        f"Copies: {check.finding}"
        for pair in linted.pairs
        for check in pair.checks.values()
        if check.verdict == SKIP
    ]
    few = [f"{name} has {n}" for name, n in linted.sizes.items() if name != "train" and 0 < n < FEW]
    says_little = [f"Few frames say little: {', '.join(few)}."] if few else []
    return [*dict.fromkeys(skipped), *says_little]


def lint_report(linted: Linted) -> dict[str, Any]:
    """The verdict and the figures, as plain values."""
    return {
        "verdict": linted.verdict,
        "finding": worst_finding(linted),
        "n_frames": linted.sizes,
        "pairs": [_pair_report(pair, linted.params) for pair in linted.pairs],
        "caveats": caveats(linted),
    }


def _pair_report(pair: JudgedPair, params: AuditParams) -> dict[str, Any]:
    twins = {name: pair.checks[f"{name}_duplicates"] for name in ("exact", "near")}
    found = pair.found.duplicates
    counts = {"exact": len(found.exact), "near": len(found.near)} if found else {}
    return {
        "splits": list(pair.names),
        "verdict": pair.verdict,
        "nearest": pair.nearest,
        "n_near": pair.n_near(params.min_distance),
        "n_same": pair.n_same,
        "copyable": round(pair.copyable, 6),
        "duplicates": {
            name: None if check.verdict == SKIP else counts.get(name)
            for name, check in twins.items()
        },
    }
