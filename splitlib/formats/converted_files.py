"""Labels of other formats that a pipeline uses: converted once, and again where they change."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from splitlib.errors import JsonFileError
from splitlib.formats import deeplabcut, ultralytics
from splitlib.formats.convert_labels import Converted, convert
from splitlib.formats.known_formats import Format, format_of
from splitlib.formats.pictures_beside import is_there
from splitlib.formats.write_slp import labels_folder
from splitlib.jsonfile import read_json, write_json
from splitlib.slp.labels_files import CONVERTED, MEMORY, LabelsPaths, converted_files

LABEL_FILES = {
    Format.DEEPLABCUT: deeplabcut.label_files,
    Format.ULTRALYTICS: ultralytics.label_files,
}
"""Formats whose labels are in several files."""


def keep_converted(
    paths: LabelsPaths, hash_of: Callable[[Path], str], *, skip_missing: bool
) -> dict[Path, tuple[Path, Converted]]:
    """Convert labels of other formats than .slp, where the converted ones are not of today.

    A file is converted again if the labels or the version of this package changed, or if a picture
    that was missing is there. Files of labels that are no longer named are removed.

    Args:
        paths: The labels, as the params name them.
        hash_of: The hash of a file.
        skip_missing: Whether labels of missing pictures are left out, instead of an error.

    Returns:
        The file of each source that was converted now, and what became of the labels.

    Raises:
        LabelsFileError: Labels cannot be read; former files stay.
        VideoNotFoundError: Pictures are missing.
    """
    known, wanted, made = _recalled(), {}, {}
    for source, path in converted_files(paths).items():
        state = _state(source, hash_of, skip_missing=skip_missing)
        record = known.get(path.name)
        if not _is_current(record, state, source, path):
            converted = convert(source, path, images=False, skip_missing=skip_missing)
            made[source] = path, converted
            record = {**state, **_record(converted)}
        wanted[path.name] = record
    CONVERTED.mkdir(exist_ok=True)
    for path in CONVERTED.iterdir():
        if path.name.split(".")[0] + ".slp" not in wanted and path != MEMORY:
            path.unlink()
    if wanted != known or not MEMORY.is_file():
        write_json(MEMORY, wanted)
    return made


def not_converted(
    paths: LabelsPaths, hash_of: Callable[[Path], str], *, skip_missing: bool
) -> list[Path]:
    """The sources that `keep_converted` would convert.

    Raises:
        LabelsFileError: Labels cannot be read.
    """
    known = _recalled()
    return [
        source
        for source, path in converted_files(paths).items()
        if not _is_current(
            known.get(path.name), _state(source, hash_of, skip_missing=skip_missing), source, path
        )
    ]


def _recalled() -> dict[str, Any]:
    try:
        known = read_json(MEMORY)
    except JsonFileError:
        return {}
    return known if isinstance(known, dict) else {}


def _state(source: Path, hash_of: Callable[[Path], str], *, skip_missing: bool) -> dict[str, Any]:
    """What a converted file depends on, with no path of a machine."""
    folder = labels_folder(source)
    files = _label_files(source)
    names = [file.relative_to(folder) if file.is_relative_to(folder) else file for file in files]
    return {
        "files": {name.as_posix(): hash_of(file) for name, file in zip(names, files, strict=True)},
        "skip_missing": skip_missing,
    }


def _label_files(source: Path) -> list[Path]:
    """The files that hold labels. Only a folder or a config stands for others besides itself.

    No other source is read here: this runs at every `dvc repro`, and JSON labels may be large.
    """
    if not source.is_dir() and source.suffix.lower() not in (".yaml", ".yml"):
        return [source]
    return LABEL_FILES[format_of(source)](source)


def _record(converted: Converted) -> dict[str, Any]:
    return {
        "format": str(converted.form),
        "n_frames": converted.n_frames,
        "missing": list(converted.missing),
        "left_behind": list(converted.left_behind),
        "splits": {lists.name: dict(sizes) for lists, sizes in converted.splits.items()},
    }


def _is_current(record: Any, state: dict[str, Any], source: Path, path: Path) -> bool:  # noqa: ANN401 - any JSON
    """Whether a file is there that was made of the labels as they are."""
    if not path.is_file() or not isinstance(record, dict):
        return False
    folder = labels_folder(source)
    found_since = any(is_there(folder, name) for name in record.get("missing", ()))
    return not found_since and {key: record.get(key) for key in state} == state
