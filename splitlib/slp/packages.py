"""The images of the kept frames, and the order of the videos of a package.

Encoded bytes are never touched: rows are copied as they are stored, a bounded number at a time.
Images of frames that are not labeled, such as suggestions, stay in every copy.
"""

from collections.abc import Mapping

import h5py
import numpy as np
from numpy.typing import NDArray

from splitlib.errors import UnsupportedFormatError
from splitlib.progress import Advance
from splitlib.slp.embedded import EmbeddedImages, iter_images
from splitlib.slp.hdf5copy import Writer, copy_group, create_like, rows_writer, write_texts
from splitlib.slp.jsonparts import compact_json
from splitlib.slp.ranges import rows_by
from splitlib.slp.selection import Selection
from splitlib.slp.source import SlpFile
from splitlib.slp.video_ids import dataset_number


def kept_images(source: SlpFile, selection: Selection) -> dict[int, NDArray[np.int64]]:
    """The rows of the images to keep of each embedded video: of kept and of unlabeled frames."""
    if not source.images:
        return {}
    video, frame_idx = source.video[selection.frames], source.frame_idx[selection.frames]
    here, labeled = rows_by(video), rows_by(source.video)
    none = np.zeros(0, np.int64)
    kept = {}
    for at, images in source.images.items():
        is_kept = np.isin(images.frame_numbers, frame_idx[here.get(at, none)])
        is_labeled = np.isin(images.frame_numbers, source.frame_idx[labeled.get(at, none)])
        kept[at] = np.flatnonzero(is_kept | ~is_labeled)
    return kept


def package_writers(
    source: SlpFile, kept: Mapping[int, NDArray[np.int64]], advance: Advance
) -> dict[str, Writer]:
    """Writers of the groups of embedded videos, and of the list of videos where groups are renamed.

    `kept` is the result of `kept_images`. `advance` is called with the number of images copied.

    Raises:
        UnsupportedFormatError: A group cannot get the name that its position asks for.
    """
    groups = {at: _group(source, at) for at in source.images}
    # Groups named `video<K>` get the list position for K; other names are kept.
    new_names = {
        at: group if dataset_number(source.videos[at]) is None else f"video{at}"
        for at, group in groups.items()
    }
    _check_names_are_free(source, groups, new_names)
    writers = {
        groups[at]: _group_writer(images, new_names[at], kept[at], advance)
        for at, images in source.images.items()
    }
    renamed = {at: name for at, name in new_names.items() if name != groups[at]}
    if renamed and "videos_json" not in source.root_names:
        msg = (
            f"{source.path}: the images of video {min(renamed)} belong into another group, but"
            " the list of videos is in the metadata, as in very old files; save the labels again"
            " with SLEAP"
        )
        raise UnsupportedFormatError(msg)
    if renamed:
        writers["videos_json"] = _videos_writer(source, renamed)
    return writers


def _group(source: SlpFile, at: int) -> str:
    """The group that holds the images of a video, at the root of the file."""
    images = source.images[at]
    if not images.group or "/" in images.group:
        msg = (
            f"{source.path}: the images of video {at} are in /{images.dataset}, expected"
            f" /video{at}/{images.name}; save the labels again with SLEAP"
        )
        raise UnsupportedFormatError(msg)
    return images.group


def _check_names_are_free(
    source: SlpFile, groups: dict[int, str], new_names: dict[int, str]
) -> None:
    taken = set(source.root_names) - set(groups.values())
    for at, name in new_names.items():
        if name in taken or len(set(groups.values())) < len(groups):
            msg = (
                f"{source.path}: the images of video {at} are in /{groups[at]} and belong into"
                f" /{name}, but that name is taken or the group serves two videos; save the labels"
                " again with SLEAP"
            )
            raise UnsupportedFormatError(msg)


def _group_writer(
    images: EmbeddedImages, new_name: str, rows: NDArray[np.int64], advance: Advance
) -> Writer:
    def write_images(old: h5py.Group, new: h5py.Group) -> None:
        _copy_rows(old[images.name], new, images.name, rows, advance)

    def write(old: h5py.Group, new: h5py.Group) -> None:
        created = new.create_group(new_name)
        writers = {
            "frame_numbers": rows_writer("frame_numbers", rows),
            images.name: write_images,
        }
        copy_group(old[images.group], created, writers)
        if "frame_numbers" not in created and len(rows) < len(images.frame_numbers):
            # Without frame numbers the row is the frame, as long as no row is missing.
            created["frame_numbers"] = images.frame_numbers[rows]

    return write


def _copy_rows(
    old: h5py.Dataset, new: h5py.Group, name: str, rows: NDArray[np.int64], advance: Advance
) -> None:
    created = create_like(old, new, name, len(rows))
    start = 0
    for batch in iter_images(old, rows):
        stop = start + len(batch)
        created.write_direct(np.ascontiguousarray(batch), dest_sel=np.s_[start:stop])
        start = stop
        advance(len(batch))


def _videos_writer(source: SlpFile, renamed: dict[int, str]) -> Writer:
    """The writer of the list of videos with new names of groups; other rows keep their text."""

    def write(old: h5py.Group, new: h5py.Group) -> None:
        texts = [bytes(text) for text in old["videos_json"][()]]
        for at, name in renamed.items():
            row = source.videos_json[at]
            backend = {**row["backend"], "dataset": f"{name}/{source.images[at].name}"}
            texts[at] = compact_json({**row, "backend": backend})
        write_texts(old["videos_json"], new, "videos_json", texts)

    return write
