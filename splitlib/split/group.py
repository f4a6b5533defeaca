"""Groups and strata of the examples: what must stay together, and what splits share evenly."""

import warnings
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from splitlib.errors import SplitError
from splitlib.params import SplitParams
from splitlib.params.problems import listing
from splitlib.params.rules import GROUPS, STRATA
from splitlib.split.automatic import length_of
from splitlib.split.core.groups import (
    Groups,
    block_groups,
    column_groups,
    frame_groups,
    number_pairs,
    video_groups,
    video_ranks,
)
from splitlib.split.core.nearest import largest_that_works
from splitlib.split.core.track_groups import linked_groups, sets_held, track_groups
from splitlib.split.examples import CATALOGS, SPLITS, Examples
from splitlib.split.groups_file import column_values


def stratum(
    examples: Examples, name: str, table: dict[str, list[str]], params: SplitParams
) -> NDArray[np.int64]:
    """(n,) int64, the value of a property in each example.

    Raises:
        SplitError: The name is neither a property nor a column of the groups file.
    """
    if name == "video":
        return video_ranks(examples.video_keys)[examples.video]
    if name == "n_instances":
        return examples.n_instances
    if name in ("track", *CATALOGS) and name not in table:
        return sets_held(len(examples.video), *_held(examples, "split.stratify", name))
    values = column_values(table, name, str(params.groups_file), others=STRATA)
    return np.unique(values, return_inverse=True)[1][examples.video]


def groups_or_blocks(
    examples: Examples,
    params: SplitParams,
    table: dict[str, list[str]],
    asked: Sequence[int],
    decided: NDArray[np.int64],
) -> tuple[Groups, str]:
    """The groups; or blocks with a warning, if there are fewer groups than splits need.

    The second value is the kind of the groups, `params.groups` or "block". `decided` is (n,) int64,
    the split of examples that a lock or a held video decides, else -1.

    Raises:
        SplitError: There are fewer blocks than splits need, too.
    """
    groups = _groups(examples, params, table)
    needed = [name for s, name in enumerate(SPLITS) if asked[s] and not (decided == s).any()]
    n_free = _n_free(groups, decided)
    if n_free >= len(needed):
        return groups, params.groups
    if params.groups in ("frame", "block"):
        raise SplitError(_too_few(examples, params, n_free, needed, decided))
    warnings.warn(
        f"split.groups: {params.groups} gives {n_free} groups for {len(needed)} splits that need"
        f" one; the split is by blocks of {params.block_length} frames of video instead, so frames"
        f" of one {params.groups} are in several splits",
        stacklevel=5,
    )
    blocks = replace(params, groups="block")
    return groups_or_blocks(examples, blocks, table, asked, decided)


def _groups(examples: Examples, params: SplitParams, table: dict[str, list[str]]) -> Groups:
    e = examples
    where = (params.seed, e.video_keys, e.video)
    # a key gets longer when a video of the same name comes, and stable must not move for that
    names = e.video_names if params.assignment == "stable" else None
    if params.groups == "frame":
        return frame_groups(*where, e.frame_idx, names=names)
    if params.groups == "block":
        return block_groups(*where, e.frame_idx, block_length=length_of(params), names=names)
    if params.groups == "video":
        return video_groups(*where, names=names)
    if params.groups == "track":
        return track_groups(*where, e.frame_idx, row=e.track_row, track=e.track, names=names)
    if params.groups == "identity" and "identity" not in table:
        row, number = _held(e, "split.groups", "identity")
        return linked_groups(
            *where, e.frame_idx, row=row, number=number, domain="identity", names=names
        )
    values = column_values(table, params.groups, str(params.groups_file), others=GROUPS)
    _check_filled(values, examples, params)
    return column_groups(params.seed, values.tolist(), e.video)


def _held(
    examples: Examples, setting: str, name: str
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Examples and the numbers of what they hold; the same track of two videos has two numbers.

    Raises:
        SplitError: The examples hold no identity, or no category.
    """
    if name == "track":
        video = video_ranks(examples.video_keys)[examples.video[examples.track_row]]
        return examples.track_row, number_pairs(video, examples.track)[0]
    row, number = examples.held.get(name, (np.zeros(0, np.int64),) * 2)
    if not len(row):
        plural = {"identity": "identities", "category": "categories"}[name]
        msg = (
            f"{setting}: {name}, but no example of the labels has one; labels hold {plural} since"
            f" format {_SINCE[name]}, so name the {plural} in SLEAP, or use a column of"
            " split.groups_file"
        )
        raise SplitError(msg)
    return row, np.unique(number, return_inverse=True)[1]


_SINCE = {"identity": "2.5", "category": "2.7"}


def _check_filled(values: NDArray[np.str_], examples: Examples, params: SplitParams) -> None:
    """Refuse empty cells: all videos with one would be a group."""
    empty = np.flatnonzero(values == "")
    if len(empty):
        msg = (
            f"{params.groups_file}: video {examples.video_keys[empty[0]]} has no value of"
            f" {params.groups} ({len(empty)} in all); fill in each cell (of cells that were merged,"
            " a program saves the first)"
        )
        raise SplitError(msg)


def _n_free(groups: Groups, decided: NDArray[np.int64]) -> int:
    """The number of groups that hold no decided row."""
    return len(groups.size) - len(np.unique(groups.group[decided >= 0]))


def _too_few(
    examples: Examples,
    params: SplitParams,
    n_free: int,
    needed: Sequence[str],
    decided: NDArray[np.int64],
) -> str:
    """The message that says which splits need groups, and which setting would give them."""

    def is_enough(block_length: int) -> bool:
        blocks = replace(params, groups="block", block_length=block_length)
        return _n_free(_groups(examples, blocks, {}), decided) >= len(needed)

    high = length_of(params) if params.groups == "block" else 1
    length = largest_that_works(is_enough, 1, min(high, int(examples.frame_idx.max()) + 2))
    if length is not None:
        advice = f"use a split.block_length of {length} at most"
    elif (decided >= 0).any():
        advice = "leave a video that is in neither split.hold_out nor split.lock"
    else:
        advice = "label more frames, or ask for 0 in one of the split.fractions"
    is_block = params.groups == "block" and params.block_length != 1
    what = f"blocks of {params.block_length} frames" if is_block else "frames"
    return (
        f"split.groups: {listing(needed, 'and')} need at least one group of frames each, and there"
        f" are {n_free} {what} to place; {advice}"
    )
