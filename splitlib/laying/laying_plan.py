"""What is written into a repository, decided before the first file is touched."""

import os
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from splitlib.errors import LayingError, ParamsError
from splitlib.files import files_together
from splitlib.laying.laid_lines import needed_lines, with_lines
from splitlib.laying.laid_params import SCHEMA, lacking, section_texts
from splitlib.laying.laid_record import (
    RECORD,
    LaidRecord,
    check_laid,
    newest_record,
    read_record,
    whole_files,
)
from splitlib.laying.laid_stages import (
    OUT_KINDS,
    STAGES,
    entry_of,
    parsed,
    paths_of,
    plot_texts,
    stage_texts,
)
from splitlib.laying.yaml_places import with_items
from splitlib.params import load_params

DVC_FILE = "dvc.yaml"

MOST = 3
"""Conflicts that a message names."""

HEADER = "# `splitlib check` finds faults of these stages, and `splitlib update` renews them.\n"


@dataclass(frozen=True)
class Change:
    """A file that gets another text.

    Attributes:
        place: The file, from the folder of the pipeline.
        before: Its text; None where there is no such file.
        after: The text that it gets, with LF as line end.
    """

    place: str
    before: str | None
    after: str


@dataclass(frozen=True)
class Plan:
    """What is written.

    Attributes:
        folder: The folder of the pipeline.
        record: What is laid there when all is written.
        changes: The files that get another text.
        left: What somebody edited, and stays as it is: the text that there is and that of the
            installed version, by the place of the file or "dvc.yaml: STAGE".
    """

    folder: Path
    record: LaidRecord
    changes: tuple[Change, ...]
    left: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def is_new(self) -> bool:
        """Whether the params file is one that is written now."""
        return any(c.place == self.record.params and c.before is None for c in self.changes)

    def write(self) -> None:
        """Write all files, or none.

        Raises:
            OSError: A file cannot be written; all are as before.
        """
        with files_together(self.folder) as part_of:
            for change in self.changes:
                text = change.after
                if change.before is not None and "\r\n" in change.before:
                    text = text.replace("\n", "\r\n")
                part_of(self.folder / change.place).write_text(text, "utf-8", newline="")


def plan_to_lay(folder: Path, until: str, params: str | None, labels: Sequence[str]) -> Plan:
    """What `splitlib init` writes: new files, and lines, stages and sections that are added.

    Args:
        folder: The folder of the pipeline; it may be missing.
        until: The last stage. Where stages are laid already, later ones are added to them.
        params: The name of the params file, in the folder; None: that of the stages that are laid
            already, or else params.yaml.
        labels: The value of labels.path; none stand for the default.

    Raises:
        LayingError: Something there would be overwritten, or would not go with the stages. The
            message has a line for each, and says what to do.
        OSError: A file cannot be read.
    """
    laid = read_record(folder)
    if laid is not None:
        check_laid(folder)
        until = max(until, laid.until, key=STAGES.index)
    params = params or (laid.params if laid else "params.yaml")
    record = newest_record(until, params)
    conflicts = [*_conflicts(folder, record, laid)]
    changes = {
        place: text for place, text in whole_files(until).items() if not _is_laid(place, laid)
    }
    if not conflicts:
        try:
            changes[DVC_FILE] = _joined_stages(folder, record, laid)
            changes[params] = _joined_params(folder, record, labels)
        except LayingError as err:
            conflicts.append(str(err))
    if conflicts:
        more = len(conflicts) - MOST
        conflicts[MOST:] = [f"and {more} more"] * (more > 0)
        raise LayingError("\n".join([*conflicts, _advice(folder)]))
    entries = {name: entry_of(text) for name, text in stage_texts(until, params).items()}
    for place, lines in needed_lines(entries).items():
        changes[place] = with_lines(_lf_text(folder / place), lines)
    return Plan(folder, record, changed(folder, {**changes, RECORD: record.text()}))


def changed(folder: Path, texts: Mapping[str, str]) -> tuple[Change, ...]:
    """The files that have another text now."""
    changes = (Change(place, read_text(folder / place), text) for place, text in texts.items())
    return tuple(c for c in changes if c.before is None or with_lf(c.before) != c.after)


def read_text(path: Path) -> str | None:
    """The text of a file; None where there is none.

    Raises:
        LayingError: It is no UTF-8.
        OSError: It cannot be read.
    """
    if not path.exists():
        return None
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as err:
        msg = f"{path}: expected UTF-8 text, got the byte {err.object[err.start]:#04x}"
        raise LayingError(msg) from err


def with_lf(text: str) -> str:
    """A text with LF as line end."""
    return text.replace("\r\n", "\n")


def _lf_text(path: Path) -> str:
    return with_lf(read_text(path) or "")


def _is_laid(place: str, laid: LaidRecord | None) -> bool:
    return laid is not None and place in laid.files


def _conflicts(folder: Path, record: LaidRecord, laid: LaidRecord | None) -> Iterator[str]:
    """What is in the way of new files and of the outs of new stages."""
    for place in ("splitlib/__init__.py", "splitlib.py", "stages.py"):
        if (folder / place).exists():
            yield f"{folder / place}: stages would import this file instead of ours"
    if laid is not None and laid.params != record.params:
        yield f"{folder / RECORD}: the settings of these stages are in {laid.params}"
    for place, text in whole_files(record.until).items():
        there = None if _is_laid(place, laid) else read_text(folder / place)
        if there is not None and with_lf(there) != text:
            yield f"{folder / place}: another file has this name"
    for name, text in stage_texts(record.until, record.params).items():
        if laid is None or name not in laid.stages:
            for out in paths_of(entry_of(text), *OUT_KINDS):
                if path := _in_the_way(folder, PurePosixPath(out)):
                    yield f"{path}: is there, and the stage {name} would write {out}"


def _in_the_way(folder: Path, out: PurePosixPath) -> Path | None:
    """What has the place of an out: a file, a folder, or what DVC keeps of one."""
    kept = [folder / f"{place}.dvc" for place in (out, *out.parents) if place.name]
    return next((path for path in (folder / out, *kept) if path.exists()), None)


def _joined_stages(folder: Path, record: LaidRecord, laid: LaidRecord | None) -> str:
    """The dvc.yaml of a folder with the stages that it lacks.

    Raises:
        LayingError: It has other stages of the same names, or with the same outs.
    """
    path = folder / DVC_FILE
    text = _lf_text(path)
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


def _joined_params(folder: Path, record: LaidRecord, labels: Sequence[str]) -> str:
    """The params file of a folder with the sections that it lacks.

    Raises:
        LayingError: It has sections of the same names that are not splitlib's.
    """
    path = folder / record.params
    text = _lf_text(path)
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


def _advice(folder: Path) -> str:
    other = shlex.quote((folder / "pose").as_posix())
    return f"Nothing was written. A folder of its own has no such conflicts: splitlib init {other}"
