"""Turning labels of any format into a labels file with embedded frames."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from splitlib.convert.embed_videos import embed
from splitlib.convert.extras import UNREADABLE, import_extra
from splitlib.convert.pictures import asks_to_be_turned
from splitlib.errors import (
    ImageError,
    LabelsFileError,
    LabelsFileNotFoundError,
    VideoMismatchError,
    VideoNotFoundError,
)
from splitlib.labels import Labels


def convert(
    source: str | Path, path: str | Path, *, video_folders: Sequence[str | Path] = ()
) -> None:
    """Turn labels of any format into a labels file with embedded frames.

    `embed` keeps everything in a .slp file. sleap-io reads all other files (DeepLabCut, COCO, NWB,
    Label Studio, LEAP, JABS, AlphaTracker and more), and what it does not read is left behind. The
    JSON labels that SLEAP wrote before .slp files are not among these formats.

    The image of every labeled frame must be there. If some images are missing, sleap-io 0.9.5
    numbers DeepLabCut frames and images differently, so leaving frames out would mix them up.

    Videos and images are looked for in `video_folders` besides the folder of the labels.

    Raises:
        LabelsFileError: The labels cannot be read, or have no labeled frames.
        VideoNotFoundError: A video or an image is not found.
        VideoMismatchError: A file that is found is not the video that was labeled.
        ImageError: A labeled frame cannot be read, or asks to be turned, and the labels state no
            size that tells whether it was.
        MissingExtraError: sleap-io is not installed.
    """
    source = Path(source)
    if source.suffix.lower() == ".slp":
        embed(Labels.load(source), path, video_folders=video_folders)
        return
    with TemporaryDirectory() as folder:
        plain = Path(folder) / "labels.slp"
        _save_as_slp(source, plain)
        try:
            embed(Labels.load(plain), path, video_folders=[source.parent, *video_folders])
        except (ImageError, VideoNotFoundError, VideoMismatchError) as err:
            raise type(err)(str(err).replace(str(plain), str(source))) from err


def _save_as_slp(source: Path, path: Path) -> None:
    """Read labels with sleap-io, and write them as a .slp file with the paths of this machine."""
    if not source.exists():
        msg = f"{source}: there is no such labels file"
        raise LabelsFileNotFoundError(msg)
    sleap_io = import_extra("sleap_io")
    try:
        labels = sleap_io.load_file(str(source))
    except (*UNREADABLE, AttributeError, SyntaxError) as err:
        msg = f"{source}: sleap-io cannot read these labels: {err!r}"
        raise LabelsFileError(msg) from err
    if not isinstance(labels, sleap_io.Labels) or not len(labels):
        msg = f"{source}: there are no labeled frames; are the images beside the labels?"
        raise LabelsFileError(msg)
    _check_upright(source, labels.videos)
    labels.provenance = {"converted_from": source.name}
    labels.save(str(path), embed=False, verbose=False)


def _check_upright(source: Path, videos: Sequence[Any]) -> None:
    """Refuse pictures to be turned where labels state no size: sleap-io writes that of the file."""
    unstated = [video for video in videos if not video.backend_metadata.get("shape")]
    lists = [video.filename for video in unstated if isinstance(video.filename, list)]
    for path in (Path(name) for names in lists for name in names):
        if not path.is_file():
            continue
        with path.open("rb") as file:
            if not asks_to_be_turned(file):
                continue
        msg = (
            f"{source}: {path} asks to be turned (EXIF orientation), and the labels state no size"
            " that tells whether it was; save it without an orientation, as it looked then"
        )
        raise ImageError(msg)
