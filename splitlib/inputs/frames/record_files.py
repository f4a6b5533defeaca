"""Records in files, read one by one in any order, by a graph.

The files are TFRecords. Each record has its length and two checksums, so that damage is an error
and not another picture. `tf.data.TFRecordDataset` reads a file from its start. The raw operation
behind that class takes an offset, so that a record anywhere costs one read.
"""

from dataclasses import dataclass

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from splitlib.inputs.graph.tensors import as_written, on_cpu

FRAMING = 16
"""Bytes around each record: its length with a checksum before it, its own checksum behind it."""


@dataclass(frozen=True, eq=False)
class RecordFiles:
    """Records, by the file and the offset of each record."""

    files: tuple[str, ...]  # paths that `tf.io.gfile` takes
    file: NDArray[np.int64]  # (n,) int64, index into `files`
    offset: NDArray[np.int64]  # (n,) int64, bytes of the file before the record


class ReadRecord:
    """From the number of a record to its bytes, for `Dataset.map`."""

    def __init__(self, records: RecordFiles) -> None:
        """Prepare the tensors that the graph refers to."""
        self.files = on_cpu(list(records.files), tf.string)
        self.file = on_cpu(records.file, tf.int64)
        self.offset = on_cpu(records.offset, tf.int64)

    def __call__(self, row: tf.Tensor) -> tf.Tensor:
        """() string; where the record is cut off or damaged, the error names the file."""
        file = tf.gather(self.files, tf.gather(self.file, row))
        offset = tf.gather(self.offset, row)
        variant = tf.raw_ops.TFRecordDatasetV2(
            filenames=file[None],
            compression_type="",
            buffer_size=tf.constant(0, tf.int64),  # a buffer would read other records too
            byte_offsets=offset[None],
            metadata="",
        )
        from_here = tf.data.experimental.from_variant(variant, tf.TensorSpec([], tf.string))
        # The operation's own error names an offset but no file, so an empty record stands for an
        # error. One element is mapped, because a missing file fails again at every attempt.
        first = as_written(lambda _: from_here.take(1).get_single_element())
        attempt = tf.data.Dataset.range(1).map(first)
        sound = attempt.ignore_errors(log_warning=True)
        or_empty = sound.concatenate(tf.data.Dataset.from_tensors(""))
        record = or_empty.take(1).get_single_element()
        problem = tf.strings.join(
            [file, ": the record at byte ", tf.strings.as_string(offset), " cannot be read"]
        )
        is_read = tf.debugging.Assert(tf.not_equal(record, ""), [problem])
        with tf.control_dependencies([is_read]):
            return tf.identity(record)


class RecordWriter:
    """Writes records into a file, one behind another. The same records give the same bytes."""

    def __init__(self, path: str) -> None:
        """Begin the file at a path that `tf.io.gfile` takes, in place of any file there."""
        self._file = tf.io.TFRecordWriter(path)
        self._n_bytes = 0

    def write(self, record: bytes) -> int:
        """Add a record, and return the offset at which it begins.

        Raises:
            ValueError: The record is empty, which stands for an error in `ReadRecord`.
        """
        if not record:
            msg = f"the record for byte {self._n_bytes} is empty"
            raise ValueError(msg)
        offset = self._n_bytes
        self._file.write(record)
        self._n_bytes += len(record) + FRAMING
        return offset

    def close(self) -> None:
        """End the file."""
        self._file.close()
