"""Split files are compared with the frames of the source that their indexes name."""

import filecmp
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from splitlib.errors import SplitError
from splitlib.labels import Labels
from splitlib.progress import tracked
from splitlib.slp.stored_images import missing_images
from splitlib.split.find_frames import find_frames
from splitlib.split.index import SourceId, read_index
from splitlib.split.open_labels import temporary_folder

CHUNK = 256
"""Images that are compared, and held in memory, at a time."""


def check_order(folder: Path, name: str, sources: Sequence[SourceId]) -> None:
    """Check that several labels files come in the order in which they were split.

    Raises:
        SplitError: They come in another; the order of their rows would differ.
    """
    made_of = [source.file for source in read_index(folder / f"{name}.json").sources]
    given = [source.file for source in sources]
    if made_of != given and sorted(made_of) == sorted(given):
        msg = (
            f"{folder / f'{name}.json'}: the split was made of {', '.join(made_of)} in this order,"
            f" found {', '.join(given)}; name the labels files in the order of the split"
        )
        raise SplitError(msg)


def verify_split(labels: Labels, folder: Path, name: str) -> int:
    """Check a split, by its name such as "train", against the source; return its number of frames.

    The folder holds the split file and its index. The split is written anew, and the two files are
    compared by bytes. If they differ, frames and images are compared, since a file of another
    version may hold the same in other bytes. The error names the first frame that differs.

    Raises:
        SplitError: The split file differs from the source.
        JsonFileError: The index cannot be read.
        LabelsFileError: The split file cannot be read.
    """
    index = read_index(folder / f"{name}.json")
    expected = labels.extract(find_frames(index, labels))
    part = Labels.load(folder / f"{name}.slp")
    if len(part) != len(expected):
        msg = f"{part.path}: expected the {len(expected)} frames of {name}.json, found {len(part)}"
        raise SplitError(msg)
    if not _same_bytes(part, expected):
        _check_labels(part, expected)
        _check_images(part, expected)
    return len(part)


def _same_bytes(part: Labels, expected: Labels) -> bool:
    with temporary_folder(part.path.parent) as folder:
        anew = folder / "anew.slp"
        expected.save(anew)
        return filecmp.cmp(part.path, anew, shallow=False)


def _check_labels(part: Labels, expected: Labels) -> None:
    for at, (found, wanted) in enumerate(zip(part, expected, strict=True)):
        if found != wanted:
            raise _differs(part, expected, at, "")


def _check_images(part: Labels, expected: Labels) -> None:
    without = [missing_images(one.source, one.video, one.frame_idx) for one in (part, expected)]
    for at in np.flatnonzero(without[0] != without[1])[:1].tolist():
        raise _differs(part, expected, at, "the image of ")
    rows = np.flatnonzero(~without[0])
    chunks = [rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK)]
    for chunk in tracked(chunks, "images compared", total=len(rows), count=len):
        images = [
            one.read_images(one.video[chunk], one.frame_idx[chunk]) for one in (part, expected)
        ]
        for at, found, wanted in zip(chunk.tolist(), *images, strict=True):
            if not np.array_equal(found, wanted):
                raise _differs(part, expected, at, "the image of ")


def _differs(part: Labels, expected: Labels, at: int, what: str) -> SplitError:
    frame = f"{expected.videos[expected.video[at]].key} frame {expected.frame_idx[at]}"
    return SplitError(
        f"{part.path}: {what}frame {at} ({frame}) differs from the source; split again"
    )
