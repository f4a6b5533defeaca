"""Writing some frames of a labels file: the source with fewer rows.

Tables that hold rows of frames, instances and points are subset and renumbered
(`renumbered_tables`); so are the tables that refer to them. Everything else, unknown objects
included, is carried over as it is: raw values, format version, attributes, types, chunks and
filters. One thing is put in order: list position i of the videos, group `video<i>` and
`frames.video = i` agree in every file written, whatever the source does, so that all readers see
the same labels (`video_ids` has the reason).
"""

from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from splitlib.errors import UnsupportedFormatError
from splitlib.files import atomic_path
from splitlib.progress import progress_bar
from splitlib.slp.dependent_tables import dependent_writers
from splitlib.slp.hdf5copy import Writer, copy_group, new_file
from splitlib.slp.packages import kept_images, package_writers
from splitlib.slp.renumbered_tables import core_table_writers
from splitlib.slp.selection import select
from splitlib.slp.source import SlpFile
from splitlib.slp.stored_images import check_unchanged


def save_frames(source: SlpFile, frames: NDArray[np.int64], path: Path) -> None:
    """Write a labels file that holds some frames of another.

    Args:
        source: The labels file to take the frames from.
        frames: (n,) int64 rows of its /frames, each at most once, in their new order.
        path: The file to write; replaced as a whole, or left as it is where writing fails.

    Raises:
        LabelsFileError: The source was changed since it was read, or is damaged.
        UnsupportedFormatError: The source holds something that cannot be subset faithfully.
        OSError: The file cannot be written.
    """
    check_unchanged(source)
    _refuse_references(source)
    selection = select(source, frames)
    kept = kept_images(source, selection)
    # No check of `old`: every object was checked when the file was read, and is unchanged since.
    with (
        atomic_path(path) as partial,
        h5py.File(source.path, "r") as old,
        progress_bar("images", total=sum(map(len, kept.values()))) as advance,
    ):
        writers: dict[str, Writer] = {
            **core_table_writers(source, selection),
            **package_writers(source, kept, advance),
            **dependent_writers(source, old, selection),
        }
        with new_file(partial, path) as new:
            copy_group(old, new, writers, has_heaps=source.contents.has_heaps)


def _refuse_references(source: SlpFile) -> None:
    if source.contents.refers:
        msg = (
            f"{source.path}: {source.contents.refers} holds references to other objects of the"
            " file, which a copy with fewer rows cannot keep; remove it or save the labels again"
            " with SLEAP"
        )
        raise UnsupportedFormatError(msg)
