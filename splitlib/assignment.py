"""The split of each example under the params: groups made, placed, and cut apart by the gap."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from splitlib.errors import SplitError
from splitlib.groups_file import column_values, read_groups_file
from splitlib.index import read_index
from splitlib.labels import Labels
from splitlib.params import LabelsParams, SplitParams
from splitlib.params.problems import listing
from splitlib.splits.assign import assign_exact
from splitlib.splits.folds import assign_folds, stable_folds
from splitlib.splits.groups import (
    Groups,
    block_groups,
    column_groups,
    frame_groups,
    subset,
    video_groups,
    video_ranks,
)
from splitlib.splits.hashing import normal_key
from splitlib.splits.lock import (
    FREE,
    counts,
    follow_locked,
    gap_violations_around,
    matching_rows,
    sizes_left,
)
from splitlib.splits.nearest import largest_that_works
from splitlib.splits.sizes import exact_shares, split_sizes
from splitlib.splits.stable import assign_stable
from splitlib.splits.strata import assign_strata
from splitlib.splits.track_groups import track_groups
from splitlib.video_patterns import held_videos

SPLITS = ("train", "val", "test")
TRAIN, VAL, TEST = range(3)


@dataclass(frozen=True, eq=False)
class Examples:
    """The frames to split, as columns.

    Attributes:
        video_keys: The key of each video of the labels.
        video: (n,) int64, index into `video_keys`.
        frame_idx: (n,) int64.
        n_instances: (n,) int64, instances that count under the filters.
        track_row: (m,) int64, for each of them that has a track the example it is in.
        track: (m,) int64, its track.
    """

    video_keys: list[str]
    video: NDArray[np.int64]
    frame_idx: NDArray[np.int64]
    n_instances: NDArray[np.int64]
    track_row: NDArray[np.int64]
    track: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Assignment:
    """Where the examples go.

    Attributes:
        split: (n,) int64 of each example, -1 for none.
        lost: (n,) bool, left out for the gap.
        group: (n,) int64, the group of each example.
        asked: Frames asked for each split.
        strata: Per stratum (n,) int64, its value in each example.
        notes: More for the report.
    """

    split: NDArray[np.int64]
    lost: NDArray[np.bool_]
    group: NDArray[np.int64]
    asked: tuple[int, ...]
    strata: dict[str, NDArray[np.int64]]
    notes: dict[str, Any] = field(default_factory=dict)


def examples_of(labels: Labels, filters: LabelsParams, indices: NDArray[np.int64]) -> Examples:
    """The columns of the examples at these positions of the labels."""
    columns = labels.columns
    counted = columns.instances_that_count(
        user_instances_only=filters.user_instances_only, with_track_only=filters.with_track_only
    )
    number = np.full(len(labels), -1)
    number[indices] = np.arange(len(indices))
    row = number[columns.instance_frame]
    counted &= row >= 0
    tracked = counted & (columns.track >= 0)
    return Examples(
        video_keys=[video.key for video in labels.videos],
        video=labels.video[indices],
        frame_idx=labels.frame_idx[indices],
        n_instances=np.bincount(row[counted], minlength=len(indices)),
        track_row=row[tracked],
        track=columns.track[tracked].astype(np.int64),
    )


def assign_examples(examples: Examples, params: SplitParams) -> Assignment:
    """The split of each example.

    Raises:
        SplitError: The params ask for what is impossible, or contradict each other; or files that
            they name cannot be used.
    """
    _check_together(params)
    table = _groups_table(examples, params)
    strata = {name: _stratum(examples, name, table, params) for name in params.stratify}
    if params.n_folds is not None:
        return _assign_fold(examples, params, table, strata)
    locked, notes = _locked(examples, params)
    hold_out = {str(name): patterns for name, patterns in params.hold_out.items()}
    held = held_videos(hold_out, examples.video_keys, SPLITS)
    asked = split_sizes(len(examples.video), _fractions(params))
    held_rows = held[examples.video] if len(held) else np.zeros(0, np.int64)
    decided = np.where(locked >= 0, locked, held_rows)
    groups, kind = _groups_or_blocks(examples, params, table, asked, decided)
    fixed = _fixed(examples, groups, locked, held_rows, notes)
    split = _place(groups, asked, fixed, list(strata.values()), params)[groups.group]
    split = np.where(locked >= 0, locked, split)
    lost = _gap(examples, split, params, locked >= 0)
    return Assignment(split, lost, groups.group, asked, strata, {"groups": kind, **notes})


def _check_together(params: SplitParams) -> None:
    problems = {
        "assignment: stable places a group by its key alone, and cannot stratify; use assignment:"
        " exact, with a lock to keep what was placed": params.assignment == "stable"
        and params.stratify,
        "n_folds decides the test split, and lock would too; use one of them": params.lock
        and params.n_folds,
        "n_folds tests every video once, and hold_out would keep some in one split; use one of"
        " them": params.hold_out and params.n_folds,
    }
    for message, found in problems.items():
        if found:
            msg = f"split.{message}"
            raise SplitError(msg)


def _fractions(params: SplitParams) -> list[float]:
    return [getattr(params.fractions, name) for name in SPLITS]


def _groups_table(examples: Examples, params: SplitParams) -> dict[str, list[str]]:
    if params.groups_file is None:
        return {}
    return read_groups_file(params.groups_file, examples.video_keys)


def _stratum(
    examples: Examples, name: str, table: dict[str, list[str]], params: SplitParams
) -> NDArray[np.int64]:
    if name == "video":
        return video_ranks(examples.video_keys)[examples.video]
    if name == "n_instances":
        return examples.n_instances
    values = column_values(table, name, str(params.groups_file))
    return np.unique(values, return_inverse=True)[1][examples.video]


def _groups(examples: Examples, params: SplitParams, table: dict[str, list[str]]) -> Groups:
    e = examples
    where = (params.seed, e.video_keys, e.video)
    if params.groups == "frame":
        return frame_groups(*where, e.frame_idx)
    if params.groups == "block":
        return block_groups(*where, e.frame_idx, block_length=params.block_length)
    if params.groups == "video":
        return video_groups(*where)
    if params.groups == "track":
        return track_groups(*where, e.frame_idx, row=e.track_row, track=e.track)
    values = column_values(table, params.groups, str(params.groups_file)).tolist()
    return column_groups(params.seed, values, e.video)


def _groups_or_blocks(
    examples: Examples,
    params: SplitParams,
    table: dict[str, list[str]],
    asked: Sequence[int],
    decided: NDArray[np.int64],
) -> tuple[Groups, str]:
    """The groups, or blocks with a warning where there are fewer groups than splits need.

    Raises:
        SplitError: There are fewer blocks, too.
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
        stacklevel=4,
    )
    blocks = replace(params, groups="block")
    return _groups_or_blocks(examples, blocks, table, asked, decided)


