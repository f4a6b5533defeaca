"""Which format labels have: told by their content, and by their name where that decides."""

import csv
import json
import re
from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml

from splitlib.convert.media import SUFFIXES as VIDEO_SUFFIXES
from splitlib.errors import LabelsFileError, LabelsFileNotFoundError
from splitlib.slp.container import how_to_fetch, is_labels_file

_URL = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]+:/")


class Format(StrEnum):
    """The formats that labels may have."""

    SLEAP = "SLEAP"
    SLEAP_JSON = "JSON of SLEAP"
    DEEPLABCUT = "DeepLabCut"
    COCO = "COCO"
    LABEL_STUDIO = "Label Studio"
    ULTRALYTICS = "Ultralytics"
    ALPHATRACKER = "AlphaTracker"
    TABLE = "CSV of sleap-io or TrackMate"
    NWB = "NWB"
    HDF5 = "JABS or SLEAP analysis"
    LEAP = "LEAP"


BY_SUFFIX = {".slp": Format.SLEAP, ".nwb": Format.NWB, ".mat": Format.LEAP}

READ = (
    "expected .slp, COCO, Label Studio, AlphaTracker or SLEAP .json, DeepLabCut .csv or project"
    " folder, Ultralytics folder, NWB, JABS, LEAP, or analysis .h5"
)


def format_of(source: Path) -> Format:
    """The format of labels.

    Raises:
        LabelsFileNotFoundError: There is no such file or folder.
        LabelsFileError: The labels have no format that can be read. The message says what to do.
    """
    if _URL.match(str(source)):
        msg = f"{source} is a URL, and nothing is read from the network; download the labels first"
        raise LabelsFileError(msg)
    if not source.exists():
        msg = f"{source}: there is no such labels file{how_to_fetch(source)}"
        raise LabelsFileNotFoundError(msg)
    if source.is_dir():
        return _format_of_folder(source)
    suffix = source.suffix.lower()
    if suffix in BY_SUFFIX:
        return BY_SUFFIX[suffix]
    by_content = {
        ".json": _format_of_json,
        ".csv": _format_of_table,
        ".yaml": _format_of_config,
        ".yml": _format_of_config,
        ".h5": _format_of_hdf5,
        ".hdf5": _format_of_hdf5,
    }
    if suffix in by_content:
        return by_content[suffix](source)
    raise LabelsFileError(_refusal(source))


def _refusal(source: Path) -> str:
    suffix = source.suffix.lower()
    if suffix in (".xlsx", ".xls", ".ods"):
        return f"{source} is a spreadsheet; save it as CSV, in the layout of DeepLabCut"
    if suffix in VIDEO_SUFFIXES:
        return f"{source} is a video, not labels; name the labels file, and put the video beside it"
    if suffix == ".geojson":
        return f"{source} holds regions, not poses; {READ}"
    return f"{source}: labels of this kind are not known; {READ}"


def _format_of_folder(folder: Path) -> Format:
    if (folder / "config.yaml").is_file() and (folder / "labeled-data").is_dir():
        return Format.DEEPLABCUT
    if (folder / "data.yaml").is_file():
        return Format.ULTRALYTICS
    files = (path for path in sorted(folder.iterdir()) if path.is_file())
    near = [path.name for path in files if path.suffix.lower() in (*BY_SUFFIX, ".json", ".csv")]
    advice = f"name one of its files: {', '.join(near[:10])}" if near else "name the labels file"
    msg = (
        f"{folder}: the folder is no labels: expected config.yaml with labeled-data (DeepLabCut)"
        f" or data.yaml (Ultralytics); {advice}"
    )
    raise LabelsFileError(msg)


def read_json_labels(source: Path) -> Any:  # noqa: ANN401 - any JSON
    """The content of a JSON file.

    Raises:
        LabelsFileError: The file is no JSON.
    """
    try:
        return json.loads(source.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as err:
        msg = f"{source}: expected JSON labels, found a file that is no JSON ({err})"
        raise LabelsFileError(msg) from err


def _format_of_json(source: Path) -> Format:
    value = read_json_labels(source)
    if isinstance(value, dict):
        if {"images", "annotations", "categories"} <= value.keys():
            return Format.COCO
        if {"skeletons", "labels", "nodes"} <= value.keys():
            return Format.SLEAP_JSON
    tasks = [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
    if any(one.get("class") == "image" and "filename" in one for one in tasks):
        return Format.ALPHATRACKER
    if any({"annotations", "completions"} & one.keys() for one in tasks):
        return Format.LABEL_STUDIO
    keys = f"an object with {', '.join(list(value)[:5])}" if isinstance(value, dict) else "a list"
    msg = (
        f"{source}: expected labels of COCO (images, annotations, categories), Label Studio,"
        f" AlphaTracker or SLEAP, found {keys}"
    )
    raise LabelsFileError(msg)


def _format_of_table(source: Path) -> Format:
    try:
        with source.open(encoding="utf-8-sig", newline="") as file:
            rows = [row for row, _ in zip(csv.reader(file), range(4), strict=False)]
    except (ValueError, csv.Error) as err:
        msg = f"{source}: expected a CSV file in UTF-8: {err}"
        raise LabelsFileError(msg) from err
    first = [row[0].strip().lower() if row else "" for row in rows]
    if first[:1] == ["scorer"] and "bodyparts" in first:
        return Format.DEEPLABCUT
    header = {name.strip().lower() for row in rows[:1] for name in row}
    if {"frame_idx", "instance.score"} <= header or {"node", "x", "y"} <= header:
        return Format.TABLE
    if {"spot_id", "frame"} <= header or ({"id", "track_id", "frame"} <= header):
        return Format.TABLE
    if any(name.endswith(".x") for name in header) and "frame_idx" in header:
        return Format.TABLE
    msg = (
        f"{source}: this table is no labels: its first line has {', '.join(sorted(header)[:6])}."
        " Expected a CSV of DeepLabCut, whose first lines begin with scorer, bodyparts and coords"
    )
    raise LabelsFileError(msg)


def _format_of_config(source: Path) -> Format:
    try:
        value = yaml.safe_load(source.read_text(encoding="utf-8-sig"))
    except (ValueError, yaml.YAMLError) as err:
        msg = f"{source}: expected the config of a project, found no YAML"
        raise LabelsFileError(msg) from err
    keys = value.keys() if isinstance(value, dict) else set()
    if {"video_sets", "scorer"} & keys and (source.parent / "labeled-data").is_dir():
        return Format.DEEPLABCUT
    if "kpt_shape" in keys or {"train", "names"} <= keys:
        return Format.ULTRALYTICS
    msg = (
        f"{source}: expected config.yaml of a DeepLabCut project, beside its folder labeled-data,"
        " or data.yaml of Ultralytics"
    )
    raise LabelsFileError(msg)


def _format_of_hdf5(source: Path) -> Format:
    return Format.SLEAP if is_labels_file(source) else Format.HDF5
