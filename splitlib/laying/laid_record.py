"""What was laid into a repository, and by which version: stages/laid.json.

It tells a file that somebody edited from one of an older version.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import splitlib
from splitlib.errors import JsonFileError, LayingError
from splitlib.jsonfile import json_text, read_json
from splitlib.laying.carried_files import carried
from splitlib.laying.laid_stages import STAGES, entry_of, module_files, stage_texts

RECORD = "stages/laid.json"

SCHEMA_FILE = "params.schema.json"


@dataclass(frozen=True)
class LaidRecord:
    """What was laid.

    Attributes:
        version: The version of splitlib that laid it.
        until: The last stage.
        params: The name of the params file.
        files: SHA-256 of the text of each file by its place, with LF as line end.
        stages: SHA-256 of the entry of each stage in dvc.yaml, as canonical JSON.
    """

    version: str
    until: str
    params: str
    files: Mapping[str, str]
    stages: Mapping[str, str]

    def text(self) -> str:
        """The record as it is written."""
        return json_text(asdict(self))


def whole_files(until: str) -> dict[str, str]:
    """The text of each file that is laid whole, by its place."""
    return {**module_files(until), SCHEMA_FILE: carried(SCHEMA_FILE)}


def newest_record(until: str, params: str) -> LaidRecord:
    """What the installed version lays."""
    stages = stage_texts(until, params)
    return LaidRecord(
        version=splitlib.__version__,
        until=until,
        params=params,
        files={place: text_digest(text) for place, text in whole_files(until).items()},
        stages={name: entry_digest(entry_of(text)) for name, text in stages.items()},
    )


def text_digest(text: str) -> str:
    """SHA-256 of a text, whatever the line ends of the system."""
    return hashlib.sha256(text.replace("\r\n", "\n").encode("utf-8")).hexdigest()


def entry_digest(entry: Any) -> str:  # noqa: ANN401 - any YAML
    """SHA-256 of a value of YAML, whatever its comments and the order of its keys."""
    return hashlib.sha256(json_text(entry).encode("utf-8")).hexdigest()


def read_record(folder: Path) -> LaidRecord | None:
    """What was laid into a folder; None where nothing was.

    Raises:
        LayingError: The record is damaged.
    """
    path = folder / RECORD
    if not path.is_file():
        return None
    try:
        record = LaidRecord(**read_json(path))
    except (JsonFileError, TypeError) as err:
        msg = f"{path}: expected what splitlib init wrote: {err}\n{_ANEW}"
        raise LayingError(msg) from err
    if record.until not in STAGES or not all(
        isinstance(part, dict) for part in (record.files, record.stages)
    ):
        msg = f"{path}: expected what splitlib init wrote, got other values\n{_ANEW}"
        raise LayingError(msg)
    return record


_ANEW = "Take the file of an earlier commit, or delete it and type splitlib init again."


def record_in(folder: Path) -> LaidRecord:
    """What was laid into a folder.

    Raises:
        LayingError: Nothing was, or the record is damaged.
    """
    record = read_record(folder)
    if record is None:
        msg = (
            f"{folder.absolute()}: there is no pipeline of splitlib here, for there is no {RECORD}."
            "\nNothing was changed. splitlib init lays a pipeline into a folder."
        )
        raise LayingError(msg)
    return record


def check_laid(folder: Path) -> None:
    """Check that the pipeline in a folder is that of the installed version.

    Raises:
        LayingError: Nothing was laid there, or by a version whose files differ.
    """
    record = record_in(folder)
    if is_outdated(record):
        raise LayingError(outdated_text(record))


def is_outdated(record: LaidRecord) -> bool:
    """Whether the installed version lays other files."""
    newest = newest_record(record.until, record.params)
    return (record.files, record.stages) != (newest.files, newest.stages)


def outdated_text(record: LaidRecord) -> str:
    """What to do about files of another version."""
    if record.version == splitlib.__version__:
        return (
            f"the stages are those of another state of splitlib {record.version}.\n"
            "splitlib update brings them to the one that is installed."
        )
    return (
        f"the stages are those of splitlib {record.version}, and {splitlib.__version__} is"
        " installed.\nsplitlib update brings the stages to the installed version;"
        f" pip install splitlib=={record.version} installs theirs."
    )
