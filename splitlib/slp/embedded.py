"""Images that are embedded in a labels file: which frames have one, and their encoded bytes.

Each embedded video is a dataset `video<K>/video` with one encoded image per row, and
`video<K>/frame_numbers` with the frame of the video that each row shows. Three layouts occur:

* variable-length int8 (SLEAP 1.x before 1.4.0a0),
* (n, longest) int8, padded with zeros (SLEAP since 1.4.0a0, sleap-io),
* (n, height, width, channels) pixels that are not encoded (format "hdf5").
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from splitlib.errors import LabelsFileError
from splitlib.slp.container import check_filters, optional_dataset, reading
from splitlib.slp.jsonparts import parse_json, read_json_scalar

CHANNEL_ORDER_FORMAT = 1.4
"""Since this format images say their channel order; before, colour images were written by OpenCV
(sleap_io HDF5Video.__attrs_post_init__, sleap-io 0.9.5)."""

BATCH_BYTES = 8 * 2**20
"""Bytes of images read at a time: bounds the memory of a copy, and larger reads are no faster."""

SKIP_BYTES = 2**18
"""Rows not asked for are read along up to here: about what one more read call costs."""

TYPICAL_IMAGE_BYTES = 2**16
"""Taken as the size of an image where rows vary in length and do not tell it beforehand."""


@dataclass(frozen=True, eq=False)
class EmbeddedImages:
    """The images of one embedded video.

    Attributes:
        dataset: Name of the dataset, such as "video0/video".
        frame_numbers: (n,) int64, the frame of the video that each row shows.
        encoding: "png", "jpg", ... as the file says; "hdf5" where the rows are pixels.
        channel_order: "RGB" or "BGR", the order in which a decoder gives the channels.
        shape: (height, width, channels) as the file says; 0 where it does not say.
    """

    dataset: str
    frame_numbers: NDArray[np.int64]
    encoding: str
    channel_order: str
    shape: tuple[int, int, int]

    def rows_of(self, frame_idx: NDArray[np.int64]) -> NDArray[np.int64]:
        """Rows of the images of frames, as (n,) int64, -1 for a frame without one.

        Where a frame has several images the last one counts, as in SLEAP and sleap-io.
        """
        order = np.argsort(self.frame_numbers, kind="stable")
        found = np.searchsorted(self.frame_numbers[order], frame_idx, side="right") - 1
        rows = order[np.maximum(found, 0)] if len(order) else np.zeros(len(frame_idx), np.int64)
        known = (found >= 0) & (self.frame_numbers[rows] == frame_idx) if len(order) else found >= 0
        return np.where(known, rows, -1)


def read_embedded(
    file: h5py.File, path: Path, dataset: str, format_id: float
) -> EmbeddedImages | None:
    """Read which frames of a video are embedded; the images themselves stay on disk.

    Returns:
        The index of the images, or None where the dataset is not in the file.

    Raises:
        LabelsFileError: The dataset is no list of images, or has no frame number per image.
    """
    images = optional_dataset(file, dataset, path, is_read=False)
    if images is None:
        return None
    with reading(path, f"/{dataset}"):
        if not _holds_images(images):
            msg = (
                f"{path}: /{dataset} is expected to hold images (int8 rows, or pixels of rank 4),"
                f" found {images.dtype} {images.shape}"
            )
            raise LabelsFileError(msg)
        default = "BGR" if format_id < CHANNEL_ORDER_FORMAT else "RGB"
        return EmbeddedImages(
            dataset=dataset,
            frame_numbers=_frame_numbers(file, path, dataset, len(images)),
            encoding="hdf5" if images.ndim == 4 else _text(images, "format", "png"),
            channel_order=_channel_order(images, default),
            shape=_shape(images),
        )


def read_source_video(file: h5py.File, path: Path, dataset: str) -> Any:  # noqa: ANN401 - any JSON
    """The JSON of the video that embedded images were taken from, or None.

    It is an attribute, or a dataset where it is longer than an attribute may be. Packages without
    it exist (talmolab/sleap-io#147).
    """
    name = dataset.rpartition("/")[0] + "/source_video"
    with reading(path, f"/{name}"):
        group = file.get(name)
        if not isinstance(group, h5py.Group):
            return None
        if "json" in group:
            return read_json_scalar(file, path, f"{name}/json")
        text = group.attrs.get("json")
        return None if text is None else parse_json(text, path, f"/{name} json")


def iter_images(images: h5py.Dataset, rows: NDArray[np.int64]) -> Iterator[NDArray[Any]]:
    """Rows of an image dataset, a bounded number at a time.

    Args:
        images: The open dataset.
        rows: (n,) int64, ascending.

    Yields:
        Consecutive parts of `rows` as stored: int8 with padding, objects, or pixels.
    """
    if not len(rows):
        return
    path = Path(images.file.filename)
    check_filters(images, path)
    size = _rows_of(images, BATCH_BYTES)
    far = np.diff(rows) > _rows_of(images, SKIP_BYTES)
    full = np.diff(rows // size) > 0
    for wanted in np.split(rows, np.flatnonzero(far | full) + 1):
        first = int(wanted[0])
        with reading(path, images.name):
            batch = images[first : int(wanted[-1]) + 1][wanted - first]
        yield batch


def _rows_of(images: h5py.Dataset, n_bytes: int) -> int:
    """How many rows some bytes are; an estimate where rows vary in length."""
    if images.dtype.kind == "O":
        # The file is not smaller than its images: this is never less than their mean.
        mean_bytes = int(images.file.id.get_filesize()) // len(images)
        return max(1, n_bytes // max(TYPICAL_IMAGE_BYTES, mean_bytes))
    row_bytes = int(np.prod(images.shape[1:])) * images.dtype.itemsize
    return int(max(1, n_bytes // max(1, row_bytes)))


def _frame_numbers(file: h5py.File, path: Path, dataset: str, n_rows: int) -> NDArray[np.int64]:
    name = dataset.rpartition("/")[0] + "/frame_numbers"
    found = optional_dataset(file, name, path)
    if found is None:  # the position is the frame: both readers do so
        return np.arange(n_rows)
    with reading(path, f"/{name}"):
        numbers = np.asarray(found[()])
    if numbers.shape != (n_rows,):
        msg = (
            f"{path}: /{name} is expected to hold one number per image of /{dataset} ({n_rows}),"
            f" found the shape {numbers.shape}"
        )
        raise LabelsFileError(msg)
    if n_rows and not _are_whole(numbers):
        msg = f"{path}: /{name} is expected to hold frames, whole numbers, found {numbers.dtype}"
        raise LabelsFileError(msg)
    return numbers.astype(np.int64)


def _are_whole(numbers: NDArray[Any]) -> bool:
    if numbers.dtype.kind == "f":
        return bool(((np.abs(numbers) < 2**53) & (numbers == np.floor(numbers))).all())
    return numbers.dtype.kind in "iu"


def _holds_images(images: h5py.Dataset) -> bool:
    if images.shape == (0,):  # a video of which sleap-io embedded no frame
        return True
    if images.ndim == 1:
        return h5py.check_vlen_dtype(images.dtype) in (np.int8, np.uint8)
    return images.ndim == 4 or (images.ndim == 2 and bool(images.dtype == np.int8))


def _shape(images: h5py.Dataset) -> tuple[int, int, int]:
    if images.ndim == 4:
        return (int(images.shape[1]), int(images.shape[2]), int(images.shape[3]))
    height, width, channels = (_pixels(images, name) for name in ("height", "width", "channels"))
    return (height, width, channels)


def _pixels(images: h5py.Dataset, name: str) -> int:
    value = np.asarray(images.attrs.get(name, 0))
    if value.size != 1 or value.dtype.kind not in "iuf" or not np.isfinite(value).all():
        msg = f"its attribute {name} is {value}, expected a number of pixels"
        raise ValueError(msg)
    return int(value.reshape(-1)[0])


def _channel_order(images: h5py.Dataset, default: str) -> str:
    order = _text(images, "channel_order", default).upper()
    if order not in ("RGB", "BGR"):
        msg = f"its attribute channel_order is {order!r}, expected RGB or BGR"
        raise ValueError(msg)
    return order


def _text(images: h5py.Dataset, name: str, default: str) -> str:
    value = images.attrs.get(name, default)
    return value.decode() if isinstance(value, bytes) else str(value)
