"""The nearest setting that works, for messages about one that does not."""

from collections.abc import Callable


def largest_that_works(works: Callable[[int], bool], low: int, high: int) -> int | None:
    """The largest whole number that works, from `low` up to below `high`, as halving finds it.

    Args:
        works: Whether a number works. If all numbers up to some limit work and none above it, the
            result is that limit; otherwise it is a number that works, not always the largest.
        low: The smallest number to try.
        high: A number that does not work.

    Returns:
        The number; None if `low` does not work.

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
