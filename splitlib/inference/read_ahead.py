"""Reading ahead: what comes next is made in a thread while the last is worked on."""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")

AHEAD = 2
"""Items that are made ahead; memory grows with it."""


def read_ahead(items: Iterable[Item]) -> Iterator[Item]:
    """Go through items that one thread makes ahead, in their order.

    An error is raised in its turn, after the items before it. A caller that stops early waits for
    no more than the item that is being made.

    Example:
        >>> list(read_ahead("abc"))
        ['a', 'b', 'c']
    """
    iterator, end = iter(items), object()
    pool = ThreadPoolExecutor(1)
    try:
        made = deque(pool.submit(next, iterator, end) for _ in range(AHEAD))
        while (item := made.popleft().result()) is not end:
            made.append(pool.submit(next, iterator, end))
            yield item  # type: ignore[misc]  # it is not the end
    finally:
        pool.shutdown(cancel_futures=True)
