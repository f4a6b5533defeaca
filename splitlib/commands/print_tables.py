"""Tables for a person: on a terminal folded to its width, anywhere else plain lines of any length.

rich is imported here alone. Only commands that print a table import this module.
"""

from collections.abc import Collection
from typing import Literal

from rich.console import Console
from rich.table import Table
from rich.text import Text

from splitlib.console import printable

ANY_WIDTH = 1_000_000
"""Columns of text that is not for a terminal: nothing is folded."""

GAP = 2
"""Blanks between columns."""


def columns(*headers: str, numbers: Collection[str] = ()) -> Table:
    """An empty table without lines around it; columns named in `numbers` stand to the right.

    Headers are left out where all are empty.
    """
    table = Table(
        box=None, padding=(0, GAP, 0, 0), pad_edge=False, show_header=any(headers), highlight=False
    )
    for header in headers:
        justify: Literal["left", "right"] = "right" if header in numbers else "left"
        table.add_column(header, justify=justify, overflow="fold", header_style="bold")
    return table


def cell(text: object, style: str = "") -> Text:
    """A text of a file as it is: it makes no markup, no colour and no line of its own."""
    return Text(printable(str(text)).replace("\n", "\\n"), style)


def print_table(table: Table) -> None:
    """Print a table."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=ANY_WIDTH)
    # captured, for rich itself ends the process where nobody reads the output
    with console.capture() as captured:
        console.print(table)
    lines = captured.get().splitlines()
    print("\n".join(line.rstrip() for line in lines))
