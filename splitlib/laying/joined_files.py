"""The dvc.yaml and params.yaml of somebody, with the stages and sections that they lack."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from splitlib.errors import LayingError, ParamsError
from splitlib.laying.laid_params import SCHEMA, lacking, section_texts
from splitlib.laying.laid_record import LaidRecord
from splitlib.laying.laid_stages import (
    OUT_KINDS,
    STAGES,
    entry_of,
    parsed,
    paths_of,
    plot_texts,
    stage_texts,
)
from splitlib.laying.planned_files import lf_text
from splitlib.laying.yaml_places import with_items
from splitlib.params import load_params

DVC_FILE = "dvc.yaml"

HEADER = "# `splitlib check` finds faults of these stages, and `splitlib update` renews them.\n"


def joined_stages(folder: Path, record: LaidRecord, laid: LaidRecord | None) -> str:
    """The dvc.yaml of a folder with the stages that it lacks.

    Raises:
        LayingError: It has other stages of the same names, or with the same outs.
    """
    path = folder / DVC_FILE
    text = lf_text(path)
    new = {
        name: stage
        for name, stage in stage_texts(record.until, record.params).items()
        if laid is None or name not in laid.stages
    }
    plots = plot_texts(record.until) if {"train", "evaluate"} & new.keys() else []
    after = with_items(text or HEADER, "stages", list(new.values()), str(path))
    before = parsed(text, str(path)) or {}
    own = before.get("stages") or {}
    if not isinstance(own, dict):
        msg = f"{path}: expected a mapping at 'stages'"
        raise LayingError(msg)
    if same := sorted(own.keys() & new.keys()):
        before_it = STAGES[min(map(STAGES.index, same)) - 1]
        until = f"\n--until {before_it} leaves ours out." if before_it in STAGES[1:] else ""
        msg = f"{path}: has stages of its own that are called {', '.join(same)}.{until}"
        raise LayingError(msg)
    _refuse_same_outs(path, own, {name: entry_of(stage) for name, stage in new.items()})
    if isinstance(before.get("plots") or [], list):
        after = with_items(after, "plots", plots, str(path))
    _check_kept(path, before, after)
    return after


def joined_params(folder: Path, record: LaidRecord, labels: Sequence[str]) -> str:
    """The params file of a folder with the sections that it lacks.

    Raises:
        LayingError: It has sections of the same names that are not splitlib's.
    """
    path = folder / record.params
    text = lf_text(path)
    before = parsed(text, str(path))
    if before:
        _check_sections(path)
    sections = section_texts(record.until, labels)
    new = [section for name, section in sections.items() if name not in (before or {})]
    if labels and before and "labels" in before and before["labels"].get("path") != _named(labels):
        msg = f"{path}: has a section labels already; edit labels.path there, without --labels"
        raise LayingError(msg)
    if not new:
        return text
    schema = "" if SCHEMA in text else SCHEMA
    between = "\n" if text.strip() else ""
    after = text + ("" if not text or text.endswith("\n") else "\n") + between
    after += schema + "\n".join(new)
    _check_kept(path, before or {}, after)
    for name, stage in stage_texts(record.until, record.params).items():
        if keys := lacking(entry_of(stage), record.params, parsed(after)):
            msg = f"{path}: lacks {', '.join(keys)}, which the stage {name} reads; add it"
            raise LayingError(msg)
    return after


def _named(labels: Sequence[str]) -> str | list[str]:
    """The value of labels.path."""
    return labels[0] if len(labels) == 1 else list(labels)


def _check_sections(path: Path) -> None:
    try:
        load_params(path)
    except ParamsError as err:
        first = str(err).splitlines()[0]
        msg = f"{first}\nThat is no setting of splitlib: --params splitlib.yaml keeps ours apart."
        raise LayingError(msg) from err


def _refuse_same_outs(path: Path, own: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    """DVC runs nothing where two stages write into one place."""
    theirs = {out: name for name, entry in own.items() for out in _outs(entry)}
    for name, entry in new.items():
        for out in _outs(entry):
            for other, stage in theirs.items():
                if out == other or out in other.parents or other in out.parents:
                    msg = f"{path}: the stage {stage} writes {other}, and {name} writes {out}"
                    raise LayingError(msg)


def _outs(entry: Any) -> list[PurePosixPath]:  # noqa: ANN401 - any YAML
    """The outs of a stage, from the folder of dvc.yaml; of a foreach, those in its do."""
    entry = entry.get("do", entry) if isinstance(entry, dict) else {}
    folder = PurePosixPath(str(entry.get("wdir", ".")))
    named = paths_of(entry, *OUT_KINDS)
    return [PurePosixPath(os.path.normpath(folder / str(out))) for out in named]


def _check_kept(path: Path, before: Mapping[str, Any], after: str) -> None:
    """Check that a text that was added to means what it meant, and more."""
    found = parsed(after, str(path))
    for name, value in before.items():
        kept = found.get(name)
        if isinstance(kept, dict) and isinstance(value, dict):
            kept = {key: kept.get(key) for key in value}
        elif isinstance(kept, list) and isinstance(value, list):
            kept = kept[: len(value)]
        if value and kept != value:
            msg = f"{path}: nothing can be added to it without a change of {name}"
            raise LayingError(msg)
