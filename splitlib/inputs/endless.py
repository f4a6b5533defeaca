"""Training batches without end, which Keras refuses where it was told no other end."""

import sys
from types import FrameType
from typing import Any

import tensorflow as tf

from splitlib.errors import TrainingError


class EndlessBatches(tf.data.Dataset):  # type: ignore[misc]  # tensorflow has no annotations
    """A dataset without end, as it is, but for the question how long it is.

    `keras.Model.fit` asks that question when it starts, and trains its first epoch without end
    where the answer is "unknown" or "infinite" and `steps_per_epoch` is missing. No length would
    be right: with one, Keras begins anew after so many batches, with the draws of the first epoch;
    and a length that the graph asserts is wrong on a worker of a tf.data service, which gives a
    part. So the question is refused where it comes from Keras without a number of steps. Datasets
    that are made from this one, such as by `map`, ask the graph, and refuse nothing.
    """

    def __init__(self, batches: tf.data.Dataset) -> None:
        self._batches = batches
        super().__init__(tf.data.experimental.to_variant(batches))

    def _inputs(self) -> list[tf.data.Dataset]:
        return [self._batches]

    @property
    def element_spec(self) -> Any:  # noqa: ANN401 - what tensorflow gives
        """Shapes and types of the batches."""
        return self._batches.element_spec

    def cardinality(self) -> tf.Tensor:
        """What tensorflow knows of the number of batches.

        Raises:
            TrainingError: `fit`, `evaluate` or `predict` of Keras asks, and was given no number of
                steps.
        """
        if _keras_has_no_end(sys._getframe(1)):
            msg = (
                "training batches have no end, and Keras was given no number of steps: give fit"
                " steps_per_epoch=input_fn.steps_per_epoch (evaluate and predict: steps)"
            )
            raise TrainingError(msg)
        return super().cardinality()


def _keras_has_no_end(frame: FrameType | None) -> bool:
    """Whether an epoch iterator of Keras is among the callers, and was given no number of steps.

    Keras (3.8 to 3.15) makes the same calls with and without one. Where a later version has no
    such iterator, nothing is refused.
    """
    while frame is not None:
        caller = frame.f_locals.get("self")
        if type(caller).__name__.endswith("EpochIterator"):
            return getattr(caller, "steps_per_epoch", 1) is None
        frame = frame.f_back
    return False
