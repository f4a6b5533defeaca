"""Labels: the labeled frames of a file, as columns and as views of single frames.

`Labels` is a source file and a choice of its rows: choosing frames copies nothing, and all subsets
of a file share its tables. Embedded images stay on disk until they are asked for.
"""

import operator
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from splitlib.slp.columns import Columns, decode
from splitlib.slp.dependent_tables import kept_rows
from splitlib.slp.embedded import EmbeddedImages
from splitlib.slp.frame_annotations import Links, frames_with_annotations, links_to
from splitlib.slp.points_outside import stated_points_outside
from splitlib.slp.ranges import among_frames, renumber
from splitlib.slp.recordings import Moments, Recordings
from splitlib.slp.save import save_frames
from splitlib.slp.selection import select
from splitlib.slp.skeletons import Skeleton
from splitlib.slp.source import SlpFile, Suggestion, Track, read_labels_file
from splitlib.slp.stored_images import Image, missing_images, read_images
from splitlib.slp.videos import Video

Positions = Sequence[int] | NDArray[np.integer[Any]] | NDArray[np.bool_]
"""Positions, where negative ones count from the end, or a mask."""


@dataclass(frozen=True, eq=False)
class Instance:
    """An animal in a labeled frame.

    Two instances are equal if all attributes are equal, where NaN equals NaN.

    Attributes:
        skeleton: The nodes of the animal.
        track: The animal's track, None for none.
        is_user: Whether a person placed the instance; if not, a model predicted it.
        points: (n_nodes, 2) float64, pixels, (0, 0) at the centre of the first pixel; NaN where a
            node was not placed.
        visible: (n_nodes,) bool.
        point_scores: (n_nodes,) float64; NaN for user instances.
        score: Score of the instance; NaN or 0 for user instances.
        tracking_score: NaN where the file has none.
        from_predicted: Position in the frame of the predicted instance that this one was made
            from; None where there is none in this frame.
    """

    skeleton: Skeleton
    track: Track | None
    is_user: bool
    points: NDArray[np.float64]
    visible: NDArray[np.bool_]
    point_scores: NDArray[np.float64]
    score: float
    tracking_score: float
    from_predicted: int | None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Instance):
            return NotImplemented
        exact = operator.attrgetter("skeleton", "track", "is_user", "from_predicted")
        numbers = ("points", "visible", "point_scores", "score", "tracking_score")
        return exact(self) == exact(other) and all(
            np.array_equal(getattr(self, name), getattr(other, name), equal_nan=True)
            for name in numbers
        )

    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True)
class LabeledFrame:
    """A frame of a video with its instances.

    Attributes:
        video: The video.
        frame_idx: Number of the frame in the video, from 0.
        instances: The animals, in the order of the file.
        is_negative: Whether a person marked the frame as holding no animal.
    """

    video: Video
    frame_idx: int
    instances: tuple[Instance, ...]
    is_negative: bool


