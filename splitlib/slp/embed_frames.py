"""Embedding frames of plain videos into the labels that refer to them."""

import json
from collections.abc import Iterable
from pathlib import Path

import h5py

from splitlib.errors import UnsupportedFormatError
from splitlib.slp.create import EmbeddedVideo, embedded_row, write_images, write_json_rows
from splitlib.slp.hdf5copy import copy_attributes


def write_with_images(
    source: Path, path: Path, videos: Iterable[tuple[int, EmbeddedVideo]]
) -> None:
    """Write a copy of a labels file in which plain videos are embedded ones.

    A copy, not a change in place: HDF5 leaves behind what it deletes, and that would be the paths
    of somebody's machine.

    Args:
        source: The labels file, in the normal form of `splitlib.slp.save`.
        path: Where to; there is no file yet.
        videos: Position in the list of videos, and the frames to embed.

    Raises:
        UnsupportedFormatError: The name of an image group is taken, or there is no list of videos.
    """
    with h5py.File(source, "r") as old, h5py.File(path, "w", libver=("earliest", "v110")) as new:
        if "videos_json" not in old:
            msg = f"{source}: the videos are listed in the metadata, as in very old files; save the"
            raise UnsupportedFormatError(msg + " labels again with SLEAP")
        rows = [json.loads(text) for text in old["videos_json"][()]]
        copy_attributes(old, new)
        for name in sorted(set(old) - {"videos_json"}):
            _copy_whole(old, new, name)
        for at, video in videos:
            if f"video{at}" in new:
                msg = (
                    f"{source}: the frames of video {at} belong into /video{at}, but there is such"
                    " a group already; save the labels again with SLEAP"
                )
                raise UnsupportedFormatError(msg)
            write_images(new.create_group(f"video{at}"), video)
            rows[at] = embedded_row(at, video)
        write_json_rows(new, "videos_json", rows)


def _copy_whole(old: h5py.File, new: h5py.File, name: str) -> None:
    """Copy a root object of a file that was written here: it refers to nothing else."""
    link = old.get(name, getlink=True)
    if isinstance(link, h5py.SoftLink):
        new[name] = h5py.SoftLink(link.path)
    else:
        h5py.h5o.copy(old.id, name.encode(), new.id, name.encode())
