"""Decoded frames that are kept in memory, so that later epochs need not decode them again.

The graph looks a frame up before it decodes the frame, and stores it afterwards. Kept frames save
time and never change examples. So every epoch draws order and augmentation anew, a run may begin
anywhere, and a budget smaller than the frames keeps as many of them as it holds.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from splitlib.errors import SplitError
from splitlib.inputs.graph.tensors import on_cpu

Decode = Callable[[], tf.Tensor]


@dataclass(frozen=True, eq=False)
class CachePlan:
    """Which decoded frames are kept."""

    is_kept: NDArray[np.bool_]  # (n_frames,) bool
    decoded_bytes: int  # bytes of the decoded frames that are kept
    encoded_bytes: int  # bytes of all encoded frames that memory holds beside them
    budget: int  # bytes that both may take together

    def __str__(self) -> str:
        """The plan in words."""
        n, n_kept = len(self.is_kept), int(self.is_kept.sum())
        if not n_kept:
            return f"{n} frames are decoded in every epoch"
        held = mebibytes(self.decoded_bytes + self.encoded_bytes)
        which, rest = f"{n} frames", ""
        if n_kept < n:
            which = f"{n_kept} of {n} frames"
            rest = f"; the others in every epoch (budget {mebibytes(self.budget)})"
        return f"{which} are decoded once and kept, {held} in memory{rest}"


def plan_cache(
    mode: str, frame_bytes: NDArray[np.int64], encoded_bytes: int, budget: int
) -> CachePlan:
    """Decide which decoded frames are kept.

    Modes are "none", "auto" for the first frames, as many as the budget holds, and "memory" for
    all. `frame_bytes` are (n_frames,) int64, of each decoded frame. The budget is for these and the
    `encoded_bytes` in memory together.

    Raises:
        SplitError: The mode is "memory", and the budget does not hold all frames.
    """
    needed = np.cumsum(frame_bytes) + encoded_bytes
    is_kept = needed <= budget if mode != "none" else np.zeros(len(frame_bytes), np.bool_)
    if mode == "memory" and not is_kept.all():
        msg = (
            f"inputs.cache: memory would take {mebibytes(int(needed[-1]))} for {len(frame_bytes)}"
            f" frames, encoded and decoded, and inputs.memory_budget is {mebibytes(budget)}; set"
            f" the budget to {mebibytes(int(needed[-1]))} or more, or use cache: auto, which keeps"
            f" {int(is_kept.sum())} of them and decodes the others in every epoch"
        )
        raise SplitError(msg)
    return CachePlan(is_kept, int(frame_bytes[is_kept].sum()), encoded_bytes, budget)


class DecodedFrames:
    """Decoded frames by their rows, for `Dataset.map`; filled as frames are asked for."""

    def __init__(
        self,
        is_kept: NDArray[np.bool_],
        shape: tuple[int | None, int | None, int | None],
        dtype: tf.DType = tf.uint8,
    ) -> None:
        """Prepare an empty store, which lasts as long as a dataset that uses it.

        `is_kept` is (n_frames,) bool, the shape that of all frames, None where they differ. The
        type is that of all frames.
        """
        self._shape = shape
        self._dtype = dtype
        self._keeps_all = bool(is_kept.all())
        self._keeps_any = bool(is_kept.any())
        self._is_kept = on_cpu(is_kept, tf.bool)
        with tf.init_scope(), tf.device("/cpu:0"):
            self._store = tf.lookup.experimental.MutableHashTable(tf.int64, tf.string, "")

    def __call__(self, row: tf.Tensor, decode: Decode) -> tf.Tensor:
        """The frame at a row, () int64: (height, width, channels), decoded where not kept."""
        if not self._keeps_any:
            return decode()
        if self._keeps_all:
            return self._looked_up(row, decode)
        is_kept = tf.gather(self._is_kept, row)
        image = tf.cond(is_kept, lambda: self._looked_up(row, decode), decode)
        return tf.ensure_shape(image, self._shape)

    def _looked_up(self, row: tf.Tensor, decode: Decode) -> tf.Tensor:
        stored = self._store.lookup(row)
        stored.set_shape([])  # the graph then need not check the shape

        def decoded_and_stored() -> tf.Tensor:
            image = decode()
            with tf.control_dependencies([self._store.insert(row, self._packed(image))]):
                return tf.identity(image)

        image = tf.cond(tf.equal(stored, ""), decoded_and_stored, lambda: self._unpacked(stored))
        image.set_shape(self._shape)
        return image

    def _packed(self, image: tf.Tensor) -> tf.Tensor:
        """() string: the pixels alone, the end of the message, where all frames have one shape."""
        message = tf.io.serialize_tensor(image)
        if None in self._shape:
            return message
        n_bytes = tf.size(image) * self._dtype.size
        return tf.strings.substr(message, -n_bytes, n_bytes)

    def _unpacked(self, stored: tf.Tensor) -> tf.Tensor:
        if None in self._shape:
            return tf.io.parse_tensor(stored, self._dtype)
        # a quarter faster than parsing a message, which copies the pixels once more
        return tf.reshape(tf.io.decode_raw(stored, self._dtype), self._shape)


def mebibytes(n_bytes: int) -> str:
    """A number of bytes for a person, rounded up, so that it suffices as a budget.

    Example:
        >>> mebibytes(3 * 2**20), mebibytes(99_000)
        ('3.0 MiB', '0.1 MiB')
    """
    return f"{math.ceil(n_bytes / 2**20 * 10) / 10:,.1f} MiB"
