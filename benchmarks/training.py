"""A training step fed by `input_fn`, against the same step fed from tensors in memory.

Both are taken in turn, round after round, so that a machine whose speed drifts changes both. The
ratio is that of each round, and its median is shown. The input function is made anew in each
round: one that waits would work ahead while the other is measured.
"""

import time
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from benchmarks.input_rates import REAL, params_of
from benchmarks.made_labels import made_images, make_labels
from splitlib.inputs.input_fn import InputFunction, make_input_fn
from splitlib.models.build import build_model
from splitlib.models.fit import losses_of
from splitlib.params import Cache

ROUNDS = 7
STEPS = 30
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


def seconds(step: Any, batches: Iterator[Any]) -> float:  # noqa: ANN401 - a function of tensorflow
    """Seconds of a step."""
    for batch in islice(batches, STEPS // 2):
        step(batch)
    start = time.perf_counter()
    for batch in islice(batches, STEPS):
        logs = step(batch)
    float(logs["loss"])  # waits for the last step
    return (time.perf_counter() - start) / STEPS


def measured(path: Path, cache: Cache) -> tuple[list[float], list[float]]:
    """Seconds of a step in each round: fed by the input function, and from memory."""
    input_fn = make_input_fn(path, params_of(cache), training=True)
    batches = list(input_fn().take(input_fn.steps_per_epoch))  # keeps the frames, too
    step = step_of(input_fn)
    fed, from_memory = [], []
    for _ in range(ROUNDS):
        from_memory.append(seconds(step, cycle(batches)))
        fed.append(seconds(step, iter(input_fn())))
    return fed, from_memory


def measure() -> list[str]:
    """The lines of the report."""
    with TemporaryDirectory() as folder:
        path = REAL
        if not path.exists():
            path = Path(folder) / "frames.slp"
            make_labels(path, 500, images=made_images(50))
        rows = []
        for cache, name in KINDS:
            fed, from_memory = measured(path, cache)
            ratio = float(np.median(np.array(fed) / np.array(from_memory)))
            times = " | ".join(f"{median(one) * 1000:,.0f}" for one in (from_memory, fed))
            rows.append(f"| {name} | {times} | {ratio:.2f} |")
        return [
            f"Training steps: batches of 8 crops of 128 pixels of {path.name}, default network",
            "",
            "| input function | ms of a step from memory | ms of a step fed by it | ratio |",
            "|---|---|---|---|",
            *rows,
        ]


if __name__ == "__main__":
    print("\n".join(measure()))
