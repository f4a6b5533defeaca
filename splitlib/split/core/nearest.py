"""The nearest setting that works, to name it where another does not."""

from collections.abc import Callable


def largest_that_works(works: Callable[[int], bool], low: int, high: int) -> int | None:
    """The largest whole number from `low` up to below `high` that works, as far as halving finds.

    Args:
        works: Whether a number works. Where it works for all numbers up to one, that one is found;
            otherwise one that works, not always the largest.
        low: Where to start.
        high: A number that does not work.

    Returns:
        None if `low` does not work.

    Example:
        >>> largest_that_works(lambda number: number**2 <= 50, 0, 100)
        7
    """
    if low >= high or not works(low):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if works(middle) else (low, middle)
    return low
