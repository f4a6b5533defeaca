"""The split of each example under the params: groups are made and placed, then the gap is kept."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from splitlib.errors import SplitError
from splitlib.params import SplitParams
from splitlib.params.rules import AUTO
from splitlib.split.automatic import with_block_length, with_strata
from splitlib.split.by_time import check_by_time, place_by_time
from splitlib.split.claim import claimed_units, settled_claim
from splitlib.split.core.folds import assign_folds, stable_folds
from splitlib.split.core.groups import video_ranks
from splitlib.split.core.lock import FREE, sizes_left
from splitlib.split.core.sizes import exact_shares, split_sizes
from splitlib.split.earlier import fixed_splits, locked_splits
from splitlib.split.examples import SPLITS, TEST, TRAIN, VAL, Examples
from splitlib.split.group import groups_or_blocks, stratum
from splitlib.split.groups_file import read_groups_file
from splitlib.split.leave_gap import lost_to_gap
from splitlib.split.place import fractions_of, place
from splitlib.split.video_names import VideoNames
from splitlib.split.video_patterns import Taken, held_videos


@dataclass(frozen=True, eq=False)
class Assignment:
    """Where the examples go.

    Attributes:
        split: (n,) int64, the split of each example, -1 for none.
        lost: (n,) bool, whether an example is left out for the gap.
        group: (n,) int64, the group of each example.
        key: (g,) uint64, the rank of each group, as of `Groups`.
        asked: Frames asked for each split.
        strata: For each stratum (n,) int64, its value in each example.
        params: The params, with the values that automatic settings and the gap took.
        notes: More for the report.
    """

    split: NDArray[np.int64]
    lost: NDArray[np.bool_]
    group: NDArray[np.int64]
    key: NDArray[np.uint64]
    asked: tuple[int, ...]
    strata: dict[str, NDArray[np.int64]]
    params: SplitParams
    notes: dict[str, Any] = field(default_factory=dict)


def assign_examples(examples: Examples, params: SplitParams) -> Assignment:
    """The split of each example.

    Raises:
        SplitError: The params are impossible or contradict each other, or a file that they name
            cannot be used.
    """
    _check_together(params)
    names = VideoNames(examples.video_keys, examples.video_paths)
    table, taken = read_groups_file(params.groups_file, names) if params.groups_file else ({}, [])
    if params.n_folds is not None:
        return _claimed(_with_taken(_assign_fold(examples, params, table), taken), examples, table)
    hold_out = {str(name): patterns for name, patterns in params.hold_out.items()}
    held, holders = held_videos(hold_out, names, SPLITS)
    assign = _assign_by_time if params.assignment == "chronological" else _assign_rest
    assigned = assign(examples, params, table, held[examples.video])
    return _claimed(_with_taken(assigned, [*holders, *taken]), examples, table)


def _claimed(assigned: Assignment, examples: Examples, table: dict[str, list[str]]) -> Assignment:
    """The assignment with the claim that it makes, and the animal or session of each video."""
    params = assigned.params
    claim = settled_claim(params.claim, assigned.notes["groups"], params.assignment)
    units = claimed_units(claim, table, examples.video_keys)
    return replace(
        assigned,
        params=replace(params, claim=claim),
        notes={**assigned.notes, "claim": claim, **({"claim_units": units} if units else {})},
    )


def _with_taken(assigned: Assignment, taken: Sequence[Taken]) -> Assignment:
    """The assignment with a note of the videos that names and patterns took, if there are any."""
    if not taken:
        return assigned
    return replace(assigned, notes={**assigned.notes, "named": [one.record() for one in taken]})


def _assign_rest(
    examples: Examples,
    params: SplitParams,
    table: dict[str, list[str]],
    held: NDArray[np.int64],
) -> Assignment:
    """What is neither locked nor held, (n,) int64, is placed as the fractions say."""
    locked, notes, recorded = locked_splits(examples, params)
    asked = split_sizes(len(examples.video), fractions_of(params))
    decided = np.where(locked >= 0, locked, held)
    taken = with_block_length(examples, params, asked, decided, recorded)
    groups, kind = groups_or_blocks(examples, taken, table, asked, decided)
    fixed = fixed_splits(examples, groups, locked, held, notes)

    def placed(columns: list[NDArray[np.int64]]) -> NDArray[np.int64]:
        return place(groups, asked, fixed, columns, params, fractions_of(params))

    taken = with_strata(examples, taken, kind, groups, asked, placed)
    strata = {name: stratum(examples, name, table, params) for name in taken.stratify}
    split = placed(list(strata.values()))[groups.group]
    split = np.where(locked >= 0, locked, split)
    may_shrink = _gap_is_free(params, kind)
    lost, gap = lost_to_gap(examples, split, taken, locked >= 0, may_shrink=may_shrink)
    taken = _as_taken(taken, params, kind, gap)
    return Assignment(
        split, lost, groups.group, groups.key, asked, strata, taken, {"groups": kind, **notes}
    )


def _assign_by_time(
    examples: Examples,
    params: SplitParams,
    table: dict[str, list[str]],
    held: NDArray[np.int64],
) -> Assignment:
    """Each video is cut in the order of time; groups are single frames, whatever the table says."""
    taken = replace(params, groups="frame", stratify=())
    asked = split_sizes(len(examples.video), fractions_of(params))
    groups, kind = groups_or_blocks(examples, taken, table, asked, held)
    video = video_ranks(examples.video_keys)[examples.video]
    has = np.bincount(held[held != FREE], minlength=len(SPLITS)).tolist()
    left = sizes_left(asked, has, int((held == FREE).sum()))
    split = place_by_time(video, examples.frame_idx, left, held)
    lost, _ = lost_to_gap(examples, split, taken, np.zeros(len(split), bool))
    notes = {"groups": kind, "assignment": "chronological"}
    return Assignment(
        split, lost, groups.group, groups.key, asked, {}, replace(params, stratify=()), notes
    )


def _gap_is_free(params: SplitParams, kind: str) -> bool:
    """Whether the gap may shrink: where blocks fit the labels, and nothing that is placed stays."""
    stays = params.assignment == "stable" or params.lock
    return kind == "block" and params.block_length == "auto" and not stays


def _as_taken(taken: SplitParams, params: SplitParams, kind: str, gap: int) -> SplitParams:
    """The params as they were taken; groups that are no blocks leave the length as it was asked."""
    length = taken.block_length if kind == "block" else params.block_length
    return replace(taken, block_length=length, gap=gap)


def _check_together(params: SplitParams) -> None:
    if params.assignment == "chronological":
        check_by_time(params)
    stable, folds = params.assignment == "stable", params.n_folds
    problems = {
        "assignment: stable places a group by its key alone, and cannot stratify; use assignment:"
        " exact, with a lock to keep what was placed": stable and params.stratify not in (AUTO, ()),
        "train_share leaves out frames that lock would keep; use one of them": params.lock
        and params.train_share < 1,
        "n_folds decides the test split, and lock would too; use one of them": folds
        and params.lock,
        "n_folds tests every video once, and hold_out would keep some in one split; use one of"
        " them": folds and params.hold_out,
    }
    for message, found in problems.items():
        if found:
            msg = f"split.{message}"
            raise SplitError(msg)


def _assign_fold(
    examples: Examples,
    params: SplitParams,
    table: dict[str, list[str]],
) -> Assignment:
    """The fold is the test split; val is taken from the rest, as the fractions say."""
    assert params.n_folds is not None  # as the params check
    assert params.fold is not None
    n = len(examples.video)
    sizes = (*split_sizes(n, fractions_of(params))[:TEST], 1)
    free = np.full(n, FREE)
    taken = with_block_length(examples, params, _fold_sizes(n, params), free, {})
    groups, kind = groups_or_blocks(examples, taken, table, sizes, free)
    n_folds = len(groups.size) if params.n_folds == "all" else params.n_folds
    if params.fold >= n_folds:
        msg = (
            f"split.fold: expected 0 to {n_folds - 1}, as there are {n_folds} folds, got"
            f" {params.fold}"
        )
        raise SplitError(msg)

    def fold_of(columns: list[NDArray[np.int64]]) -> NDArray[np.int64]:
        return assign_folds(groups, params.n_folds or "all", strata=columns)

    taken = with_strata(examples, taken, kind, groups, [n / n_folds] * n_folds, fold_of)
    strata = {name: stratum(examples, name, table, params) for name in taken.stratify}
    columns = list(strata.values())
    if params.assignment == "stable" and params.n_folds != "all":
        fold = stable_folds(groups.key, params.n_folds)
        # the key tells the fold; the product wraps around to the place of the key within its fold
        groups = replace(groups, key=groups.key * np.uint64(n_folds))
    else:
        fold = fold_of(columns)
    fixed = np.where(fold == params.fold, TEST, FREE)
    _check_rest(params, int((fixed == FREE).sum()), len(fixed), sum(map(bool, sizes[:TEST])))
    n_test = int(groups.size[fixed == TEST].sum())
    shares, _ = exact_shares(fractions_of(params))
    val = shares[VAL] / (shares[TRAIN] + shares[VAL])
    asked = (*split_sizes(n - n_test, [1 - val, val]), n_test)
    split = place(groups, asked, fixed, columns, params, [1 - val, val])[groups.group]
    if not (split == TEST).any():
        msg = f"split.fold {params.fold} holds no frame; use fewer folds or assignment: exact"
        raise SplitError(msg)
    may_shrink = _gap_is_free(params, kind)
    lost, gap = lost_to_gap(examples, split, taken, split == TEST, may_shrink=may_shrink)
    notes = {"groups": kind, "fold": params.fold, "n_folds": n_folds}
    taken = _as_taken(taken, params, kind, gap)
    return Assignment(split, lost, groups.group, groups.key, asked, strata, taken, notes)


def _fold_sizes(n: int, params: SplitParams) -> tuple[int, ...]:
    """Frames of train, val and a test fold, whichever fold it is: all folds are of one length."""
    train, val, test = split_sizes(n, fractions_of(params))
    if params.n_folds is None or params.n_folds == "all":
        return train, val, test
    n_test = n // params.n_folds
    n_val = -(-(n - n_test) * val // (train + val))
    return n - n_test - n_val, n_val, n_test


def _check_rest(params: SplitParams, n_rest: int, n_groups: int, n_needed: int) -> None:
    if n_rest < n_needed:
        msg = (
            f"split.fold: fold {params.fold} of {params.n_folds} takes {n_groups - n_rest} of"
            f" {n_groups} groups, and train and val need one each; use n_folds: {n_groups}, or"
            " smaller groups"
        )
        raise SplitError(msg)
