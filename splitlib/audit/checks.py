"""The checks of an audit: each has a figure, a verdict, a finding and an advice."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from splitlib.audit.balance import ASPECTS
from splitlib.audit.findings import Findings
from splitlib.audit.frame_digests import FrameImages
from splitlib.params import AuditParams
from splitlib.split.claim import CLAIMS

PASS, WARN, FAIL, SKIP = "pass", "warn", "fail", "not checked"


@dataclass(frozen=True)
class Check:
    """One check.

    Attributes:
        name: Name in `audit.limits` and `audit.stop_on`; `outside` has no limits, and is there only
            where it warns.
        value: The figure that decides; larger is worse.
        verdict: "pass", "warn", "fail" or "not checked".
        finding: A sentence on what was found.
        advice: A sentence on what to do; empty where there is nothing to do.
    """

    name: str
    value: float
    verdict: str
    finding: str
    advice: str


SEE_MORE = "Put the videos beside the labels."

FEW = 20
"""Frames of a split below which its balance says little."""

ADVICE = {
    "disjoint": "Split again with groups that keep the rows of a frame together (split.groups).",
    "complete": "Split again with the present labels, or find out who left these frames out.",
    "identical": "Split again: the labels have changed, or the splits were edited after the split.",
    "index": "Write split files and indexes together again, from the present labels.",
    "distance": "Split by block or video (split.groups) with a split.gap of at least"
    " audit.min_distance frames.",
    "claim": "Choose groups that hold what is claimed together (split.groups: video, or a column of"
    " split.groups_file; split.assignment: chronological for the future), or claim less"
    " (split.claim).",
    "copyable": "Read the figures of the points that no copy comes near (novel, in evaluate), or"
    " test on the end of each video (split.assignment: chronological) or on other videos"
    " (split.groups: video). Longer blocks hardly help where animals sit still.",
    "exact_duplicates": "Keep videos that hold the same frames in one split (split.hold_out), or"
    " remove one copy.",
    "near_duplicates": "Look at the closest pair; use a larger split.gap, or keep copied videos in"
    " one split.",
    "outside": "Look at these frames: most often, the pictures are those of another video than the"
    " one that was labeled, or of another size.",
    "videos": "Stratify by video (split.stratify), unless the splits are meant to hold other"
    " videos.",
    "n_instances": "Stratify by n_instances (split.stratify).",
    "tracks": "Stratify by video, or use smaller blocks (split.block_length), unless other animals"
    " are meant to be held out.",
    "visibility": "Use smaller blocks, or stratify by video; a node that one split lacks is not"
    " measured there.",
    "position": "Use smaller blocks, or stratify by video; see where the animals are per split.",
    "scale": "Use smaller blocks, or stratify by video or by a column of split.groups_file.",
}

TITLES = {
    "videos": "shares of the videos",
    "n_instances": "numbers of instances in a frame",
    "tracks": "shares of the tracks",
    "visibility": "visibility of the nodes",
    "position": "places of the animals",
    "scale": "sizes of the animals",
}


def make_checks(found: Findings, params: AuditParams) -> list[Check]:
    """All checks, in the order of the report."""
    return [
        *_membership_checks(found, params),
        _distance_check(found, params),
        *_claim_checks(found, params),
        _copyable_check(found, params),
        *_duplicate_checks(found, params),
        *_outside_checks(found),
        *_balance_checks(found, params),
    ]


def stopping(checks: list[Check], params: AuditParams) -> list[Check]:
    """The checks that failed and are to stop the pipeline."""
    return [check for check in checks if check.verdict == FAIL and check.name in params.stop_on]


def _check(name: str, value: float, finding: str, limits: tuple[float, float] = (0, 0)) -> Check:
    warn, fail = limits
    verdict = FAIL if value > fail else WARN if value > warn else PASS
    return Check(name, value, verdict, finding, "" if verdict == PASS else ADVICE[name])


def _membership_checks(found: Findings, params: AuditParams) -> Iterator[Check]:
    member, splits = found.membership, found.splits
    yield _check(
        "disjoint", len(member.shared), _of_rows(found, "in two splits at once", member.shared)
    )
    if splits.source is None:
        for name in ("complete", "identical"):
            why = "There is no source to compare with."
            yield Check(name, 0, SKIP, why, "Name the source labels.")
        return
    n_unexplained = member.left_out["unexplained"]
    explained = ", ".join(f"{why} {n}" for why, n in member.left_out.items() if n) or "none"
    finding = (
        f"{n_unexplained} of {member.n_examples} examples are in no split without a reason"
        f" (frames left out: {explained})."
    )
    share = n_unexplained / max(1, member.n_examples)
    yield _check("complete", share, finding, params.limits.complete)
    yield _identical_check(found)
    if not any(splits.indexes):
        yield Check("index", 0, SKIP, "There are no index files.", "")
        return
    finding = f"{member.n_index_errors} entries of the indexes contradict the splits or the source."
    yield _check("index", member.n_index_errors, finding)


def _identical_check(found: Findings) -> Check:
    member = found.membership
    if len(member.differing) or not len(member.repredicted):
        finding = _of_rows(found, "not those of the source", member.differing)
        return _check("identical", len(member.differing), finding)
    state = "without the predictions of the source, or with others"
    finding = _of_rows(found, state, member.repredicted)
    advice = "Nothing, if whoever made the splits was to leave predictions out; else split again."
    return Check("identical", len(member.repredicted), WARN, finding, advice)


def _of_rows(found: Findings, state: str, rows: NDArray[np.int64]) -> str:
    first = f", first {found.splits.name(int(rows[0]))}" if len(rows) else ""
    return f"{len(rows)} of {len(found.splits.split)} frames are {state}{first}."


def _distance_check(found: Findings, params: AuditParams) -> Check:
    n_near = sum(one.n_nearer(params.min_distance) for one in found.distances.values())
    known = np.concatenate([np.zeros(0, np.int64), *(d.known for d in found.distances.values())])
    nearest = "none is of a video that is trained on"
    if len(known):
        nearest = f"the nearest is {known.min()} away, the median {np.median(known):g}"
    step = f" (labeling step {found.step:g})" if found.step else ""
    finding = (
        f"{n_near} of {found.n_held_out} held-out frames are less than {params.min_distance} frames"
        f" from a training frame; {nearest}{step}.{_by_names(found.splits.picture_recordings)}"
    )
    return _check("distance", n_near / max(1, found.n_held_out), finding, params.limits.distance)


def _claim_checks(found: Findings, params: AuditParams) -> Iterator[Check]:
    """Whether the held-out frames are what the split claims; nothing where it claims nothing."""
    claimed = found.claimed
    if claimed is None:
        return
    what = f"The split claims to test on {CLAIMS[claimed.claim]} (claim: {claimed.claim})"
    if claimed.unknown:
        yield Check("claim", 0, SKIP, f"{what}. {claimed.unknown}", ADVICE["claim"])
        return
    n = len(claimed.rows)
    first = f", first {found.splits.name(int(claimed.rows[0]))}" if n else ""
    finding = f"{what}; {n} of {found.n_held_out} held-out frames contradict it{first}."
    limits = params.limits.distance if claimed.claim == "moments" else (0, 0)
    yield _check("claim", n / max(1, found.n_held_out), finding, limits)


def _copyable_check(found: Findings, params: AuditParams) -> Check:
    n_hit = sum(one.n_hit for one in found.copyable.values())
    n_points = sum(one.n_points for one in found.copyable.values())
    each = ", ".join(f"{name} {one.share:.0%}" for name, one in found.copyable.items()) or "none"
    finding = (
        f"{n_hit} of {n_points} held-out points lie within {params.copy_distance:g} pixels of the"
        f" label of the nearest training frame: {each}."
    )
    return _check("copyable", n_hit / max(1, n_points), finding, params.limits.copyable)


def _by_names(recordings: list[str]) -> str:
    """What the names of pictures were taken for, for a person to check."""
    if not recordings:
        return ""
    more = f" and {len(recordings) - 3} more" if len(recordings) > 3 else ""
    return (
        " Pictures count as frames by the numbers in their names, in the recordings"
        f" {', '.join(recordings[:3])}{more}."
    )


def _duplicate_checks(found: Findings, params: AuditParams) -> Iterator[Check]:
    twins, images = found.duplicates, found.images
    if twins is None or images is None or not len(twins.rows):
        why, advice = "Images were not asked for (audit.images: false).", "Set audit.images."
        if images is not None:
            why = f"No image of a held-out frame was found{_reasons(images)}."
            advice = SEE_MORE
        for name in ("exact_duplicates", "near_duplicates"):
            yield Check(name, 0, SKIP, why, advice)
        return
    n_exact, n_near, n, seen = len(twins.exact), len(twins.near), len(twins.rows), _seen(images)
    finding = f"{n_exact} held-out frames have the very image of a frame of another split{seen}."
    yield _unless_unseen(images, _check("exact_duplicates", n_exact, finding))
    finding = f"{n_near} of {n} held-out frames look like a frame of another split{seen}."
    limits = params.limits.near_duplicates
    yield _unless_unseen(images, _check("near_duplicates", n_near / n, finding, limits))


def _seen(images: FrameImages) -> str:
    """Which images the figures are not of, and why, in brackets; "" where all were seen."""
    n, parts = len(images.asked), []
    if images.n_left_out:
        n_asked = n - images.n_left_out
        parts.append(f"{n_asked} of {n} frames were looked at, as audit.images says")
    if images.n_unseen:
        parts.append(f"{images.n_unseen} frames have no image that decodes{_reasons(images)}")
    return f" ({'; '.join(parts)})" if parts else ""


def _reasons(images: FrameImages) -> str:
    """The first reasons why frames have no image, after a colon; "" where none is known."""
    if not images.reasons:
        return ""
    more = f", and {len(images.reasons) - 3} more" if len(images.reasons) > 3 else ""
    return f": {', '.join(images.reasons[:3])}{more}"


def _unless_unseen(images: FrameImages, check: Check) -> Check:
    """The check, unless it passes while most images were never seen: that says nothing."""
    n_asked = len(images.asked) - images.n_left_out
    if check.verdict != PASS or 2 * images.n_unseen <= n_asked:
        return check
    return replace(check, verdict=SKIP, advice=SEE_MORE)


def _outside_checks(found: Findings) -> Iterator[Check]:
    """A warning where labeled points lie outside of pictures; nothing where none does."""
    rows = np.flatnonzero(found.outside)
    if len(rows):
        n_points = int(found.outside.sum())
        finding = (
            f"{n_points} labeled points in {len(rows)} frames lie outside of the picture, first in"
            f" {found.splits.name(int(rows[0]))}."
        )
        yield Check("outside", n_points, WARN, finding, ADVICE["outside"])


def _balance_checks(found: Findings, params: AuditParams) -> Iterator[Check]:
    names = found.splits.names
    for aspect in ASPECTS:
        by_split = found.balance[aspect]
        listed = ", ".join(f"{names[at]} {by_split[at]:.2f}" for at in by_split) or "none"
        value, limits = max(by_split.values(), default=0.0), getattr(params.limits, aspect)
        if _is_meant(found, aspect):
            finding = f"Distance from {names[0]} in {TITLES[aspect]}: {listed}, as is claimed."
            yield Check(aspect, value, PASS, finding, "")
            continue
        chance = _chance(found, list(by_split)) if value > limits[0] else ""
        finding = f"Distance from {names[0]} in {TITLES[aspect]}: {listed}.{chance}"
        yield _check(aspect, value, finding, limits)


def _is_meant(found: Findings, aspect: str) -> bool:
    """Whether splits are to differ: those that hold out videos have other videos and tracks."""
    claim = found.claimed.claim if found.claimed else None
    return aspect in ("videos", "tracks") and claim in ("videos", "animals", "sessions")


def _chance(found: Findings, held_out: list[int]) -> str:
    """A sentence on the splits that are too small to judge, if there are any."""
    sizes = {found.splits.names[at]: len(found.splits.parts[at]) for at in held_out}
    few = [f"{name} ({size} frames)" for name, size in sizes.items() if size < FEW]
    return f" In {' and '.join(few)} chance alone gives large distances." if few else ""
