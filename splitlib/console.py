"""What every command prints alike: texts of files made harmless, warnings as one line."""

from splitlib.progress import print_above


def printable(text: str) -> str:
    """Text of a file without characters that a terminal would obey."""
    return "".join(c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in text)


def show_warning(message: Warning | str, *_: object, **__: object) -> None:
    """Print a warning on the error stream; takes the place of `warnings.showwarning`."""
    print_above(f"warning: {printable(str(message))}")
