"""A digest and a small gray picture of each frame. Frames are decoded one by one, and none is kept.

Embedded images are read from the split files, and other images from their videos where these are
found. Pixels lead to whole numbers alone, so that a PNG gives the same numbers on every machine.
"""

import io
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from splitlib.audit.audited_splits import AuditedSplits
from splitlib.audit.fingerprints import word_of
from splitlib.convert.source_frames import read_source_frames
from splitlib.errors import ImageError, MissingExtraError, VideoNotFoundError
from splitlib.labels import Labels
from splitlib.progress import tracked

HEIGHT, WIDTH = 32, 36
"""Cells of the small picture; 4 by 4 cells make a cell of the hash."""

CHUNK = 256
"""Encoded images held at a time."""

FLAT = 2
"""Gray levels by which the right one of two cells has to be brighter for a bit of the hash. With
fewer, noise would decide in even areas."""

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class FrameImages:
    """The images of the frames of splits, condensed.

    Attributes:
        seen: (n,) bool, whether the frame has an image that decodes.
        digest: (n,) uint64, hash of the stored bytes, which are an encoded image or pixels; 0 for
            a frame without an image.
        small: (n, HEIGHT, WIDTH) uint8, mean gray of the cells.
        hash: (n,) uint64, difference hash: whether each of 8 x 8 cells is darker than the next.
    """

    seen: NDArray[np.bool_]
    digest: NDArray[np.uint64]
    small: Pixels
    hash: NDArray[np.uint64]


def frame_images(splits: AuditedSplits) -> FrameImages:
    """Read the images of all frames."""
    n = len(splits.split)
    seen, digest = np.zeros(n, bool), np.zeros(n, np.uint64)
    small = np.zeros((n, HEIGHT, WIDTH), np.uint8)
    for row, content in tracked(_stored(splits), "images", total=n):
        stored = content if isinstance(content, bytes) else content.tobytes()
        digest[row] = word_of(stored) or 1
        if (picture := gray_image(content)) is not None:
            seen[row] = True
            small[row] = np.asarray(picture.resize((WIDTH, HEIGHT), Image.Resampling.BOX))
    return FrameImages(seen, digest, small, difference_hash(small))


def difference_hash(small: Pixels) -> NDArray[np.uint64]:
    """(n,) uint64 hash of small pictures, (n, HEIGHT, WIDTH) uint8."""
    cells = small.astype(np.int64).reshape(len(small), 8, HEIGHT // 8, 9, WIDTH // 9)
    sums = cells.sum(axis=(2, 4))
    is_brighter = np.diff(sums, axis=2) > FLAT * (HEIGHT // 8) * (WIDTH // 9)
    bits = np.packbits(is_brighter.reshape(len(small), 64), axis=1)
    return bits.view(">u8").reshape(-1).astype(np.uint64)


def gray_image(content: bytes | Pixels) -> Image.Image | None:
    """The gray picture of an image; None where it does not decode."""
    try:
        if isinstance(content, bytes):
            return Image.open(io.BytesIO(content)).convert("L")
        pixels = content.squeeze(-1) if content.shape[-1] == 1 else content
        return Image.fromarray(pixels).convert("L")
    except (OSError, ValueError, SyntaxError, TypeError, Image.DecompressionBombError):
        return None


def frame_picture(splits: AuditedSplits, row: int) -> Image.Image | None:
    """The gray picture of one frame; None where there is none."""
    at = int(splits.split[row])
    position = row - int(splits.rows(at)[0])
    found = _of_part(splits.parts[at], [position], splits.video_folders)
    content = next((content for _, content in found), None)
    return None if content is None else gray_image(content)


def _stored(splits: AuditedSplits) -> Iterator[tuple[int, bytes | Pixels]]:
    """Row and image of each frame that has one."""
    start = 0
    for part in splits.parts:
        for position, content in _of_part(part, range(len(part)), splits.video_folders):
            yield start + position, content
        start += len(part)


def _of_part(
    part: Labels, positions: range | list[int], folders: Sequence[Path]
) -> Iterator[tuple[int, bytes | Pixels]]:
    wanted = np.array(positions, np.int64)
    wanted = wanted[np.lexsort((part.frame_idx[wanted], part.video[wanted]))]
    has_image = part.has_image()[wanted]
    inside, outside = wanted[has_image], wanted[~has_image]
    for start in range(0, len(inside), CHUNK):
        chunk = inside[start : start + CHUNK]
        images = part.read_images(part.video[chunk], part.frame_idx[chunk])
        yield from zip(chunk.tolist(), images, strict=True)
    for video in np.unique(part.video[outside]).tolist():
        yield from _of_video(part, video, outside[part.video[outside] == video], folders)


def _of_video(
    part: Labels, video: int, rows: NDArray[np.int64], folders: Sequence[Path]
) -> Iterator[tuple[int, bytes | Pixels]]:
    """Frames of a plain video, as far as the video is found and read."""
    with suppress(VideoNotFoundError, MissingExtraError, ImageError):
        frames = read_source_frames(part, video, part.frame_idx[rows], folders)
        yield from zip(rows.tolist(), frames, strict=True)
