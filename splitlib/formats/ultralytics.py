"""Poses of Ultralytics: a folder with data.yaml, and a text file of labels for each picture.

The folder is read here, because sleap-io 0.9.5 reads one split of it, in one of the layouts that
Ultralytics allows, and takes key points without visibility for outlines. Objects of sleap-io hold
the labels.

Source of the layout: docs.ultralytics.com/datasets/pose, Ultralytics 8.3.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from splitlib.convert.libraries import import_library
from splitlib.convert.picture_files import picture_size
from splitlib.errors import LabelsFileError, VideoNotFoundError
from splitlib.formats.foreign import Foreign
from splitlib.formats.pictures_beside import MOST_NAMED
from splitlib.progress import tracked
from splitlib.slp.videos import is_picture

SPLITS = ("train", "val", "test")

BOX = 5
"""Values before the key points of a line: class, and center and size of the box."""


@dataclass(frozen=True)
class Config:
    """What data.yaml says.

    Attributes:
        path: The file.
        splits: Per split its folders of pictures, or text files that list pictures.
        nodes: Names of the key points; numbers where the file has none.
        edges: Pairs of key points by position; only sleap-io writes these.
        n_values: Values of a key point: x and y, and its visibility where there are three.
    """

    path: Path
    splits: Mapping[str, Sequence[Path]]
    nodes: tuple[str, ...]
    edges: tuple[tuple[int, int], ...]
    n_values: int


def read_ultralytics(source: Path, folders: Sequence[Path], *, skip_missing: bool) -> Foreign:
    """Read all splits of a dataset.

    Args:
        source: The folder, or its data.yaml.
        folders: Not looked into: pictures lie where data.yaml says.
        skip_missing: Whether labels without their picture are left out.

    Raises:
        LabelsFileError: data.yaml or a file of labels is damaged, or has no key points.
        VideoNotFoundError: Files of labels have no picture; the message names them.
    """
    config = _read_config(source / "data.yaml" if source.is_dir() else source)
    pictures = {name: list(_pictures(config, places)) for name, places in config.splits.items()}
    orphans = {path for places in config.splits.values() for path in _orphans(places)}
    missing = sorted(_from_config(path, config) for path in orphans)
    n_found = sum(map(len, pictures.values()))
    if not n_found or (missing and not skip_missing):
        raise VideoNotFoundError(_missing_message(config, missing))
    labels, splits, n_boxes = _labels(config, pictures)
    left_behind = [f"{n_boxes} boxes without key points"] * (n_boxes > 0)
    return Foreign(labels, {"": splits}, missing, left_behind)


def label_files(source: Path) -> list[Path]:
    """The files of a dataset that hold labels."""
    config = _read_config(source / "data.yaml" if source.is_dir() else source)
    places = (place for places in config.splits.values() for place in places)
    listed = [path for place in places for path in sorted(_labels_folder(place).rglob("*.txt"))]
    return [config.path, *listed]


def _read_config(path: Path) -> Config:
    try:
        value: Any = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
        n_nodes, n_values = (int(n) for n in value["kpt_shape"])
        nodes = tuple(map(str, value.get("node_names") or range(n_nodes)))
        own = value.get("skeleton") or () if "node_names" in value else ()
        edges = tuple((int(a), int(b)) for a, b in own)
        given = [name for name in (*SPLITS, "valid") if value.get(name)]
        splits = {name: _places(path, value, name) for name in given}
    except (ValueError, TypeError, KeyError, AttributeError, yaml.YAMLError) as err:
        msg = (
            f"{path}: expected data.yaml of an Ultralytics pose dataset, with train, val and"
            f" kpt_shape: [number of key points, 2 or 3]; {err!r}"
        )
        raise LabelsFileError(msg) from err
    if len(nodes) != n_nodes or n_values not in (2, 3):
        msg = f"{path}: kpt_shape is [{n_nodes}, {n_values}], and there are {len(nodes)} node_names"
        raise LabelsFileError(msg)
    if "valid" in splits:
        splits.setdefault("val", splits.pop("valid"))
    return Config(path, splits, nodes, edges, n_values)


def _places(path: Path, value: Mapping[str, Any], name: str) -> list[Path]:
    """Where the pictures of a split are. Exports of Roboflow begin with a `../` too many."""
    listed = value[name] if isinstance(value[name], list) else [value[name]]
    roots = [path.parent / str(value.get("path") or "."), path.parent]
    found = []
    for text in map(str, listed):
        tries = [root / end for end in (text, text.removeprefix("../")) for root in roots]
        place = next((one for one in tries if one.exists()), None)
        if place is None:
            msg = f"{path}: {name} names {text}, which is not at {tries[0]}"
            raise LabelsFileError(msg)
        found.append(place)
    return found


def _pictures(config: Config, places: Sequence[Path]) -> Iterator[Path]:
    for place in places:
        if place.is_file():
            names = place.read_text(encoding="utf-8").split("\n")
            yield from (config.path.parent / name.strip() for name in names if name.strip())
        else:
            yield from sorted(path for path in place.rglob("*") if is_picture(path.name))


def _labels_path(picture: Path) -> Path:
    """The file of labels: `labels` in the place of the last folder called `images`."""
    parts = list(picture.with_suffix(".txt").parts)
    for at in reversed(range(len(parts) - 1)):
        if parts[at] == "images":
            parts[at] = "labels"
            break
    return Path(*parts)


def _labels_folder(place: Path) -> Path:
    return _labels_path(place / "any").parent


def _orphans(places: Sequence[Path]) -> Iterator[Path]:
    """Pictures, without a suffix, whose files of labels are there without them."""
    for place in places:
        if place.is_file():
            continue
        labels = _labels_folder(place)
        pictures = (path for path in place.rglob("*") if is_picture(path.name))
        own = {path.relative_to(place).with_suffix("") for path in pictures}
        for path in labels.rglob("*.txt"):
            if path.name != "classes.txt" and path.relative_to(labels).with_suffix("") not in own:
                yield place / path.relative_to(labels).with_suffix("")


def _from_config(path: Path, config: Config) -> str:
    return PurePath(os.path.relpath(path, config.path.parent)).as_posix()


def _missing_message(config: Config, missing: Sequence[str]) -> str:
    if not missing:
        return f"{config.path}: there are no pictures in its folders"
    named = ", ".join(missing[:MOST_NAMED])
    return (
        f"{config.path}: {len(missing)} pictures with labels are missing: {named}\n"
        "Put them there, or go on without their labels: labels.missing: skip (--skip-missing)."
    )


def _labels(
    config: Config, pictures: Mapping[str, Sequence[Path]]
) -> tuple[Any, dict[str, list[int]], int]:
    """`sleap_io.Labels`, the positions of the frames of each split, and the number of boxes."""
    sio = import_library("sleap_io")
    edges = [(config.nodes[a], config.nodes[b]) for a, b in config.edges]
    skeleton = sio.Skeleton(list(config.nodes), edges=edges)
    listed = [path for paths in pictures.values() for path in paths]
    sizes = [picture_size(path) for path in tracked(listed, "pictures", total=len(listed))]
    places = _places_in_videos(sio, listed, sizes)
    frames: list[Any] = []
    n_boxes = 0
    for path, size, (video, frame_idx) in zip(listed, sizes, places, strict=True):
        points, n_alone = _read_file(_labels_path(path), config, size)
        n_boxes += n_alone
        instances = [sio.Instance.from_numpy(one, skeleton=skeleton) for one in points]
        frames.append(sio.LabeledFrame(video=video, frame_idx=frame_idx, instances=instances))
    starts = np.cumsum([0, *map(len, pictures.values())]).tolist()
    splits = {
        name: list(range(start, end))
        for name, start, end in zip(pictures, starts, starts[1:], strict=False)
    }
    return sio.Labels(frames, skeletons=[skeleton]), splits, n_boxes


def _places_in_videos(
    sio: Any,  # noqa: ANN401 - the module
    pictures: Sequence[Path],
    sizes: Sequence[tuple[int, int]],
) -> list[tuple[Any, int]]:
    """Video and frame of each picture: pictures of a folder that have one size are a video."""
    lists: dict[tuple[Path, tuple[int, int]], list[Path]] = {}
    places = []
    for path, size in zip(pictures, sizes, strict=True):
        own = lists.setdefault((path.parent, size), [])
        places.append(((path.parent, size), len(own)))
        own.append(path)
    videos = {
        key: sio.Video([str(path) for path in paths], open_backend=False)
        for key, paths in lists.items()
    }
    return [(videos[key], number) for key, number in places]


def _read_file(
    path: Path, config: Config, size: tuple[int, int]
) -> tuple[list[NDArray[np.float64]], int]:
    """The points of each animal of a picture, (n_nodes, 2) in pixels, and the number of boxes."""
    if not path.is_file():
        return [], 0
    n, scale = len(config.nodes) * config.n_values, np.array([size[1], size[0]], np.float64)
    animals, n_boxes = [], 0
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        values = line.split()
        if len(values) == BOX:
            n_boxes += 1
        elif len(values) == BOX + n:
            animals.append(_points(path, number, values[BOX:], config) * scale)
        elif values:
            msg = (
                f"{path}, line {number}: expected {BOX + n} values: class, box and"
                f" {len(config.nodes)} key points of {config.n_values}; found {len(values)}"
            )
            raise LabelsFileError(msg)
    return animals, n_boxes


def _points(path: Path, number: int, values: Sequence[str], config: Config) -> NDArray[np.float64]:
    """Key points of a line, (n_nodes, 2) from 0 to 1; NaN for those that are not labeled."""
    try:
        points = np.array(values, np.float64).reshape(-1, config.n_values)
    except ValueError as err:
        msg = f"{path}, line {number}: expected numbers: {err}"
        raise LabelsFileError(msg) from err
    unlabeled = points[:, 2] == 0 if config.n_values == 3 else (points == 0).all(axis=1)
    return np.where(unlabeled[:, None], np.nan, points[:, :2])
