"""Which frames have an image on this machine: embedded, or in a film or picture that is found."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from splitlib.slp.ranges import rows_by
from splitlib.slp.source import SlpFile
from splitlib.slp.stored_images import missing_images
from splitlib.slp.video_files import VideoSearch


def missing_frames(source: SlpFile, folders: Sequence[Path] = ()) -> NDArray[np.bool_]:
    """(n_frames,) whether a labeled frame has neither an embedded image nor a film or picture.

    Films and pictures are looked for beside the labels and in `folders`.
    """
    missing = missing_images(source, source.video, source.frame_idx)
    rows = np.flatnonzero(missing)
    search = VideoSearch(source.videos, (source.path.parent, *folders))
    missing[rows] = are_missing(search, source.video[rows], source.frame_idx[rows])
    return missing


def are_missing(
    search: VideoSearch, video: NDArray[np.int64], frame_idx: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """(n,) whether the film or picture of each frame, (n,) int64 columns, is not found."""
    missing = np.zeros(len(video), bool)
    for at, rows in rows_by(video).items():
        names = search.videos[at].filenames
        shown = frame_idx[rows] if len(names) > 1 else np.zeros(len(rows), np.int64)
        found = {k for k in np.unique(shown).tolist() if k < len(names) and search.found(names[k])}
        missing[rows] = [k not in found for k in shown.tolist()]
    return missing


def missing_names(
    search: VideoSearch, video: NDArray[np.int64], frame_idx: NDArray[np.int64]
) -> list[str]:
    """The missing films and pictures of frames, each once, as the labels name them."""
    rows = np.flatnonzero(are_missing(search, video, frame_idx)).tolist()
    names: dict[str, None] = {}
    for at, frame in zip(video[rows].tolist(), frame_idx[rows].tolist(), strict=True):
        listed = search.videos[at].filenames or (search.videos[at].key,)
        names[listed[frame] if 1 < len(listed) > frame else listed[0]] = None
    return list(names)
