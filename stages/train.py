"""Train the model on the train split; val is watched, and decides what `train` in the params says.

A run that was killed goes on after its last epoch, with the bytes of one that was not. All devices
that tensorflow sees take part; those of other machines as well, if TF_CONFIG names them.
"""

import stages.load_tensorflow  # noqa: F401 - before anything else imports tensorflow

# isort: split

import math
import warnings
from collections.abc import Sequence
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

import splitlib
from splitlib.files import sha256_of
from splitlib.inputs.input_fn import InputFunction, SplitInputs, load_splits
from splitlib.inputs.keys.key_paths import key_path
from splitlib.jsonfile import read_json
from splitlib.models.build import build_model, check_inputs
from splitlib.models.checkpoint import Checkpoint
from splitlib.models.csv_records import write_table
from splitlib.models.description import write_description
from splitlib.models.devices import Devices
from splitlib.models.fit import fit_network, losses_of, make_repeatable
from splitlib.models.own_code import optimizer_of, own_function
from splitlib.models.schedule import Record, Schedule, best_epoch
from splitlib.models.settled_params import with_settled
from splitlib.models.storage import save_network
from splitlib.params import Params, TrainParams, load_params, params_dict
from stages.command import parse_arguments, run

UNFINISHED = Path("checkpoints")
"""No out of DVC, which would remove the state of a killed run, or forget finished runs: DVC keeps
no run of a stage with an out that persists."""

FEW_STEPS = 500
"""Batches in all below which training hardly finds anything. The demo has 850."""


def main(argv: Sequence[str] | None = None) -> None:
    """Write models/ (model.json, model.weights.h5, description.json) and plots/train/curves.csv."""
    devices = Devices.visible()  # before any other work of tensorflow, as several machines need it
    params = with_settled(load_params(parse_arguments(__doc__, argv)))
    splits = load_splits(Path("splits"), params, ("train", "val"))
    print(f"devices: {devices}")
    make_repeatable(params.train.seed)
    train = splits["train"]
    with devices.scope():
        model = build_model(train)
    check_inputs(train, model)

    warn_of_few_steps(train)
    checkpoint = Checkpoint(UNFINISHED, run_of(params, list(splits), devices), devices)
    records = fit_network(
        model,
        partial(batches_after, train, devices),
        devices.batches(InputFunction(splits["val"], training=False)) if "val" in splits else None,
        schedule=schedule_of(params.train),
        steps_per_epoch=train.steps_per_epoch,
        checkpoint=checkpoint,
        losses=losses_for(train, model),
        optimizer=optimizer_of(params.train),
        devices=devices,
        watch=write_curves if devices.is_first else lambda _: None,
    )
    if params.train.select == "val_loss":
        print(f"the weights of epoch {best_epoch(records) + 1} are kept (train.select: val_loss)")
    if devices.is_first:
        rebuild = partial(build_model, train) if params.model.build else None
        save_network(model, Path("models"), rebuild)
        write_description(Path("models"), train)
        checkpoint.clear()


def batches_after(train: SplitInputs, devices: Devices, n_epochs: int) -> tf.data.Dataset:
    """The training batches that follow so many epochs."""
    n_seen = n_epochs * train.steps_per_epoch * train.params.inputs.batch_size
    following = replace(train, n_seen=n_seen // devices.n_machines)
    return devices.batches(InputFunction(following, training=True))


def write_curves(records: Sequence[Record]) -> None:
    """Write the figures of all epochs so far: `dvc plots show` draws them while training goes on.

    The plot of dvc.yaml asks for the column "val_loss", which stays empty without a val split.
    """
    rows = [{**one, "val_loss": one.get("val_loss")} for one in records]
    write_table(Path("plots/train/curves.csv"), rows)


def warn_of_few_steps(train: SplitInputs) -> None:
    """Warn where the epochs are too few for so few frames, and say how many would do."""
    n_steps = train.steps_per_epoch * train.params.train.epochs
    if n_steps < FEW_STEPS:
        warnings.warn(
            f"the network sees {n_steps} batches in all, which rarely is enough to find anything;"
            f" train.epochs: {math.ceil(FEW_STEPS / train.steps_per_epoch)} gives {FEW_STEPS}",
            stacklevel=2,
        )


def losses_for(train: SplitInputs, model: keras.Model) -> Any:  # noqa: ANN401 - what Keras takes
    """The lab's own loss for every output, or those of splitlib by what the key maps feed."""
    own = train.params.train.loss
    if own is not None:
        return own_function(own, "train.loss")
    targets = train.key_mapper.key_maps[1]
    fields_at = [key_path(to) for key, to in targets.items() if key == "part_affinity_fields"]
    return losses_of(model, fields_at)


def schedule_of(params: TrainParams) -> Schedule:
    """The part of the params that says how long, how fast, and which weights are kept."""
    names = [field.name for field in fields(Schedule)]
    return Schedule(**{name: getattr(params, name) for name in names})


def run_of(params: Params, splits: Sequence[str], devices: Devices) -> dict[str, Any]:
    """What a checkpoint is of: all that decides the bytes of a model."""
    sections = params_dict(params)
    inputs = [Path("fingerprints") / f"{name}.json" for name in ("code", "videos")]
    versions = {"splitlib": splitlib.__version__, "keras": keras.__version__}
    return {
        "versions": versions | {"tensorflow": tf.__version__},
        "devices": {"machines": devices.n_machines, "replicas": devices.n_replicas},
        "fingerprints": {path.stem: read_json(path) for path in inputs if path.exists()},
        **{name: sections[name] for name in ("labels", "inputs", "model", "train")},
        "splits": {name: sha256_of(Path(f"splits/{name}.slp")) for name in splits},
    }


if __name__ == "__main__":
    run(main)
