"""Videos of a labels file as another file names them: embedded frames stay where they are."""

from pathlib import Path
from typing import Any

import h5py

from splitlib.slp.container import reading
from splitlib.slp.embedded import read_source_video
from splitlib.slp.source import SlpFile
from splitlib.slp.stored_images import check_unchanged
from splitlib.slp.videos import backend_of, embedded_dataset


def rows_from_outside(source: SlpFile) -> list[dict[str, Any]]:
    """The rows of videos_json for a file that has the videos of another one, in their order.

    Plain videos are named as they are. A video whose frames are embedded becomes the HDF5 video of
    that labels file, by its whole path; SLEAP and sleap-io read it there. The video that its frames
    were taken from is named as its source video.

    Raises:
        LabelsFileError: The file was changed since it was read, or cannot be read.
    """
    check_unchanged(source)
    with h5py.File(source.path, "r") as file, reading(source.path, "/videos_json"):
        return [_row(source, file, row) for row in source.videos_json]


def _row(source: SlpFile, file: h5py.File, row: dict[str, Any]) -> dict[str, Any]:
    dataset = embedded_dataset(row)
    if dataset is None:
        return row
    path = Path(source.path).resolve().as_posix()
    named = {**row, "filename": path, "backend": {**backend_of(row), "filename": path}}
    origin = read_source_video(file, source.path, dataset)
    return named if origin is None else named | {"source_video": origin}
