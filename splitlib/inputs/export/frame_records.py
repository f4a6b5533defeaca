"""The record of an exported frame: a `tf.train.Example` with everything that its example holds.

A record can be read without splitlib and without the manifest. Features are written in the order of
their names, so the same frame gives the same bytes.
"""

from collections.abc import Iterable
from typing import Any

import tensorflow as tf

_NUMBERS = ("example_ind", "video_ind", "frame_ind", "n_nodes", "stored_channels", "is_bgr")
_LISTS = ("skeleton_inds", "track_inds")


def frame_record(frame: dict[str, Any]) -> bytes:
    """The record of a frame: arrays by key, as of `Examples.encoded`.

    "scale" and "n_tracks" are left out.
    """
    numbers = {**frame, "n_nodes": frame["instances"].shape[1]}
    return example_record(
        {
            "encoded_image": tf.train.Feature(
                bytes_list=tf.train.BytesList(value=[frame["encoded_image"]])
            ),
            "raw_image_size": ints_feature(frame["raw_image_size"].tolist()),
            # floats of 32 bits, like the points, of which NaN marks those that are not visible
            "instances": tf.train.Feature(
                float_list=tf.train.FloatList(value=frame["instances"].ravel().tolist())
            ),
            **{name: ints_feature([int(numbers[name])]) for name in _NUMBERS},
            **{name: ints_feature(frame[name].tolist()) for name in _LISTS},
        }
    )


def parse_frame(record: tf.Tensor, n_nodes: int | None) -> dict[str, tf.Tensor]:
    """The frame that `frame_record` took, with the types of a `LabelsReader`, for `Dataset.map`.

    The record is () string, and `n_nodes` that of all instances; None where frames differ.
    """
    number = tf.io.FixedLenFeature([], tf.int64)
    several = tf.io.FixedLenSequenceFeature([], tf.int64, allow_missing=True)
    frame: dict[str, tf.Tensor] = tf.io.parse_single_example(
        record,
        {
            "encoded_image": tf.io.FixedLenFeature([], tf.string),
            "raw_image_size": tf.io.FixedLenFeature([3], tf.int64),
            "instances": tf.io.FixedLenSequenceFeature([], tf.float32, allow_missing=True),
            **dict.fromkeys(_NUMBERS, number),
            **dict.fromkeys(_LISTS, several),
        },
    )
    for name in ("raw_image_size", "video_ind", *_LISTS):
        frame[name] = tf.cast(frame[name], tf.int32)
    shape = [tf.size(frame["skeleton_inds"]), tf.cast(frame.pop("n_nodes"), tf.int32), 2]
    points = tf.reshape(frame["instances"], tf.stack(shape))
    frame["instances"] = tf.ensure_shape(points, [None, n_nodes, 2])
    return frame


def example_record(features: dict[str, tf.train.Feature]) -> bytes:
    """The bytes of a `tf.train.Example`, the same for the same features."""
    example = tf.train.Example(features=tf.train.Features(feature=features))
    content: bytes = example.SerializeToString(deterministic=True)
    return content


def ints_feature(values: Iterable[int]) -> tf.train.Feature:
    """A feature of whole numbers."""
    return tf.train.Feature(int64_list=tf.train.Int64List(value=values))
