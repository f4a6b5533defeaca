"""What tests/stages/test_train_devices.py runs in processes of several devices.

Each proof runs the stage `train` in folders with params and splits, and prints a line of JSON.
"""

import contextlib
import csv
import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import keras
import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray

from splitlib.errors import SplitlibError
from splitlib.inputs.input_fn import make_input_fn
from splitlib.models.checkpoint import Checkpoint
from splitlib.models.devices import ONE_DEVICE, Devices
from splitlib.models.fit import fit_network
from splitlib.models.storage import load_network
from splitlib.params import load_params
from stages import train

PROJECT = Path("project")


class KilledError(Exception):
    """Stands for the end of the process."""


save_state = Checkpoint.save


def say(**found: object) -> None:
    print(json.dumps(found), flush=True)


def several_devices(n: int) -> Devices:
    """Make n devices of the processor; call this function before any other work."""
    cpu = tf.config.list_physical_devices("CPU")[0]
    parts = [tf.config.LogicalDeviceConfiguration()] * n
    tf.config.set_logical_device_configuration(cpu, parts)
    return Devices.visible()


def trained(name: str, devices: Devices, killed_after: int = 0) -> str:
    """Run the stage in a copy of the project; a hash of the weights that are left."""
    models: list[keras.Model] = []

    def save(
        self: Checkpoint, model: keras.Model, best: list[NDArray[Any]], records: Sequence[Any]
    ) -> None:
        save_state(self, model, best, records)
        if len(records) == killed_after:
            raise KilledError

    def fit(model: keras.Model, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401
        models.append(model)
        return fit_network(model, *arguments, **options)

    if not Path(name).exists():
        shutil.copytree(PROJECT, name)
    with (
        contextlib.chdir(name),
        mock.patch.object(Checkpoint, "save", save),
        mock.patch.object(Devices, "visible", return_value=devices),
        mock.patch("stages.train.fit_network", fit),
    ):
        train.main([])
    values = b"".join(np.ascontiguousarray(value).tobytes() for value in models[0].get_weights())
    return hashlib.sha256(values).hexdigest()


def killed(name: str, devices: Devices, after: int) -> None:
    try:
        trained(name, devices, after)
    except KilledError:
        return
    pytest.fail("the run was not killed")


def refused(name: str, devices: Devices) -> str:
    """What the stage says."""
    try:
        trained(name, devices)
    except SplitlibError as err:
        return str(err)
    pytest.fail("nothing was refused")


def curves(name: str) -> list[dict[str, float]]:
    with Path(name, "plots/train/curves.csv").open() as file:
        return [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]


def files(name: str) -> dict[str, str]:
    """Hashes of what a run leaves, by path."""
    made = [*Path(name, "models").glob("*"), *Path(name, "plots").rglob("*.csv")]
    made += Path(name, "checkpoints").glob("*")
    return {
        path.relative_to(name).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in made
    }


def prove_devices() -> None:
    """Train on two devices, again, after a kill, and on one device."""
    two = several_devices(2)
    for name in ("two", "again"):
        trained(name, two)
    killed("killed", two, 1)
    say(kept=list(files("killed")))
    trained("killed", two)
    trained("one", ONE_DEVICE)
    one, other = (load_network(Path(name, "models")).get_weights() for name in ("one", "two"))
    say(
        what=str(two),
        curves={name: curves(name) for name in ("one", "two")},
        files={name: files(name) for name in ("one", "two", "again", "killed")},
        apart=max(float(np.abs(a - b).max()) for a, b in zip(one, other, strict=True)),
        epochs=rows_of_epochs(two),
    )


def prove_one() -> None:
    """Train on one device."""
    trained("one", Devices.visible())
    say(curves=curves("one"))


def prove_uneven() -> None:
    """Train on three devices, which cannot share a batch of four."""
    say(message=refused("three", several_devices(3)))


def prove_machines() -> None:
    """Train on the machines of TF_CONFIG, after a kill, and with other settings on the second."""
    machines = Devices.visible()
    whole = trained("whole", machines)
    killed("killed", machines, 1)
    kept = list(files("killed"))
    resumed = trained("killed", machines)
    shutil.copytree(PROJECT, "differs")
    if not machines.is_first:
        params = Path("differs/params.yaml")
        params.write_text(params.read_text().replace("epochs: 3", "epochs: 4"))
    say(
        what=str(machines),
        weights=[whole, resumed],
        kept=kept,
        files=files("whole"),
        curves=curves("whole") if machines.is_first else None,
        refused=refused("differs", machines),
        epochs=rows_of_epochs(machines),
    )
    if machines.is_first:
        say(lost=refused("lost", machines))
    else:
        killed("lost", machines, 1)
    os._exit(0)  # as a kill does: one machine waits for no other


def rows_of_epochs(devices: Devices) -> list[list[int]]:
    """The rows that all devices of this machine see in three epochs, each begun anew."""
    params = load_params(PROJECT / "params.yaml")
    maps = ({"image": "image", "example_ind": "row"}, {"centroid_confidence_maps": "confmaps"})
    params = replace(
        params,
        inputs=replace(params.inputs, key_maps=maps),
        model=replace(params.model, head="centroid"),
    )
    inputs = make_input_fn(PROJECT / "splits/train.slp", params, training=True).inputs
    assert devices.strategy is not None
    found = []
    for epoch in range(3):
        batches = iter(train.batches_after(inputs, devices, epoch))
        seen: list[int] = []
        for _ in range(inputs.steps_per_epoch):
            rows = devices.strategy.experimental_local_results(next(batches)[0]["row"])
            seen += [int(row) for part in rows for row in part]
        found.append(seen)
    return found
