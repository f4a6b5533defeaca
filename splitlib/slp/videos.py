"""Videos: what a labels file says of them, and a name for each that holds on every machine."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from splitlib.errors import LabelsFileError

THIS_FILE = "."
"""The file name of a video whose frames are embedded in the labels file."""


@dataclass(frozen=True)
class Video:
    """A video of the labels.

    Attributes:
        key: The file name, with as many parent folders as make it unique among the videos of the
            file; never a path of a machine. For embedded frames, the name of the video that they
            were taken from.
        filenames: Paths as the file gives them: one, or one per image of a list of images; empty
            where the file gives none.
        dataset: The HDF5 dataset with the frames, None where the video is no HDF5 file.
        is_embedded: Whether `dataset` lies in the labels file itself.
    """

    key: str
    filenames: tuple[str, ...]
    dataset: str | None = field(default=None, compare=False)
    is_embedded: bool = False


def parse_videos(
    rows: Sequence[Any], source_videos: Sequence[Any], path: Path
) -> tuple[Video, ...]:
    """The videos of a labels file.

    Args:
        rows: The JSON of each row of /videos_json.
        source_videos: Per video the JSON of the video that its embedded frames come from, or None.
        path: The labels file, for messages.

    Raises:
        LabelsFileError: A row is no JSON object.
    """
    for row, value in enumerate(rows):
        if not isinstance(value, dict):
            msg = f"{path}: /videos_json row {row} is {value!r}, expected an object"
            raise LabelsFileError(msg)
    names = [_filenames(row) for row in rows]
    datasets = [_backend(row).get("dataset") or None for row in rows]
    embedded = [
        name == (THIS_FILE,) and dataset is not None
        for name, dataset in zip(names, datasets, strict=True)
    ]
    origins = [
        _filenames(source or row.get("source_video") or {}) if inside else name
        for name, row, source, inside in zip(names, rows, source_videos, embedded, strict=True)
    ]
    keys = video_keys([name[0] if name else "" for name in origins])
    return tuple(
        Video(key=key, filenames=name, dataset=dataset, is_embedded=inside)
        for key, name, dataset, inside in zip(keys, origins, datasets, embedded, strict=True)
    )


def video_keys(paths: Sequence[str]) -> list[str]:
    r"""The shortest ends of the paths that tell them apart.

    Paths of all systems are understood. A video without a path is called `video<position>`; equal
    paths are told apart by a number in the order of the list.

    Args:
        paths: One path per video; "" for none.

    Returns:
        One key per video, all different.

    Example:
        >>> video_keys(["/data/day1/top.mp4", r"C:\data\day2\top.mp4", "side.mp4"])
        ['day1/top.mp4', 'day2/top.mp4', 'side.mp4']
    """
    parts = [_path_parts(path) or [f"video{at}"] for at, path in enumerate(paths)]
    lengths = [1] * len(parts)
    while True:
        keys = ["/".join(part[-length:]) for part, length in zip(parts, lengths, strict=True)]
        shared = {key for key, count in Counter(keys).items() if count > 1}
        longer = [
            at for at, key in enumerate(keys) if key in shared and lengths[at] < len(parts[at])
        ]
        if not longer:
            return _number_equal_keys(keys)
        for at in longer:
            lengths[at] += 1


def _number_equal_keys(keys: list[str]) -> list[str]:
    seen: Counter[str] = Counter()
    numbered = []
    for key in keys:
        seen[key] += 1
        numbered.append(key if seen[key] == 1 else f"{key}#{seen[key]}")
    return numbered


def _path_parts(path: str) -> list[str]:
    return [part for part in path.replace("\\", "/").split("/") if part not in ("", ".")]


def _backend(row: dict[str, Any]) -> dict[str, Any]:
    backend = row.get("backend")
    return backend if isinstance(backend, dict) else {}


def _filenames(row: dict[str, Any]) -> tuple[str, ...]:
    """The paths of a video in any of the forms that SLEAP and sleap-io write."""
    backend = _backend(row)
    for names in (backend.get("filenames"), backend.get("filename"), row.get("filename")):
        if isinstance(names, str) and names:
            return (names,)
        if isinstance(names, list) and names:
            return tuple(str(name) for name in names)
    return ()
