"""The videos of several labels files in one list, and their embedded images in one file.

Entries of two files become one entry if nothing tells them apart: the same stored path, and the
same way of reading it, or embedded images of one size and encoding that agree in all frames they
share. Other entries stay as they are. Where these have one path, `recordings.py` takes them for one
recording all the same.
"""

import io
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from splitlib.progress import Advance, tracked
from splitlib.slp.container import reading
from splitlib.slp.embedded import EmbeddedImages, iter_images
from splitlib.slp.hdf5copy import copy_attributes, copy_object, create_like
from splitlib.slp.jsonparts import compact_json
from splitlib.slp.source import SlpFile
from splitlib.slp.stored_images import Image, read_images
from splitlib.slp.videos import (
    HDF5_SUFFIXES,
    THIS_FILE,
    backend_of,
    embedded_dataset,
)

CHUNK = 64
"""Images that are compared, and held in memory, at a time."""

IMAGES = "video"
"""The name of the dataset of images in its group."""


@dataclass(frozen=True, eq=False)
class Part:
    """A video of one file.

    Attributes:
        source: The file.
        at: Position in its list of videos.
    """

    source: SlpFile
    at: int

    @property
    def images(self) -> EmbeddedImages | None:
        """Its embedded images; None for none."""
        return self.source.images.get(self.at)

    @property
    def row(self) -> dict[str, Any]:
        """Its row of /videos_json."""
        row: dict[str, Any] = self.source.videos_json[self.at]
        return row


@dataclass(frozen=True, eq=False)
class JoinedVideo:
    """An entry of the new list of videos.

    Attributes:
        parts: The entries of the files that became this one, each of another file.
    """

    parts: list[Part] = field(default_factory=list)

    @property
    def with_images(self) -> list[tuple[Part, EmbeddedImages]]:
        """The parts with a dataset of images; those without a single image only if all are."""
        stored = [(part, part.images) for part in self.parts if part.images is not None]
        filled = [(part, images) for part, images in stored if len(images.frame_numbers)]
        return filled or stored[:1]

    @property
    def frame_numbers(self) -> NDArray[np.int64]:
        """The frames with an image, ascending int64, each once."""
        numbers = [images.frame_numbers for _, images in self.with_images]
        return np.unique(np.concatenate([np.zeros(0, np.int64), *numbers]))

    def row(self, at: int) -> dict[str, Any]:
        """The row of /videos_json for the list position `at`."""
        row = self.parts[0].row
        if embedded_dataset(row) is None:
            return row
        backend = {**backend_of(row), "filename": THIS_FILE, "dataset": f"video{at}/{IMAGES}"}
        shape = backend.get("shape")
        if isinstance(shape, list) and shape:
            backend["shape"] = [len(self.frame_numbers), *shape[1:]]
        return {**row, "backend": backend} | ({"filename": THIS_FILE} if "filename" in row else {})


def join_videos(
    sources: Sequence[SlpFile],
) -> tuple[list[JoinedVideo], list[NDArray[np.int64]]]:
    """The videos of several files, and for each file the new position of each of its videos.

    Returns:
        The entries, in the order in which the files name them first; and per file (n_videos,)
        int64.
    """
    joined: list[JoinedVideo] = []
    alike: defaultdict[bytes, list[int]] = defaultdict(list)
    numbers = []
    for source in sources:
        own: list[int] = []
        for at in range(len(source.videos)):
            part = Part(source, at)
            identity = _identity(part)
            found = (place for place in alike[identity] if place not in own) if identity else ()
            fitting = (place for place in found if _agrees(joined[place], part))
            place = next(fitting, len(joined))
            if place == len(joined):
                joined.append(JoinedVideo())
                alike[identity].append(place)
            joined[place].parts.append(part)
            own.append(place)
        numbers.append(np.array(own, np.int64))
    return joined, numbers


def _identity(part: Part) -> bytes:
    """What tells a video from those of other files, but for its images; b"" for no path."""
    video, images = part.source.videos[part.at], part.images
    if not video.origin:
        return b""
    if not video.is_embedded:
        return compact_json(_normal(part.row))
    # one HDF5 file holds several videos
    in_file = video.origin_dataset if video.origin.lower().endswith(HDF5_SUFFIXES) else ""
    how = (images.encoding, images.channel_order, images.shape) if images else None
    return compact_json(_normal([list(video.pictures or video.chain[-1]), in_file, how]))


def _normal(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """JSON in which equal paths have equal texts: one kind of slash, and Unicode NFC."""
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value.replace("\\", "/"))
    if isinstance(value, list | tuple):
        return [_normal(item) for item in value]
    if isinstance(value, dict):
        return {name: _normal(value[name]) for name in sorted(value)}
    return value


def _agrees(video: JoinedVideo, part: Part) -> bool:
    """Whether no frame has two different images."""
    return all(same_images(other, part) for other in video.parts)


def same_images(one: Part, other: Part) -> bool:
    """Whether no frame that two videos share has two different images."""
    if one.images is None or other.images is None:
        return True
    if _is_pixels(one.images) != _is_pixels(other.images):
        return False
    shared = np.intersect1d(one.images.frame_numbers, other.images.frame_numbers)
    chunks = [shared[start : start + CHUNK] for start in range(0, len(shared), CHUNK)]
    for chunk in tracked(chunks, "images compared", total=len(shared), count=len):
        pairs = zip(_read(one, chunk), _read(other, chunk), strict=True)
        if not all(_same_image(*pair) for pair in pairs):
            return False
    return True


