"""Files that get another text, all or none, after a person has seen which."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from splitlib.errors import LayingError
from splitlib.files import files_together
from splitlib.laying.laid_record import LaidRecord


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


def lf_text(path: Path) -> str:
    """The text of a file with LF as line end; "" where there is none."""
    return with_lf(read_text(path) or "")
