"""Labeled points that lie outside of the picture of their frame.

Few labels have any. Many points outside say that the picture is not the one that was labeled.
"""

from contextlib import suppress

import numpy as np
from numpy.typing import NDArray

from splitlib.errors import LabelsFileError
from splitlib.slp.columns import Columns
from splitlib.slp.png import png_size
from splitlib.slp.source import SlpFile
from splitlib.slp.stored_images import Image, missing_images, read_images

BORDER = 1.0
"""Pixels beyond the centres of the outermost pixels at which a point is still in the picture. Half
of it is the outer half of these pixels. The other half is what tools differ by in where they put
the origin: a point clicked on the very border lies there in one tool, and beyond it in another."""

CHUNK = 256
"""Images read at a time."""


def points_outside(columns: Columns, size: NDArray[np.int64]) -> NDArray[np.int64]:
    """Count the points outside of their picture that a person placed and that are visible.

    Args:
        columns: Labels of n frames.
        size: (n, 2) int64, height and width of each frame in pixels; 0 where they are not known.

    Returns:
        (n,) int64, points of each frame; 0 where its size is not known.
    """
    counts = np.zeros(len(size), np.int64)
    if not size.any():
        return counts
    frame_of = columns.instance_frame
    for instances, points in columns.iter_points():
        own = instances[points.owner]
        is_labeled = points.is_usable & columns.is_user[own]
        frame, xy = frame_of[own[is_labeled]], points.xy[is_labeled]
        last = size[frame, ::-1] - 1  # centre of the last pixel, x and y
        is_outside = ((xy < -BORDER) | (xy > last + BORDER)).any(axis=1) & (last >= 0).all(axis=1)
        np.add.at(counts, frame[is_outside], 1)
    return counts


def stated_points_outside(
    source: SlpFile, columns: Columns, video: NDArray[np.int64], frame_idx: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Count the points outside of pictures by the sizes in the labels file, as `points_outside`.

    An embedded video states one size, and its images may have several. So the sizes of the images
    that seem to be too small are read.

    Args:
        source: The labels file.
        columns: Labels of n frames of it.
        video: (n,) int64, position in the list of videos.
        frame_idx: (n,) int64, frame of this video.
    """
    size = _stated_sizes(source)[video]
    counts = points_outside(columns, size)
    doubtful = np.flatnonzero(counts)
    doubtful = doubtful[~missing_images(source, video[doubtful], frame_idx[doubtful])]
    if not len(doubtful):
        return counts
    for chunk in np.array_split(doubtful, len(doubtful) // CHUNK + 1):
        with suppress(LabelsFileError):  # whoever needs the images says what is wrong with them
            images = read_images(source, video[chunk], frame_idx[chunk])
            size[chunk] = [
                _size(image) or old for image, old in zip(images, size[chunk], strict=True)
            ]
    return points_outside(columns, size)


def _size(image: Image) -> tuple[int, int] | None:
    """(height, width) of a stored image; None for one that is encoded and is no PNG."""
    return png_size(image) if isinstance(image, bytes) else image.shape[:2]


def _stated_sizes(source: SlpFile) -> NDArray[np.int64]:
    """(n_videos, 2) int64, height and width: of embedded images, or as the labels state them.

    0 where nothing is stated, and for lists of images, of which labels state one size only.
    """
    sizes = np.zeros((len(source.videos), 2), np.int64)
    for at, video in enumerate(source.videos):
        images = source.images.get(at)
        if images is not None and all(images.shape[:2]):
            sizes[at] = images.shape[:2]
        elif video.size and len(video.filenames) == 1:
            sizes[at] = video.size
    return sizes
