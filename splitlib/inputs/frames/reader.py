"""LabelsReader: labels as a `tf.data` dataset with one example per labeled frame.

The class has the constructors, keys, types and values of SLEAP 1.3.3 (sleap/nn/data/providers.py).
It works on columns: a graph on all cores reads the examples, instead of one Python call per frame.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from splitlib.convert.pictures import WHITE_16
from splitlib.inputs.frames.decoded_frames import DecodedFrames
from splitlib.inputs.frames.example_graph import KEYS, Examples, check_index, row_lookup
from splitlib.inputs.frames.frame_instances import FrameInstances, check_frames, frame_instances
from splitlib.inputs.frames.images import EncodedImages, Frames
from splitlib.inputs.frames.load_images import load_images
from splitlib.inputs.frames.suggestions import first_rows, suggested_frames
from splitlib.inputs.graph.tensors import as_written
from splitlib.labels import Labels
from splitlib.slp.ranges import among_frames, expand
from splitlib.slp.skeletons import Skeleton, united
from splitlib.slp.source import Track
from splitlib.slp.videos import Video


@dataclass(frozen=True, eq=False)
class LabelsReader:
    """Reads labeled frames as examples for training.

    The labels are never changed.

    Attributes:
        labels: The labels.
        example_indices: Positions in the labels of the frames to read, in the order to read them.
            Negative positions count from the end, and repeated positions are read again. None for
            all frames.
        user_instances_only: Whether to leave out instances that a model predicted.
        with_track_only: Whether to leave out instances without a track.
        unlabeled_frames: Frames that are not labeled, as pairs of a position in `videos` and a
            frame of that video. They are numbered after the last labeled frame.
        video_folders: Where to look for videos besides the folder of the labels.
        memory_budget: As of `load_images`.
        white: The level that becomes 1 in images of more than 8 bits; None for 65535, that of 16.

    Raises:
        TypeError: `labels` is no `Labels`, or the indices are no list of integers.
        IndexError: There is no frame at an index.
    """

    labels: Labels
    example_indices: Sequence[int] | NDArray[np.integer[Any]] | None = None
    user_instances_only: bool = False
    with_track_only: bool = False
    unlabeled_frames: tuple[tuple[int, int], ...] = field(default=(), kw_only=True)
    video_folders: tuple[Path, ...] = field(default=(), kw_only=True)
    memory_budget: int | None = field(default=None, kw_only=True)
    white: int | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        if not isinstance(self.labels, Labels):
            msg = (
                f"LabelsReader reads splitlib.Labels, got {type(self.labels).__name__};"
                " load the file with splitlib.Labels.load"
            )
            raise TypeError(msg)
        _ = self._positions  # checks the indices now, and copies the caller's array

    @classmethod
    def from_filename(
        cls, filename: str | PathLike[str], user_instances: bool = True
    ) -> "LabelsReader":
        """Read a .slp file as `from_user_instances` does; without `user_instances`, all of it."""
        labels = Labels.load(filename)
        return cls.from_user_instances(labels) if user_instances else cls(labels)

    @classmethod
    def from_user_instances(cls, labels: Labels, with_track_only: bool = False) -> "LabelsReader":
        """Read the frames in which a person placed a visible point, and user instances only.

        With `with_track_only`, instances without a track are left out. Frames stay, even those that
        are left without instances.
        """
        frames = labels.example_inds(
            user_instances_only=True, with_track_only=False, negative_frames=False
        )
        return cls(labels, frames.tolist(), True, with_track_only)

    @classmethod
    def from_user_labeled_frames(
        cls, labels: Labels, with_track_only: bool = False
    ) -> "LabelsReader":
        """Read the frames with a user instance, even an empty one, with all their instances."""
        return cls(labels, labels.user_labeled_frame_inds.tolist(), with_track_only=with_track_only)

    @classmethod
    def from_unlabeled_suggestions(cls, labels: Labels) -> "LabelsReader":
        """Read the suggested frames without a user instance, each once.

        Frames that are not in the labels are numbered after the last labeled frame, in the order
        of the suggestions.
        """
        video, frame_idx = suggested_frames(labels)
        user = labels.user_labeled_frame_inds
        left = ~among_frames(video, frame_idx, labels.video[user], labels.frame_idx[user])
        video, frame_idx = video[left], frame_idx[left]
        rows = first_rows(labels, video, frame_idx)
        is_new = rows < 0
        rows[is_new] = len(labels) + np.arange(is_new.sum())
        new = zip(video[is_new].tolist(), frame_idx[is_new].tolist(), strict=True)
        return cls(labels, rows.tolist(), unlabeled_frames=tuple(new))

    def __len__(self) -> int:
        return len(self._positions)

    @property
    def input_keys(self) -> list[str]:
        """No keys, because examples begin at a reader."""
        return []

    @property
    def output_keys(self) -> list[str]:
        """The keys of an example."""
        return list(KEYS)

    @property
    def videos(self) -> tuple[Video, ...]:
        """The videos that `video_ind` counts."""
        return self.labels.videos

    @property
    def tracks(self) -> tuple[Track, ...]:
        """The tracks that `track_inds` counts."""
        return self.labels.tracks

    @cached_property
    def indices(self) -> NDArray[np.int64]:
        """(n_examples,) `example_indices` as an array, all frames where they are None.

        Raises:
            TypeError: They are no list of positions.
        """
        if self.example_indices is None:
            return np.arange(self._n_frames)
        found = type(self.example_indices).__name__
        if isinstance(self.example_indices, list | tuple | range | np.ndarray):
            given = np.asarray(self.example_indices)
            if given.ndim == 1 and (given.dtype.kind in "iu" or not given.size):
                return given.astype(np.int64)
            hint = "; for a mask, give numpy.flatnonzero(mask)" if given.dtype.kind == "b" else ""
            found = f"{given.dtype} of shape {given.shape}{hint}"
        msg = f"example_indices: expected a list or array of integers, got {found}"
        raise TypeError(msg)

    @property
    def frames(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Of each example the position in `videos` and the frame of that video, (n_examples,)."""
        frames = self._frames(self._positions)
        return frames.video, frames.frame_idx

    @property
    def max_height_and_width(self) -> tuple[int, int]:
        """The largest height and the largest width of the videos of the examples."""
        height, width = self._video_sizes.max(axis=0, initial=0)
        return (int(height), int(width))

    @property
    def is_from_multi_size_videos(self) -> bool:
        """Whether the videos of the examples differ in height or width."""
        return len(np.unique(self._video_sizes, axis=0)) > 1

    @property
    def encoded_bytes(self) -> int:
        """Bytes of the encoded images in memory; the images are read for this."""
        return self.images.n_bytes

    @property
    def decoded_bytes(self) -> int:
        """Bytes of the decoded images of all examples; the encoded images are read for this."""
        decoder = self.images.decoder
        sizes = decoder.size[self._image_rows]
        return int(sizes.prod(axis=1, dtype=np.int64).sum() * decoder.dtype.size)

    def check_images(self) -> int:
        """Decode every image once, a few at a time.

        Returns:
            The largest level: of 255, or of 65535 where an image has more than 8 bits.

        Raises:
            ImageError: Images are missing or do not decode; the message names each video and frame.
            VideoNotFoundError: A plain video is not found.
            VideoMismatchError: A file that is found is not the video that was labeled.
        """
        return self.images.check_pixels()

    def make_dataset(self, ds_index: tf.data.Dataset | None = None) -> tf.data.Dataset:
        """The examples, in the order of `example_indices`.

        The encoded images are read now, and frames of plain videos once only. A graph makes
        several examples at a time, and gives them in the same order every time.

        Args:
            ds_index: Values of "example_ind" of this reader, which say which examples to read, in
                which order. A shuffled or sharded dataset reads no more than it asks for.

        Returns:
            A dataset of dicts:
                "image": (height, width, channels) uint8, RGB or grayscale; float32, shares of
                    white, if an image has more than 8 bits. Static shape where all examples agree.
                "raw_image_size": (3,) int32, the shape of the image as it was read.
                "example_ind": () int64, the frame in the labels, as in `example_indices`.
                "video_ind": () int32, position in `videos`.
                "frame_ind": () int64, frame of the video.
                "scale": (2,) float32, (x, y) factors by which the image was resized: 1.
                "instances": (n_instances, n_nodes, 2) float32, (x, y) in pixels; NaN for a point
                    that is not visible. Instances without a visible point are left out. Nodes are
                    in the order of `skeleton`.
                "skeleton_inds": (n_instances,) int32, position in `labels.skeletons`.
                "track_inds": (n_instances,) int32, position in `tracks`, -1 for none.
                "n_tracks": () int32, number of `tracks`.

        Raises:
            ImageError: A frame has no image, or one that is cut off or damaged.
            VideoNotFoundError: A plain video is not found.
            VideoMismatchError: A file that is found is not the video that was labeled.
            MissingExtraError: A plain video is needed, and its reader is not installed.
            UnsupportedFormatError: Instances of the examples have skeletons of different nodes.
            TypeError: `ds_index` holds no integers.
        """
        examples = as_written(self.examples())
        if ds_index is None:
            rows = tf.data.Dataset.range(len(self))
        else:
            check_index(ds_index)
            rows = ds_index.map(row_lookup(self._n_frames, self._positions))
        return rows.map(examples, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)

    def examples(self, decoded: DecodedFrames | None = None) -> Examples:
        """From the place in `example_indices` to the example, for `Dataset.map`.

        `decoded` is as of `Examples`. Errors are those of `make_dataset`.
        """
        check_frames(self.labels, self._instances, self._positions)
        self.images.check_headers()
        return Examples(self._table(), self.images, self._instances, len(self.tracks), decoded)

    @property
    def n_instances(self) -> NDArray[np.int64]:
        """(n_examples,) int64, instances of each example."""
        return np.diff(self._instances.bounds)[self._positions]

    @property
    def points(self) -> NDArray[np.float32]:
        """(n_instances, n_nodes, 2) float32, the points of the examples in their order.

        They are (x, y) in pixels, NaN where a node is missing; no image is read for them.
        """
        return self._instances.points[self._instance_rows]

    @property
    def instance_tracks(self) -> NDArray[np.int32]:
        """(n_instances,) int32, position in `tracks` of each instance of `points`, -1 for none."""
        return self._instances.track[self._instance_rows]

    @property
    def skeleton(self) -> Skeleton:
        """The skeleton of the points: the first of the labels with the nodes of the instances.

        Raises:
            UnsupportedFormatError: The instances of the examples have different nodes.
        """
        check_frames(self.labels, self._instances, self._positions)
        skeletons, kinds = self.labels.skeletons, self._instances.kind
        if not skeletons:
            return Skeleton("", (), (), ())
        first, last = (self._instances.bounds[self._positions + n] for n in (0, 1))
        used = kinds[first[first < last]]
        return united(skeletons, int(used[0]) if len(used) else 0)

    @property
    def _instance_rows(self) -> NDArray[np.int64]:
        """(n_instances,) int64, rows in `_instances` of the instances of the examples."""
        first, last = (self._instances.bounds[self._positions + n] for n in (0, 1))
        return expand(first, last)

    @property
    def _n_frames(self) -> int:
        return len(self.labels) + len(self.unlabeled_frames)

    @cached_property
    def _positions(self) -> NDArray[np.int64]:
        """(n_examples,) int64, `indices` with negative ones counted from 0 too."""
        n_frames = self._n_frames
        outside = (self.indices < -n_frames) | (self.indices >= n_frames)
        if outside.any():
            index = self.indices[outside][0]
            msg = f"example_indices: there is no frame {index}, of {n_frames} frames"
            raise IndexError(msg)
        return np.where(self.indices < 0, self.indices + n_frames, self.indices)

    def _frames(self, positions: NDArray[np.int64]) -> Frames:
        unlabeled = np.array(self.unlabeled_frames, np.int64).reshape(-1, 2)
        video = np.concatenate([self.labels.video, unlabeled[:, 0]])
        frame_idx = np.concatenate([self.labels.frame_idx, unlabeled[:, 1]])
        return Frames(self.labels, video[positions], frame_idx[positions])

    def _load(self, positions: NDArray[np.int64]) -> EncodedImages:
        return load_images(
            self._frames(positions),
            video_folders=self.video_folders,
            memory_budget=self.memory_budget,
            white=self.white or WHITE_16,
        )

    @cached_property
    def images(self) -> EncodedImages:
        """The encoded images of the examples, read when first asked for.

        Every frame has one image, even where it is repeated, in the order of the labels.
        """
        return self._load(np.unique(self._positions))

    @property
    def _image_rows(self) -> NDArray[np.int64]:
        """(n_examples,) row in `images` of each example."""
        return np.unique(self._positions, return_inverse=True)[1]

    @cached_property
    def _video_sizes(self) -> NDArray[np.int32]:
        """(n, 2) height and width of the videos of the examples, by one frame of each video."""
        first = np.unique(self.frames[0], return_index=True)[1]
        images = self._load(self._positions[first])
        images.check_headers()
        return images.decoder.size[:, :2]

    @cached_property
    def _instances(self) -> FrameInstances:
        return frame_instances(
            self.labels,
            user_instances_only=self.user_instances_only,
            with_track_only=self.with_track_only,
            n_unlabeled=len(self.unlabeled_frames),
        )

    def _table(self) -> NDArray[np.int64]:
        """(n_examples, 7) int64, the table of `Examples`."""
        at, instances = self._positions, self._instances
        columns = [
            self.indices,
            *self.frames,
            self._image_rows,
            instances.bounds[at],
            instances.bounds[at + 1],
            instances.frame_nodes(at),
        ]
        return np.stack(columns, axis=1, dtype=np.int64)
