"""Results that are not those of the files, settings and versions of today."""

import json
import subprocess
import sys
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from splitlib.errors import SplitlibError
from splitlib.fingerprint.file_hashes import FileHashes
from splitlib.fingerprint.installed_package import package_fingerprint
from splitlib.fingerprint.watched_files import fingerprints
from splitlib.jsonfile import read_json
from splitlib.laying.finding import Finding
from splitlib.laying.laid_stages import parsed
from splitlib.laying.planned_files import read_text
from splitlib.params import LabelsParams, Params
from splitlib.slp.labels_files import converted_files

RUN = "dvc repro"

MOST = 3
"""Reasons of a stage that are named."""

WHAT = {
    "labels": "the labels changed",
    "split": "the groups file or the lock changed",
    "videos": "videos of the labels changed, came or went",
    "missing": "frames without a picture came or went",
    "code": "functions of your own changed",
    "splitlib": "another splitlib is installed",
}
"""What the fingerprint of each purpose tells apart."""


def stale_results(params: Params | None, entries: Mapping[str, Any]) -> Iterator[Finding]:
    """What `dvc status`, and the stage that always runs, would find changed in this folder.

    Args:
        params: The params of the pipeline; None where they cannot be read.
        entries: The stages of dvc.yaml.
    """
    done = subprocess.run(
        [sys.executable, "-m", "dvc", "status", "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode or not done.stdout.strip().startswith("{"):
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        yield Finding(f"dvc status fails: {' '.join(last)}", "repair what it names")
        return
    status = json.loads(done.stdout.strip().splitlines()[-1])
    run = _stages_that_ran()
    if never := [name for name in entries if name not in run]:
        yield Finding(f"never run: {', '.join(never)}", RUN)
    for name in entries:
        if name in run and (reasons := _reasons(status.get(name, []))):
            yield Finding(f"the results of the stage {name} are stale: {reasons}", RUN)
    if params and "fingerprint" in run:
        try:
            for what in _edited_inputs(params):
                yield Finding(f"{what}, and the results are older", RUN)
        except (SplitlibError, OSError) as err:
            yield Finding(str(err), RUN)


def _stages_that_ran() -> set[str]:
    """The stages that dvc.lock knows; those of a foreach or a matrix by their common name."""
    stages = (parsed(read_text(Path("dvc.lock")) or "", "dvc.lock") or {}).get("stages") or {}
    return {name.split("@")[0] for name in stages}


def _reasons(changes: list[Any]) -> str:
    """What `dvc status` says of a stage in words; "" for one that only runs always."""
    words = [
        word
        for change in changes
        if isinstance(change, dict)
        for files in change.values()
        for file, how in files.items()
        for word in _how_changed(file, how)
    ]
    words += ["its command is another" for change in changes if change == "changed command"]
    return ", ".join(words[:MOST]) + (f" and {len(words) - MOST} more" if len(words) > MOST else "")


def _how_changed(file: str, how: Any) -> list[str]:  # noqa: ANN401 - a word, or one for each key
    if isinstance(how, dict):
        return [f"{key} in {file} is {word}" for key, word in how.items()]
    return [f"{file} is {how}"]


def _edited_inputs(params: Params) -> Iterator[str]:
    """Inputs that the stage fingerprint would find changed: `dvc status` runs nothing."""
    folder = Path("fingerprints")
    hashes = FileHashes(folder / "hashes.json")
    yield from (f"{name} changed" for name in _edited_sources(params.labels, hashes))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the stages say it
        found = fingerprints(params, Path("splits"), hashes)
    for name, value in {**found, "splitlib": package_fingerprint()}.items():
        path = folder / f"{name}.json"
        if path.is_file() and read_json(path) != value:
            yield WHAT[name]


def _edited_sources(params: LabelsParams, hashes: FileHashes) -> list[str]:
    """Labels of other formats that changed since they were converted."""
    if not converted_files(params.path):
        return []
    # what decodes pictures takes a while to load, and most labels are .slp files
    from splitlib.formats.converted_files import not_converted

    skip_missing = params.missing == "skip"
    return [
        str(path) for path in not_converted(params.path, hashes.whole, skip_missing=skip_missing)
    ]