@dataclass(frozen=True, eq=False, repr=False)
class Labels:
    """Labeled frames of one file.

    Attributes:
        source: The file.
        frame_rows: (n_frames,) int64, the rows in its table of frames, each at most once.
    """

    source: SlpFile
    frame_rows: NDArray[np.int64]

    @classmethod
    def load(cls, path: str | PathLike[str]) -> "Labels":
        """Read a .slp file of format 1.0 to 2.8; embedded images stay on disk.

        Tables of newer formats, before 3.0, are carried along, and a warning names them.

        Raises:
            LabelsFileError: The file is not a labels file, is damaged, or contradicts itself.
            UnsupportedFormatError: The format is 3.0 or newer, or the file refers to data in other
                files.
        """
        source = read_labels_file(Path(path))
        return cls(source, np.arange(len(source.frames)))

    def save(self, path: str | PathLike[str]) -> None:
        """Write these frames as a labels file: the source with fewer rows.

        Rows of frames, instances and points are chosen and renumbered, and the embedded images of
        the other labeled frames are left out. Everything else is carried over as it is. The same
        labels give the same bytes, wherever they are written. The file appears whole or not at all.

        Raises:
            LabelsFileError: The source was changed since it was loaded.
            UnsupportedFormatError: The source holds references to objects, which a copy cannot
                keep.
        """
        save_frames(self.source, self.frame_rows, Path(path))

    def extract(self, indices: ArrayLike) -> "Labels":
        """The labels of some frames, in the order asked for; videos, tracks, skeletons are kept.

        Args:
            indices: `Positions` in these labels.

        Raises:
            IndexError: A position is out of range, or a mask has another length.
            TypeError: The indices are not positions.
            ValueError: A position occurs twice.
        """
        rows = self.frame_rows[_as_index(indices, len(self))]
        if np.bincount(rows).max(initial=0) > 1:
            msg = "extract: a frame is asked for twice; a labels file holds each frame row once"
            raise ValueError(msg)
        return Labels(self.source, rows)

    @property
    def path(self) -> Path:
        """The file that the labels were loaded from."""
        return self.source.path

    @property
    def videos(self) -> tuple[Video, ...]:
        """The videos of the source, whether or not a frame of them is here."""
        return self.source.videos

    @property
    def tracks(self) -> tuple[Track, ...]:
        """The tracks of the source."""
        return self.source.tracks

    @property
    def skeletons(self) -> tuple[Skeleton, ...]:
        """The skeletons of the source."""
        return self.source.skeletons

    @property
    def suggestions(self) -> tuple[Suggestion, ...]:
        """The frames suggested for labeling, of the whole source."""
        return self.source.suggestions

    @property
    def provenance(self) -> Any:  # noqa: ANN401 - any JSON
        """Where the labels come from, as the file says."""
        return self.source.provenance

    @property
    def images(self) -> Mapping[int, EmbeddedImages]:
        """Which images are embedded, per position in `videos`."""
        return self.source.images

    @property
    def video(self) -> NDArray[np.int64]:
        """(n_frames,) int64, position in `videos` of each frame."""
        return self.source.video[self.frame_rows]

    @property
    def frame_idx(self) -> NDArray[np.int64]:
        """(n_frames,) int64, number of each frame in its video."""
        return self.source.frame_idx[self.frame_rows]

    @property
    def recordings(self) -> Recordings:
        """What the videos of the source show, films or folders of pictures."""
        return self.source.recordings

    @cached_property
    def moments(self) -> Moments:
        """What the frames show: recording, time and identity of each, (n_frames,) int64."""
        return self.recordings.place(self.video, self.frame_idx)

    @cached_property
    def columns(self) -> Columns:
        """Frames, instances and points as columns."""
        return decode(self.source, self.frame_rows)

    @cached_property
    def is_negative(self) -> NDArray[np.bool_]:
        """(n_frames,) bool, whether a person marked a frame as holding no animal."""
        if not len(self.source.negative_video):
            return np.zeros(len(self), bool)
        negative = (self.source.negative_video, self.source.negative_frame_idx)
        return among_frames(self.video, self.frame_idx, *negative)

    @property
    def user_labeled_frame_inds(self) -> NDArray[np.int64]:
        """Positions of the frames with a user instance, ascending int64."""
        return np.unique(self.columns.instance_frame[self.columns.is_user])

    def example_inds(
        self, *, user_instances_only: bool, with_track_only: bool, negative_frames: bool
    ) -> NDArray[np.int64]:
        """Positions of the frames that are examples to train on, ascending int64.

        A frame is an example if an instance with a visible point passes the filters. Frames that
        are marked as holding no animal are examples if `negative_frames` is true.

        Args:
            user_instances_only: Count only instances that a person placed.
            with_track_only: Count only instances that have a track.
            negative_frames: Count negative frames.
        """
        counts = self.columns.instances_that_count(
            user_instances_only=user_instances_only, with_track_only=with_track_only
        )
        is_example = self.is_negative & negative_frames
        is_example[self.columns.instance_frame[counts]] = True
        return np.flatnonzero(is_example)

    @cached_property
    def annotations(self) -> dict[str, NDArray[np.bool_]]:
        """Whether frames have centroids, boxes, masks and regions: (n_frames,) bool for each."""
        found = frames_with_annotations(self.source)
        return {kind: of_frames[self.frame_rows] for kind, of_frames in found.items()}

    def links(self, catalog: str) -> Links:
        """What is linked to identities or categories, by positions of frames and instances here.

        Args:
            catalog: "identity" or "category".

        Returns:
            Frames are positions in these labels, and instances are rows of `columns`.
        """
        selection, found = select(self.source, self.frame_rows), links_to(self.source, catalog)
        frame = selection.new_frame[found.frame]
        instance = renumber(found.instance, selection.new_instance)
        here = frame >= 0
        return Links(frame[here], instance[here], found.entry[here])

    def kept_rows(self, choices: Sequence[ArrayLike]) -> dict[str, tuple[int, list[int]]]:
        """How many rows of tables that refer to frames a save of some frames keeps.

        Args:
            choices: For each file to write, `Positions` in these labels.

        Returns:
            For each table with rows, its rows in the source, and those of each choice. What
            belongs to no frame is in all of them.
        """
        rows = [self.frame_rows[_as_index(chosen, len(self))] for chosen in choices]
        return kept_rows(self.source, rows)

    def points_outside(self) -> NDArray[np.int64]:
        """(n_frames,) int64, the labeled points of each frame that lie outside of its picture.

        Points count that a person placed and that are visible. Sizes are those of embedded images,
        or else those that the file states; frames of unknown size have none.
        """
        return stated_points_outside(self.source, self.columns, self.video, self.frame_idx)

    def read_images(self, video: ArrayLike, frame_idx: ArrayLike) -> list[Image]:
        """The embedded images of frames, labeled or not: encoded bytes, or pixels if unencoded.

        Args:
            video: (n,) positions in `videos`.
            frame_idx: (n,) frames of these videos.

        Raises:
            ImageError: A frame has no embedded image; the message names video and frame.
        """
        wanted = np.asarray(video, np.int64), np.asarray(frame_idx, np.int64)
        return read_images(self.source, *wanted)

    def has_image(self) -> NDArray[np.bool_]:
        """(n_frames,) bool, whether the image of a frame is embedded in the file."""
        return ~missing_images(self.source, self.video, self.frame_idx)

    def __repr__(self) -> str:
        n_frames = len(self.source.frames)
        return f"<Labels: {len(self)} of the {n_frames} labeled frames of {self.path}>"

    def __len__(self) -> int:
        return len(self.frame_rows)

    def __iter__(self) -> Iterator[LabeledFrame]:
        return (self._view(at) for at in range(len(self)))

    @overload
    def __getitem__(self, at: int | np.integer[Any]) -> LabeledFrame: ...
    @overload
    def __getitem__(self, at: slice | Positions) -> list[LabeledFrame]: ...
    def __getitem__(
        self, at: int | np.integer[Any] | slice | Positions
    ) -> LabeledFrame | list[LabeledFrame]:
        """A labeled frame, or a list of frames for a slice, positions or a mask."""
        if isinstance(at, slice):
            return [self._view(position) for position in range(len(self))[at]]
        if np.ndim(at) == 0:
            return self._view(_as_position(at, len(self)))
        return [self._view(position) for position in _as_index(at, len(self)).tolist()]

    def _view(self, at: int) -> LabeledFrame:
        columns = self.columns
        first, last = columns.instance_bounds[at], columns.instance_bounds[at + 1]
        return LabeledFrame(
            video=self.videos[columns.video[at]],
            frame_idx=int(columns.frame_idx[at]),
            instances=tuple(self._instance(row, first, last) for row in range(first, last)),
            is_negative=bool(self.is_negative[at]),
        )

    def _instance(self, row: int, first: int, last: int) -> Instance:
        columns = self.columns
        points = slice(columns.point_bounds[row], columns.point_bounds[row + 1])
        track, origin = int(columns.track[row]), int(columns.from_predicted[row])
        return Instance(
            skeleton=self.skeletons[columns.skeleton[row]],
            track=None if track < 0 else self.tracks[track],
            is_user=bool(columns.is_user[row]),
            points=columns.xy[points],
            visible=columns.visible[points],
            point_scores=columns.point_score[points],
            score=float(columns.score[row]),
            tracking_score=float(columns.tracking_score[row]),
            from_predicted=origin - int(first) if first <= origin < last else None,
        )


def _as_position(index: Any, n: int) -> int:  # noqa: ANN401 - whatever the caller has
    """A position from 0 on, of one that may count from the end."""
    position = operator.index(index)
    if not -n <= position < n:
        msg = f"frame {position} is asked for, but there are {n} labeled frames"
        raise IndexError(msg)
    return position % n


def _as_index(indices: ArrayLike, n: int) -> NDArray[np.int64]:
    """Positions from 0 on, of `Positions`."""
    index = np.asarray(indices)
    if index.size == 0:
        return np.zeros(0, np.int64)
    if index.dtype.kind not in "iub" or index.ndim != 1:
        msg = f"expected a list of positions, got {indices!r}"
        raise TypeError(msg)
    positions: NDArray[np.int64] = np.arange(n)[index]
    return positions
