"""Whether held-out frames are what the split claims: other moments, videos, animals, and so on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from splitlib.audit.audited_splits import AuditedSplits
from splitlib.memory.nearest_frames import nearest_frames
from splitlib.params import Claim
from splitlib.split.claim import claim_of

Rows = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Claimed:
    """A claim, and the frames that contradict it.

    Attributes:
        claim: A key of `split.claim.CLAIMS`.
        rows: (n,) int64, rows of held-out frames that are not what is claimed.
        unknown: Why the claim cannot be checked; "" where it can.
    """

    claim: Claim
    rows: Rows
    unknown: str = ""


def claimed(splits: AuditedSplits, asked: Claim, min_distance: int) -> Claimed | None:
    """Check the claim of a split.

    Args:
        splits: The splits.
        asked: The claim; "auto" for that of the indexes.
        min_distance: Frames of video that other moments are away from training at least.

    Returns:
        The claim; None where nobody makes one.
    """
    params = next((index.params for index in splits.indexes if index), {})
    claim = claim_of(params) if asked == "auto" else asked
    if claim is None:
        return None
    held_out = np.flatnonzero(splits.split > 0)
    if claim in ("moments", "future"):
        return Claimed(claim, held_out[_contradicts_in_time(splits, claim, held_out, min_distance)])
    units, unknown = _units(splits, claim, params)
    is_shared = np.isin(units[1], units[1][splits.split[units[0]] == 0])
    rows = np.unique(units[0][is_shared & (splits.split[units[0]] > 0)])
    return Claimed(claim, rows, unknown)


def _contradicts_in_time(
    splits: AuditedSplits, claim: str, rows: Rows, min_distance: int
) -> NDArray[np.bool_]:
    """(n,) bool, which frames lie too near to training, or not behind it."""
    training = splits.rows(0)
    if claim == "future":
        last = np.full(len(splits.videos), -1)
        np.maximum.at(last, splits.video[training], splits.frame_idx[training])
        return np.asarray(splits.frame_idx[rows] <= last[splits.video[rows]])
    distance, _ = nearest_frames(
        (splits.video[rows], splits.frame_idx[rows]),
        (splits.video[training], splits.frame_idx[training]),
    )
    return np.asarray((distance >= 0) & (distance < min_distance))


def _units(
    splits: AuditedSplits, claim: str, params: Mapping[str, Any]
) -> tuple[tuple[Rows, Rows], str]:
    """Rows of frames and the numbers of what each holds: its video, its session, its animals.

    The second value says why they are not known, "" where they are.
    """
    all_rows = np.arange(len(splits.split))
    if claim == "videos":
        return (all_rows, splits.video), ""
    by_video = params.get("split", {}).get("claim_units", {})
    if by_video:
        return _by_video(splits, by_video)
    none = (all_rows[:0], all_rows[:0])
    if claim == "sessions":
        return none, "No index says which video is of which session."
    links = [part.links("identity") for part in splits.parts]
    rows = np.concatenate([splits.rows(at)[one.frame] for at, one in enumerate(links)])
    if len(np.unique(rows)) < len(all_rows):
        n = len(all_rows) - len(np.unique(rows))
        return none, f"{n} of {len(all_rows)} frames name no animal (identity, or groups file)."
    return (rows, np.concatenate([one.entry for one in links])), ""


def _by_video(splits: AuditedSplits, by_video: Mapping[str, str]) -> tuple[tuple[Rows, Rows], str]:
    names = [by_video.get(key) for key in splits.videos]
    missing = [key for key, name in zip(splits.videos, names, strict=True) if name is None]
    rows = np.arange(len(splits.split))
    if missing:
        return (rows[:0], rows[:0]), f"The indexes do not say whose video {missing[0]} is."
    number = np.unique(np.array(names, np.str_), return_inverse=True)[1]
    return (rows, number[splits.video]), ""
