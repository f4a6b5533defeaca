"""Several labels files in one: their frames one after the other, file after file.

Videos, tracks and nodes are united by what they are called, and everything that names them is
renumbered. The file is written as `create.py` does, so what another tool left in its own form is
put into that of format 1.4. What cannot be put into it is refused by name.
"""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from splitlib.errors import UnsupportedFormatError
from splitlib.files import atomic_path, sha256_of
from splitlib.progress import progress_bar
from splitlib.slp.create import create_labels_file
from splitlib.slp.dtypes import NEGATIVE_FRAMES
from splitlib.slp.joined_annotations import OpenPart, join_annotations
from splitlib.slp.joined_catalogs import join_catalogs
from splitlib.slp.joined_events import join_events
from splitlib.slp.joined_sessions import join_crops, join_sessions
from splitlib.slp.joined_tables import JoinedPart, joined_tables
from splitlib.slp.joined_videos import JoinedVideo, join_videos, write_joined_images
from splitlib.slp.jsonparts import compact_json, read_json_rows
from splitlib.slp.known_tables import unknown_parts
from splitlib.slp.selection import select
from splitlib.slp.skeletons import (
    Skeleton,
    named_edges,
    node_difference,
    node_order,
    numbered,
    united,
)
from splitlib.slp.source import SlpFile, Track
from splitlib.slp.stored_images import check_unchanged
from splitlib.slp.videos import embedded_dataset, video_keys

Column = NDArray[np.int64]

FORMATS = {
    "rois": 1.9,
    "bboxes": 2.0,
    "label_images": 2.1,
    "video_crops": 2.3,
    "masks": 2.4,
    "identity": 2.5,
    "embeddings": 2.5,
    "events": 2.6,
    "event_types": 2.6,
    "categories": 2.7,
    "session_data": 2.8,
}
"""The format that a table is of, in the form in which it is written; others are of 1.4."""


def join(sources: Sequence[SlpFile], path: str | Path) -> None:
    """Write the frames of several labels files into one, file after file.

    The skeleton is that of the first file with instances. Points of other skeletons are put into
    the order of its nodes. Tracks are the same where their names are, the nth of a name and the
    nth. `provenance` of the new file names the files with their hashes and numbers of frames.

    Args:
        sources: The files, one at least.
        path: The file to write; replaced as a whole, or left as it is where writing fails.

    Raises:
        UnsupportedFormatError: Instances have skeletons of other nodes, or a file holds tables that
            would be lost; the message names nodes or tables.
        LabelsFileError: A file was changed since it was read, or is damaged.
        OSError: The file cannot be written.
    """
    for source in sources:
        check_unchanged(source)
        _refuse_other_tables(source)
    skeleton = _one_skeleton(sources)
    tracks, track_numbers = _united_tracks(sources)
    videos, video_numbers = join_videos(sources)
    parts = [
        JoinedPart(source, select(source, np.arange(len(source.frames))), skeleton, *numbers)
        for source, *numbers in zip(sources, video_numbers, track_numbers, strict=True)
    ]
    with atomic_path(path) as partial:
        create_labels_file(
            partial,
            **joined_tables(parts),
            nodes=skeleton.nodes,
            edges=skeleton.edges,
            symmetries=skeleton.symmetries,
            skeleton_name=skeleton.name,
            videos=[video.row(at) for at, video in enumerate(videos)],
            tracks=tracks,
            suggestions=_suggestions(parts),
            negative_frames=_negative_frames(parts),
        )
        _add_images(partial, videos, {"joined": _named(sources)})
        _add_tables(partial, parts)


def _add_images(path: Path, videos: Sequence[JoinedVideo], provenance: dict[str, Any]) -> None:
    n_images = sum(len(video.frame_numbers) for video in videos)
    with (
        h5py.File(path, "r+", libver=("earliest", "v110")) as file,
        progress_bar("images", total=n_images) as advance,
    ):
        # not in the metadata: an attribute holds 64 KiB, and there may be many files
        file["provenance_json"] = np.bytes_(compact_json(provenance))
        write_joined_images(file, videos, advance)


def _add_tables(path: Path, parts: Sequence[JoinedPart]) -> None:
    """Add what refers to frames, instances and videos, and name the format of the newest table."""
    n_instances = [len(part.selection.instances) for part in parts]
    before = (np.cumsum(n_instances) - n_instances).tolist()
    with ExitStack() as stack:
        files = [stack.enter_context(h5py.File(part.source.path, "r")) for part in parts]
        opened = [OpenPart(*one) for one in zip(parts, files, before, strict=True)]
        new = stack.enter_context(h5py.File(path, "r+", libver=("earliest", "v110")))
        sizes = join_annotations(opened, new)
        identities = join_catalogs(opened, sizes, new)
        join_events(opened, identities, new)
        join_sessions(opened, identities.numbers, new)
        join_crops(opened, new)
        format_id = max([1.4, *(FORMATS[name] for name in set(new) & FORMATS.keys())])
        new["metadata"].attrs.modify("format_id", np.float64(format_id))


def _named(sources: Sequence[SlpFile]) -> list[dict[str, Any]]:
    """What the provenance says of each file: a name, the hash of its bytes, its labeled frames."""
    names = video_keys([str(source.path) for source in sources])
    return [
        {"file": name, "sha256": sha256_of(source.path), "n_frames": len(source.frames)}
        for name, source in zip(names, sources, strict=True)
    ]


# What is refused


def _refuse_other_tables(source: SlpFile) -> None:
    images = {(embedded_dataset(row) or "").partition("/")[0] for row in source.videos_json}
    with h5py.File(source.path, "r") as file:
        names = [
            f"/{name}"
            for name in unknown_parts(file, images)
            if _holds_something(file, name.partition(" ")[0])
        ]
    if names:
        msg = (
            f"{source.path}: {', '.join(names)} cannot be put into one file with other labels yet,"
            " and would be lost; use this file alone, or save the labels without them"
        )
        raise UnsupportedFormatError(msg)


