"""Labels files put into one file: splits of one source, or any others that belong together."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from splitlib.errors import JsonFileError, SplitError
from splitlib.files import read_together
from splitlib.labels import Labels
from splitlib.slp.concatenate import concatenate
from splitlib.slp.same_source import what_differs
from splitlib.split.find_frames import names_all_of
from splitlib.split.index import SplitIndex, read_index
from splitlib.split.label_digests import label_digests
from splitlib.split.open_labels import join_labels, temporary_folder, warn_of_bare_names
from splitlib.split.same_frames import same_frames


def merge_splits(paths: Sequence[str | Path], output: str | Path) -> int:
    """Merge labels files into one file, and return its number of frames.

    Splits of one source that differ in their frames alone become the tables of the source, bit by
    bit, if they left nothing out and the source keeps instances in the order of frames. If every
    split has its index beside it, frames come in the order of the source, otherwise in the order of
    videos and frames.

    Other files are joined: `splitlib.slp.join` says which videos, tracks and nodes are the same.
    Their frames come in the order of videos and frames, those of one frame in the order of the
    files. A warning counts the frames that several of the files label.

    Raises:
        SplitError: A frame is in two splits of one source, or an index names other frames than its
            split holds; or the output is a split, whose index would name other frames.
        UnsupportedFormatError: The files cannot be joined; the message says why.
        LabelsFileError: A file is missing or damaged.
    """
    files = [Path(path) for path in paths]
    _refuse_index_beside(Path(output))
    with read_together([*files, *(path.with_suffix(".json") for path in files)]):
        parts = [Labels.load(path) for path in files]
        indexes = [_index_beside(part) for part in parts]
    if _are_of_one_source(parts, indexes):
        if not any(indexes):
            warn_of_bare_names(parts)
        order = _order(parts, indexes)
        del indexes  # a name for each frame, which takes as much memory as a table
        return _merge_splits(parts, order, Path(output))
    return _merge_others(parts, Path(output))


def _refuse_index_beside(output: Path) -> None:
    path = output.with_suffix(".json")
    try:
        is_index = output.exists() and bool(read_index(path))
    except JsonFileError:
        return
    if is_index:
        msg = (
            f"{output} is a split: its index {path.name} would name other frames than the file;"
            " name another file to write"
        )
        raise SplitError(msg)


def _are_of_one_source(parts: Sequence[Labels], indexes: Sequence[SplitIndex | None]) -> bool:
    """Whether files differ in their frames alone, and say nothing else.

    Copies of one project that two people labeled on differ in their frames alone as well, but have
    other labels of the same frame.

    Raises:
        SplitError: The files do, and all of the frames that two of them hold are the same.
    """
    sources = {index.sources for index in indexes if index is not None}
    if len(sources) > 1 or what_differs([part.source for part in parts]):
        return False
    file = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    digest = np.concatenate([label_digests(part) for part in parts])
    shared = same_frames(*_frames(parts), file, digest)
    if shared.n_frames and shared.n_frames == shared.n_equal:
        raise SplitError(_in_another(parts, shared.n_frames))
    return not shared.n_frames


def _merge_splits(parts: list[Labels], order: NDArray[np.int64], output: Path) -> int:
    with temporary_folder(output.parent) as folder:
        concatenate([part.source for part in parts], order, folder / "joined.slp")
        parts.clear()  # all of their rows are in the joined file, and will be in memory again
        Labels.load(folder / "joined.slp").extract(order).save(output)
    return len(order)


def _merge_others(parts: Sequence[Labels], output: Path) -> int:
    with temporary_folder(output.parent) as folder:
        labels = join_labels(parts, folder / "joined.slp")
        order = np.lexsort((labels.frame_idx, labels.video))
        labels.extract(order).save(output)
    return len(order)


def _order(parts: Sequence[Labels], indexes: Sequence[SplitIndex | None]) -> NDArray[np.int64]:
    """Rows of all parts, counted file after file, in the order of the source."""
    known = [index for index in indexes if index is not None]
    positions = [np.sort(index.position) for index in known if index.position is not None]
    if len(positions) == len(parts):
        return np.argsort(np.concatenate(positions), kind="stable")
    video, frame_idx = _frames(parts)
    return np.lexsort((frame_idx, video))


def _index_beside(part: Labels) -> SplitIndex | None:
    """The index beside a split; None if there is none, or another kind of JSON file.

    Raises:
        SplitError: The index names other frames.
    """
    path = part.path.with_suffix(".json")
    try:
        index = read_index(path) if path.is_file() else None
    except JsonFileError:
        return None
    if index is not None and not names_all_of(index, part):
        msg = f"{part.path}: its index names other frames; write split and index together again"
        raise SplitError(msg)
    return index


def _frames(parts: Sequence[Labels]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Video and frame of all rows, of files that have the same videos."""
    video = np.concatenate([part.video for part in parts])
    return video, np.concatenate([part.frame_idx for part in parts])


def _in_another(parts: Sequence[Labels], n_frames: int) -> str:
    """The message for splits that share frames, with the first of these."""
    seen: set[tuple[int, int]] = set()
    for part in parts:
        frames = set(zip(part.video.tolist(), part.frame_idx.tolist(), strict=True))
        if both := seen & frames:
            video, frame_idx = min(both)
            break
        seen |= frames
    return (
        f"{part.path}: {part.videos[video].key} frame {frame_idx} is in another of the files as"
        f" well, with the same labels ({n_frames} frames are); merge splits that share no frame"
    )
