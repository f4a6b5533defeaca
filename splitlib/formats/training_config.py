"""What the config beside a trained model says of its labels, and of how they were split.

SLEAP up to 1.4 writes training_config.json: `data.labels` with training_labels, validation_labels
and validation_fraction (`sleap/nn/config/data.py`, `LabelsConfig`). sleap-nn writes
training_config.yaml: `data_config` with train_labels_path, val_labels_path and validation_fraction
(sleap-nn, docs/config.md).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

NAMES = ("training_config.json", "training_config.yaml", "training_config.yml")


@dataclass(frozen=True)
class TrainingConfig:
    """What a config says.

    Attributes:
        labels: The labels files that the model was trained on, as the config names them.
        drawn: The share of the frames that were drawn at random for validation; None where
            validation had files or lists of its own.
    """

    labels: tuple[str, ...] = ()
    drawn: float | None = None


def read_training_config(folder: Path) -> TrainingConfig | None:
    """The config in the folder of a model; None where there is none, or one of another form."""
    path = next((folder / name for name in NAMES if (folder / name).is_file()), None)
    if path is None:
        return None
    try:
        text = path.read_text(encoding="utf-8-sig")
        value = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
    except (ValueError, RecursionError, yaml.YAMLError):
        return None
    return _of_sleap_nn(value) if "data_config" in _mapping(value) else _of_sleap(value)


def _of_sleap(value: object) -> TrainingConfig | None:
    section = _mapping(_mapping(_mapping(value).get("data")).get("labels"))
    if not section:
        return None
    is_drawn = not (section.get("validation_labels") or section.get("split_by_inds"))
    fraction = section.get("validation_fraction") if is_drawn else None
    return TrainingConfig(_paths(section.get("training_labels")), _share(fraction))


def _of_sleap_nn(value: object) -> TrainingConfig:
    section = _mapping(_mapping(value).get("data_config"))
    fraction = None if section.get("val_labels_path") else section.get("validation_fraction")
    return TrainingConfig(_paths(section.get("train_labels_path")), _share(fraction))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _paths(value: object) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else [value]
    return tuple(name for name in listed if isinstance(name, str) and name)


def _share(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and 0 < value < 1 else None
