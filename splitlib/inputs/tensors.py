"""Tensors that the graphs of datasets refer to."""

import tensorflow as tf


def on_cpu(values: object, dtype: tf.DType) -> tf.Tensor:
    """A tensor that the graphs of datasets refer to: they run on the CPU, and would copy others."""
    # init_scope: made while a graph is traced, it would belong to that graph and serve no other.
    with tf.init_scope(), tf.device("/cpu:0"):
        return tf.constant(values, dtype)
