"""What is written into a repository, decided before the first file is touched."""

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from splitlib.errors import LayingError
from splitlib.laying.joined_files import DVC_FILE, joined_params, joined_stages
from splitlib.laying.laid_lines import needed_lines, with_lines
from splitlib.laying.laid_record import (
    RECORD,
    LaidRecord,
    check_laid,
    newest_record,
    read_record,
    whole_files,
)
from splitlib.laying.laid_stages import OUT_KINDS, STAGES, entry_of, paths_of, stage_texts
from splitlib.laying.planned_files import Plan, changed, lf_text, read_text, with_lf

MOST = 3
"""Conflicts that a message names."""


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
            changes[DVC_FILE] = joined_stages(folder, record, laid)
            changes[params] = joined_params(folder, record, labels)
        except LayingError as err:
            conflicts.append(str(err))
    if conflicts:
        more = len(conflicts) - MOST
        conflicts[MOST:] = [f"and {more} more"] * (more > 0)
        raise LayingError("\n".join([*conflicts, _advice(folder)]))
    entries = {name: entry_of(text) for name, text in stage_texts(until, params).items()}
    for place, lines in needed_lines(entries).items():
        changes[place] = with_lines(lf_text(folder / place), lines)
    return Plan(folder, record, changed(folder, {**changes, RECORD: record.text()}))


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


def _advice(folder: Path) -> str:
    other = shlex.quote((folder / "pose").as_posix())
    return f"Nothing was written. A folder of its own has no such conflicts: splitlib init {other}"
