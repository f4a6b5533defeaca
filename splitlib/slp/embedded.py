"""Images that are embedded in a labels file: the frames that have one, and the encoded bytes.

Each embedded video is a dataset `video<K>/video` with one encoded image per row, and
`video<K>/frame_numbers` with the frame of the video that each row shows. Three layouts occur:

* variable-length int8 (SLEAP 1.x before 1.4.0a0),
* (n, longest) int8, padded with zeros (SLEAP since 1.4.0a0, sleap-io),
* (n, height, width, channels) pixels that are not encoded (format "hdf5").
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from splitlib.errors import LabelsFileError
from splitlib.slp.container import check_filters, optional_dataset, reading
from splitlib.slp.jsonparts import parse_json, read_json_scalar, single_number
from splitlib.slp.ranges import rows_by
from splitlib.slp.tables import are_whole

CHANNEL_ORDER_FORMAT = 1.4
"""Since this format images say their channel order. Before, OpenCV wrote colour images
(sleap_io HDF5Video.__attrs_post_init__, sleap-io 0.9.5)."""

BATCH_BYTES = 8 * 2**20
"""Bytes of images read at a time: bounds the memory of a copy, and larger reads are no faster."""

SKIP_BYTES = 2**18
"""Unwanted rows between two wanted ones are read along up to this size, which takes about as long
as one more read call."""

TYPICAL_IMAGE_BYTES = 2**16
"""The assumed size of an image where rows vary in length and do not tell it beforehand."""


@dataclass(frozen=True, eq=False)
class EmbeddedImages:
    """The images of one embedded video.

    Attributes:
        dataset: Name of the dataset, such as "video0/video".
        frame_numbers: (n,) int64, the frame of the video that each row shows.
        encoding: "png", "jpg", ... as the file says; "hdf5" where the rows are pixels.
        channel_order: "RGB" or "BGR", the order in which a decoder gives the channels.
        shape: (height, width, channels) as the file says; 0 where the file does not say.
    """

    dataset: str
    frame_numbers: NDArray[np.int64]
    encoding: str
    channel_order: str
    shape: tuple[int, int, int]

    @property
    def group(self) -> str:
        """The group that holds the dataset, such as "video0"."""
        return self.dataset.rpartition("/")[0]

    @property
    def name(self) -> str:
        """The name of the dataset in its group, such as "video"."""
        return self.dataset.rpartition("/")[2]

    def rows_of(self, frame_idx: NDArray[np.int64]) -> NDArray[np.int64]:
        """Rows of the images of n frames, as (n,) int64; -1 for a frame without an image.

        The last image counts where a frame has several, as in SLEAP and sleap-io.
        """
        if not len(self.frame_numbers):
            return np.full(len(frame_idx), -1)
        order = np.argsort(self.frame_numbers, kind="stable")
        found = np.searchsorted(self.frame_numbers[order], frame_idx, side="right") - 1
        rows = order[np.maximum(found, 0)]
        return np.where(self.frame_numbers[rows] == frame_idx, rows, -1)


def have_image(
    images: Mapping[int, EmbeddedImages], video: NDArray[np.int64], frame_idx: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Which of n frames have an embedded image, as (n,) bool.

    Frames are given as (n,) list positions of videos and (n,) frames of these videos.
    """
    result = np.zeros(len(video), bool)
    for at, rows in rows_by(video).items():
        if at in images:
            result[rows] = images[at].rows_of(frame_idx[rows]) >= 0
    return result


def read_embedded(
    file: h5py.File, path: Path, dataset: str, format_id: float
) -> EmbeddedImages | None:
    """Read the index of a video's embedded images; None where the dataset is not in the file.

    Raises:
        LabelsFileError: The dataset is not a list of images with a frame number each.
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

    The JSON is an attribute, or a dataset where it is too long for an attribute. Some packages have
    neither (talmolab/sleap-io#147).
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
    """Read (n,) ascending rows of an image dataset, a bounded number at a time.

    Yields:
        Images of consecutive parts of `rows` as stored: int8 with padding, objects, or pixels.
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
    """The number of rows in some bytes; an estimate where rows vary in length."""
    if images.dtype.kind == "O":
        # Never less than the mean size of an image, since all images are in the file.
        mean_bytes = int(images.file.id.get_filesize()) // len(images)
        return max(1, n_bytes // max(TYPICAL_IMAGE_BYTES, mean_bytes))
    row_bytes = int(np.prod(images.shape[1:])) * images.dtype.itemsize
    return int(max(1, n_bytes // max(1, row_bytes)))


def _frame_numbers(file: h5py.File, path: Path, dataset: str, n_rows: int) -> NDArray[np.int64]:
    name = dataset.rpartition("/")[0] + "/frame_numbers"
    found = optional_dataset(file, name, path)
    if found is None:  # SLEAP and sleap-io take the position for the frame
        return np.arange(n_rows)
    with reading(path, f"/{name}"):
        numbers = np.asarray(found[()])
    if numbers.shape != (n_rows,):
        msg = (
            f"{path}: /{name} is expected to hold one number per image of /{dataset} ({n_rows}),"
            f" found the shape {numbers.shape}"
        )
        raise LabelsFileError(msg)
    kind = numbers.dtype.kind
    if n_rows and kind not in "iu" and not (kind == "f" and are_whole(numbers).all()):
        msg = f"{path}: /{name} is expected to hold frames, whole numbers, found {numbers.dtype}"
        raise LabelsFileError(msg)
    return numbers.astype(np.int64)


def _holds_images(images: h5py.Dataset) -> bool:
    if images.shape == (0,):  # sleap-io embedded no frame of this video
        return True
    if images.ndim == 1:
        return h5py.check_vlen_dtype(images.dtype) in (np.int8, np.uint8)
    return images.ndim == 4 or (images.ndim == 2 and bool(images.dtype == np.int8))


def _shape(images: h5py.Dataset) -> tuple[int, int, int]:
    if images.ndim == 4:
        return (int(images.shape[1]), int(images.shape[2]), int(images.shape[3]))
    return (_pixels(images, "height"), _pixels(images, "width"), _pixels(images, "channels"))


def _pixels(images: h5py.Dataset, name: str) -> int:
    value = images.attrs.get(name, 0)
    number = single_number(value)
    if number is None:
        msg = f"its attribute {name} is {value}, expected a number of pixels"
        raise ValueError(msg)
    return int(number)


def _channel_order(images: h5py.Dataset, default: str) -> str:
    order = _text(images, "channel_order", default).upper()
    if order not in ("RGB", "BGR"):
        msg = f"its attribute channel_order is {order!r}, expected RGB or BGR"
        raise ValueError(msg)
    return order


def _text(images: h5py.Dataset, name: str, default: str) -> str:
    value = images.attrs.get(name, default)
    return value.decode() if isinstance(value, bytes) else str(value)
