"""The examples whose split an earlier split or a held video has decided."""

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from splitlib.errors import SplitError
from splitlib.params import SplitParams
from splitlib.slp.videos import is_picture
from splitlib.split.core.groups import Groups
from splitlib.split.core.lock import FREE, follow_locked, matching_rows
from splitlib.split.examples import SPLITS, Examples
from splitlib.split.index import SplitIndex, read_index
from splitlib.split.match_keys import alike_keys
from splitlib.split.recognise import Sightings, recognise, sightings_of

LEAST_FOUND = 0.9
"""Share of the frames of a lock that the labels have to hold."""


class Locked(NamedTuple):
    """What an earlier split decided."""

    split: NDArray[np.int64]  # (n,) int64, the split that the lock gives each example, else -1
    notes: dict[str, Any]  # for the report
    recorded: Mapping[str, Any]  # `split` in the params of its index; empty without a lock


def locked_splits(examples: Examples, params: SplitParams) -> Locked:
    """What the lock of the params decided.

    Raises:
        SplitError: The lock is no folder of a split, its splits are not disjoint, its videos cannot
            be told, or the labels hold too few of its frames.
        JsonFileError: One of its files is no index.
    """
    if params.lock is None:
        return Locked(np.full(len(examples.video), FREE), {}, {})
    folder = Path(params.lock)
    _check_lock(folder)
    indexes = [read_index(folder / f"{name}.json") for name in SPLITS]
    _check_versions(folder, indexes)
    earlier, names = sightings_of(indexes)
    split = np.repeat(np.arange(len(SPLITS)), [len(index.video) for index in indexes])
    _check_disjoint(params.lock, names, earlier, split)
    present = Sightings(examples.video_keys, examples.video, examples.identity, _digests(examples))
    number = recognise(earlier, present)
    video = number[earlier.video]
    found = matching_rows(examples.video, examples.identity, video, earlier.identity)
    locked = np.where(found >= 0, np.append(split, FREE)[found], FREE)
    gone = matching_rows(video, earlier.identity, examples.video, examples.identity) < 0
    _check_found(params, earlier, gone)
    notes = {
        "n_kept": int((locked >= 0).sum()),
        "renamed": _renamed(earlier.keys, number, examples.video_keys),
        "vanished": {
            "split": [SPLITS[at] for at in split[gone].tolist()],
            "video": [earlier.keys[at] for at in earlier.video[gone].tolist()],
            "frame_idx": [names[at] for at in np.flatnonzero(gone).tolist()],
        },
    }
    return Locked(locked, {"lock": notes}, indexes[0].params.get("split", {}))


def _digests(examples: Examples) -> NDArray[np.uint64]:
    none = np.zeros(len(examples.video), np.uint64)
    return none if examples.digest is None else examples.digest


def _renamed(
    keys: Sequence[str], number: NDArray[np.int64], present: Sequence[str]
) -> dict[str, str]:
    """The present key of each video of the lock that its labels alone tell."""
    named = alike_keys(keys, present)
    return {
        key: present[at]
        for key, at, alike in zip(keys, number.tolist(), named, strict=True)
        if at >= 0 and at not in alike
    }


def _check_found(params: SplitParams, earlier: Sightings, gone: NDArray[np.bool_]) -> None:
    n_found, n_locked = int((~gone).sum()), len(gone)
    if params.lock_missing == "allow" or n_found >= LEAST_FOUND * n_locked:
        return
    missing = np.bincount(earlier.video[gone], minlength=len(earlier.keys))
    most = np.argsort(-missing, kind="stable")[:3].tolist()
    where = ", ".join(f"{earlier.keys[at]} ({missing[at]})" for at in most if missing[at])
    msg = (
        f"split.lock {params.lock}: the labels hold {n_found} of its {n_locked} frames; the others"
        f" are of {where}. If they were removed on purpose, set split.lock_missing: allow"
    )
    raise SplitError(msg)


def _check_versions(folder: Path, indexes: Sequence[SplitIndex]) -> None:
    """Version 1 counts pictures by their place in a list, which says nothing once lists change."""
    old = [index for index in indexes if index.version == 1]
    if old and any(is_picture(video.key) for index in old for video in index.videos):
        msg = (
            f"split.lock {folder}: its index files are of version 1, in which pictures are counted"
            " by their place in a list; write them anew from the labels that they were made of:"
            f" splitlib split LABELS FOLDER --from-index {folder}"
        )
        raise SplitError(msg)


def fixed_splits(
    examples: Examples,
    groups: Groups,
    locked: NDArray[np.int64],
    held: NDArray[np.int64],
    notes: dict[str, Any],
) -> NDArray[np.int64]:
    """(g,) int64, the split of groups that the lock or a held video decides, else -1.

    Raises:
        SplitError: A group holds videos that are held for different splits.
    """
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
        if torn.any():
            _warn_torn(notes["lock"]["torn_groups"])
    return np.where(by_lock >= 0, by_lock, by_video)


def _check_lock(folder: Path) -> None:
    for name in SPLITS:
        if not (folder / f"{name}.json").is_file():
            msg = (
                f"split.lock {folder}: expected the folder of an earlier split, with train.json,"
                f" val.json and test.json, found no {name}.json"
            )
            raise SplitError(msg)


def _check_disjoint(
    lock: str, names: Sequence[int | str], earlier: Sightings, split: NDArray[np.int64]
) -> None:
    frames = earlier.video, earlier.identity
    first = matching_rows(*frames, *frames)
    twice = np.flatnonzero(split[first] != split)
    if len(twice):
        at = int(twice[0])
        msg = (
            f"split.lock {lock}: {earlier.keys[earlier.video[at]]} frame {names[at]} is in"
            f" {SPLITS[split[first[at]]]} and in {SPLITS[split[at]]}; take it out of one"
        )
        raise SplitError(msg)


def _warn_torn(torn: list[dict[str, Any]]) -> None:
    names = ", ".join(f"{one['video']} frame {one['frame_idx']}" for one in torn[:5])
    warnings.warn(
        f"split.lock: {len(torn)} groups are in several splits already (at {names}); they stay"
        " so, and their new frames go to train if it has a part of the group",
        stacklevel=6,
    )
