"""Opening the labels that are split: one file, or several that are joined for as long as needed."""

import warnings
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np

from splitlib.errors import SplitError
from splitlib.files import remove_leftovers, sha256_of, temporary_beside
from splitlib.labels import Labels
from splitlib.slp.join import join
from splitlib.slp.labels_files import LabelsPaths, labels_files, place_of
from splitlib.split.index import SourceId
from splitlib.split.label_digests import label_digests
from splitlib.split.same_frames import same_frames
from splitlib.split.video_names import ABSOLUTE, path_text

_WORK = "splitlib"
"""What the names of temporary folders begin with, after a dot."""


class OpenedLabels(NamedTuple):
    """Labels of one file or of several.

    Attributes:
        labels: The labels. Those of several files are in a temporary file, file after file.
        sources: The files, in the order of the rows; empty for the file of the labels alone.
        folders: The folders of the files, where their videos may lie.
    """

    labels: Labels
    sources: tuple[SourceId, ...]
    folders: tuple[Path, ...]


@contextmanager
def open_labels(paths: LabelsPaths, output: str | Path) -> Iterator[OpenedLabels]:
    """Open the labels of one file, or of several as if they were one.

    Args:
        paths: A file, or several, or patterns such as `data/*.slp`.
        output: The folder that is written to. Several files are joined in a temporary folder
            within it, or within the nearest folder above it that exists.

    Yields:
        The labels. The temporary folder is removed when the block ends.

    Raises:
        LabelsFileNotFoundError: A file is missing, or a pattern matches none.
        SplitError: A pattern matches files of an earlier split in the output.
        LabelsFileError: A file is damaged.
        UnsupportedFormatError: The files cannot be joined; the message says why.
    """
    files = labels_files(paths)
    if len(files) == 1:
        yield OpenedLabels(Labels.load(files[0]), (), (files[0].parent,))
        return
    _refuse_splits(files, Path(output))
    parts = [Labels.load(file) for file in files]
    with temporary_folder(output) as folder:
        labels = join_labels(parts, folder / f"{files[0].name} and {len(files) - 1} more")
        sources = tuple(SourceId(**source) for source in labels.provenance["joined"])
        yield OpenedLabels(labels, sources, tuple(dict.fromkeys(file.parent for file in files)))


def source_ids(labels: Labels, joined: Sequence[SourceId]) -> Sequence[SourceId]:
    """The files of opened labels: those that were joined, as `OpenedLabels.sources`, or the one."""
    return joined or [SourceId(labels.path.name, sha256_of(labels.path), len(labels))]


def join_labels(parts: Sequence[Labels], path: Path) -> Labels:
    """Join labels of several files in a file, and warn of what a person has to know of them.

    Raises:
        UnsupportedFormatError: The files cannot be joined; the message says why.
    """
    join([part.source for part in parts], path)
    labels = Labels.load(path)
    _warn_of_same_frames(labels, parts)
    _warn_of_contradictions(labels, parts)
    warn_of_bare_names(parts)
    _warn_of_nameless_videos(parts)
    return labels


@contextmanager
def temporary_folder(output: str | Path) -> Iterator[Path]:
    """A folder on the disk of an output, which is removed when the block ends.

    It lies within the folder `output`, or within the nearest one above it that exists. The system's
    own folder for temporary files may be too small for the images of a project.
    """
    place = Path(output).absolute()
    near = [folder for folder in (place, *place.parents) if folder.is_dir()]
    for above in near[1:3]:  # a killed run may have been there before it made the output
        remove_leftovers(above / _WORK)
    with temporary_beside(near[0] / _WORK) as folder:
        yield folder


def _refuse_splits(files: Sequence[Path], output: Path) -> None:
    """Splits are no labels to split: a pattern would take them in when it is used again."""
    inside = [file for file in files if place_of(file.parent) == place_of(output)]
    own = [file for file in inside if file.with_suffix(".json").is_file()]
    if own:
        msg = (
            f"{own[0]} is a split that was written into {output} before, and is among the labels to"
            " split; name the labels files so that they leave out the splits"
        )
        raise SplitError(msg)


def _warn_of_same_frames(labels: Labels, parts: Sequence[Labels]) -> None:
    recording, _, identity = labels.moments
    file = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    found = same_frames(recording, identity, file, label_digests(labels))
    if found.n_frames:
        warnings.warn(str(found), stacklevel=5)


def _warn_of_contradictions(labels: Labels, parts: Sequence[Labels]) -> None:
    """A frame is marked as holding no animal in one file, and has animals in another."""
    n_both = _n_contradictions(labels) - sum(map(_n_contradictions, parts))
    if n_both:
        warnings.warn(
            f"{n_both} rows with animals are of frames that another of the files marks as holding"
            " none; both are kept, so remove the mark or the animals in one of the files",
            stacklevel=5,
        )


def _n_contradictions(labels: Labels) -> int:
    return int((labels.is_negative & (np.diff(labels.columns.instance_bounds) > 0)).sum())


def _warn_of_nameless_videos(parts: Sequence[Labels]) -> None:
    """Nothing tells whether embedded videos without a path are the same."""
    nameless = [any(not video.origin for video in part.videos) for part in parts]
    if sum(nameless) > 1:
        warnings.warn(
            f"{sum(nameless)} of the files have videos without a path, which are all taken for"
            " different videos; where they are the same, frames of one video may be in several"
            " splits",
            stacklevel=5,
        )


def warn_of_bare_names(parts: Sequence[Labels]) -> None:
    """A path without its root is the same video in several folders, or it is not."""
    folders: defaultdict[str, set[str]] = defaultdict(set)
    for part in parts:
        for video in part.videos:
            if video.origin and not ABSOLUTE.match(video.origin):
                folders[path_text(video.origin)].add(place_of(part.path.parent))
    shared = sorted(name[1:] for name, own in folders.items() if len(own) > 1)
    if shared:
        warnings.warn(
            f"labels in several folders name {len(shared)} videos by the same relative path"
            f" ({', '.join(shared[:3])}), and each is taken for one video; where they are"
            " different videos, store their whole paths in the labels",
            stacklevel=5,
        )
