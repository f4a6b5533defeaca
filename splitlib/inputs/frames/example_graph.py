"""The graph that makes an example: everything is in tables, and one row is looked up."""

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from splitlib.inputs.frames.decoded_frames import DecodedFrames
from splitlib.inputs.frames.frame_instances import FrameInstances
from splitlib.inputs.frames.images import EncodedImages
from splitlib.inputs.graph.tensors import on_cpu

IMAGE_ROW = 3
"""Column of the table of `Examples`."""


class Examples:
    """From the row of an example to the example, for `Dataset.map`."""

    def __init__(
        self,
        table: NDArray[np.int64],
        images: EncodedImages,
        instances: FrameInstances,
        n_tracks: int,
        decoded: DecodedFrames | None = None,
    ) -> None:
        """Prepare the tensors that the graph refers to.

        Args:
            table: (n_examples, 7) int64: "example_ind", "video_ind", "frame_ind", row in `images`,
                first and one past the last row in `instances`, and the nodes of these.
            images: The images.
            instances: The instances.
            n_tracks: Number of tracks of the labels.
            decoded: Keeps decoded images by their rows in `images`; None to decode every time.
        """
        self.table = on_cpu(table, tf.int64)
        self.images = images
        self.points = on_cpu(instances.points, tf.float32)
        inds = np.stack([instances.skeleton, instances.track], axis=1)
        self.skeleton_and_track = on_cpu(inds, tf.int32)
        self.has_one_size = instances.has_one_size
        self.n_tracks = n_tracks
        self.decoded = decoded

    def __call__(self, row: tf.Tensor) -> dict[str, tf.Tensor]:
        """The example, as `LabelsReader.make_dataset` says."""
        columns = self._looked_up(row)
        return {"image": self._image(columns[IMAGE_ROW]), **self._annotations(columns)}

    def annotations(self, row: tf.Tensor) -> dict[str, tf.Tensor]:
        """The example without its image, which is not read for it."""
        return self._annotations(self._looked_up(row))

    def _annotations(self, columns: list[tf.Tensor]) -> dict[str, tf.Tensor]:
        example_ind, video, frame_idx, image_row, first, last, n_nodes = columns
        # to gather by, which costs less than slicing three times
        instances = tf.range(first, last, tf.constant(1, tf.int64))
        points = tf.gather(self.points, instances)
        skeleton, track = tf.unstack(tf.gather(self.skeleton_and_track, instances), axis=1)
        return {
            "raw_image_size": self.images.sizes(image_row),
            "example_ind": example_ind,
            "video_ind": tf.cast(video, tf.int32),
            "frame_ind": frame_idx,
            "scale": tf.constant([1.0, 1.0]),
            "instances": points if self.has_one_size else points[:, :n_nodes],
            "skeleton_inds": skeleton,
            "track_inds": track,
            "n_tracks": tf.constant(self.n_tracks, tf.int32),
        }

    def encoded(self, row: tf.Tensor) -> dict[str, tf.Tensor]:
        """The image of the example as it is stored, and what has to be known to decode it."""
        image_row = self._looked_up(row)[IMAGE_ROW]
        return {
            "encoded_image": self.images.read(image_row),
            "stored_channels": tf.gather(on_cpu(self.images.stored_channels, tf.int32), image_row),
            "is_bgr": tf.gather(on_cpu(self.images.is_bgr, tf.bool), image_row),
        }

    def _looked_up(self, row: tf.Tensor) -> list[tf.Tensor]:
        columns: list[tf.Tensor] = tf.unstack(tf.gather(self.table, row))
        return columns

    def _image(self, row: tf.Tensor) -> tf.Tensor:
        if self.decoded is None:
            return self.images.decode(row)
        return self.decoded(row, lambda: self.images.decode(row))


class RowLookup:
    """From "example_ind" to the row of an example, for `Dataset.map`."""

    def __init__(self, n_frames: int, positions: NDArray[np.int64]) -> None:
        """Prepare a table.

        Args:
            n_frames: Frames that "example_ind" counts.
            positions: (n_examples,) the frame of each example, from 0 on.
        """
        rows = np.full(n_frames, -1)
        rows[positions] = np.arange(len(positions))
        self.rows = on_cpu(rows, tf.int64)

    def __call__(self, index: tf.Tensor) -> tf.Tensor:
        """The row, () int64; asking for a frame that is no example fails."""
        index = tf.cast(index, tf.int64)
        row = tf.gather(self.rows, tf.where(index < 0, index + len(self.rows), index))
        found = tf.debugging.Assert(row >= 0, ["ds_index: the reader has no example", index])
        with tf.control_dependencies([found]):
            return tf.identity(row)


def check_index(ds_index: tf.data.Dataset) -> None:
    """Make sure that a dataset holds single integers.

    Raises:
        TypeError: It holds something else.
    """
    spec = ds_index.element_spec
    if not (isinstance(spec, tf.TensorSpec) and spec.dtype.is_integer and spec.shape.rank == 0):
        msg = f"ds_index: expected a dataset of single integers, its elements are {spec}"
        raise TypeError(msg)
