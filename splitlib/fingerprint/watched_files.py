"""The files that params.yaml names, directly or through the labels, as small JSON values.

DVC takes neither lists nor names that may be null as dependencies, and knows nothing of the videos
that a labels file names. So the first stage writes a fingerprint of all these files, and later
stages depend on the fingerprints. There is one for each purpose, so that an edit re-runs what it
affects. A fingerprint holds no path of a machine: the same files give the same bytes everywhere.
"""

import hashlib
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from splitlib.fingerprint.code_files import code_fingerprint
from splitlib.fingerprint.file_hashes import FileHashes
from splitlib.params import Params, SplitParams
from splitlib.slp.frames_at_hand import missing_frames
from splitlib.slp.labels_files import files_to_read, labels_folders
from splitlib.slp.ranges import rows_by
from splitlib.slp.source import SlpFile, read_labels_file
from splitlib.slp.stored_images import missing_images
from splitlib.slp.video_files import VideoSearch

LOCK_FILES = ("train.json", "val.json", "test.json")

Fingerprint = dict[str, Any]


def fingerprints(params: Params, splits: Path, hashes: FileHashes) -> dict[str, Fingerprint]:
    """The fingerprint of each purpose.

    Args:
        params: The params of the pipeline.
        splits: The folder of the splits. The stages that read videos look there first, because
            they know the videos from the split files.
        hashes: Reads the files.

    Returns:
        "labels" has name and hash of each labels file; "split" has the hashes of the groups file
        and of the indexes in the lock folder; "videos" has those of the videos that hold images of
        labeled frames; "missing" tells which frames have no image, if those are left out, and is
        empty otherwise; "code" is as of `code_fingerprint`. Only a labels file has to be there:
        other files may be missing, and the fingerprint says so.

    Raises:
        LabelsFileError: A labels file is missing, damaged, or contradicts itself.
        UnsupportedFormatError: A labels file is of a newer format.
        OSError: A file is there and cannot be read.
    """
    sources = [_read(path) for path in files_to_read(params.labels.path)]
    folders = [splits, *labels_folders(params.labels.path)]
    return {
        "labels": {"labels": [_labels_record(source, hashes) for source in sources]},
        "split": split_fingerprint(params.split, hashes),
        "videos": {"labels": [_videos_record(source, folders, hashes) for source in sources]},
        "code": code_fingerprint(params, hashes),
        "missing": _missing_fingerprint(sources, folders)
        if params.labels.missing == "skip"
        else {},
    }


def split_fingerprint(params: SplitParams, hashes: FileHashes) -> Fingerprint:
    """Hashes of the files besides the labels that decide the split; None for one that is not used.

    A file that should be there and is not is "missing": the split itself says what to do.

    Raises:
        OSError: A file is there and cannot be read.
    """
    groups, lock = params.groups_file, params.lock
    return {
        "groups_file": groups and hashes.whole(Path(groups)),
        "lock": lock and {name: hashes.whole(Path(lock) / name) for name in LOCK_FILES},
    }


def _read(path: Path) -> SlpFile:
    """A labels file; what it warns of is left to the split, which reads it where it changed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return read_labels_file(path)


def _labels_record(source: SlpFile, hashes: FileHashes) -> Fingerprint:
    return {"file": source.path.name, "sha256": hashes.whole(source.path)}


def _missing_fingerprint(sources: Sequence[SlpFile], folders: Sequence[Path]) -> Fingerprint:
    """Which frames of each file have no image."""
    records = []
    for source in sources:
        missing = missing_frames(source, folders)
        digest = hashlib.sha256(np.flatnonzero(missing).astype("<i8").tobytes()).hexdigest()
        records.append({"file": source.path.name, "n_missing": int(missing.sum()), "rows": digest})
    return {"labels": records}


def _videos_record(source: SlpFile, folders: Sequence[Path], hashes: FileHashes) -> Fingerprint:
    """The videos that hold images of labeled frames; embedded images are part of the labels."""
    outside = missing_images(source, source.video, source.frame_idx)
    search = VideoSearch(source.videos, folders)
    videos = {}
    rows = np.flatnonzero(outside)
    for at, own in rows_by(source.video[rows]).items():
        names = read_names(source.videos[at].filenames, source.frame_idx[rows[own]])
        videos[source.videos[at].key] = _video_record(names, search, hashes)
    return {"file": source.path.name, "videos": videos}


def _video_record(names: Sequence[str], search: VideoSearch, hashes: FileHashes) -> Fingerprint:
    paths = [search.found(name) for name in names]
    return {
        "n_files": len(paths),
        "n_missing": paths.count(None),
        "sampled_sha256": hashes.sampled(paths),
    }


def read_names(filenames: Sequence[str], frame_idx: NDArray[np.int64]) -> list[str]:
    """The files of a video that are read for frames, (n,) int64.

    Of a list of images these are the images of the frames, and the first, which decides on colours.

    Example:
        >>> read_names(["0.png", "1.png", "2.png", "3.png"], np.array([3, 2, 3, 9]))
        ['0.png', '2.png', '3.png']
        >>> read_names(["top.mp4"], np.array([3, 2]))
        ['top.mp4']
    """
    if len(filenames) <= 1:
        return list(filenames)
    wanted = {0, *frame_idx.tolist()}
    return [filenames[at] for at in sorted(wanted) if at < len(filenames)]