def _is_pixels(images: EmbeddedImages) -> bool:
    return images.encoding == "hdf5"


def _read(part: Part, frame_idx: NDArray[np.int64]) -> list[Image]:
    return read_images(part.source, np.full(len(frame_idx), part.at), frame_idx)


def _same_image(one: Image, other: Image) -> bool:
    """Whether two images have the same bytes, or the same pixels."""
    if isinstance(one, bytes) and isinstance(other, bytes):
        return one == other or _same_pixels(one, other)
    return np.array_equal(one, other)


def _same_pixels(one: bytes, other: bytes) -> bool:
    import PIL.Image

    try:
        first, second = (np.asarray(PIL.Image.open(io.BytesIO(image))) for image in (one, other))
    except (OSError, ValueError, SyntaxError):  # what does not decode cannot be compared
        return False
    return np.array_equal(first, second)


def write_joined_images(new: h5py.File, videos: Sequence[JoinedVideo], advance: Advance) -> None:
    """Write the group of each embedded video, as `video<position in the list>`.

    `advance` is called with the number of images copied.
    """
    for at, video in enumerate(videos):
        dataset = embedded_dataset(video.parts[0].row)
        if dataset is None:
            continue
        group = new.create_group(f"video{at}")
        if video.with_images:
            _write_images(group, video, advance)
        _copy_beside(video.parts[0], dataset, group)


def _copy_beside(part: Part, dataset: str, new: h5py.Group) -> None:
    """Copy what stands beside the images of a video, such as the video that they came from."""
    name, _, images = dataset.rpartition("/")
    with h5py.File(part.source.path, "r") as file, reading(part.source.path, f"/{name}"):
        old = file.get(name) if name else None
        if not isinstance(old, h5py.Group):
            return
        copy_attributes(old, new)
        for child in sorted(set(old) - {images, "frame_numbers", IMAGES}):
            copy_object(old, new, child)


def _write_images(group: h5py.Group, video: JoinedVideo, advance: Advance) -> None:
    numbers = video.frame_numbers
    first, index = video.with_images[0]
    with h5py.File(first.source.path, "r") as file, reading(first.source.path, index.dataset):
        created = _create(group, video, file[index.dataset], len(numbers))
    if "channel_order" not in created.attrs:  # the default changed with format 1.4
        created.attrs["channel_order"] = index.channel_order
    group["frame_numbers"] = numbers
    left = numbers
    for part, images in video.with_images:
        own = np.intersect1d(images.frame_numbers, left)
        left = np.setdiff1d(left, own)
        _copy_images(part, images, own, created, np.searchsorted(numbers, own), advance)


def _create(group: h5py.Group, video: JoinedVideo, old: h5py.Dataset, n: int) -> h5py.Dataset:
    """The dataset for the images: of the form of the only one, or with room for the longest."""
    longest = [_longest(part, images) for part, images in video.with_images]
    if _is_pixels(video.with_images[0][1]) or len(longest) == 1 or not any(longest):
        return create_like(old, group, IMAGES, n)
    # neither compressed nor chunked, as in `create.py`
    created = group.create_dataset(IMAGES, (n, max(longest)), np.int8)
    copy_attributes(old, created)
    return created


def _longest(part: Part, images: EmbeddedImages) -> int:
    """Bytes in a row of a table of images, or in the longest image where rows vary in length."""
    with h5py.File(part.source.path, "r") as file, reading(part.source.path, images.dataset):
        stored = file[images.dataset]
        if stored.ndim > 1:
            return int(stored.shape[1])
        every = np.arange(len(stored))
        return max((len(image) for some in iter_images(stored, every) for image in some), default=0)


def _copy_images(
    part: Part,
    images: EmbeddedImages,
    frame_idx: NDArray[np.int64],
    created: h5py.Dataset,
    places: NDArray[np.int64],
    advance: Advance,
) -> None:
    """Copy the images of (n,) frames of a part to (n,) rows of the new dataset."""
    rows = images.rows_of(frame_idx)
    order = np.argsort(rows, kind="stable")
    places = places[order]
    with h5py.File(part.source.path, "r") as file, reading(part.source.path, images.dataset):
        start = 0
        for batch in iter_images(file[images.dataset], rows[order]):
            _write_rows(created, places[start : start + len(batch)], batch)
            start += len(batch)
            advance(len(batch))


def _write_rows(created: h5py.Dataset, places: NDArray[np.int64], batch: NDArray[Any]) -> None:
    """Write images to rows of a dataset, rows that lie side by side at once."""
    if created.ndim == 2:
        batch = _padded(batch, created.shape[1])
    for run in np.split(np.arange(len(batch)), np.flatnonzero(np.diff(places) != 1) + 1):
        first, stop = int(run[0]), int(run[-1]) + 1
        rows = np.ascontiguousarray(batch[first:stop])
        created.write_direct(rows, dest_sel=np.s_[places[first] : places[first] + len(run)])


def _padded(batch: NDArray[Any], width: int) -> NDArray[np.int8]:
    """Encoded images as rows of one length, with zeros behind each."""
    padded = np.zeros((len(batch), width), np.int8)
    for row, image in zip(padded, batch, strict=True):
        row[: len(image)] = image.astype(np.int8)
    return padded
