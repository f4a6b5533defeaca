"""A digest and a small gray picture of each frame. Frames are decoded one by one, and none is kept.

Embedded images are read from the split files, and other images from their videos where these are
found. Pixels lead to whole numbers alone, so that a PNG gives the same numbers on every machine.
"""

import io
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from splitlib.audit.audited_splits import AuditedSplits
from splitlib.convert.pictures import Pixels, stored_picture
from splitlib.convert.source_frames import SourceVideos
from splitlib.errors import ImageError, MissingExtraError, VideoNotFoundError
from splitlib.progress import tracked
from splitlib.slp.ranges import rows_by
from splitlib.split.core.hashing import word_of

HEIGHT, WIDTH = 32, 36
"""Cells of the small picture; 4 by 4 cells make a cell of the hash."""

CHUNK = 256
"""Encoded images held at a time."""

FLAT = 2
"""Gray levels by which the right one of two cells has to be brighter for a bit of the hash. With
fewer, noise would decide in even areas."""


@dataclass(frozen=True, eq=False)
class FrameImages:
    """The images of the frames of splits, condensed.

    Attributes:
        seen: (n,) bool, whether the frame has an image that decodes.
        size: (n, 2) int64, height and width; 0 for a frame that has none.
        digest: (n,) uint64, hash of the stored bytes, which are an encoded image or pixels; 0 for
            a frame without an image.
        small: (n, HEIGHT, WIDTH) uint8, mean gray of the cells, of 255.
        hash: (n,) uint64, difference hash: whether each of 8 x 8 cells is darker than the next.
    """

    seen: NDArray[np.bool_]
    size: NDArray[np.int64]
    digest: NDArray[np.uint64]
    small: NDArray[np.uint8]
    hash: NDArray[np.uint64]


def frame_images(splits: AuditedSplits) -> FrameImages:
    """Read the images of all frames."""
    n = len(splits.split)
    seen, digest = np.zeros(n, bool), np.zeros(n, np.uint64)
    cells, size = _Cells(n), np.zeros((n, 2), np.int64)
    for row, content in tracked(_stored(splits), "images", total=n):
        stored = content if isinstance(content, bytes) else content.tobytes()
        digest[row] = word_of(stored) or 1
        if (picture := gray_picture(content)) is not None:
            seen[row], size[row] = True, (picture.height, picture.width)
            cells.add(row, picture)
    small = cells.finish()
    return FrameImages(seen, size, digest, small, difference_hash(small))


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
    at = int(splits.split[row])
    position = row - int(splits.rows(at)[0])
    found = _of_part(splits.plain_videos[at], [position])
    content = next((content for _, content in found), None)
    return None if content is None else gray_picture(content)


def _stored(splits: AuditedSplits) -> Iterator[tuple[int, bytes | Pixels]]:
    """Row and image of each frame that has one."""
    start = 0
    for part, videos in zip(splits.parts, splits.plain_videos, strict=True):
        for position, content in _of_part(videos, range(len(part))):
            yield start + position, content
        start += len(part)


def _of_part(
    videos: SourceVideos, positions: range | list[int]
) -> Iterator[tuple[int, bytes | Pixels]]:
    part = videos.labels
    wanted = np.array(positions, np.int64)
    wanted = wanted[np.lexsort((part.frame_idx[wanted], part.video[wanted]))]
    has_image = part.has_image()[wanted]
    inside, outside = wanted[has_image], wanted[~has_image]
    for start in range(0, len(inside), CHUNK):
        chunk = inside[start : start + CHUNK]
        images = part.read_images(part.video[chunk], part.frame_idx[chunk])
        yield from zip(chunk.tolist(), images, strict=True)
    for video, rows in rows_by(part.video[outside]).items():
        yield from _of_video(videos, video, outside[rows])


def _of_video(
    videos: SourceVideos, video: int, rows: NDArray[np.int64]
) -> Iterator[tuple[int, bytes | Pixels]]:
    """Frames of a plain video, as far as the video is found and read; another video is refused."""
    with suppress(VideoNotFoundError, MissingExtraError, ImageError):
        frames = videos.read(video, videos.labels.frame_idx[rows])
        yield from zip(rows.tolist(), frames, strict=True)
