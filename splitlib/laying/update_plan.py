"""What `splitlib update` writes: laid files of an older version, unless somebody edited them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from splitlib.errors import LayingError
from splitlib.laying.joined_files import DVC_FILE
from splitlib.laying.laid_lines import needed_lines, with_lines
from splitlib.laying.laid_record import (
    RECORD,
    LaidRecord,
    entry_digest,
    newest_record,
    record_in,
    text_digest,
    whole_files,
)
from splitlib.laying.laid_stages import entry_of, parsed, stage_texts
from splitlib.laying.planned_files import Plan, changed, read_text, with_lf
from splitlib.laying.yaml_places import item_text, with_item_replaced, with_items


def plan_to_update(folder: Path, *, force: bool = False) -> Plan:
    """What brings a laid pipeline to the installed version; params stay as they are.

    A file that is as it was laid is replaced. One that somebody edited is left, unless the
    installed version has the same one as before.

    Args:
        folder: The folder of the pipeline.
        force: Replace edited files as well.

    Raises:
        LayingError: There is no pipeline, or its dvc.yaml cannot be edited.
        OSError: A file cannot be read.
    """
    laid = record_in(folder)
    newest = newest_record(laid.until, laid.params)
    texts: dict[str, str] = {}
    left: dict[str, tuple[str, str]] = {}
    for place, text in whole_files(laid.until).items():
        there = read_text(folder / place)
        was, is_to_be = laid.files.get(place), newest.files[place]
        if there is None or force or text_digest(there) == was:
            texts[place] = text
        elif was != is_to_be != text_digest(there):
            left[place] = (with_lf(there), text)
    texts[DVC_FILE], kept = _stages_updated(folder, laid, newest, force=force)
    entries = {name: entry_of(text) for name, text in _stages(laid).items()}
    for place, lines in needed_lines(entries).items():
        texts[place] = with_lines(with_lf(read_text(folder / place) or ""), lines)
    return Plan(folder, newest, changed(folder, {**texts, RECORD: newest.text()}), left | kept)


def _stages_updated(
    folder: Path, laid: LaidRecord, newest: LaidRecord, *, force: bool
) -> tuple[str, dict[str, tuple[str, str]]]:
    """The text of dvc.yaml, and the stages in it that are left as somebody edited them."""
    path = folder / DVC_FILE
    text = with_lf(read_text(path) or "")
    entries = _entries(text, path)
    left: dict[str, tuple[str, str]] = {}
    for name, new in _stages(laid).items():
        if name not in entries:
            text = with_items(text, "stages", [new], str(path))
            continue
        there, was, is_to_be = (
            entry_digest(entries[name]),
            laid.stages.get(name),
            newest.stages[name],
        )
        if there == is_to_be:
            continue
        if force or there == was:
            text = with_item_replaced(text, "stages", name, new, str(path))
        elif was != is_to_be:
            left[f"{DVC_FILE}: {name}"] = (item_text(text, "stages", name, str(path)), new)
    return text, left


def _stages(laid: LaidRecord) -> dict[str, str]:
    return stage_texts(laid.until, laid.params)


def _entries(text: str, path: Path) -> Mapping[str, Any]:
    found = (parsed(text, str(path)) or {}).get("stages") or {}
    if not isinstance(found, dict):
        msg = f"{path}: expected a mapping at 'stages'"
        raise LayingError(msg)
    return found
