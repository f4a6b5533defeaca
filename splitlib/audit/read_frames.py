"""The images of frames, one by one: embedded ones, and those of plain videos that are found.

A frame without an image stops nothing. The reason is kept, so that a check that could not be made
says why.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from splitlib.audit.audited_splits import AuditedSplits
from splitlib.convert.pictures import Pixels
from splitlib.convert.source_frames import SourceVideos
from splitlib.errors import ImageError, MissingExtraError, VideoMismatchError, VideoNotFoundError
from splitlib.slp.frames_at_hand import are_missing, missing_names
from splitlib.slp.ranges import rows_by

Rows = NDArray[np.int64]
Found = Iterator[tuple[int, bytes | Pixels]]
"""Positions or rows of frames, and the image of each: encoded, or pixels."""

CHUNK = 256
"""Encoded images held at a time."""

MOST_FAILURES = 3
"""Frames in a row that cannot be read before the rest of a video is given up."""


def images_of(splits: AuditedSplits, asked: NDArray[np.bool_], reasons: dict[str, None]) -> Found:
    """Row and image of each frame that is asked for and has one.

    Args:
        splits: The splits.
        asked: (n,) bool, the frames to read.
        reasons: Gets a sentence for each thing that kept an image from being read, in their order.
    """
    for at, videos in enumerate(splits.plain_videos):
        rows = splits.rows(at)
        for position, content in _of_part(videos, np.flatnonzero(asked[rows]), reasons):
            yield int(rows[position]), content


def image_of(splits: AuditedSplits, row: int) -> bytes | Pixels | None:
    """The image of a frame, None for none."""
    asked = np.arange(len(splits.split)) == row
    return next((content for _, content in images_of(splits, asked, {})), None)


def _of_part(videos: SourceVideos, wanted: Rows, reasons: dict[str, None]) -> Found:
    part = videos.labels
    wanted = wanted[np.lexsort((part.frame_idx[wanted], part.video[wanted]))]
    has_image = part.has_image()[wanted]
    inside, outside = wanted[has_image], wanted[~has_image]
    for start in range(0, len(inside), CHUNK):
        chunk = inside[start : start + CHUNK]
        images = part.read_images(part.video[chunk], part.frame_idx[chunk])
        yield from zip(chunk.tolist(), images, strict=True)
    for video, rows in rows_by(part.video[outside]).items():
        yield from _of_video(videos, video, outside[rows], reasons)


def _of_video(videos: SourceVideos, video: int, rows: Rows, reasons: dict[str, None]) -> Found:
    """Frames of a plain video, as far as it is found, is the one that was labeled, and is read."""
    part, of_video = videos.labels, np.full(len(rows), video)
    frames = of_video, part.frame_idx[rows]
    reasons.update({f"{name} is not found": None for name in missing_names(videos.search, *frames)})
    left, n_failures = rows[~are_missing(videos.search, *frames)], 0
    while len(left) and n_failures < MOST_FAILURES:
        n = 0
        try:
            for pixels in videos.read(video, part.frame_idx[left]):
                yield int(left[n]), pixels
                n += 1
        except (VideoNotFoundError, VideoMismatchError, MissingExtraError) as err:
            reasons[str(err)] = None
            return
        except ImageError as err:
            reasons[str(err)] = None
        n_failures = 1 if n else n_failures + 1
        left = left[n + 1 :]
