"""Frames that are files with a picture each, or the pages of one file."""

from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from splitlib.convert.pictures import Pixels, decode_picture
from splitlib.convert.turned import Size
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
