"""Embedding frames of plain videos into the labels that refer to them."""

import json
from collections.abc import Iterable
from pathlib import Path

import h5py

from splitlib.errors import UnsupportedFormatError
from splitlib.slp.create import EmbeddedVideo, embedded_row, write_images, write_json_rows
from splitlib.slp.hdf5copy import copy_attributes, copy_object


def write_with_images(
    source: Path, path: Path, videos: Iterable[tuple[int, EmbeddedVideo]]
) -> None:
    """Write a copy of a labels file in which plain videos are embedded ones.

    The file is not changed in place, since HDF5 leaves behind what it deletes. The paths of
    somebody's machine would stay in the file.

    Args:
        source: The labels file, in the normal form of `splitlib.slp.save`.
        path: The file to write, which does not exist yet.
        videos: Position in the list of videos, and the frames to embed.

    Raises:
        UnsupportedFormatError: The name of an image group is taken, or there is no list of videos.
    """
    with h5py.File(source, "r") as old, h5py.File(path, "w", libver=("earliest", "v110")) as new:
        if "videos_json" not in old:
            msg = (
                f"{source}: the videos are listed in the metadata, as in very old files; save the"
                " labels again with SLEAP"
            )
            raise UnsupportedFormatError(msg)
        rows = [json.loads(text) for text in old["videos_json"][()]]
        copy_attributes(old, new)
        for name in sorted(set(old) - {"videos_json"}):
            copy_object(old, new, name)
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
