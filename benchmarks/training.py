"""A training step fed by `input_fn`, against the same step fed from tensors in memory.

Both are taken in turn, round after round, so that a machine whose speed drifts changes both. The
ratio is that of each round, and its median is shown; that of the processor's time holds beside
other work, and counts what a GPU would not wait for. The input function is made anew in each round:
one that waits would work ahead while the other is measured.
"""

import time
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from benchmarks.input_rates import measured_frames, params_of
from splitlib.inputs.input_fn import InputFunction, make_input_fn
from splitlib.models.build import build_model
from splitlib.models.fit import losses_of
from splitlib.params import Cache

ROUNDS = 7
STEPS = 20
"""Steps of a round that are measured, after half as many that are not."""

KINDS: tuple[tuple[Cache, str], ...] = (
    ("memory", "frames kept"),
    ("none", "frames decoded in every epoch"),
)


def step_of(input_fn: InputFunction) -> Any:  # noqa: ANN401 - a function of tensorflow
    """The training step of Keras, of the default network with its losses and optimizer."""
    model = build_model(input_fn.inputs)
    model.compile(keras.optimizers.Adam(1e-3), loss=losses_of(model))
    model.optimizer.build(model.trainable_variables)
    return tf.function(model.train_step)


def cost(step: Any, batches: Iterator[Any]) -> list[float]:  # noqa: ANN401 - a function of tensorflow
    """Seconds of a step: those on the clock, and those of all cores together."""
    for batch in islice(batches, STEPS // 2):
        step(batch)
    starts = time.perf_counter(), time.process_time()
    for batch in islice(batches, STEPS):
        logs = step(batch)
    float(logs["loss"])  # waits for the last step
    ends = time.perf_counter(), time.process_time()
    return [(end - start) / STEPS for start, end in zip(starts, ends, strict=True)]


def measured(path: Path, cache: Cache) -> NDArray[np.float64]:
    """(ROUNDS, 2, 2) seconds of a step: from memory and fed, on the clock and of all cores."""
    input_fn = make_input_fn(path, params_of(cache), training=True)
    batches = list(input_fn().take(input_fn.steps_per_epoch))  # keeps the frames, too
    step = step_of(input_fn)
    return np.array(
        [[cost(step, cycle(batches)), cost(step, iter(input_fn()))] for _ in range(ROUNDS)]
    )


def measure() -> list[str]:
    """The lines of the report."""
    with measured_frames() as path:
        rows = []
        for cache, name in KINDS:
            seconds = measured(path, cache)
            from_memory, fed = np.median(seconds[:, :, 0], axis=0) * 1000
            clock, cores = np.median(seconds[:, 1] / seconds[:, 0], axis=0)
            rows.append(f"| {name} | {from_memory:,.0f} | {fed:,.0f} | {clock:.2f} | {cores:.2f} |")
        return [
            f"Training steps: batches of 8 crops of 128 pixels of {path.name}, default network",
            "",
            "| input function | ms of a step from memory | fed by it | ratio | ratio of CPU time |",
            "|---|---|---|---|---|",
            *rows,
        ]


if __name__ == "__main__":
    print("\n".join(measure()))
