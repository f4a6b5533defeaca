"""Labels of DeepLabCut: a project, or the table of one of its videos.

sleap-io 0.9.5 reads the tables. If a picture is missing, it gives later pictures the labels of
their neighbours. Folders whose names are numbers stop it, and names with backslashes find nothing.
So it is handed copies of the tables that name only pictures that are there, by their whole paths.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from splitlib.errors import LabelsFileError
from splitlib.formats.deeplabcut_shuffles import read_shuffles
from splitlib.formats.foreign import Foreign
from splitlib.formats.pictures_beside import find_pictures
from splitlib.formats.sleap_io_reader import load_labels

HEADER = ("scorer", "individuals", "bodyparts", "coords")
"""How the first lines of a table begin."""

LABELED = "labeled-data"
"""The folder of a project with a folder of pictures per video. Tables name it as well, in the first
of three columns for a picture, or in one column for its path."""


@dataclass(frozen=True)
class Table:
    """A table of labels.

    Attributes:
        path: The file.
        header: Its first lines, with one column for the picture.
        rows: The values of each picture.
        pictures: The path of each picture, with slashes.
    """

    path: Path
    header: list[list[str]]
    rows: list[list[str]]
    pictures: list[str]


def read_deeplabcut(source: Path, folders: Sequence[Path], *, skip_missing: bool) -> Foreign:
    """Read a project, given by its folder or its config.yaml, or a table of labels.

    Raises:
        LabelsFileError: A table is missing or is none, or the config is damaged.
        VideoNotFoundError: Pictures are missing; the message names them.
    """
    config_path = _config(source)
    root = config_path.parent if config_path else source.parent
    tables = list(_project_tables(root)) if config_path else [_read_table(source)]
    names = [name for table in tables for name in table.pictures]
    if not names:
        msg = f"{source}: there are no labeled pictures"
        raise LabelsFileError(msg)
    found = find_pictures(source, root, names, folders, skip_missing=skip_missing)
    with TemporaryDirectory() as temporary:
        copy = Path(temporary)
        for table in tables:
            folder = copy / LABELED / table.path.parent.name if config_path else copy
            _write_table(folder / table.path.name, table, found)
        crops = _write_config(copy / "config.yaml", config_path) if config_path else 0
        given = copy if config_path else copy / source.name
        labels = load_labels(given, source, **({} if config_path else {"config": False}))
    cropped = f"the crops of {crops} videos: the labels are of the cropped pictures"
    left_behind = [cropped] * (crops > 0)
    missing = [name for name in names if name not in found]
    shuffles, outdated = _shuffles(root, names, found) if config_path else ({}, [])
    return Foreign(labels, shuffles, missing, [*left_behind, *outdated])


def _shuffles(
    root: Path, names: Sequence[str], found: dict[str, Path]
) -> tuple[dict[str, dict[str, list[int]]], list[str]]:
    """The shuffles of a project by the positions of frames whose pictures were found."""
    pictures = [(parts[-2], parts[-1]) for parts in (["", *name.split("/")] for name in names)]
    shuffles, outdated = read_shuffles(root, pictures)
    kept = [at for at, name in enumerate(names) if name in found]
    place = {at: new for new, at in enumerate(kept)}
    return {
        shuffle: {
            split: [place[at] for at in positions if at in place]
            for split, positions in splits.items()
        }
        for shuffle, splits in shuffles.items()
    }, outdated


def label_files(source: Path) -> list[Path]:
    """The files of a project or a table that hold labels."""
    config_path = _config(source)
    if config_path is None:
        return [source]
    return [config_path, *sorted((config_path.parent / LABELED).glob("*/*.csv"))]


def _config(source: Path) -> Path | None:
    """The config of a project; None where the source is a table."""
    if source.is_dir():
        return source / "config.yaml"
    return None if source.suffix.lower() == ".csv" else source


def _project_tables(root: Path) -> Iterator[Table]:
    for folder in sorted((root / LABELED).iterdir()):
        if folder.is_dir():
            yield from _folder_tables(folder)


def _folder_tables(folder: Path) -> Iterator[Table]:
    """The table of a video; a folder without labels has none."""
    paths = sorted(folder.glob("CollectedData_*.csv"))
    if len(paths) > 1:
        listed = ", ".join(path.name for path in paths)
        msg = f"{folder}: expected the labels of one scorer, found {listed}; keep one of them there"
        raise LabelsFileError(msg)
    if not paths and (stored := sorted(folder.glob("CollectedData_*.h5"))):
        msg = (
            f"{stored[0]} has no table of text beside it; write one in DeepLabCut:"
            " deeplabcut.convertannotationdata_fromwindows2unixstyle, or open and save the labels"
        )
        raise LabelsFileError(msg)
    yield from map(_read_table, paths)


def _read_table(path: Path) -> Table:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = [line for line in csv.reader(file) if line]
    except (ValueError, csv.Error) as err:
        msg = f"{path}: expected a CSV file in UTF-8: {err}"
        raise LabelsFileError(msg) from err
    n_header = next((at for at, line in enumerate(lines) if line[0] not in HEADER), len(lines))
    first = [line[0] for line in lines[:n_header]]
    if first not in (list(HEADER), [name for name in HEADER if name != "individuals"]):
        msg = f"{path}: expected a table of DeepLabCut, whose lines begin with {', '.join(HEADER)}"
        raise LabelsFileError(msg)
    n_names = 3 if n_header < len(lines) and lines[n_header][0] == LABELED else 1
    pictures = ["/".join(line[:n_names]).replace("\\", "/") for line in lines[n_header:]]
    if any("/" not in name and "." not in name for name in pictures):
        msg = (
            f"{path}: the rows are named by numbers, not by pictures: these are predictions for a"
            " video; name the project, or a CollectedData table in labeled-data"
        )
        raise LabelsFileError(msg)
    header = [[line[0], *line[n_names:]] for line in lines[:n_header]]
    return Table(path, header, [line[n_names:] for line in lines[n_header:]], pictures)


def _write_table(path: Path, table: Table, found: dict[str, Path]) -> None:
    """Write a table of the pictures that were found, by their whole paths."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerows(table.header)
        for name, row in zip(table.pictures, table.rows, strict=True):
            if name in found:
                writer.writerow([found[name].as_posix(), *row])


def _write_config(path: Path, original: Path) -> int:
    """Write the config without crops, so that sleap-io opens no film; the number of these."""
    try:
        config: Any = yaml.safe_load(original.read_text(encoding="utf-8-sig"))
        listed = (config.get("video_sets") or {}).items()
        videos = {str(name): dict(value or {}) for name, value in listed}
    except (ValueError, AttributeError, TypeError, yaml.YAMLError) as err:
        msg = f"{original}: expected the config of a DeepLabCut project: {err}"
        raise LabelsFileError(msg) from err
    crops = [video.pop("crop", None) for video in videos.values()]
    path.write_text(yaml.safe_dump({**config, "video_sets": videos}), encoding="utf-8")
    return sum(crop is not None and not _is_whole(str(crop)) for crop in crops)


def _is_whole(crop: str) -> bool:
    """Whether a crop, x1, x2, y1, y2, is that of the whole picture, which DeepLabCut writes too."""
    return [edge.strip() for edge in crop.split(",")][::2] == ["0", "0"]
