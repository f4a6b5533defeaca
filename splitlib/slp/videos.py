"""Videos as a labels file describes them, and a name for each that holds on every machine."""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from splitlib.errors import LabelsFileError

HDF5_SUFFIXES = (".h5", ".hdf5", ".slp")

PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp", ".pgm", ".ppm")

THIS_FILE = "."
"""The file name of a video whose frames are embedded in the labels file."""


@dataclass(frozen=True)
class Video:
    """A video of the labels.

    Attributes:
        key: The file name, with as many parent folders as make it unique among the videos of the
            file; never a path of a machine. A list of pictures has the name of their folder, and
            embedded frames have that of the video that they were taken from.
        filenames: Paths as the file gives them: one, or one per image of a list of images; empty
            where the file gives none.
        dataset: The HDF5 dataset with the frames, None where the video is not an HDF5 file.
        is_embedded: Whether `dataset` lies in the labels file itself.
        origin_dataset: The dataset of the video that was filmed; "" where it is no HDF5 file.
        n_frames: Length of the video that was filmed, as the file states it; None where it does
            not. SLEAP 1.x states neither length nor size of compressed videos.
        size: (height, width) of its frames in pixels, as the file states it; None likewise.
        chain: The paths of the video and of each video that it came from, as `filenames`. A package
            made of packages names a package in `filenames`, and pictures may come from a film.
    """

    key: str
    filenames: tuple[str, ...]
    dataset: str | None = field(default=None, compare=False)
    is_embedded: bool = False
    origin_dataset: str = field(default="", compare=False)
    n_frames: int | None = field(default=None, compare=False)
    size: tuple[int, int] | None = field(default=None, compare=False)
    chain: tuple[tuple[str, ...], ...] = field(default=(), compare=False)

    @property
    def origin(self) -> str:
        """The path of the video that was filmed, or of the first of its pictures; "" for none."""
        return self.chain[-1][0] if self.chain else ""

    @property
    def pictures(self) -> tuple[str, ...]:
        """The paths of the pictures whose places in a list the frames are; () for a film."""
        return next((names for names in self.chain if all(map(is_picture, names))), ())


def parse_videos(
    rows: Sequence[Any], source_videos: Sequence[Any], path: Path
) -> tuple[Video, ...]:
    """The videos of a labels file, given as the rows of /videos_json.

    `source_videos` has the JSON of the video that embedded frames come from, or None, per video.

    Raises:
        LabelsFileError: A row is not a JSON object.
    """
    for row, value in enumerate(rows):
        if not isinstance(value, dict):
            msg = f"{path}: /videos_json row {row} is {value!r}, expected an object"
            raise LabelsFileError(msg)
    pairs = list(zip(rows, source_videos, strict=True))
    filenames = [_own_filenames(row, source) for row, source in pairs]
    keys = video_keys([shown_path(names) for names in filenames])
    return tuple(
        Video(
            key=key,
            filenames=names,
            dataset=_dataset(row),
            is_embedded=embedded_dataset(row) is not None,
            chain=_chain(source) or _chain(row),
            origin_dataset=_origin_dataset(source) or _origin_dataset(row),
            **_stated_shape(_own_row(row, source)),
        )
        for key, names, (row, source) in zip(keys, filenames, pairs, strict=True)
    )


def _own_filenames(row: dict[str, Any], source: object) -> tuple[str, ...]:
    """The paths of a video; for embedded frames, those of the video that they come from."""
    return _filenames(_own_row(row, source))


def _own_row(row: dict[str, Any], source: object) -> object:
    """What describes a video; for embedded frames, the video that they come from."""
    if embedded_dataset(row) is None:
        return row
    return source if _filenames(source) else row.get("source_video")


def _stated_shape(row: object) -> dict[str, Any]:
    """Length and size as a row states them: a `shape`, or `height_` and `width_` of SLEAP."""
    backend = backend_of(row)
    shape = backend.get("shape")
    if not isinstance(shape, list) or len(shape) != 4:
        shape = [None, backend.get("height_"), backend.get("width_"), None]
    n_frames, height, width, _ = (n if type(n) is int and n > 0 else None for n in shape)
    return {"n_frames": n_frames, "size": (height, width) if height and width else None}