def _holds_something(file: h5py.File, name: str) -> bool:
    """Whether there is a value in an object, or anywhere below it."""

    def filled(_: str, found: h5py.HLObject) -> bool | None:
        return True if isinstance(found, h5py.Dataset) and _has_value(found) else None

    found = file.get(name)
    if isinstance(found, h5py.Group):
        return found.visititems(filled) is not None
    return found is not None and filled(name, found) is not None


def _has_value(found: h5py.Dataset) -> bool:
    """Whether a dataset has rows; a single text may be an empty list of JSON."""
    is_empty_json = found.shape == () and found[()] in (b"", b"[]", b"{}", b"null")
    return bool(found.size) and not is_empty_json


# Skeletons and tracks


def _one_skeleton(sources: Sequence[SlpFile]) -> Skeleton:
    """The skeleton of the first instances; without instances, the first that a file has.

    Raises:
        UnsupportedFormatError: An instance has a skeleton of other nodes.
    """
    used = [(source, skeleton) for source in sources for skeleton in _used(source)]
    if not used:
        every = (skeleton for source in sources for skeleton in source.skeletons)
        return next(every, Skeleton("", (), (), ()))
    first_source, first = used[0]
    for source, other in used[1:]:
        if node_order(other.nodes, first.nodes) is None:
            there = "others in it" if source is first_source else f"those of {first_source.path}"
            msg = (
                f"{source.path}: instances have other nodes than {there}:"
                f" {node_difference(other.nodes, first.nodes)}; labels of different nodes cannot be"
                " put into one file, so split each kind by itself"
            )
            raise UnsupportedFormatError(msg)
    one = united([skeleton for _, skeleton in used], 0)
    _warn_of_other_edges(used, one)
    return one


def _warn_of_other_edges(used: Sequence[tuple[SlpFile, Skeleton]], one: Skeleton) -> None:
    other = [
        str(source.path)
        for source, skeleton in used
        if skeleton.edges and named_edges(skeleton) != named_edges(one)
    ]
    if other:
        warnings.warn(
            f"{', '.join(dict.fromkeys(other))}: the skeleton has other edges than that of"
            f" {used[0][0].path}, which are the ones that are kept",
            stacklevel=4,
        )


def _used(source: SlpFile) -> Iterator[Skeleton]:
    """The skeletons of the instances of a file, each once."""
    for at in np.unique(source.instances.ints("skeleton")).tolist():
        yield source.skeletons[at]


def _united_tracks(sources: Sequence[SlpFile]) -> tuple[list[Track], list[Column]]:
    """The tracks of all files, and for each file the new position of each of its tracks.

    Per file (n_tracks + 1,) int64, where the last is -1 and stands for no track.
    """
    places: dict[tuple[str, int], int] = {}
    tracks: list[Track] = []
    numbers = []
    for source in sources:
        names = numbered(track.name for track in source.tracks)
        for name, track in zip(names, source.tracks, strict=True):
            if name not in places:
                places[name] = len(tracks)
                tracks.append(track)
        numbers.append(np.array([*(places[name] for name in names), -1], np.int64))
    _warn_of_unclear_tracks(sources)
    return tracks, numbers


def _warn_of_unclear_tracks(sources: Sequence[SlpFile]) -> None:
    """The second of two tracks of one name is told by its place alone, which a file may change."""
    counts = [dict(numbered(track.name for track in source.tracks)) for source in sources]
    several = sorted({name for count in counts for name, n in count.items() if n})
    unclear = [name for name in several if len({count.get(name) for count in counts} - {None}) > 1]
    if unclear:
        warnings.warn(
            f"{len(unclear)} names of tracks stand for several tracks, and for fewer in another"
            f" of the files ({', '.join(unclear[:3])}); they are matched in the order of the"
            " files, so give tracks names of their own if the animals differ",
            stacklevel=4,
        )


# What belongs to no row


def _negative_frames(parts: Sequence[JoinedPart]) -> NDArray[np.void] | None:
    """The negative frames of all files, each once; None where there is none."""
    frames: dict[tuple[int, int], None] = {}
    for part in parts:
        known = part.source.negative_video >= 0
        video = part.videos[part.source.negative_video[known]]
        frame_idx = part.source.negative_frame_idx[known]
        frames |= dict.fromkeys(zip(video.tolist(), frame_idx.tolist(), strict=True))
    return np.array(list(frames), NEGATIVE_FRAMES) if frames else None


def _suggestions(parts: Sequence[JoinedPart]) -> list[dict[str, Any]]:
    """The suggested frames of all files, each once, as rows of /suggestions_json."""
    rows: dict[tuple[int, int | None], dict[str, Any]] = {}
    for part in parts:
        stored = _stored_suggestions(part.source)
        for row, suggestion in zip(stored, part.source.suggestions, strict=True):
            if suggestion.video is None or not 0 <= suggestion.video < len(part.videos):
                continue
            video = int(part.videos[suggestion.video])
            rows.setdefault((video, suggestion.frame_idx), {**row, "video": str(video)})
    return list(rows.values())


def _stored_suggestions(source: SlpFile) -> list[dict[str, Any]]:
    """The rows of /suggestions_json, with whatever else they say."""
    with h5py.File(source.path, "r") as file:
        rows = read_json_rows(file, source.path, "suggestions_json", required=False)
    if len(rows) == len(source.suggestions) and all(isinstance(row, dict) for row in rows):
        return rows
    return [{"frame_idx": one.frame_idx, "group": 0} for one in source.suggestions]