def _n_free(groups: Groups, decided: NDArray[np.int64]) -> int:
    """Groups of which no row is decided."""
    return len(groups.size) - len(np.unique(groups.group[decided >= 0]))


def _too_few(
    examples: Examples,
    params: SplitParams,
    n_free: int,
    needed: Sequence[str],
    decided: NDArray[np.int64],
) -> str:
    """What is asked of too few groups, and what would do."""

    def is_enough(block_length: int) -> bool:
        blocks = replace(params, groups="block", block_length=block_length)
        return _n_free(_groups(examples, blocks, {}), decided) >= len(needed)

    high = params.block_length if params.groups == "block" else 1
    length = largest_that_works(is_enough, 1, min(high, int(examples.frame_idx.max()) + 2))
    if length is not None:
        advice = f"use a split.block_length of {length} at most"
    elif (decided >= 0).any():
        advice = "let split.hold_out and split.lock leave more: a video that is in neither"
    else:
        advice = "label more frames, or ask for 0 in one of the split.fractions"
    what = f"blocks of {params.block_length} frames" if params.groups == "block" else "frames"
    return (
        f"split.groups: {listing(needed, 'and')} need at least one group of frames each, and there"
        f" are {n_free} {what} to place; {advice}"
    )


def _fixed(
    examples: Examples,
    groups: Groups,
    locked: NDArray[np.int64],
    held: NDArray[np.int64],
    notes: dict[str, Any],
) -> NDArray[np.int64]:
    """(g,) int64, the split of groups that the lock or a held video decides, else -1."""
    by_lock, torn = follow_locked(groups, locked)
    by_video, claimed_twice = follow_locked(groups, held)
    if claimed_twice.any():
        row = int(np.flatnonzero(claimed_twice[groups.group] & (held >= 0))[0])
        msg = (
            "split.hold_out: the group of video"
            f" {examples.video_keys[examples.video[row]]} holds videos that are held for different"
            " splits; hold them for the same, or choose smaller groups"
        )
        raise SplitError(msg)
    if "lock" in notes:
        rows = np.flatnonzero(torn[groups.group] & (locked >= 0))
        heads = rows[np.unique(groups.group[rows], return_index=True)[1]]
        notes["lock"]["torn_groups"] = [
            {"video": examples.video_keys[examples.video[row]], "frame_idx": int(idx)}
            for row, idx in zip(heads, examples.frame_idx[heads], strict=True)
        ]
        _warn_torn(notes["lock"]["torn_groups"])
    return np.where(by_lock >= 0, by_lock, by_video)


