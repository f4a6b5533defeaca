"""Splits of one labels file, put back into one file."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from splitlib.errors import SplitError
from splitlib.labels import Labels
from splitlib.slp.concatenate import concatenate
from splitlib.split.find_frames import names_all_of
from splitlib.split.index import SplitIndex, read_index


def merge_splits(paths: Sequence[str | Path], output: str | Path) -> int:
    """Merge split files of one labels file into one file again, and return its number of frames.

    If every split has its index beside it, frames come in the order of the source, otherwise in the
    order of videos and frames. If the splits left nothing out and the source keeps instances in the
    order of frames, the tables are those of the source, bit by bit.

    Raises:
        SplitError: A frame is in two of the files, or the indexes are of different sources.
        UnsupportedFormatError: The files differ in more than their frames.
    """
    parts = [Labels.load(path) for path in paths]
    _check_disjoint(parts)
    order = _order(parts)
    with tempfile.TemporaryDirectory() as folder:
        joined = Path(folder) / "joined.slp"
        concatenate([part.source for part in parts], order, joined)
        Labels.load(joined).extract(order).save(output)
    return len(order)


def _order(parts: Sequence[Labels]) -> NDArray[np.int64]:
    """Rows of all parts, counted file after file, in the order of the source."""
    files = [part.path.with_suffix(".json") for part in parts]
    if all(file.is_file() for file in files):
        indexes = [read_index(file) for file in files]
        _check_indexes(parts, indexes)
        positions = [np.sort(index.position) for index in indexes if index.position is not None]
        if len(positions) == len(parts):
            return np.argsort(np.concatenate(positions), kind="stable")
    video = np.concatenate([part.video for part in parts])
    return np.lexsort((np.concatenate([part.frame_idx for part in parts]), video))


def _check_indexes(parts: Sequence[Labels], indexes: Sequence[SplitIndex]) -> None:
    for part, index in zip(parts, indexes, strict=True):
        if not names_all_of(index, part):
            msg = f"{part.path}: its index names other frames; write split and index together again"
            raise SplitError(msg)
        if index.sources != indexes[0].sources:
            msg = (
                f"{part.path} is a split of {_named(index)}, {parts[0].path} of another"
                f" {_named(indexes[0])}; merge splits of one labels file"
            )
            raise SplitError(msg)


def _named(index: SplitIndex) -> str:
    return ", ".join(source.file for source in index.sources)


def _check_disjoint(parts: Sequence[Labels]) -> None:
    seen: set[tuple[int, int]] = set()
    for part in parts:
        frames = set(zip(part.video.tolist(), part.frame_idx.tolist(), strict=True))
        if both := seen & frames:
            video, frame_idx = min(both)
            msg = (
                f"{part.path}: {part.videos[video].key} frame {frame_idx} is in another of the"
                f" files as well ({len(both)} frames are); merge splits that share no frame"
            )
            raise SplitError(msg)
        seen |= frames
