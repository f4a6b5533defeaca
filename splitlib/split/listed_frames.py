"""Frames that somebody lists by video and frame, found in labels."""

from collections import defaultdict
from collections.abc import Sequence
from difflib import get_close_matches

import numpy as np
from numpy.typing import NDArray

from splitlib.errors import SplitError
from splitlib.labels import Labels
from splitlib.slp.recordings import picture_identity
from splitlib.slp.videos import path_parts
from splitlib.split.examples import paths_of_recordings
from splitlib.split.video_names import VideoNames
from splitlib.split.video_patterns import offer, several
from splitlib.split.write_index import frame_names

Frame = tuple[str, int | str]
"""A video, by its key or the end of a stored path; and a frame, by its number or its picture."""


class ListedFrames:
    """Labels whose frames are asked for by video and frame.

    The number of a picture is the one in its name, which tells its moment.
    """

    def __init__(self, labels: Labels) -> None:
        """Look for frames in these labels."""
        self.labels = labels
        self._names = VideoNames(labels.recordings.keys, paths_of_recordings(labels))
        self._recordings: dict[str, int] = {}
        moments = (column.tolist() for column in labels.moments)
        self._by_number: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
        self._by_identity: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
        for row, (recording, time, identity) in enumerate(zip(*moments, strict=True)):
            self._by_number[recording, time].append(row)
            self._by_identity[recording, identity].append(row)

    def rows(self, frames: Sequence[Frame]) -> NDArray[np.int64]:
        """(n,) int64, the rows of the labels with some frames, ascending; all rows of each.

        Raises:
            SplitError: A frame is not in the labels, fits two videos, or is listed twice; the
                message begins with the frame.
        """
        taken: set[int] = set()
        for frame in frames:
            rows = self._rows_of(*frame)
            if not taken.isdisjoint(rows):
                msg = f"{[*frame]} is listed twice; a frame is in one split"
                raise SplitError(msg)
            taken.update(rows)
        return np.array(sorted(taken), np.int64)

    def _rows_of(self, video: str, frame: int | str) -> list[int]:
        if video not in self._recordings:
            self._recordings[video] = self._recording(video, frame)
        recording = self._recordings[video]
        if isinstance(frame, int) or frame.isdecimal():
            rows = self._by_number.get((recording, int(frame)), [])
        else:
            *_, name = path_parts(frame) or [""]
            stem = name.rpartition(".")[0] or name
            rows = self._by_identity.get((recording, picture_identity(stem)), [])
        if not rows:
            msg = f"{[video, frame]} is no labeled frame; {self._near(recording, frame)}"
            raise SplitError(msg)
        return rows

    def _recording(self, video: str, frame: int | str) -> int:
        found = self._names.find(video).videos
        if not found:
            msg = f"{[video, frame]}: no video has this name; {offer(video, self._names)}"
            raise SplitError(msg)
        if len(found) > 1:
            msg = f"{[video, frame]}: {several(video, found, self._names)}"
            raise SplitError(msg)
        return found[0]

    def _near(self, recording: int, frame: int | str) -> str:
        """Labeled frames of a video that are like one that is not labeled."""
        rows = np.flatnonzero(self.labels.moments.recording == recording)
        names = list(dict.fromkeys(frame_names(self.labels, rows)))
        if names and all(name.isdecimal() for name in [*names, str(frame)]):
            near = sorted(names, key=lambda name: abs(int(name) - int(frame)))[:3]
        else:
            near = get_close_matches(str(frame), names) or names[:3]
        key = self.labels.recordings.keys[recording]
        return f"labeled frames of {key} near it are {', '.join(near) or 'none'}"
