"""What a training run decides between epochs, each from the figures of the epochs before alone.

So a run that goes on after a kill decides what an uninterrupted one decides.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

Record = dict[str, Any]
"""The figures of an epoch: "epoch" from 1, "learning_rate", "loss", and "val_loss" if measured."""

FALL = 0.5
"""Factor on the learning rate at a plateau."""


@dataclass(frozen=True)
class Schedule:
    """How long a network is trained, how fast, and which of its weights are kept.

    Attributes:
        epochs: Epochs at most, >= 1.
        learning_rate: That of the first epoch, > 0.
        rates: "cosine": half a cosine wave, which ends nearly at zero; "plateau": halved whenever
            `patience` epochs were not the best; "constant".
        select: "last": the weights of the last epoch are kept; "val_loss": those of the best.
        stop_after: Epochs in a row without a better one after which training stops; None for never.
        patience: Epochs without a better one that make a plateau, >= 1.
    """

    epochs: int
    learning_rate: float
    rates: Literal["cosine", "plateau", "constant"] = "cosine"
    select: Literal["last", "val_loss"] = "last"
    stop_after: int | None = None
    patience: int = 5

    @property
    def needs_validation(self) -> bool:
        """Whether something is decided by the validation loss."""
        return self.select == "val_loss" or self.stop_after is not None or self.rates == "plateau"

    def rate(self, records: Sequence[Record]) -> float:
        """The learning rate of the epoch after these records.

        Example:
            >>> schedule = Schedule(epochs=4, learning_rate=1.0)
            >>> schedule.rate([]), round(schedule.rate([{}, {}, {}]), 4)
            (1.0, 0.1464)
            >>> worse = [{"val_loss": 1.0}, {"val_loss": 2.0}, {"val_loss": 2.0}]
            >>> Schedule(epochs=4, learning_rate=1.0, rates="plateau", patience=2).rate(worse)
            0.5
        """
        if self.rates == "cosine":
            wave = 0.5 * (1.0 + math.cos(math.pi * len(records) / self.epochs))
            return self.learning_rate * wave
        if self.rates == "plateau":
            return self.learning_rate * FALL ** self._n_plateaus(records)
        return self.learning_rate

    def _n_plateaus(self, records: Sequence[Record]) -> int:
        n, since = 0, 0
        for at in range(len(records)):
            since = 0 if best_epoch(records[: at + 1]) == at else since + 1
            if since == self.patience:
                n, since = n + 1, 0
        return n

    def is_over(self, records: Sequence[Record]) -> bool:
        """Whether training stops after these records."""
        if len(records) >= self.epochs:
            return True
        if self.stop_after is None or not records:
            return False
        return len(records) - 1 - best_epoch(records) >= self.stop_after


def best_epoch(records: Sequence[Record]) -> int:
    """The position of the record with the smallest validation loss; of equals the first.

    Example:
        >>> best_epoch([{"val_loss": 2.0}, {"val_loss": 1.0}, {"val_loss": 1.0}])
        1
    """
    return min(range(len(records)), key=lambda at: records[at]["val_loss"])
