"""Reading embedded images as they are stored: encoded bytes, or pixels."""

import h5py
import numpy as np
from numpy.typing import NDArray

from splitlib.errors import ImageError, LabelsFileError
from splitlib.slp.container import reading
from splitlib.slp.embedded import have_image, iter_images
from splitlib.slp.ranges import rows_by
from splitlib.slp.source import SlpFile, file_stamp

Image = bytes | NDArray[np.uint8] | NDArray[np.uint16]


def check_unchanged(source: SlpFile) -> None:
    """Make sure that rows read earlier still belong to what is on disk.

    Raises:
        LabelsFileError: The file was replaced or removed after it was read.
    """
    try:
        stamp = file_stamp(source.path)
    except OSError as err:
        msg = f"{source.path}: the labels file was removed after it was loaded"
        raise LabelsFileError(msg) from err
    if stamp != source.stamp:
        msg = f"{source.path}: the labels file was changed after it was loaded; load it again"
        raise LabelsFileError(msg)


def read_images(
    source: SlpFile, video: NDArray[np.int64], frame_idx: NDArray[np.int64]
) -> list[Image]:
    """Read embedded images of (n,) int64 frames, of videos given as (n,) int64 list positions.

    Returns:
        The encoded image of each frame, without padding; or its (height, width, channels)
        pixels, uint8 or uint16, where the file keeps images unencoded.

    Raises:
        ImageError: A frame has no embedded image, or its pixels are of another type.
        LabelsFileError: The file was changed since it was loaded, or cannot be read.
    """
    check_unchanged(source)
    images: list[Image] = [b""] * len(video)
    with h5py.File(source.path, "r") as file:
        for at, wanted in rows_by(video).items():
            rows = _rows(source, at, frame_idx[wanted])
            order = np.argsort(rows, kind="stable")
            dataset = source.images[at].dataset
            with reading(source.path, f"/{dataset}"):
                batches = iter_images(file[dataset], rows[order])
                stored = (image for batch in batches for image in batch)
                is_padded = file[dataset].ndim == 2
                for position, image in zip(wanted[order].tolist(), stored, strict=True):
                    images[position] = _as_image(image, source, dataset, is_padded=is_padded)
    return images


def missing_images(
    source: SlpFile, video: NDArray[np.int64], frame_idx: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Which of n frames have no embedded image, as (n,) bool."""
    return ~have_image(source.images, video, frame_idx)


def _rows(source: SlpFile, at: int, frame_idx: NDArray[np.int64]) -> NDArray[np.int64]:
    key = source.videos[at].key if 0 <= at < len(source.videos) else at
    if at not in source.images:
        msg = f"{source.path}: video {key} has no images embedded in the labels file"
        raise ImageError(msg)
    rows = source.images[at].rows_of(frame_idx)
    if (rows < 0).any():
        absent = frame_idx[rows < 0]
        msg = (
            f"{source.path}: video {key}: frame {absent[0]} has no embedded image"
            f" ({len(absent)} of {len(rows)} frames asked for have none)"
        )
        raise ImageError(msg)
    return rows


def _as_image(
    stored: NDArray[np.generic], source: SlpFile, dataset: str, *, is_padded: bool
) -> Image:
    if stored.ndim == 1:
        image = stored.tobytes()
        return image.rstrip(b"\0") if is_padded else image  # PNG and JPEG do not end in a zero
    if stored.dtype == np.uint8:
        return stored.astype(np.uint8)
    if stored.dtype == np.uint16:
        return stored.astype(np.uint16)
    msg = f"{source.path}: /{dataset} holds pixels as {stored.dtype}, expected uint8 or uint16"
    raise ImageError(msg)
