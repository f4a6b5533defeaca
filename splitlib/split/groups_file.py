"""The groups file: a CSV table that names the animal, session or cage of each video."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from splitlib.errors import SplitError
from splitlib.params.problems import did_you_mean
from splitlib.split.core.hashing import normal_key
from splitlib.split.csv_table import SAVE_AS, Row, read_table
from splitlib.split.video_names import Found, VideoNames
from splitlib.split.video_patterns import Taken, several


def read_groups_file(
    path: str | Path, names: VideoNames
) -> tuple[dict[str, list[str]], list[Taken]]:
    """The columns of a groups file, and what each of its patterns took.

    The column `video` holds names of videos, as `VideoNames` has them. A row with a name goes
    before rows with patterns. Rows that fit no video are allowed, so that one file can serve
    several projects.

    Returns:
        For each column except `video` its values, in the order of the videos; and for each pattern
        the videos whose values it gave.

    Raises:
        SplitError: The file is no such table, a video has no row, a name without wildcards fits
            several videos, or rows contradict each other.
    """
    columns, rows = read_table(Path(path), names)
    row_of, by_pattern = _rows_of_videos(path, rows, names)
    missing = [key for at, key in enumerate(names.keys) if at not in row_of]
    if missing:
        msg = f"{path}: no row matches video {missing[0]} ({len(missing)} in all); add a row for it"
        raise SplitError(msg)
    values = [row_of[at].values for at in range(len(names.keys))]
    table = {name: [row[column] for row in values] for column, name in enumerate(columns)}
    place = Path(path).name
    taken = [Taken(place, row.video, [names.keys[at] for at in own]) for row, own in by_pattern]
    return table, taken


def column_values(
    columns: dict[str, list[str]], name: str, path: str, *, others: Sequence[str] = ()
) -> NDArray[np.str_]:
    """A column by its name.

    `path` is the file, for messages, and `others` are names that might have been meant instead.

    Raises:
        SplitError: There is no such column. The message names the columns of the file.
    """
    wanted = normal_key(name)
    if wanted not in columns:
        near = did_you_mean(wanted, [*columns, *others])
        known = ", ".join(columns) or "none but video"
        msg = f"{path}: no column {name!r}; the columns are: {known}{near}"
        raise SplitError(msg)
    return np.array(columns[wanted], np.str_)


def _rows_of_videos(
    path: str | Path, rows: Sequence[Row], names: VideoNames
) -> tuple[dict[int, Row], list[tuple[Row, list[int]]]]:
    """The row of each video, and the videos of each row with a pattern that has some."""
    videos_of = {name: names.find(name) for name in {row.video for row in rows}}
    found = [(row, one) for row in rows if (one := videos_of[row.video]).videos]
    named = _named_rows(path, found, names)
    by_pattern: dict[int, Row] = {}
    taken = []
    for row, (videos, by) in found:
        free = [at for at in videos if at not in named] if by == "pattern" else []
        if free:
            _check_letters(path, row, names)
            _give(path, row, free, by_pattern, names)
            taken.append((row, free))
    return named | by_pattern, taken


def _named_rows(
    path: str | Path, found: Sequence[tuple[Row, Found]], names: VideoNames
) -> dict[int, Row]:
    """The row of each video that a row names without wildcards."""
    named: dict[int, Row] = {}
    unclear = []
    for row, (videos, by) in found:
        if by == "end" and len(videos) > 1:
            unclear.append((row, videos))
        elif by != "pattern":
            _give(path, row, videos, named, names)
    for row, videos in unclear:
        if any(at not in named for at in videos):  # else the row is of another project
            msg = f"{path}, line {row.line}: {several(row.video, videos, names)}"
            raise SplitError(msg)
    return named


def _check_letters(path: str | Path, row: Row, names: VideoNames) -> None:
    """Refuse a pattern if each `?` of it stands for a letter that old encodings have not."""
    if "?" in row.video and names.find(row.video.replace("?", "[!\x01-\x7f]")).videos:
        msg = (
            f"{path}, line {row.line}: {row.video!r} may be a name that lost letters when it was"
            f" saved; write * where a pattern is meant, or {SAVE_AS}"
        )
        raise SplitError(msg)


def _give(
    path: str | Path, row: Row, videos: Sequence[int], rows: dict[int, Row], names: VideoNames
) -> None:
    """Give a row to its videos, where no other row says something else."""
    for at in videos:
        other = rows.setdefault(at, row)
        if other.values != row.values:
            msg = (
                f"{path}, lines {other.line} and {row.line}: both match video {names.keys[at]} and"
                " differ; keep one, or give the video a row with its very name"
            )
            raise SplitError(msg)
