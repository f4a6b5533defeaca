"""All that an audit finds out, before anything is judged."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from splitlib.audit.audited_splits import AuditedSplits
from splitlib.audit.balance import Content, balance, contents
from splitlib.audit.claimed import Claimed, claimed
from splitlib.audit.copyable import Copyable, copyable
from splitlib.audit.distance import Distances, distances, labelling_step
from splitlib.audit.duplicates import Duplicates, duplicates
from splitlib.audit.frame_digests import FrameImages, frame_images
from splitlib.audit.membership import Membership, membership
from splitlib.params import AuditParams, Claim, LabelsParams
from splitlib.slp.points_outside import points_outside


@dataclass(frozen=True, eq=False)
class Findings:
    """What was found.

    Attributes:
        splits: The splits.
        membership: Which frames are where.
        claimed: What the split claims, and what contradicts it; None where nobody claims anything.
        distances: Per held-out split the distances to training.
        copyable: Per held-out split what copies of training labels would score.
        step: Median distance of neighbouring labeled frames, in frames; 0 for unknown.
        contents: What each split holds.
        balance: Per aspect and held-out split the distance from the training split, 0 to 1.
        outside: (n_frames,) int64, labeled points of each frame outside of its picture.
        images: The images; None where they were not asked for.
        duplicates: Pictures that occur in two splits; None where images were not asked for.
    """

    splits: AuditedSplits
    membership: Membership
    claimed: Claimed | None
    distances: dict[str, Distances]
    copyable: dict[str, Copyable]
    step: float
    contents: list[Content]
    balance: dict[str, dict[int, float]]
    outside: NDArray[np.int64]
    images: FrameImages | None
    duplicates: Duplicates | None

    @property
    def n_held_out(self) -> int:
        """Frames of all splits but the training split."""
        return int((self.splits.split > 0).sum())


def audit(
    splits: AuditedSplits, filters: LabelsParams, params: AuditParams, claim: Claim = "auto"
) -> Findings:
    """Audit splits.

    Args:
        splits: The splits, and their source where it is known.
        filters: What makes a frame an example, where no index says it.
        params: How many images are read, and what a near duplicate is.
        claim: What held-out frames are said to be; "auto" for what the indexes say.
    """
    asked = _filters(splits, filters)
    user_instances_only = asked["user_instances_only"]
    images = frame_images(splits, params.images) if params.images else None
    member = membership(splits, asked)
    copied = copyable(
        splits, images, user_instances_only=user_instances_only, within=params.copy_distance
    )
    # the last, since it is as large as the others are while they work
    content = contents(splits, user_instances_only=user_instances_only)
    return Findings(
        splits=splits,
        membership=member,
        claimed=claimed(splits, claim, params.min_distance),
        distances=distances(splits),
        copyable=copied,
        step=labelling_step(*splits.labeled),
        contents=content,
        balance=balance(content, splits.held_out),
        outside=_outside(splits, images),
        images=images,
        duplicates=None
        if images is None
        else duplicates(splits, images, hash_bits=params.hash_bits, gray_levels=params.gray_levels),
    )


def _outside(splits: AuditedSplits, images: FrameImages | None) -> NDArray[np.int64]:
    """(n_frames,) int64, points outside of pictures: by the images, or by what the labels state."""
    counts = [part.points_outside() for part in splits.parts]
    if images is not None:
        for at, part in enumerate(splits.parts):
            rows = splits.rows(at)
            by_image = points_outside(part.columns, images.size[rows])
            counts[at] = np.where(images.seen[rows], by_image, counts[at])
    return np.concatenate(counts)


def _filters(splits: AuditedSplits, filters: LabelsParams) -> dict[str, bool]:
    """The filters that made the splits: those of an index, or else those given."""
    params = next((index.params for index in splits.indexes if index), {})
    stored = params.get("labels")
    stored = stored if isinstance(stored, dict) else {}
    names = ("user_instances_only", "with_track_only", "negative_frames")
    return {name: bool(stored.get(name, getattr(filters, name))) for name in names}


def figures(found: Findings) -> dict[str, object]:
    """The findings as plain values, for reports/audit.json."""
    splits, member = found.splits, found.membership
    values: dict[str, object] = {
        "n_frames": dict(zip(splits.names, map(len, splits.parts), strict=True)),
        "n_shared": len(member.shared),
        "labelling_step": found.step,
        "distance": {name: _distance_figures(one) for name, one in found.distances.items()},
        "copyable": {name: round(one.share, 6) for name, one in found.copyable.items()},
        "balance": {
            aspect: {splits.names[at]: round(value, 6) for at, value in by_split.items()}
            for aspect, by_split in found.balance.items()
        },
    }
    if found.outside.any():
        values["n_points_outside_pictures"] = {
            name: int(found.outside[splits.rows(at)].sum()) for at, name in enumerate(splits.names)
        }
    if splits.source is not None:
        values["n_differing"] = len(member.differing)
        values["n_left_out"] = member.left_out
    if found.duplicates is not None and found.images is not None:
        values["n_duplicates"] = {
            "exact": len(found.duplicates.exact),
            "near": len(found.duplicates.near),
            "images_not_seen": found.images.n_unseen,
            **({"images_left_out": found.images.n_left_out} if found.images.n_left_out else {}),
        }
    return values


def _distance_figures(one: Distances) -> dict[str, object]:
    known = one.known
    return {
        "min": int(known.min()) if len(known) else None,
        "median": float(np.median(known)) if len(known) else None,
        "n_in_other_videos": len(one.rows) - len(known),
    }
