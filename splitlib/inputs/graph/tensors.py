"""Tensors that the graphs of datasets use, and functions that become graphs."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf


def on_cpu(values: object, dtype: tf.DType) -> tf.Tensor:
    """A tensor for the graphs of datasets, which run on the CPU and would copy any other tensor."""
    # init_scope: without it, a tensor made while a graph is traced would belong to that graph alone
    with tf.init_scope(), tf.device("/cpu:0"):
        return tf.constant(values, dtype)


def as_written(function: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a function for `Dataset.map` whose Python has no `if` and `for` over tensors.

    Otherwise tensorflow would look for them: it would rewrite the function and all that it calls,
    which takes as long as making the graph.
    """
    marked: Callable[..., Any] = tf.autograph.experimental.do_not_convert(function)
    return marked


def lengths(tensor: tf.Tensor) -> list[int | tf.Tensor]:
    """The shape of a tensor, as plain numbers if they are known, which saves operations."""
    shape = tf.shape(tensor)
    return [shape[at] if known is None else known for at, known in enumerate(tensor.shape)]
