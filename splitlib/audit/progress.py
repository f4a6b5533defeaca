"""A progress bar on the error stream, where a person looks at it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from splitlib.audit.frame_digests import Progress

WIDTH = 40
"""Characters of a full bar."""


@contextmanager
def progress_bar(what: str) -> Iterator[Progress]:
    """Show how much is done; into a file or a pipe nothing is written.

    Args:
        what: What is counted.

    Yields:
        Takes the number of things done, and of all.
    """
    if not sys.stderr.isatty():
        yield lambda done, n: None
        return
    drawn = -1

    def show(done: int, n: int) -> None:
        nonlocal drawn
        filled = done * WIDTH // max(1, n)
        if filled != drawn:
            drawn = filled
            bar = "#" * filled + "." * (WIDTH - filled)
            print(f"\r{bar} {done}/{n} {what}", end="", file=sys.stderr, flush=True)

    yield show
    print("\r\033[K", end="", file=sys.stderr, flush=True)
