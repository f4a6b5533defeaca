"""Splits that are lists of frames, judged before any split file is made."""

from collections.abc import Sequence
from pathlib import Path

from splitlib.audit.audited_splits import AuditedSplits, audited_splits
from splitlib.errors import SplitError
from splitlib.labels import Labels
from splitlib.split.index_lists import read_index_lists


def load_listed(
    source: Labels | None, path: Path, *, video_folders: Sequence[Path] = ()
) -> AuditedSplits:
    """The splits that lists make of labels.

    Args:
        source: The labels that the lists are about.
        path: A JSON file as `read_index_lists` takes it.
        video_folders: Where plain videos may lie; none stands for the folder of the labels.

    Raises:
        SplitError: There are no labels, fewer than two splits, or frames that the labels lack.
        JsonFileError: The file holds no lists.
    """
    if source is None:
        msg = f"{path} lists frames of labels; name the labels before it"
        raise SplitError(msg)
    lists = {name: rows for name, rows in read_index_lists(path, source).items() if len(rows)}
    for name, rows in lists.items():
        if rows.min() < 0 or rows.max() >= len(source):
            msg = f"{path}, {name}: expected positions from 0 to {len(source) - 1} of {source.path}"
            raise SplitError(msg)
    if len(lists) < 2:
        msg = f"{path}: expected two lists or more, found {', '.join(lists) or 'none'}"
        raise SplitError(msg)
    parts = {name: source.extract(rows) for name, rows in lists.items()}
    return audited_splits(source, parts, video_folders=video_folders or [source.path.parent])
