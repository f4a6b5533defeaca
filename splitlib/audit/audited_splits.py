"""The splits that are audited: their files, and all of their frames as columns."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from splitlib.audit.video_match import match_videos, recording_paths
from splitlib.convert.source_frames import SourceVideos
from splitlib.errors import JsonFileError, SplitError
from splitlib.files import read_together
from splitlib.labels import Labels
from splitlib.slp.videos import video_keys
from splitlib.split.index import SplitIndex, read_index

NAMES = ("train", "val", "test")

TRUTH = "gt"
"""A word in the names of the labels that a model was trained and validated on, beside predictions:
labels_gt.train.slp of SLEAP 1.x, labels_gt.train.0.slp of sleap-nn, labels_train_gt_0.slp of
sleap-nn before 0.1. sleap-nn numbers the labels files that it was given."""

PREDICTIONS = {"pr", "pred", "predictions"}
"""Words in the names of predictions that lie beside the labels of a model."""

OpenPart = Callable[[Sequence[Path]], Labels]
"""Opens the labels of a split, of a file or of several."""


@dataclass(frozen=True, eq=False)
class AuditedSplits:
    """Splits of one source, the training split first.

    Attributes:
        names: Name of each split.
        parts: Labels of each split.
        indexes: Index of each split, None for a split without one.
        source: The labels that were split, None where they are not known.
        videos: Keys of all recordings, films or folders of pictures; those of the source come
            first, in its order.
        split: (n,) int64, the split of each frame; splits lie one after the other.
        video: (n,) int64, position in `videos`.
        frame_idx: (n,) int64, `Moments.time`: the frame of a film, the number of a picture.
        identity: (n,) int64, `Moments.identity`, the same for the same frame of a recording.
        video_folders: Where plain videos may lie, besides the folders of the splits.
    """

    names: tuple[str, ...]
    parts: tuple[Labels, ...]
    indexes: tuple[SplitIndex | None, ...]
    source: Labels | None
    videos: tuple[str, ...]
    split: NDArray[np.int64]
    video: NDArray[np.int64]
    frame_idx: NDArray[np.int64]
    identity: NDArray[np.int64]
    video_folders: tuple[Path, ...] = ()

    @property
    def held_out(self) -> list[int]:
        """The splits other than the first that have frames."""
        return [at for at in range(1, len(self.parts)) if len(self.parts[at])]

    @cached_property
    def has_user_instances(self) -> bool:
        """Whether a person placed an instance of any split."""
        return any(bool(part.columns.is_user.any()) for part in self.parts)

    @cached_property
    def track_names(self) -> list[str]:
        """The names of the tracks of all splits, sorted."""
        return sorted({track.name for part in self.parts for track in part.tracks})

    @cached_property
    def node_names(self) -> list[str]:
        """The names of the nodes of all splits, sorted."""
        skeletons = [skeleton for part in self.parts for skeleton in part.skeletons]
        return sorted({node for skeleton in skeletons for node in skeleton.nodes})

    @cached_property
    def labeled(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Recording and time of all labeled frames: of the source, or else of all splits."""
        if self.source is None:
            return self.video, self.frame_idx
        return self.source.moments.recording, self.source.moments.time

    @cached_property
    def picture_recordings(self) -> list[str]:
        """What is taken for a recording by the names of pictures: folder and form of the names."""
        of_labels = [self.source] if self.source else self.parts
        return sorted(
            {
                labels.recordings.names[number]
                for labels in of_labels
                for places in labels.recordings.pictures.values()
                for number in np.unique(places[:, 0]).tolist()
            }
        )

    @cached_property
    def plain_videos(self) -> tuple[SourceVideos, ...]:
        """The videos of each split that are not embedded, beside the split or in the folders."""
        return tuple(SourceVideos(part, self.video_folders) for part in self.parts)

    def rows(self, split: int) -> NDArray[np.int64]:
        """Rows of the frames of a split."""
        return np.flatnonzero(self.split == split)

    def name(self, row: int) -> str:
        """The name of a frame in messages."""
        return f"{self.videos[self.video[row]]} frame {self.frame_idx[row]}"


def load_audited(
    source: str | Path | Labels | None,
    paths: Sequence[str | Path],
    *,
    video_folders: Sequence[Path] = (),
    open_part: OpenPart | None = None,
) -> AuditedSplits:
    """Read splits to audit.

    Args:
        source: The labels that were split, or their file; None to compare with none.
        paths: Files of splits, or folders that hold them.
        video_folders: Where plain videos may lie; none stands for the folder of the source.
        open_part: Opens a split of several files, such as those of sleap-nn; None refuses such.

    Raises:
        SplitError: There are fewer than two splits, or two of one name.
        LabelsFileError: A file is no labels file, or is damaged.
        UnfinishedFilesError: The files are of two runs.
    """
    files = [file for path in paths for file in split_files(Path(path))]
    with read_together(files):
        return _load_audited(source, files, video_folders, open_part)


