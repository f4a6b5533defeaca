"""The columns of an export: facts on all frames that are needed before the first one is read.

The columns are one `tf.train.Example` in a file beside the shards, a list of whole numbers each. A
frame takes a few bytes, so that a million frames take some 15 MB.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from splitlib.inputs.export.frame_records import example_record, ints_feature
from splitlib.inputs.frames.image_decoder import ImageDecoder

NAMES = (
    "record_bytes",
    "video_ind",
    "frame_ind",
    "n_instances",
    "height",
    "width",
    "channels",
    "stored_channels",
    "is_bgr",
)

DEEP_NAMES = (*NAMES, "is_deep")
"""The columns of exports with images of more than 8 bits."""


@dataclass(frozen=True, eq=False)
class FrameColumns:
    """Columns of n exported frames, one for each of `NAMES` or of `DEEP_NAMES`.

    They are the length of the record without the framing of TFRecord, position of the video, frame
    of that video, number of instances, three for the size of the decoded image, channels of the
    encoded image, whether its colours are in the order of OpenCV, and whether it has 16 bits.
    """

    values: NDArray[np.int64]  # (n, 9) or (n, 10)

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, name: str) -> NDArray[np.int64]:
        """(n,) int64, a column."""
        return self.values[:, DEEP_NAMES.index(name)]

    @property
    def image_size(self) -> NDArray[np.int64]:
        """(n, 3) int64, height, width and channels of the decoded images."""
        first = NAMES.index("height")
        return self.values[:, first : first + 3]

    @property
    def names(self) -> tuple[str, ...]:
        """The name of each column."""
        return DEEP_NAMES[: self.values.shape[1]]

    def decoder(self, white: int) -> ImageDecoder:
        """Decodes the images of the frames; `white` is that of images of 16 bits."""
        is_deep = self["is_deep"] if "is_deep" in self.names else np.zeros(len(self))
        return ImageDecoder(
            size=self.image_size.astype(np.int32),
            stored_channels=self["stored_channels"].astype(np.int32),
            is_bgr=self["is_bgr"].astype(np.bool_),
            is_deep=is_deep.astype(np.bool_),
            white=white,
        )

    def record(self) -> bytes:
        """The columns as a record."""
        return example_record({name: ints_feature(self[name].tolist()) for name in self.names})


def frame_row(frame: dict[str, Any], record: bytes) -> list[int]:
    """The row of a frame in `DEEP_NAMES`, from the argument of `frame_record` and its record."""
    return [
        len(record),
        int(frame["video_ind"]),
        int(frame["frame_ind"]),
        len(frame["skeleton_inds"]),
        *frame["raw_image_size"].tolist(),
        int(frame["stored_channels"]),
        int(frame["is_bgr"]),
        int(frame["is_deep"]),
    ]


def parse_columns(record: tf.Tensor, n_frames: int, names: tuple[str, ...]) -> FrameColumns:
    """The columns of these names and of so many frames in a record, () string.

    Raises:
        tf.errors.InvalidArgumentError: A column is missing or has another length.
    """
    column = tf.io.FixedLenFeature([n_frames], tf.int64)
    columns = tf.io.parse_single_example(record, dict.fromkeys(names, column))
    return FrameColumns(np.stack([columns[name].numpy() for name in names], axis=1))
