"""A training run on disk after each epoch, so that it goes on after a kill as if nothing was."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import BadZipFile

import keras
import numpy as np
from numpy.typing import NDArray

from splitlib.errors import CheckpointError, TrainingError
from splitlib.files import atomic_path
from splitlib.models.devices import ONE_DEVICE, Devices
from splitlib.models.schedule import Record

Arrays = list[NDArray[Any]]

STATE = "run.npz"
"""One file, so that a kill never leaves the parts of two epochs."""


class Restored(NamedTuple):
    """What a run that goes on has to know."""

    records: list[Record]  # those of the epochs that are done
    best: Arrays  # the weights of the best of them


@dataclass(frozen=True)
class Checkpoint:
    """The state of an unfinished run in a folder.

    Attributes:
        folder: Where it is kept. A finished run leaves nothing there.
        of: What the run is of, as plain values: settings, and hashes of what is trained on.
        devices: What the run computes on. The first of several machines keeps the state for all.
    """

    folder: Path
    of: Mapping[str, Any]
    devices: Devices = ONE_DEVICE

    @property
    def path(self) -> Path:
        """The file of the state."""
        return self.folder / STATE

    def save(self, model: keras.Model, best: Arrays, records: Sequence[Record]) -> None:
        """Replace the state by that of now: of model, optimizer and best weights."""
        if not self.devices.is_first:
            return
        arrays: dict[str, Any] = {
            f"{name}_{at}": value
            for name, values in (("state", _values(_state(model))), ("best", best))
            for at, value in enumerate(values)
        }
        text = json.dumps({"of": self.of, "records": list(records)})
        with atomic_path(self.path) as partial:
            np.savez(partial, json=np.frombuffer(text.encode(), np.uint8), **arrays)

    def restore(self, model: keras.Model) -> Restored | None:
        """Put the state into a model that is compiled; None if no run was left unfinished.

        Raises:
            CheckpointError: The state is that of another run, or cannot be read.
            TrainingError: Another machine trains something else.
        """
        self._check_machines()
        try:
            if not (content := self._read()):
                return None
            with np.load(BytesIO(content)) as file:
                arrays = {name: file[name] for name in file.files}
            known = json.loads(arrays.pop("json").tobytes())
        except (OSError, ValueError, KeyError, BadZipFile) as err:
            msg = f"{self.path}: the state of an unfinished run cannot be read ({err}){self._anew}"
            raise CheckpointError(msg) from err
        if others := sorted(_differences(known["of"], dict(self.of))):
            msg = (
                f"{self.path}: the state of an unfinished run with other settings or labels:"
                f" {', '.join(others)}. Set them back to go on with it;{self._anew}"
            )
            raise CheckpointError(msg)
        model.optimizer.build(model.trainable_variables)
        variables = _state(model)
        found = [arrays.get(f"state_{at}") for at in range(len(variables))]
        if [None if one is None else one.shape for one in found] != [
            tuple(variable.shape) for variable in variables
        ]:
            msg = f"{self.path}: the state of an unfinished run of another network{self._anew}"
            raise CheckpointError(msg)
        for variable, value in zip(variables, found, strict=True):
            variable.assign(value)
        n_best = sum(name.startswith("best_") for name in arrays)
        return Restored(known["records"], [arrays[f"best_{at}"] for at in range(n_best)])

    def _check_machines(self) -> None:
        """Refuse machines that train different things, on all of them: one alone would hang."""
        first = json.loads(self.devices.from_first(json.dumps(self.of).encode()))
        others = sorted(_differences(first, json.loads(json.dumps(self.of))))
        if self.devices.anywhere(bool(others)):
            here = f"; of the first machine and this one: {', '.join(others)}" if others else ""
            msg = f"TF_CONFIG: the machines differ in settings, labels or versions{here}"
            raise TrainingError(msg)

    def _read(self) -> bytes:
        """The state as the first machine has it, b"" for none."""
        is_there = self.devices.is_first and self.path.exists()
        return self.devices.from_first(self.path.read_bytes() if is_there else b"")

    @property
    def _anew(self) -> str:
        return " or delete the file to train from the start"

    def clear(self) -> None:
        """Remove the state, and what a kill left of one that was being written."""
        if not self.devices.is_first:
            return
        for path in (self.path, *self.folder.glob(f".{self.path.stem}-*{self.path.suffix}")):
            path.unlink(missing_ok=True)


def _state(model: keras.Model) -> list[Any]:
    """All variables that decide how training goes on."""
    seeds = [one for one in model.variables if "seed_generator" in one.path]  # of dropout layers
    return [*model.weights, *seeds, *model.optimizer.variables]


def _values(variables: Sequence[Any]) -> Arrays:
    return [np.asarray(variable) for variable in variables]


def _differences(one: Any, other: Any, path: str = "") -> Iterator[str]:  # noqa: ANN401 - plain values
    """Where two plain values differ, such as "train.epochs (10 there, 20 here)"."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in one.keys() | other.keys():
            yield from _differences(one.get(key), other.get(key), f"{path}.{key}".lstrip("."))
    elif json.dumps(one) != json.dumps(other):
        short = all(len(json.dumps(value)) < 40 for value in (one, other))
        yield f"{path} ({json.dumps(one)} there, {json.dumps(other)} here)" if short else path