def _load_audited(
    source: str | Path | Labels | None,
    files: Sequence[Path],
    video_folders: Sequence[Path],
    open_part: OpenPart | None,
) -> AuditedSplits:
    indexes = {file: _index_beside(file) for file in files}
    parts: dict[str, list[Path]] = {}
    for file in files:
        parts.setdefault(split_name(file, indexes[file]), []).append(file)
    _check_names(parts, may_join=open_part is not None)
    names = sorted(parts, key=lambda name: NAMES.index(name) if name in NAMES else len(NAMES))
    labels = source if source is None or isinstance(source, Labels) else Labels.load(source)
    folders = video_folders or ([] if labels is None else [labels.path.parent])
    return audited_splits(
        labels,
        {name: _open(parts[name], open_part) for name in names},
        [indexes[parts[name][0]] for name in names],
        list(dict.fromkeys([*folders, *(file.parent for file in files)])),
    )


def _open(files: Sequence[Path], open_part: OpenPart | None) -> Labels:
    return open_part(files) if open_part and len(files) > 1 else Labels.load(files[0])


def audited_splits(
    source: Labels | None,
    parts: dict[str, Labels],
    indexes: Sequence[SplitIndex | None] | None = None,
    video_folders: Sequence[Path] = (),
) -> AuditedSplits:
    """Put splits side by side; the first split is the training split."""
    known = [] if source is None else recording_paths(source)
    videos = []
    for part in parts.values():
        own = recording_paths(part)
        found = match_videos(known, own, all_known=source is not None)
        for at in np.flatnonzero(found < 0).tolist():
            found[at] = len(known)
            known.append(own[at])
        videos.append(found[part.moments.recording])
    labels = list(parts.values())
    return AuditedSplits(
        names=tuple(parts),
        parts=tuple(labels),
        indexes=tuple(indexes) if indexes else (None,) * len(labels),
        source=source,
        videos=tuple(video_keys(known)),
        split=np.repeat(np.arange(len(labels)), [len(part) for part in labels]),
        video=np.concatenate(videos),
        frame_idx=np.concatenate([part.moments.time for part in labels]),
        identity=np.concatenate([part.moments.identity for part in labels]),
        video_folders=tuple(video_folders),
    )


def in_several_splits(split: NDArray[np.int64], number: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which things occur in two splits or more, as (n,) bool.

    Args:
        split: (n,) int64, the split of each thing.
        number: (n,) int64, equal for equal things, >= 0.
    """
    n_splits = int(split.max(initial=0)) + 1
    pairs = np.unique(number * n_splits + split)
    n_holding = np.bincount(pairs // n_splits)
    return n_holding[number] > 1


def split_files(path: Path) -> list[Path]:
    """The split files in a folder, only train, val and test if any; or the file itself.

    Of the folder of a model, these are the labels that it was trained and validated on.

    Raises:
        SplitError: The folder holds no .slp file.
    """
    if not path.is_dir():
        return [path]
    files = sorted(path.glob("*.slp"))
    named = [file for file in files if split_name(file, None) in NAMES]
    truth = [file for file in named if TRUTH in _words(file)]
    named = truth or [file for file in named if PREDICTIONS.isdisjoint(_words(file))]
    if not files:
        msg = f"{path}: there is no .slp file in the folder; name the files of the splits"
        raise SplitError(msg)
    return named or files


def split_name(file: Path, index: SplitIndex | None) -> str:
    """The name of the split in a file: of its index, or a word of the file name, or the file name.

    Example:
        >>> split_name(Path("labels_gt.train.slp"), None), split_name(Path("val.pkg.slp"), None)
        ('train', 'val')
    """
    if index is not None:
        return index.split
    words = _words(file)
    return next((name for name in NAMES if name in words), file.name.removesuffix(".slp"))


def _words(file: Path) -> list[str]:
    """The words of a file name, in small letters."""
    return re.split("[._-]", file.name.lower().removesuffix(".slp"))


def _index_beside(file: Path) -> SplitIndex | None:
    """The index beside a split file; None if there is none, or another kind of JSON file."""
    path = file.with_suffix(".json")
    try:
        return read_index(path) if path.is_file() else None
    except JsonFileError:
        return None


def _check_names(parts: Mapping[str, Sequence[Path]], *, may_join: bool) -> None:
    """Check that there are two splits, each of one file or of the numbered ones of a model."""
    for name, files in parts.items():
        numbered = {re.sub("[0-9]+", "", file.name) for file in files}
        is_one = len(numbered) == 1 and TRUTH in _words(files[0]) and may_join
        if len(files) > 1 and not is_one:
            same = " and ".join(map(str, files))
            msg = f"{same} are both the split {name!r}; give each its own name"
            raise SplitError(msg)
    if len(parts) < 2:
        files = [file for own in parts.values() for file in own]
        msg = f"expected two splits or more, got {', '.join(map(str, files)) or 'none'}"
        raise SplitError(msg)
