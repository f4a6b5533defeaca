"""The graph that makes an example from the rows of tables."""

from collections.abc import Callable

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from splitlib.inputs.frames.decoded_frames import DecodedFrames
from splitlib.inputs.frames.frame_instances import FrameInstances
from splitlib.inputs.frames.images import EncodedImages
from splitlib.inputs.graph.tensors import as_written, on_cpu
from splitlib.slp.ranges import positions_of

KEYS = (
    "image",
    "raw_image_size",
    "example_ind",
    "video_ind",
    "frame_ind",
    "scale",
    "instances",
    "skeleton_inds",
    "track_inds",
    "n_tracks",
)
"""The keys of an example, which `LabelsReader.make_dataset` explains."""

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

        The table is (n_examples, 7) int64: "example_ind", "video_ind", "frame_ind", row in
        `images`, first and one past the last row in `instances`, and nodes of these instances.
        `decoded` keeps decoded images by their rows in `images`; None to decode every time.
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
        """The example, as `LabelsReader.make_dataset` explains it."""
        columns = self._looked_up(row)
        at = columns[IMAGE_ROW]

        def decode() -> tf.Tensor:
            return self.images.decoder(self.images.read(at), at)

        image = decode() if self.decoded is None else self.decoded(at, decode)
        return {"image": image, **self._annotations(columns)}

    def encoded(self, row: tf.Tensor) -> dict[str, tf.Tensor]:
        """The example with its stored image and the facts that decoding needs, without pixels."""
        columns, decoder = self._looked_up(row), self.images.decoder
        at = columns[IMAGE_ROW]
        return {
            "encoded_image": self.images.read(at),
            "stored_channels": tf.gather(on_cpu(decoder.stored_channels, tf.int32), at),
            "is_bgr": tf.gather(on_cpu(decoder.is_bgr, tf.bool), at),
            "is_deep": tf.gather(on_cpu(decoder.is_deep, tf.bool), at),
            **self._annotations(columns),
        }

    def _annotations(self, columns: list[tf.Tensor]) -> dict[str, tf.Tensor]:
        example_ind, video, frame_idx, image_row, first, last, n_nodes = columns
        # gathering by a range costs less than slicing three times
        instances = tf.range(first, last, tf.constant(1, tf.int64))
        points = tf.gather(self.points, instances)
        skeleton, track = tf.unstack(tf.gather(self.skeleton_and_track, instances), axis=1)
        return {
            "raw_image_size": self.images.decoder.sizes(image_row),
            "example_ind": example_ind,
            "video_ind": tf.cast(video, tf.int32),
            "frame_ind": frame_idx,
            "scale": tf.constant([1.0, 1.0]),
            "instances": points if self.has_one_size else points[:, :n_nodes],
            "skeleton_inds": skeleton,
            "track_inds": track,
            "n_tracks": tf.constant(self.n_tracks, tf.int32),
        }

    def _looked_up(self, row: tf.Tensor) -> list[tf.Tensor]:
        columns: list[tf.Tensor] = tf.unstack(tf.gather(self.table, row))
        return columns


def row_lookup(n_frames: int, positions: NDArray[np.int64]) -> Callable[[tf.Tensor], tf.Tensor]:
    """From "example_ind", which counts frames, to the row of an example, for `Dataset.map`.

    Positions are (n_examples,) int64, the frame of each example, >= 0. A frame that is no example
    fails.
    """
    rows = on_cpu(positions_of(positions, n_frames), tf.int64)

    @as_written
    def row_of(index: tf.Tensor) -> tf.Tensor:
        index = tf.cast(index, tf.int64)
        row = tf.gather(rows, tf.where(index < 0, index + n_frames, index))
        found = tf.debugging.Assert(row >= 0, ["ds_index: the reader has no example", index])
        with tf.control_dependencies([found]):
            return tf.identity(row)

    return row_of


def check_index(ds_index: tf.data.Dataset) -> None:
    """Check that a dataset holds single integers.

    Raises:
        TypeError: The dataset holds something else.
    """
    spec = ds_index.element_spec
    if not (isinstance(spec, tf.TensorSpec) and spec.dtype.is_integer and spec.shape.rank == 0):
        msg = f"ds_index: expected a dataset of single integers, its elements are {spec}"
        raise TypeError(msg)
