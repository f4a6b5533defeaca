"""The stage train with a timer: ``python -m benchmarks.own_training`` in the folder of a project.

Prints a line of JSON, as the scripts of other tools in benchmarks/peers/.
"""

import json
import time
from typing import Any

import keras
import tensorflow as tf

import splitlib
from stages import train


class Timer(keras.callbacks.Callback):  # type: ignore[misc]
    """Seconds of all steps of each epoch, without validation; on the clock, and of all cores.

    Attributes:
        epochs: Both for each epoch, for a step of it.
        steps: Steps of an epoch.
        minutes: Of all epochs, with validation.
    """

    def __init__(self) -> None:
        super().__init__()
        self.epochs: list[list[float]] = []
        self.steps = 0
        self.minutes = 0.0

    def on_train_begin(self, logs: object = None) -> None:
        self.begin = time.perf_counter()

    def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
        self.start = time.perf_counter(), time.process_time()

    def on_train_batch_end(self, batch: int, logs: object = None) -> None:
        self.steps = batch + 1
        now = time.perf_counter(), time.process_time()
        self.last = [(end - start) / self.steps for end, start in zip(now, self.start, strict=True)]

    def on_epoch_end(self, epoch: int, logs: object = None) -> None:
        self.epochs.append(self.last)

    def on_train_end(self, logs: object = None) -> None:
        self.minutes = (time.perf_counter() - self.begin) / 60


def main() -> None:
    """Train, and tell how long it took."""
    timer, fit = Timer(), keras.Model.fit

    def timed(model: keras.Model, *args: Any, callbacks: list[Any], **kwargs: Any) -> Any:  # noqa: ANN401 - of Keras
        return fit(model, *args, callbacks=[*callbacks, timer], **kwargs)

    keras.Model.fit = timed
    train.main([])
    print(
        json.dumps(
            {
                "tool": f"splitlib {splitlib.__version__} (tensorflow {tf.__version__})",
                "step_seconds": [clock for clock, _ in timer.epochs],
                "step_core_seconds": [cores for _, cores in timer.epochs],
                "steps": timer.steps,
                "minutes": timer.minutes,
            }
        )
    )


if __name__ == "__main__":
    main()
