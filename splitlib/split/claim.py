"""What a test on a split can claim to be a test on, and what the groups of a split allow.

A model that does well on other moments of its videos may fail on another animal. So a split says
what it holds out, and the audit checks that it does.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from splitlib.errors import SplitError
from splitlib.params import Claim
from splitlib.split.examples import CATALOGS

CLAIMS: dict[Claim, str] = {
    "moments": "other moments of the videos that the model was trained on",
    "videos": "videos that the model was not trained on",
    "animals": "animals that the model was not trained on",
    "sessions": "sessions that the model was not trained on",
    "future": "the future of the videos that the model was trained on",
}
"""What held-out frames are, by the values of `split.claim` besides auto."""

COLUMNS: dict[Claim, tuple[str, ...]] = {
    "animals": ("animal", "identity"),
    "sessions": ("session",),
}
"""The columns of the groups file that tell animals, or sessions, apart; the first that is there."""


def settled_claim(claim: Claim, groups: str, assignment: str) -> Claim:
    """The claim that auto stands for, or the one that was asked for.

    Groups by a column of another name hold whole videos together. Tracks are no animals: a tracker
    starts new ones, and takes one animal for another.

    Args:
        claim: `split.claim`.
        groups: The kind of groups that were made.
        assignment: `split.assignment`.

    Example:
        >>> settled_claim("auto", "block", "exact"), settled_claim("auto", "cage", "exact")
        ('moments', 'videos')
    """
    if claim != "auto":
        return claim
    if assignment == "chronological":
        return "future"
    in_videos: dict[str, Claim] = dict.fromkeys(("frame", "block", "track", *CATALOGS), "moments")
    of_column = {name: held for held, names in COLUMNS.items() for name in names}
    return {**in_videos, **of_column}.get(groups, "videos")


def claimed_units(
    claim: Claim, table: Mapping[str, Sequence[str]], keys: Sequence[str]
) -> dict[str, str]:
    """The animal or session of each video, where the groups file says it.

    Args:
        claim: The settled claim.
        table: The columns of the groups file, in the order of the videos.
        keys: The key of each video.

    Returns:
        By the key of the video; {} where the claim needs none, or identities of the labels tell.

    Raises:
        SplitError: The claim is of sessions, and no groups file names them.
    """
    column = next((name for name in COLUMNS.get(claim, ()) if name in table), None)
    if column is not None:
        return dict(zip(keys, table[column], strict=True))
    if claim == "sessions":
        msg = (
            "split.claim: sessions, but no column session of split.groups_file says which video is"
            " of which session; add it, or claim less, such as videos"
        )
        raise SplitError(msg)
    return {}


def claim_of(params: Mapping[str, Any]) -> Claim | None:
    """The claim of a split from the params in its index; None where it makes none, as lists do."""
    split = params.get("split")
    if not isinstance(split, Mapping) or "groups" not in split:
        return None
    if split.get("claim") in CLAIMS:
        return cast("Claim", split["claim"])
    return settled_claim("auto", str(split["groups"]), str(split.get("assignment")))
