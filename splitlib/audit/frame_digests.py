"""A digest and a small gray picture of each frame. Frames are decoded one by one, and none is kept.

Embedded images are read from the split files, and other images from their videos where these are
found. Pixels lead to whole numbers alone, so that a PNG gives the same numbers on every machine.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from splitlib.audit.audited_splits import AuditedSplits
from splitlib.audit.image_budget import within_budget
from splitlib.audit.read_frames import image_of, images_of
from splitlib.convert.pictures import Pixels, stored_picture
from splitlib.errors import MissingExtraError
from splitlib.progress import tracked
from splitlib.split.core.hashing import word_of

HEIGHT, WIDTH = 32, 36
"""Cells of the small picture; 4 by 4 cells make a cell of the hash."""

FLAT = 2
"""Gray levels by which the right one of two cells has to be brighter for a bit of the hash. With
fewer, noise would decide in even areas."""


@dataclass(frozen=True, eq=False)
class FrameImages:
    """The images of the frames of splits, condensed.

    Attributes:
        asked: (n,) bool, whether the frame was to be looked at, within the budget.
        seen: (n,) bool, whether the frame has an image that decodes.
        size: (n, 2) int64, height and width; 0 for a frame that has none.
        digest: (n,) uint64, hash of the stored bytes, which are an encoded image or pixels; 0 for
            a frame without an image.
        small: (n, HEIGHT, WIDTH) uint8, mean gray of the cells, of 255.
        hash: (n,) uint64, difference hash: whether each of 8 x 8 cells is darker than the next.
        reasons: Why frames have no image: each missing file by its name, then what is wrong with
            files that are found.
    """

    asked: NDArray[np.bool_]
    seen: NDArray[np.bool_]
    size: NDArray[np.int64]
    digest: NDArray[np.uint64]
    small: NDArray[np.uint8]
    hash: NDArray[np.uint64]
    reasons: tuple[str, ...]

    @property
    def n_left_out(self) -> int:
        """Frames beyond the budget."""
        return int((~self.asked).sum())

    @property
    def n_unseen(self) -> int:
        """Frames within the budget that have no image that decodes."""
        return int((self.asked & ~self.seen).sum())


def frame_images(splits: AuditedSplits, images: bool | int) -> FrameImages:
    """Read the images of frames: of so many as `within_budget` chooses, of all for True."""
    asked, reasons = within_budget(splits, images), dict[str, None]()
    n = len(splits.split)
    seen, digest = np.zeros(n, bool), np.zeros(n, np.uint64)
    cells, size = _Cells(n), np.zeros((n, 2), np.int64)
    for row, content in tracked(
        images_of(splits, asked, reasons), "images", total=int(asked.sum())
    ):
        stored = content if isinstance(content, bytes) else content.tobytes()
        digest[row] = word_of(stored) or 1
        if (picture := gray_picture(content)) is not None:
            seen[row], size[row] = True, (picture.height, picture.width)
            cells.add(row, picture)
    small = cells.finish()
    return FrameImages(asked, seen, size, digest, small, difference_hash(small), tuple(reasons))


class _Cells:
    """The cells of n pictures as they arrive; levels of 16 bits wait for the largest of all.

    Cameras fill 10 or 12 bits of 16, so that white is known in the end only.
    """

    def __init__(self, n: int) -> None:
        self.small = np.zeros((n, HEIGHT, WIDTH), np.uint8)
        self.deep: dict[int, Image.Image] = {}
        self.brightest = 0.0

    def add(self, row: int, picture: Image.Image) -> None:
        cells = picture.resize((WIDTH, HEIGHT), Image.Resampling.BOX)
        if picture.mode == "L":
            self.small[row] = np.asarray(cells)
        else:
            self.deep[row] = cells
            self.brightest = max(self.brightest, _brightest(picture))

    def finish(self) -> NDArray[np.uint8]:
        for row, cells in self.deep.items():
            self.small[row] = _as_bytes(cells, self.brightest)
        return self.small


def _brightest(picture: Image.Image) -> float:
    """The largest level of 16 bits; 0 for a picture of 8."""
    return 0.0 if picture.mode == "L" else float(np.asarray(picture).max(initial=0))


def _as_bytes(picture: Image.Image, brightest: float) -> NDArray[np.uint8]:
    """(height, width) uint8; the bits that the brightest of all pictures has make white."""
    levels = np.asarray(picture)
    white = 255 if picture.mode == "L" else 2 ** max(8, int(brightest).bit_length()) - 1
    scaled: NDArray[np.uint8] = np.rint(levels * (255 / white)).astype(np.uint8)
    return scaled


def difference_hash(small: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """(n,) uint64 hash of small pictures, (n, HEIGHT, WIDTH) uint8."""
    cells = small.astype(np.int64).reshape(len(small), 8, HEIGHT // 8, 9, WIDTH // 9)
    sums = cells.sum(axis=(2, 4))
    is_brighter = np.diff(sums, axis=2) > FLAT * (HEIGHT // 8) * (WIDTH // 9)
    bits = np.packbits(is_brighter.reshape(len(small), 64), axis=1)
    return bits.view(">u8").reshape(-1).astype(np.uint64)


def gray_picture(content: bytes | Pixels) -> Image.Image | None:
    """The gray picture of an image, of mode L, or F with levels of 16 bits; None for no picture."""
    try:
        pixels = content
        if isinstance(pixels, bytes):
            pixels, _ = stored_picture(io.BytesIO(pixels))
        if pixels.dtype == np.uint16:
            gray = pixels.mean(axis=-1, dtype=np.float32)
            return Image.fromarray(gray)
        return Image.fromarray(pixels.squeeze(-1) if pixels.shape[-1] == 1 else pixels).convert("L")
    except (ValueError, TypeError, MissingExtraError):
        return None


def frame_pictures(splits: AuditedSplits, rows: Sequence[int]) -> list[NDArray[np.uint8] | None]:
    """The gray pictures of frames, (height, width), on one scale; None where there is none."""
    pictures = [_picture_of(splits, row) for row in rows]
    brightest = max((_brightest(picture) for picture in pictures if picture), default=0.0)
    return [None if picture is None else _as_bytes(picture, brightest) for picture in pictures]


def _picture_of(splits: AuditedSplits, row: int) -> Image.Image | None:
    content = image_of(splits, row)
    return None if content is None else gray_picture(content)
