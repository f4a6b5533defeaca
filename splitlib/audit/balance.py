"""How alike splits are in their contents, places and sizes.

Every figure is a distance between a split and the training split, from 0 (alike) to 1 (nothing in
common): total variation for categories, Kolmogorov-Smirnov for numbers.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from splitlib.audit.audited_splits import AuditedSplits
from splitlib.labels import Labels
from splitlib.slp.columns import Columns
from splitlib.slp.ranges import different

Numbers = NDArray[np.float64]
Categories = NDArray[np.int64]

ASPECTS = ("videos", "n_instances", "tracks", "visibility", "position", "scale")


@dataclass(frozen=True, eq=False)
class Content:
    """The contents of a split.

    Attributes:
        video: (n_frames,) int64, video of each frame.
        n_instances: (n_frames,) int64.
        track: (n_instances,) int64, number of the track's name, 0 for none.
        visible: (n_nodes, 2) int64, how often each node is not visible, and visible.
        centre: (n_instances, 2) float64, middle of the box around the visible points, pixels.
        scale: (n_instances,) float64, diagonal of that box, pixels.
    """

    video: Categories
    n_instances: Categories
    track: Categories
    visible: NDArray[np.int64]
    centre: Numbers
    scale: Numbers


def contents(splits: AuditedSplits, *, user_instances_only: bool) -> list[Content]:
    """The contents of each split, of instances with a visible point.

    Args:
        splits: The splits.
        user_instances_only: Count only instances that a person placed, where there are any.
    """
    user_only = user_instances_only and splits.has_user_instances
    return [_content(splits, at, user_only=user_only) for at in range(len(splits.parts))]


def _content(splits: AuditedSplits, at: int, *, user_only: bool) -> Content:
    part = splits.parts[at]
    columns = part.columns
    counts = columns.instances_that_count(user_instances_only=user_only, with_track_only=False)
    instances = np.flatnonzero(counts)
    number = {name: at + 1 for at, name in enumerate(splits.track_names)}
    track_numbers = np.array([0, *(number[track.name] for track in part.tracks)])
    low, high = _boxes(columns, instances)
    return Content(
        video=splits.video[splits.rows(at)],
        n_instances=np.bincount(columns.instance_frame[instances], minlength=len(part)),
        track=track_numbers[columns.track[instances] + 1],
        visible=_visible(part, instances, splits.node_names),
        centre=(low + high) / 2,
        scale=np.sqrt(((high - low) ** 2).sum(axis=1)),
    )


def _boxes(columns: Columns, instances: NDArray[np.int64]) -> tuple[Numbers, Numbers]:
    """The corners of the boxes around the visible points of instances, (n, 2) each."""
    if not len(instances):
        return np.zeros((0, 2)), np.zeros((0, 2))
    low = np.full((len(columns.is_user), 2), np.nan)
    high = low.copy()
    for some, points in columns.iter_points():
        usable = np.flatnonzero(points.is_usable)
        owner = points.owner[usable]
        starts = np.flatnonzero(np.diff(owner, prepend=-1))
        if len(starts):
            low[some[owner[starts]]] = np.minimum.reduceat(points.xy[usable], starts)
            high[some[owner[starts]]] = np.maximum.reduceat(points.xy[usable], starts)
    return low[instances], high[instances]


def _visible(part: Labels, instances: NDArray[np.int64], nodes: list[str]) -> NDArray[np.int64]:
    """(n_nodes, 2) how often each node is not visible, and visible."""
    columns = part.columns
    counted = np.zeros(2 * len(nodes), np.int64)
    chosen = np.zeros(len(columns.is_user), bool)
    chosen[instances] = True
    orders = [
        np.array([nodes.index(name) for name in skeleton.nodes], np.int64)
        for skeleton in part.skeletons
    ]
    for some, points in columns.iter_points():
        owner, is_usable = points.owner, points.is_usable
        place = np.arange(len(owner)) - points.bounds[owner]
        for number in different(columns.skeleton[some]):
            here = (chosen[some] & (columns.skeleton[some] == number))[owner]
            cell = orders[number][place[here]] * 2 + is_usable[here]
            counted += np.bincount(cell, minlength=len(counted))
    return counted.reshape(-1, 2)


def balance(content: list[Content], held_out: list[int]) -> dict[str, dict[int, float]]:
    """Per aspect the distance of each held-out split from the training split, from 0 to 1."""
    found = {at: _distances(content[0], content[at]) for at in held_out}
    return {aspect: {at: found[at][aspect] for at in held_out} for aspect in ASPECTS}


def _distances(one: Content, other: Content) -> dict[str, float]:
    return {
        "videos": total_variation(one.video, other.video),
        "n_instances": total_variation(one.n_instances, other.n_instances),
        "tracks": total_variation(one.track, other.track),
        "visibility": float(np.abs(_shares(one) - _shares(other)).max(initial=0.0)),
        "position": max(map(kolmogorov_smirnov, one.centre.T, other.centre.T)),
        "scale": kolmogorov_smirnov(one.scale, other.scale),
    }


def _shares(content: Content) -> Numbers:
    """(n_nodes,) share of the points of each node that are visible; 0 for a node without points."""
    shares: Numbers = content.visible[:, 1] / np.maximum(1, content.visible.sum(axis=1))
    return shares


def total_variation(one: Categories, other: Categories) -> float:
    """Half of the summed differences of shares: the share that would have to change its category.

    Example:
        >>> total_variation(np.array([0, 0, 1, 1]), np.array([1, 1, 1, 2]))
        0.5
    """
    if not len(one) or not len(other):
        return 0.0
    low = min(one.min(), other.min())
    length = max(one.max(), other.max()) - low + 1
    counts = [np.bincount(values - low, minlength=length) for values in (one, other)]
    return float(np.abs(counts[0] / len(one) - counts[1] / len(other)).sum() / 2)


def kolmogorov_smirnov(one: Numbers, other: Numbers) -> float:
    """The largest difference of the two cumulative shares.

    Example:
        >>> kolmogorov_smirnov(np.array([1.0, 2.0]), np.array([2.0, 3.0]))
        0.5
    """
    if not len(one) or not len(other):
        return 0.0
    values = np.sort(np.concatenate([one, other]))  # searching in order is much faster
    shares = [
        np.searchsorted(np.sort(sample), values, side="right") / len(sample)
        for sample in (one, other)
    ]
    return float(np.abs(shares[0] - shares[1]).max())
