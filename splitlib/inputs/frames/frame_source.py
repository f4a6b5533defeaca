"""The frames of a labels file, as the steps take them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from os import PathLike
from pathlib import Path

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from splitlib.errors import SplitError
from splitlib.inputs.frames.decoded_frames import DecodedFrames
from splitlib.inputs.frames.frame_order import frame_keys
from splitlib.inputs.frames.images import Frames
from splitlib.inputs.frames.reader import LabelsReader
from splitlib.labels import Labels
from splitlib.params import LabelsParams, Params
from splitlib.slp.labels_files import labels_folders
from splitlib.slp.points_outside import points_outside
from splitlib.slp.skeletons import Skeleton
from splitlib.slp.videos import path_parts

FILTERS = ("user_instances_only", "with_track_only", "negative_frames")

FrameGraph = Callable[[tf.Tensor], dict[str, tf.Tensor]]
"""From the row of a frame, () int64, to its example as `LabelsReader.make_dataset` gives it."""


@dataclass(frozen=True, eq=False)
class LabelsSource:
    """The frames of a labels file that are examples under the filters of the params."""

    reader: LabelsReader  # reads these frames
    filters: LabelsParams  # the filters that chose them

    @classmethod
    def load(
        cls, path: str | PathLike[str], params: Params, video_folders: tuple[Path, ...] | None
    ) -> "LabelsSource":
        """Read the labels; images are read when they are asked for.

        Plain videos are looked for in `video_folders`. None means the folder of `labels.path`,
        because the videos of a split lie beside the labels that were split.

        Raises:
            SplitError: No frame is an example under the filters.
        """
        filters = params.labels
        labels = Labels.load(path)
        frames = labels.example_inds(**filters_of(filters))
        if not len(frames):
            raise SplitError(_no_example(labels))
        folders = labels_folders(filters.path) if video_folders is None else video_folders
        reader = LabelsReader(
            labels,
            frames,
            user_instances_only=filters.user_instances_only,
            with_track_only=filters.with_track_only,
            video_folders=folders,
            memory_budget=params.inputs.memory_budget,
            white=params.inputs.white,
        )
        return cls(reader, filters)

    @property
    def name(self) -> str:
        """The labels file, for messages."""
        return str(self.reader.labels.path)

    @cached_property
    def skeleton(self) -> Skeleton:
        """The skeleton of the instances: of those with its nodes, the first of the labels.

        So all splits of some labels have one order of nodes and edges. Without instances, it is the
        first skeleton.

        Raises:
            UnsupportedFormatError: Instances have skeletons of different nodes.
        """
        return self.reader.skeleton

    @property
    def video_keys(self) -> tuple[str, ...]:
        """The key of each video that "video_ind" counts."""
        return tuple(video.key for video in self.reader.videos)

    @cached_property
    def keys(self) -> NDArray[np.int64]:
        """(n,) int64, the key of each frame, as of `frame_keys`."""
        return frame_keys(self.video_keys, *self.reader.frames)

    @cached_property
    def n_instances(self) -> NDArray[np.int64]:
        """(n,) int64, instances of each frame."""
        return self.reader.n_instances

    @property
    def points(self) -> NDArray[np.float32]:
        """(n_instances, n_nodes, 2) float32, (x, y) in pixels of all instances, NaN if missing."""
        return self.reader.points

    @cached_property
    def image_size(self) -> NDArray[np.int64]:
        """(n, 3) int64, height, width and channels of each frame; the images are read for this."""
        self.reader.images.check_headers()
        return self.reader.images.decoder.size.astype(np.int64)

    @cached_property
    def points_outside(self) -> NDArray[np.int64]:
        """(n,) int64, labeled points of each frame that lie outside of its picture."""
        columns = self.reader.labels.extract(self.reader.indices).columns
        return points_outside(columns, self.image_size[:, :2])

    @property
    def encoded_bytes(self) -> int:
        """Bytes of encoded images that are held in memory; the images are read for this."""
        return self.reader.encoded_bytes

    def only(self, rows: NDArray[np.int64]) -> "LabelsSource":
        """The frames at (n,) int64 rows, in their order; images of other frames are not read."""
        return replace(self, reader=replace(self.reader, example_indices=self.reader.indices[rows]))

    def frame_name(self, row: int) -> str:
        """The name of a frame in messages."""
        return Frames(self.reader.labels, *self.reader.frames).name(row)

    def frame_title(self, video: int, frame_idx: int) -> str:
        """What a person calls a frame: key and number of a film, or the name of a picture."""
        named = self.reader.videos[video]
        if named.pictures:
            return path_parts(named.pictures[frame_idx])[-1]
        return f"{named.key} {frame_idx}"

    @property
    def dtype(self) -> tf.DType:
        """Type of the images, which are read for this: uint8, or float32 for more than 8 bits."""
        return self.reader.images.decoder.dtype

    def check_images(self) -> int:
        """Decode every image once; the error names each image that does not decode.

        Returns:
            The largest level, as of `LabelsReader.check_images`.
        """
        return self.reader.check_images()

    def graph(self, decoded: DecodedFrames) -> FrameGraph:
        """What makes the example of a frame, inside of `Dataset.map`."""
        return self.reader.examples(decoded)


def holds_frames(path: Path) -> bool:
    """Whether a labels file is there and holds a labeled frame, be it an example or not."""
    return path.is_file() and len(Labels.load(path)) > 0


def filters_of(params: LabelsParams) -> dict[str, bool]:
    """The settings of `labels` that choose frames and instances, by name."""
    return {name: getattr(params, name) for name in FILTERS}


def _no_example(labels: Labels) -> str:
    if not len(labels):
        return f"{labels.path}: the split has no frames; see split.fractions in the params"
    return (
        f"{labels.path}: no instance to train on: {len(labels.columns.is_user)} instances in"
        f" {len(labels)} frames, none with a visible point passes the filters of `labels`"
    )
