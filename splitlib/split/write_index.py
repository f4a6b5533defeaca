"""Writing the index of a split."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from splitlib.jsonfile import write_json
from splitlib.labels import Labels
from splitlib.slp.videos import path_parts
from splitlib.split.core.groups import number_pairs
from splitlib.split.index import ENCODING_TYPE, ENCODING_VERSION, SourceId
from splitlib.split.label_digests import frame_words, label_digests


@dataclass(frozen=True, eq=False)
class IndexWriter:
    """Writes the indexes of the splits of some labels; the same split gives the same bytes.

    Attributes:
        labels: The labels that were split.
        sources: Their file, or the files that they were joined of, in the order of the rows.
        params: The params that made the split, as plain values.
    """

    labels: Labels
    sources: Sequence[SourceId]
    params: dict[str, Any]

    def write(self, path: str | PathLike[str], indices: NDArray[np.int64], split: str) -> None:
        """Write the index of a split, given by (n,) int64 ascending positions in the labels."""
        recording, time, _ = self.labels.moments
        rank = np.unique(self.labels.recordings.keys, return_inverse=True)[1]
        names = np.unique([source.file for source in self.sources], return_inverse=True)[1]
        file_rank = names[self._file]
        order = indices[np.lexsort((time[indices], file_rank[indices], rank[recording[indices]]))]
        changes = np.diff(recording[order], prepend=-1) | np.diff(file_rank[order], prepend=-1)
        starts = np.flatnonzero(changes)
        value: dict[str, Any] = {
            "encoding-type": ENCODING_TYPE,
            "encoding-version": ENCODING_VERSION,
            "split": split,
            "sources": [asdict(source) for source in self.sources],
            "params": self.params,
            "videos": [self._video(rows) for rows in np.split(order, starts)[1:]],
        }
        if not self._is_in_order:
            value["position"] = order.tolist()
        write_json(Path(path), value)

    def _video(self, rows: NDArray[np.int64]) -> dict[str, Any]:
        """The frames that one file has of one recording, as rows of the labels by time."""
        recordings = self.labels.recordings
        number = int(self.labels.moments.recording[rows[0]])
        video = self.labels.videos[recordings.first_video[number]]
        return {
            "key": recordings.keys[number],
            "file": self.sources[self._file[rows[0]]].file,
            "name": recordings.names[number],
            "size": video.size,
            "n_frames": video.n_frames,
            "fingerprint": f"{self._fingerprint(rows):016x}",
            "frames": _by_name(frame_names(self.labels, rows), self._digests[rows]),
        }

    def _fingerprint(self, rows: NDArray[np.int64]) -> int:
        """One word for frames and their labels, in any order: a sum modulo 2**64."""
        identity = self.labels.moments.identity[rows]
        return int(frame_words(identity, self._digests[rows]).sum(dtype=np.uint64))

    @cached_property
    def _file(self) -> NDArray[np.int64]:
        """(n_frames,) int64, position in `sources` of the file of each row."""
        n_frames = [source.n_frames for source in self.sources]
        return np.repeat(np.arange(len(n_frames)), n_frames)

    @cached_property
    def _digests(self) -> NDArray[np.uint64]:
        return label_digests(self.labels)

    @cached_property
    def _is_in_order(self) -> bool:
        """Whether frames come by video and number, each once."""
        recording, _, identity = self.labels.moments
        video, steps = np.diff(self.labels.video), np.diff(self.labels.frame_idx)
        if not ((video > 0) | ((video == 0) & (steps > 0))).all():
            return False
        return len(number_pairs(recording, identity)[1]) == len(recording)


def _by_name(names: list[str], digests: NDArray[np.uint64]) -> dict[str, str]:
    """Digests as hexadecimal by the names of frames; those of one frame with a space between."""
    text = digests.astype(">u8").tobytes().hex()
    words = [text[at : at + 16] for at in range(0, len(text), 16)]
    frames = dict(zip(names, words, strict=True))
    if len(frames) < len(names):
        frames = {}
        for name, word in zip(names, words, strict=True):
            frames[name] = f"{frames[name]} {word}" if name in frames else word
    return frames


def frame_names(labels: Labels, rows: NDArray[np.int64]) -> list[str]:
    """What frames are called in their recording: their number, or the name of their picture."""
    video, frame_idx = labels.video[rows].tolist(), labels.frame_idx[rows].tolist()
    if not labels.recordings.pictures:
        return list(map(str, frame_idx))
    pictures = {
        at: [path_parts(name)[-1] for name in labels.videos[at].pictures]
        for at in labels.recordings.pictures.keys() & set(video)
    }
    return [
        pictures[at][frame] if at in pictures else str(frame)
        for at, frame in zip(video, frame_idx, strict=True)
    ]
