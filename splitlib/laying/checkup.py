"""What is wrong with a pipeline in somebody's repository, and what to do about each fault."""

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from splitlib.errors import LayingError, ParamsError, SplitlibError
from splitlib.laying.finding import Finding
from splitlib.laying.joined_files import DVC_FILE
from splitlib.laying.laid_params import lacking
from splitlib.laying.laid_record import (
    RECORD,
    LaidRecord,
    is_outdated,
    outdated_text,
    record_in,
    whole_files,
)
from splitlib.laying.laid_stages import OUT_KINDS, entry_of, parsed, paths_of, stage_texts
from splitlib.laying.planned_files import read_text
from splitlib.laying.reached_code import unlisted_code
from splitlib.laying.stale_results import stale_results
from splitlib.laying.surroundings import how_to_start_dvc, ignored_by_git, python_fault
from splitlib.params import Params, load_params
from splitlib.slp.container import how_to_fetch
from splitlib.slp.labels_files import CONVERTED, labels_files

MOST = 3
"""Files that a finding names."""


def check_up(folder: Path) -> list[Finding]:
    """What is wrong with the pipeline in a folder; nothing is written.

    Raises:
        LayingError: There is no pipeline.
        OSError: A file cannot be read.
    """
    record = record_in(folder)
    with contextlib.chdir(folder):
        entries, found = _stage_entries()
        found += [*_laid_faults(record), *_ignored_faults(record)]
        if entries:
            found += [*_stage_faults(record, entries), *_code_faults(entries)]
        params, wrong = _params(record, entries)
        found += wrong
        labels = [] if params is None else [*_label_faults(params)]
        found += labels
        around = [*_surrounding_faults()]
        found += around
        if not (around or labels or wrong) and entries:
            found += stale_results(params, entries)
    return found


def _stage_entries() -> tuple[Mapping[str, Any], list[Finding]]:
    """The stages of dvc.yaml."""
    text = read_text(Path(DVC_FILE))
    if text is None:
        return {}, [Finding(f"{DVC_FILE} is missing", "splitlib update writes it again")]
    try:
        stages = (parsed(text, DVC_FILE) or {}).get("stages")
    except (LayingError, AttributeError) as err:
        return {}, [Finding(str(err), "repair the file, or take that of an earlier commit")]
    return stages if isinstance(stages, dict) else {}, []


def _laid_faults(record: LaidRecord) -> Iterator[Finding]:
    """Files of another version, and files that are gone."""
    if is_outdated(record):
        what, advice = outdated_text(record).split("\n")
        yield Finding(what.removesuffix("."), advice)
    for place in whole_files(record.until):
        if not Path(place).is_file():
            yield Finding(f"{place} is missing", "splitlib update writes it again")


def _stage_faults(record: LaidRecord, entries: Mapping[str, Any]) -> Iterator[Finding]:
    """What stages of splitlib lack of what they were laid with."""
    for name, text in stage_texts(record.until, record.params).items():
        if name not in entries:
            yield Finding(f"{DVC_FILE}: the stage {name} is missing", "splitlib update adds it")
            continue
        laid, there = entry_of(text), entries[name]
        for kind, kinds in {"deps": ("deps",), "outs": OUT_KINDS}.items():
            if gone := sorted(paths_of(laid, *kinds).keys() - paths_of(there, *kinds).keys()):
                yield Finding(
                    f"{DVC_FILE}: the stage {name} lacks {', '.join(gone)} in its {kind}",
                    "add them, or splitlib update --force writes the stage anew",
                )
        named = {str(item) for item in there.get("params") or []}
        if gone := sorted({str(item) for item in laid.get("params") or []} - named):
            yield Finding(
                f"{DVC_FILE}: the stage {name} lacks {', '.join(gone)} in its params",
                "add them, or splitlib update --force writes the stage anew",
            )


def _code_faults(entries: Mapping[str, Any]) -> Iterator[Finding]:
    for name, entry in entries.items():
        own = entry.get("do", entry) if isinstance(entry, dict) else {}
        if files := unlisted_code(Path(), own):
            yield Finding(
                f"{DVC_FILE}: the stage {name} runs {', '.join(files)}, which its deps do not name:"
                " an edit would not run it again",
                "add each to the deps of the stage",
            )


def _params(record: LaidRecord, entries: Mapping[str, Any]) -> tuple[Params | None, list[Finding]]:
    """The params, and what is wrong with them."""
    try:
        params = load_params(record.params)
    except ParamsError as err:
        advice = "docs/split.md and docs/inputs.md explain every key"
        return None, [Finding(line, advice) for line in str(err).splitlines()]
    values = parsed(read_text(Path(record.params)) or "", record.params)
    return params, [
        Finding(f"{record.params}: lacks {key}, which the stage {name} reads", "add the key")
        for name in entries.keys() & record.stages.keys()
        for key in lacking(entries[name], record.params, values)
    ]


def _label_faults(params: Params) -> Iterator[Finding]:
    try:
        files = labels_files(params.labels.path)
    except SplitlibError as err:
        yield Finding(f"labels.path: {err}", "name your labels there")
        return
    for file in files:
        if not file.exists():
            fetch = how_to_fetch(file).removeprefix("; ")
            yield Finding(
                f"labels.path: {file}: there is no such file",
                fetch or "name your labels there; the path starts at the folder of the params",
            )


def _ignored_faults(record: LaidRecord) -> Iterator[Finding]:
    """Files that collaborators would not get."""
    entries = [entry_of(text) for text in stage_texts(record.until, record.params).values()]
    outs = [name for entry in entries for name, how in paths_of(entry, *OUT_KINDS).items() if how]
    kept = [DVC_FILE, "dvc.lock", record.params, RECORD, *record.files, *outs]
    if names := ignored_by_git(Path(), [name for name in kept if name != CONVERTED.as_posix()]):
        more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
        yield Finding(
            f"git ignores {', '.join(names[:MOST])}{more}, which collaborators need",
            f"git check-ignore --verbose {names[0]} names the line that ignores it; remove it",
        )


def _surrounding_faults() -> Iterator[Finding]:
    if command := how_to_start_dvc(Path()):
        yield Finding(f"{Path.cwd()}: is in no repository of DVC", command)
    if fault := python_fault(Path()):
        yield Finding(fault, "activate the environment in which splitlib is installed")
