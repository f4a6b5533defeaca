"""The examples whose split an earlier split or a held video has decided."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from splitlib.errors import SplitError
from splitlib.params import SplitParams
from splitlib.split.core.groups import Groups, video_ranks
from splitlib.split.core.hashing import normal_key
from splitlib.split.core.lock import FREE, follow_locked, matching_rows
from splitlib.split.examples import SPLITS, Examples
from splitlib.split.index import read_index


def locked_splits(
    examples: Examples, params: SplitParams
) -> tuple[NDArray[np.int64], dict[str, Any]]:
    """(n,) int64, the split that the lock gives each example, else -1; and notes for the report.

    Raises:
        SplitError: The lock is no folder of a split, or its splits are not disjoint.
        JsonFileError: One of its files is no index.
    """
    if params.lock is None:
        return np.full(len(examples.video), FREE), {}
    _check_lock(Path(params.lock))
    indexes = [read_index(Path(params.lock) / f"{name}.json") for name in SPLITS]
    keys = [key for index in indexes for key in index.video]
    names = _renamed(sorted(set(keys)), examples.video_keys)
    frame_idx = np.concatenate([index.frame_idx for index in indexes])
    split = np.repeat(np.arange(len(SPLITS)), [len(index.video) for index in indexes])
    ranks = video_ranks([*examples.video_keys, *names.values()])
    own = ranks[examples.video]
    rank_of = dict(zip(names, ranks[len(examples.video_keys) :].tolist(), strict=True))
    video = np.array([rank_of[key] for key in keys], np.int64)
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


def fixed_splits(
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


def _renamed(locked: Sequence[str], video_keys: Sequence[str]) -> dict[str, str]:
    """The present key of each locked video.

    A key has as many folders as it needs to be unique. So it grows when another video of the same
    name comes, and shrinks when that one goes.
    """
    present = {normal_key(key) for key in video_keys}
    names = {}
    for key in locked:
        wanted = normal_key(key)
        alike = [one for one in present if one.endswith(f"/{wanted}") or wanted.endswith(f"/{one}")]
        found = [wanted] if wanted in present or not alike else sorted(alike)
        if len(found) > 1:
            msg = (
                f"split.lock: its video {key} may be {' or '.join(found)}; write the right one into"
                " the index files"
            )
            raise SplitError(msg)
        names[key] = found[0]
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


def _warn_torn(torn: list[dict[str, Any]]) -> None:
    names = ", ".join(f"{one['video']} frame {one['frame_idx']}" for one in torn[:5])
    warnings.warn(
        f"split.lock: {len(torn)} groups are in several splits already (at {names}); they stay"
        " so, and their new frames go to train if it has a part of the group",
        stacklevel=6,
    )