def _warn_torn(torn: list[dict[str, Any]]) -> None:
    if torn:
        names = ", ".join(f"{one['video']} frame {one['frame_idx']}" for one in torn[:5])
        warnings.warn(
            f"split.lock: {len(torn)} groups are in several splits already (at {names}); they stay"
            " so, and their new frames go to train where it has a part",
            stacklevel=6,
        )


def _place(
    groups: Groups,
    asked: Sequence[int],
    fixed: NDArray[np.int64],
    strata: list[NDArray[np.int64]],
    params: SplitParams,
) -> NDArray[np.int64]:
    """(g,) int64, the split of each group."""
    if params.assignment == "stable":
        split = np.where(fixed >= 0, fixed, assign_stable(groups.key, _fractions(params)))
        _check_stable(split, asked)
        return split
    has = counts(fixed, groups.size, len(SPLITS))
    free = fixed == FREE
    sizes = sizes_left(asked, has, int(groups.size[free].sum()))
    split = fixed.copy()
    if strata:
        # a split that has what it asked for takes nothing, and what it holds is no measure
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


def _gap(
    examples: Examples, split: NDArray[np.int64], params: SplitParams, first: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """(n,) bool, the examples to leave out for the gap.

    Raises:
        SplitError: A split would lose all of its frames.
    """
    video = video_ranks(examples.video_keys)[examples.video]

    def lost(gap: int) -> NDArray[np.bool_]:
        return gap_violations_around(video, examples.frame_idx, split, gap, first=first)

    def emptied(gap: int) -> list[int]:
        return sorted(set(split[split >= 0].tolist()) - set(split[~lost(gap)].tolist()))

    if none_left := emptied(params.gap):
        high = min(params.gap, int(examples.frame_idx.max()) + 1)
        nearest = largest_that_works(lambda gap: not emptied(gap), 0, high)
        works = "" if nearest is None else f"a split.gap of {nearest} leaves some in each; "
        name, n = SPLITS[none_left[0]], int((split == none_left[0]).sum())
        msg = (
            f"split.gap: {name} loses all of its {n} frames to the gap of {params.gap} frames;"
            f" {works}a larger split.block_length has fewer borders"
        )
        raise SplitError(msg)
    return lost(params.gap)


def _assign_fold(
    examples: Examples,
    params: SplitParams,
    table: dict[str, list[str]],
    strata: dict[str, NDArray[np.int64]],
) -> Assignment:
    """The fold is the test split; val is taken of the rest, as the fractions say."""
    if params.n_folds is None or params.fold is None:
        msg = "split.fold and split.n_folds come together; give both"
        raise SplitError(msg)
    n, columns = len(examples.video), list(strata.values())
    sizes = (*split_sizes(n, _fractions(params))[:TEST], 1)
    undecided = np.full(n, FREE)
    groups, kind = _groups_or_blocks(examples, params, table, sizes, undecided)
    fold = _folds(groups, params.n_folds, columns, params)
    n_folds = int(fold.max(initial=-1)) + 1 if params.n_folds == "all" else params.n_folds
    if params.fold >= n_folds:
        msg = (
            f"split.fold: expected 0 to {n_folds - 1}, as there are {n_folds} folds, got"
            f" {params.fold}"
        )
        raise SplitError(msg)
    fixed = np.where(fold == params.fold, TEST, FREE)
    _check_rest(params, int((fixed == FREE).sum()), len(fixed), sum(map(bool, sizes[:TEST])))
    n_test = int(groups.size[fixed == TEST].sum())
    shares, _ = exact_shares(_fractions(params))
    val = shares[VAL] / (shares[TRAIN] + shares[VAL])
    train_val = split_sizes(n - n_test, [1 - val, val])  # type: ignore[list-item]
    asked = (*train_val, n_test)
    split = _place_rest(groups, asked, fixed, columns, params, float(val))[groups.group]
    if not (split == TEST).any():
        msg = f"split.fold {params.fold} holds no frame; use fewer folds or assignment: exact"
        raise SplitError(msg)
    lost = _gap(examples, split, params, split == TEST)
    notes = {"groups": kind, "fold": params.fold, "n_folds": n_folds}
    return Assignment(split, lost, groups.group, asked, strata, notes)


def _check_rest(params: SplitParams, n_rest: int, n_groups: int, n_needed: int) -> None:
    if n_rest < n_needed:
        msg = (
            f"split.fold: fold {params.fold} of {params.n_folds} takes {n_groups - n_rest} of"
            f" {n_groups} groups, and train and val need one each; use n_folds: {n_groups}, or"
            " smaller groups"
        )
        raise SplitError(msg)


def _folds(
    groups: Groups,
    n_folds: int | Literal["all"],
    strata: list[NDArray[np.int64]],
    params: SplitParams,
) -> NDArray[np.int64]:
    if params.assignment == "stable" and n_folds != "all":
        return stable_folds(groups.key, n_folds)
    return assign_folds(groups, n_folds, strata=strata)


def _place_rest(
    groups: Groups,
    asked: Sequence[int],
    fixed: NDArray[np.int64],
    strata: list[NDArray[np.int64]],
    params: SplitParams,
    val: float,
) -> NDArray[np.int64]:
    if params.assignment != "stable":
        return _place(groups, asked, fixed, strata, params)
    # the part of the key below the fold: the key itself says too much about the fold
    key = groups.key
    if params.n_folds not in (None, "all"):
        key = key * np.uint64(int(params.n_folds or 1))  # wraps around: the place in the fold
    split = np.where(fixed == TEST, TEST, assign_stable(key, [1 - val, val]))
    _check_stable(split, asked)
    return split


def _locked(examples: Examples, params: SplitParams) -> tuple[NDArray[np.int64], dict[str, Any]]:
    """(n,) int64, the split that the lock gives each example, else -1; and what is to be said."""
    if params.lock is None:
        return np.full(len(examples.video), FREE), {}
    _check_lock(Path(params.lock))
    indexes = [read_index(Path(params.lock) / f"{name}.json") for name in SPLITS]
    keys = [key for index in indexes for key in index.video]
    names = _renamed(sorted(set(keys)), examples.video_keys)
    frame_idx = np.concatenate([index.frame_idx for index in indexes])
    split = np.repeat(np.arange(len(SPLITS)), [len(index.video) for index in indexes])
    ranks = {key: at for at, key in enumerate(sorted({*names.values(), *_normal(examples)}))}
    video = np.array([ranks[names[key]] for key in keys], np.int64)
    own = np.array([ranks[key] for key in _normal(examples)], np.int64)[examples.video]
    _check_disjoint(params.lock, keys, video, frame_idx, split)
    found = matching_rows(own, examples.frame_idx, video, frame_idx)
    locked = np.where(found >= 0, np.append(split, FREE)[found], FREE)
    gone = matching_rows(video, frame_idx, own, examples.frame_idx) < 0
    vanished = {
        "split": [SPLITS[number] for number in split[gone].tolist()],
        "video": [keys[at] for at in np.flatnonzero(gone)],
        "frame_idx": frame_idx[gone].tolist(),
    }
    return locked, {"lock": {"n_kept": int((locked >= 0).sum()), "vanished": vanished}}


def _check_lock(folder: Path) -> None:
    for name in SPLITS:
        if not (folder / f"{name}.json").is_file():
            msg = (
                f"split.lock {folder}: expected the folder of an earlier split, with train.json,"
                f" val.json and test.json, found no {name}.json"
            )
            raise SplitError(msg)


def _normal(examples: Examples) -> list[str]:
    return [normal_key(key) for key in examples.video_keys]


def _renamed(locked: Sequence[str], video_keys: Sequence[str]) -> dict[str, str]:
    """The present key of each locked video.

    A key has as many folders as it takes to be the only one, so it grows when another video of the
    same name comes, and shrinks when one goes.
    """
    present = [normal_key(key) for key in video_keys]
    names = {}
    for key in locked:
        wanted = normal_key(key)
        alike = [one for one in present if one.endswith(f"/{wanted}") or wanted.endswith(f"/{one}")]
        if wanted not in present and len(set(alike)) > 1:
            msg = (
                f"split.lock: its video {key} may be {' or '.join(sorted(set(alike)))}; write the"
                " right one into the index files"
            )
            raise SplitError(msg)
        names[key] = wanted if wanted in present or not alike else alike[0]
    return names


def _check_disjoint(
    lock: str,
    keys: Sequence[str],
    video: NDArray[np.int64],
    frame_idx: NDArray[np.int64],
    split: NDArray[np.int64],
) -> None:
    first = matching_rows(video, frame_idx, video, frame_idx)
    twice = np.flatnonzero(split[first] != split)
    if len(twice):
        at = int(twice[0])
        msg = (
            f"split.lock {lock}: {keys[at]} frame {frame_idx[at]} is in {SPLITS[split[first[at]]]}"
            f" and in {SPLITS[split[at]]}; take it out of one"
        )
        raise SplitError(msg)
