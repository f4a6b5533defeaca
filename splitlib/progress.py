"""Progress bars on the error stream, where a person looks at it.

Into files and pipes nothing is written. On a terminal a bar appears once the work lasts, and goes
when it is done, so that only results stay.
"""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn, TypeVar

if TYPE_CHECKING:
    from tqdm import tqdm

DELAY = 1.5
"""Seconds that work lasts before a bar appears: nobody has to be told of less."""

BAR = "{l_bar}{bar:20}{r_bar}"
"""A bar that leaves room on its line, where terminals write ^C."""

Item = TypeVar("Item")
Advance = Callable[[int], None]
"""Takes the number of things that were done since the last call."""


def tracked(
    items: Iterable[Item],
    what: str,
    total: int | None = None,
    *,
    count: Callable[[Item], int] = lambda _: 1,
) -> Iterator[Item]:
    """Go through items, and show how many are done.

    Args:
        items: What is gone through.
        what: What is counted, such as "frames".
        total: How many there are; None where nobody knows.
        count: How many an item stands for, such as the length of a batch.

    Yields:
        The items.

    Example:
        >>> list(tracked("abc", "letters", total=3))
        ['a', 'b', 'c']
    """
    with progress_bar(what, total) as advance:
        for item in items:
            yield item
            advance(count(item))


@contextmanager
def progress_bar(what: str, total: int | None = None) -> Iterator[Advance]:
    """Show how much is done, where that is not known from one loop.

    Args:
        what: What is counted, such as "frames".
        total: How many there are; None where nobody knows.

    Yields:
        What to call when some are done.
    """
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda n: None
        return
    bar = _Bar(what, total)
    try:
        yield bar.advance
    finally:
        bar.close()


def print_above(text: str) -> None:
    """Print a line on the error stream; a bar that stands there moves down."""
    if loaded := sys.modules.get("tqdm"):  # else there is no bar
        loaded.tqdm.write(text, file=sys.stderr)
    else:
        print(text, file=sys.stderr)


class _Bar:
    """A bar that is drawn after a while: tqdm takes longer to load than most work to finish."""

    def __init__(self, what: str, total: int | None) -> None:
        self.what = what
        self.total = total
        self.begin = time.monotonic()
        self.done = 0
        self.drawn: tqdm[NoReturn] | None = None

    def advance(self, n: int) -> None:
        self.done += n
        if self.drawn is not None:
            self.drawn.update(n)
        elif time.monotonic() - self.begin >= DELAY:
            self.drawn = self._draw()

    def _draw(self) -> "tqdm[NoReturn]":
        from tqdm import tqdm

        return tqdm(
            desc=self.what,
            total=self.total,
            initial=self.done,
            leave=False,
            dynamic_ncols=True,
            bar_format=None if self.total is None else BAR,
            miniters=1,  # by time alone: chunks take longer or shorter
            unit="",
            file=sys.stderr,
        )

    def close(self) -> None:
        if self.drawn is not None:
            self.drawn.close()