def embedded_dataset(row: object) -> str | None:
    """The dataset of this file that holds the frames of a video, given as a row of /videos_json.

    None for a video with its frames elsewhere.
    """
    dataset = "/".join(path_parts(_dataset(row) or ""))
    return dataset or None if _filenames(row) == (THIS_FILE,) else None


def is_picture(filename: str) -> bool:
    """Whether a file name is that of a picture."""
    return filename.lower().endswith(PICTURE_SUFFIXES)


def shown_path(filenames: Sequence[str]) -> str:
    """The path that names a video: of a film its file, of a list of pictures their folder."""
    if len(filenames) < 2 or not all(map(is_picture, filenames)):
        return filenames[0] if filenames else ""
    folders = [path_parts(name)[:-1] for name in filenames]
    return "/".join(os.path.commonprefix(folders)) or filenames[0]  # noqa: RUF071 - lists of names


def video_keys(paths: Sequence[str], fallbacks: Sequence[str] = ()) -> list[str]:
    r"""The shortest ends of the paths that tell them apart.

    Paths of all systems are understood. A video without a path, given as "", is called by its
    fallback, or else `video<position>`. Equal paths get a number in the order of the list, so that
    all keys differ.

    Example:
        >>> video_keys(["/data/day1/top.mp4", r"C:\data\day2\top.mp4", "side.mp4"])
        ['day1/top.mp4', 'day2/top.mp4', 'side.mp4']
    """
    named = fallbacks or [f"video{at}" for at in range(len(paths))]
    parts = [tuple(path_parts(path)) or (name,) for path, name in zip(paths, named, strict=True)]
    # In an order by the ends, a path stands beside the path that it shares most with.
    ordered = sorted(set(parts), key=lambda part: part[::-1])
    lengths = dict.fromkeys(ordered, 1)
    for one, other in pairwise(ordered):
        shared = os.path.commonprefix([one[::-1], other[::-1]])  # noqa: RUF071 - lists of names
        needed = len(shared) + 1
        lengths[one] = max(lengths[one], needed)
        lengths[other] = max(lengths[other], needed)
    return _number_equal_keys(["/".join(part[-lengths[part] :]) for part in parts])


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


def _chain(row: object) -> tuple[tuple[str, ...], ...]:
    """The paths of a video and of each in its chain of source videos, this file left out."""
    chain = []
    while isinstance(row, dict):
        names = tuple(name for name in _filenames(row) if name != THIS_FILE)
        chain += [names] if names else []
        row = row.get("source_video")
    return tuple(chain)


def _origin_dataset(row: object) -> str:
    """The HDF5 dataset at the end of a chain of source videos; "" where that is no HDF5 file."""
    dataset = ""
    while isinstance(row, dict):
        if any(name != THIS_FILE for name in _filenames(row)):
            dataset = _dataset(row) or ""
        row = row.get("source_video")
    return dataset


def path_parts(path: str) -> list[str]:
    """The names in a path of any system."""
    return [part for part in path.replace("\\", "/").split("/") if part not in ("", ".")]


def backend_of(row: object) -> dict[str, Any]:
    """The part of a row of /videos_json that says how the video is read; empty for none."""
    backend = row.get("backend") if isinstance(row, dict) else None
    return backend if isinstance(backend, dict) else {}


def _dataset(row: object) -> str | None:
    dataset = backend_of(row).get("dataset")
    return dataset if isinstance(dataset, str) and dataset else None


def _filenames(row: object) -> tuple[str, ...]:
    """The paths of a video in any of the forms that SLEAP and sleap-io write."""
    if not isinstance(row, dict):
        return ()
    backend = backend_of(row)
    for names in (backend.get("filenames"), backend.get("filename"), row.get("filename")):
        if isinstance(names, str) and names:
            return (names,)
        if isinstance(names, list) and names:
            return tuple(str(name) for name in names)
    return ()
