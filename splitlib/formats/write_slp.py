"""Labels of another format as a .slp file: the same bytes on every machine."""

import os
from pathlib import Path, PurePath
from typing import Any

from splitlib.convert.picture_files import picture_size
from splitlib.errors import LabelsFileError
from splitlib.files import atomic_path
from splitlib.formats.foreign import Foreign
from splitlib.slp.videos import is_picture


def write_slp(foreign: Foreign, source: Path, path: Path) -> None:
    """Write labels, with the paths of pictures and films from the folder of the source.

    Args:
        foreign: The labels.
        source: What they were read from.
        path: The .slp file to write.

    Raises:
        LabelsFileError: There are no labeled frames, or sleap-io cannot write them.
        ImageError: A picture cannot be read, or asks to be turned while no size is stated.
    """
    labels = foreign.labels
    if not len(labels):
        msg = f"{source}: there are no labeled frames"
        raise LabelsFileError(msg)
    folder = labels_folder(source)
    for video in labels.videos:
        _make_portable(video, folder)
    labels.provenance.clear()
    labels.provenance["converted_from"] = source.name
    with atomic_path(path) as partial:
        try:
            labels.save(str(partial), embed=False, verbose=False)
        except (ValueError, TypeError, LookupError, AttributeError) as err:
            msg = f"{source}: sleap-io cannot write these labels as .slp: {err!r}"
            raise LabelsFileError(msg) from err


def labels_folder(source: Path) -> Path:
    """The folder that the pictures of labels are named from: of a folder, itself."""
    return source if source.is_dir() else source.parent


def _make_portable(video: Any, folder: Path) -> None:  # noqa: ANN401 - of sleap-io
    """Let a video of sleap-io name its files from a folder, and state the size that is known.

    Of a film, sleap-io states what it found; of pictures, this states the size of the first.
    """
    stated = _stated_shape(video)
    names = video.filename if isinstance(video.filename, list) else [video.filename]
    portable = [_from_folder(str(name), folder) for name in names]
    are_pictures = all(map(is_picture, portable))
    if are_pictures and not all(stated[1:3]):
        sizes = [picture_size(path) for path in map(Path, names) if path.is_file()]
        stated = [len(names), *(sizes[0] if sizes else (0, 0)), 3]
    backend: dict[str, Any] = {"type": "ImageVideo" if are_pictures else "MediaVideo"}
    backend["filename"] = portable[0]
    if are_pictures:
        backend["filenames"] = portable
    if all(stated):
        backend["shape"] = stated
    video.backend = None
    video.filename = portable if are_pictures else portable[0]
    video.backend_metadata = {**_kept(video.backend_metadata), **backend}


def _stated_shape(video: Any) -> list[int]:  # noqa: ANN401 - of sleap-io
    shape: Any = video.backend_metadata.get("shape") or ()
    if not shape and not isinstance(video.filename, list) and video.backend is not None:
        shape = video.shape or ()
    return [int(n or 0) for n in shape] if len(shape) == 4 else [0, 0, 0, 0]


def _kept(metadata: dict[str, Any]) -> dict[str, Any]:
    """What else tells how frames are read, such as the dataset of an HDF5 file."""
    return {k: v for k, v in metadata.items() if k in ("dataset", "input_format", "fps")}


def _from_folder(name: str, folder: Path) -> str:
    """A path as it is written from a folder; a path of another machine as it is."""
    if not PurePath(name).is_absolute() or not Path(name).exists():
        return name
    try:
        return PurePath(os.path.relpath(name, folder)).as_posix()
    except ValueError:  # another drive of Windows
        return PurePath(name).as_posix()
