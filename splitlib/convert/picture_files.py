"""Frames that are files with a picture each, or the pages of one file."""

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from splitlib.convert.pictures import FORMATS, Pixels, asks_to_be_turned, decode_picture
from splitlib.convert.turned import Size
from splitlib.errors import ImageError
from splitlib.slp.videos import is_picture


class PictureFiles:
    """Pictures as the frames of a video.

    `paths` are one file for each frame, or one file whose pages are the frames. `stated` is height
    and width as the labels state them.
    """

    def __init__(self, paths: Path | Sequence[Path], stated: Size | None) -> None:
        self._paths = paths
        self._stated = stated

    @property
    def num_frames(self) -> int:
        """The number of pictures."""
        if not isinstance(self._paths, Path):
            return len(self._paths)
        with Image.open(self._paths) as picture:
            return int(getattr(picture, "n_frames", 1))

    @property
    def img_shape(self) -> tuple[int, ...]:
        """(height, width, channels) of the first picture."""
        return self.get_frame(0).shape

    def get_frame(self, frame_idx: int) -> Pixels:
        """A frame as of `decode_picture`, whose errors these are, besides `OSError`."""
        if isinstance(self._paths, Path):
            path, page = self._paths, frame_idx
        else:
            path, page = self._paths[frame_idx], None
        with path.open("rb") as file:
            return decode_picture(file, self._stated, page)

    def close(self) -> None:
        """Do nothing: a file is open only while it is read."""


def are_pictures(paths: Path | Sequence[Path]) -> bool:
    """Whether frames are pictures: those of a list are, and a file by its name."""
    return not isinstance(paths, Path) or is_picture(paths.name)


def picture_size(path: Path) -> Size:
    """Height and width of a picture, from its header.

    Raises:
        ImageError: The file is no picture, or the picture asks to be turned: nobody states whether
            it was turned when it was labeled.
    """
    try:
        with path.open("rb") as file:
            with Image.open(file, formats=FORMATS) as picture:
                width, height = picture.size
            file.seek(0)
            is_to_be_turned = asks_to_be_turned(file)
    except (OSError, UnidentifiedImageError, ValueError, SyntaxError) as err:
        msg = f"{path} is no picture that can be read: {err}"
        raise ImageError(msg) from err
    if is_to_be_turned:
        msg = (
            f"{path} asks to be turned (EXIF orientation), and the labels state no size that tells"
            " whether it was; save it without an orientation, as it looked then"
        )
        raise ImageError(msg)
    return height, width
