"""What a run that is stopped leaves: which files are new and whole."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from splitlib.errors import SplitlibError

SHOWN = 4
"""Files that a message names; of more, it says how many."""


@dataclass
class Outcome:
    """What a run wrote until now.

    Attributes:
        has_begun: Whether a file was opened to write to.
        files: What took its place, whole.
    """

    has_begun: bool = False
    files: list[Path] = field(default_factory=list)

    def __str__(self) -> str:
        # files of temporary folders are gone by now
        there = [str(path) for path in dict.fromkeys(self.files) if path.exists()]
        if not there:
            return "no file was changed"
        more = f" and {len(there) - SHOWN} more" if len(there) > SHOWN else ""
        return f"new and whole: {', '.join(there[:SHOWN])}{more}; no other file was changed"

    def after(self, err: Exception) -> str:
        """What a message on an error adds: nothing, where it has nothing to do with writing."""
        is_told = isinstance(err, SplitlibError) or not isinstance(err, OSError)
        return "" if is_told or not self.has_begun else f"; {self}"


_watched: list[Outcome] = []


@contextmanager
def watched() -> Iterator[Outcome]:
    """Keep a record of what is written while the block lasts."""
    outcome = Outcome()
    _watched.append(outcome)
    try:
        yield outcome
    finally:
        _watched.remove(outcome)


def note_begun() -> None:
    """Record that a file was opened to write to."""
    for outcome in _watched:
        outcome.has_begun = True


def note_placed(path: Path) -> None:
    """Record that a file or a folder took its place."""
    for outcome in _watched:
        outcome.files.append(path)
