"""The reader of each format."""

from collections.abc import Callable, Sequence
from pathlib import Path

from splitlib.errors import LabelsFileError
from splitlib.formats.coco import read_coco
from splitlib.formats.deeplabcut import read_deeplabcut
from splitlib.formats.foreign import Foreign
from splitlib.formats.known_formats import Format
from splitlib.formats.label_studio import read_label_studio
from splitlib.formats.pictures_beside import find_pictures
from splitlib.formats.sleap_io_reader import load_labels
from splitlib.formats.sleap_json import read_sleap_json
from splitlib.formats.ultralytics import read_ultralytics
from splitlib.slp.videos import is_picture

Reader = Callable[..., Foreign]


def read_foreign(
    source: Path, form: Format, folders: Sequence[Path] = (), *, skip_missing: bool = False
) -> Foreign:
    """Read labels of another format than .slp.

    Args:
        source: The labels.
        form: Their format.
        folders: Where pictures may lie, besides where the format has them.
        skip_missing: Whether labels whose picture is missing are left out.

    Raises:
        LabelsFileError: The labels are damaged, or contain what cannot be read right.
        VideoNotFoundError: Pictures are missing; the message names them.
    """
    readers: dict[Format, Reader] = {
        Format.SLEAP_JSON: read_sleap_json,
        Format.DEEPLABCUT: read_deeplabcut,
        Format.COCO: read_coco,
        Format.LABEL_STUDIO: read_label_studio,
        Format.ULTRALYTICS: read_ultralytics,
    }
    return readers.get(form, _read_other)(source, folders, skip_missing=skip_missing)


def _read_other(source: Path, folders: Sequence[Path], *, skip_missing: bool) -> Foreign:
    """Labels that sleap-io reads as they are. Pictures that they name have to be there."""
    labels = load_labels(source, source)
    if not len(labels):
        msg = f"{source}: there are no labeled frames"
        raise LabelsFileError(msg)
    names = [
        str(name)
        for video in labels.videos
        for name in (video.filename if isinstance(video.filename, list) else [video.filename])
    ]
    pictures = [name for name in names if is_picture(name)]
    if pictures:
        found = find_pictures(source, source.parent, pictures, folders, skip_missing=skip_missing)
        for video in labels.videos:
            if isinstance(video.filename, list):
                video.filename = [str(found.get(str(name), name)) for name in video.filename]
            else:
                video.filename = str(found.get(str(video.filename), video.filename))
    return Foreign(labels)
