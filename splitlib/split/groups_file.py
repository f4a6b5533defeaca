"""The groups file: a CSV table that names the animal, session or cage of each video."""

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from splitlib.errors import SplitError
from splitlib.params.problems import did_you_mean
from splitlib.split.core.hashing import normal_key
from splitlib.split.video_patterns import matching_videos


def read_groups_file(path: str | Path, video_keys: Sequence[str]) -> dict[str, list[str]]:
    """The columns of a groups file, a CSV file in UTF-8 with a header.

    The column `video` holds a video's key, or a pattern of keys such as `*mouse3*`. A row with the
    very key goes before rows with patterns. Rows that match no video are allowed, so that one file
    can serve several projects.

    Returns:
        For each column except `video` its values, in the order of `video_keys`.

    Raises:
        SplitError: The file is no such table, a video has no row, or rows contradict each other.
    """
    columns, rows = _read_rows(Path(path))
    keys = [normal_key(key) for key in video_keys]
    exact = {normal_key(pattern) for _, (pattern, *_) in rows}
    found: dict[int, tuple[int, list[str]]] = {}
    for line, (pattern, *values) in rows:
        for at in matching_videos(pattern, keys).tolist():
            if keys[at] in exact and keys[at] != normal_key(pattern):
                continue
            other_line, other_values = found.get(at, (line, values))
            if other_values != values:
                msg = (
                    f"{path}, lines {other_line} and {line}: both match video {video_keys[at]} and"
                    " differ; keep one, or give the video a row with its very name"
                )
                raise SplitError(msg)
            found[at] = line, values
    missing = [key for at, key in enumerate(video_keys) if at not in found]
    if missing:
        msg = f"{path}: no row matches video {missing[0]} ({len(missing)} in all); add a row for it"
        raise SplitError(msg)
    return {
        name: [found[at][1][column] for at in range(len(keys))]
        for column, name in enumerate(columns)
    }


def column_values(
    columns: dict[str, list[str]], name: str, path: str, *, others: Sequence[str] = ()
) -> NDArray[np.str_]:
    """A column by its name.

    `path` is the file, for messages, and `others` are names that might have been meant instead.

    Raises:
        SplitError: There is no such column. The message names the columns of the file.
    """
    if name not in columns:
        near = did_you_mean(name, [*columns, *others])
        known = ", ".join(columns) or "none but video"
        msg = f"{path}: no column {name!r}; the columns are: {known}{near}"
        raise SplitError(msg)
    return np.array(columns[name], np.str_)


def _read_rows(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Names of all columns except `video`, and for each row its line and values, video first."""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as err:
        msg = f"split.groups_file {path}: cannot be read as a CSV file in UTF-8: {err}"
        raise SplitError(msg) from err
    reader = csv.reader(text.splitlines())
    names = [name.strip() for name in next(reader, [])]
    if names.count("video") != 1 or len(set(names)) != len(names) or "" in names:
        msg = f"{path}, line 1: expected different names with one video among them, found {names}"
        raise SplitError(msg)
    at = names.index("video")
    rows = []
    for row in reader:
        if not "".join(row).strip():
            continue
        if len(row) != len(names):
            msg = f"{path}, line {reader.line_num}: expected {len(names)} values, found {len(row)}"
            raise SplitError(msg)
        values = [value.strip() for value in row]
        rows.append((reader.line_num, [values[at], *values[:at], *values[at + 1 :]]))
    return names[:at] + names[at + 1 :], rows
