"""Tensors that the graphs of datasets refer to, and functions that become graphs."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf


def on_cpu(values: object, dtype: tf.DType) -> tf.Tensor:
    """A tensor that the graphs of datasets refer to: they run on the CPU, and would copy others."""
    # init_scope: made while a graph is traced, it would belong to that graph and serve no other.
    with tf.init_scope(), tf.device("/cpu:0"):
        return tf.constant(values, dtype)


def as_written(function: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a function for `Dataset.map` whose Python has no `if` and `for` over tensors.

    Tensorflow would look for them by rewriting the function and all that it calls, which takes as
    long as making the graph.
    """
    marked: Callable[..., Any] = tf.autograph.experimental.do_not_convert(function)
    return marked


def lengths(tensor: tf.Tensor) -> list[int | tf.Tensor]:
    """The shape of a tensor: numbers where they are known, which saves operations."""
    shape = tf.shape(tensor)
    return [shape[at] if known is None else known for at, known in enumerate(tensor.shape)]
