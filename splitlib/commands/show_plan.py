"""What a command is about to write, shown before it is written."""

import difflib
import sys
from collections.abc import Iterator

import click

from splitlib.commands.print_tables import cell, columns, print_table
from splitlib.console import printable
from splitlib.laying.laid_record import RECORD
from splitlib.laying.planned_files import Change, Plan, with_lf

dry_run_option = click.option(
    "--dry-run",
    is_flag=True,
    help="Show the files and the lines that are added; write nothing.",
)
"""Add `--dry-run`."""

yes_option = click.option(
    "--yes", "-y", is_flag=True, help="Do not ask; nobody is asked where the input is no terminal."
)
"""Add `--yes`."""


def print_changes(plan: Plan, *, lines: bool = False) -> None:
    """Print which files are written, and each line that changes in files that are there."""
    folder = plan.folder.absolute()
    names, version = ", ".join(plan.record.stages), plan.record.version
    print(printable(f"{folder}: the stages {names} of splitlib {version}"))
    table = columns("", "", "")
    for change in plan.changes:
        table.add_row(*(cell(word) for word in _row(change)))
    print_table(table)
    for change in plan.changes if lines else ():
        if change.before is not None and change.place != RECORD:
            print(printable("".join(diff_lines(change.place, change.before, change.after))))


def diff_lines(place: str, before: str, after: str) -> Iterator[str]:
    """The lines in which two texts differ, as git shows them."""
    old, new = (text.splitlines(keepends=True) for text in (with_lf(before), after))
    return difflib.unified_diff(old, new, place, place)


def confirmed(*, yes: bool) -> bool:
    """Whether a person agrees; where there is none to ask, the command line is what they want."""
    return yes or not sys.stdin.isatty() or click.confirm("Write these files?", default=True)


def _row(change: Change) -> tuple[str, str, str]:
    if change.before is None:
        return "new", change.place, ""
    marks = [line[0] for line in diff_lines("", change.before, change.after) if line[1:3] != "++"]
    n_new, n_gone = marks.count("+"), marks.count("-")
    # the first two lines of a diff name the files
    n_gone -= 1 if n_new or n_gone else 0
    what = "add to" if n_gone == 0 else "change"
    return what, change.place, f"+{n_new} lines" + (f", -{n_gone}" if n_gone else "")
