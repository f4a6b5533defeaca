"""Videos: what a labels file says of them, and a name for each that holds on every machine."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
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
        origin: The path of the first video in the chain of source videos: packages made of packages
            name a package in `filenames`, and what was filmed here. "" where the file gives none.
    """

    key: str
    filenames: tuple[str, ...]
    dataset: str | None = field(default=None, compare=False)
    is_embedded: bool = False
    origin: str = field(default="", compare=False)


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
    inside = [embedded_dataset(row) for row in rows]
    origins = [
        (_filenames(source) or _filenames(row.get("source_video"))) if dataset else name
        for name, row, source, dataset in zip(names, rows, source_videos, inside, strict=True)
    ]
    keys = video_keys([name[0] if name else "" for name in origins])
    return tuple(
        Video(
            key=key,
            filenames=name,
            dataset=_dataset(row),
            is_embedded=dataset is not None,
            origin=_origin(source) or _origin(row),
        )
        for key, name, row, source, dataset in zip(
            keys, origins, rows, source_videos, inside, strict=True
        )
    )


def embedded_dataset(row: object) -> str | None:
    """The dataset of this file that holds the frames of a video; None for any other video.

    Args:
        row: The JSON of a row of /videos_json.
    """
    dataset = "/".join(_path_parts(_dataset(row) or ""))
    return dataset or None if _filenames(row) == (THIS_FILE,) else None


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
    parts = [tuple(_path_parts(path)) or (f"video{at}",) for at, path in enumerate(paths)]
    # Sorted from the end, a path stands beside the one that it shares most with.
    ordered = sorted(set(parts), key=lambda part: part[::-1])
    lengths = dict.fromkeys(ordered, 1)
    for one, other in pairwise(ordered):
        needed = _shared_end(one, other) + 1
        lengths[one] = max(lengths[one], needed)
        lengths[other] = max(lengths[other], needed)
    return _number_equal_keys(["/".join(part[-lengths[part] :]) for part in parts])


def _shared_end(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    """How many parts at their ends two paths have in common."""
    pairs = zip(reversed(one), reversed(other), strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _number_equal_keys(keys: list[str]) -> list[str]:
    taken = set(keys)
    counts: Counter[str] = Counter()
    numbered = []
    for key in keys:
        counts[key] += 1
        while counts[key] > 1 and f"{key}#{counts[key]}" in taken:
            counts[key] += 1
        numbered.append(key if counts[key] == 1 else f"{key}#{counts[key]}")
    return numbered


def _origin(row: object) -> str:
    """The path of the video at the end of a chain of source videos."""
    path = ""
    while isinstance(row, dict):
        names = [name for name in _filenames(row) if name != THIS_FILE]
        path, row = (names[0] if names else path), row.get("source_video")
    return path


def _path_parts(path: str) -> list[str]:
    return [part for part in path.replace("\\", "/").split("/") if part not in ("", ".")]


def _backend(row: object) -> dict[str, Any]:
    backend = row.get("backend") if isinstance(row, dict) else None
    return backend if isinstance(backend, dict) else {}


def _dataset(row: object) -> str | None:
    dataset = _backend(row).get("dataset")
    return dataset if isinstance(dataset, str) and dataset else None


def _filenames(row: object) -> tuple[str, ...]:
    """The paths of a video in any of the forms that SLEAP and sleap-io write."""
    if not isinstance(row, dict):
        return ()
    backend = _backend(row)
    for names in (backend.get("filenames"), backend.get("filename"), row.get("filename")):
        if isinstance(names, str) and names:
            return (names,)
        if isinstance(names, list) and names:
            return tuple(str(name) for name in names)
    return ()
