"""Reading ahead gives the same items, and the same errors in their turn."""

from collections.abc import Iterator
from threading import current_thread, main_thread

import pytest

from splitlib.inference.read_ahead import AHEAD, read_ahead


def counted(made: list[int], n: int = 10) -> Iterator[int]:
    for number in range(n):
        made.append(number)
        yield number


def test_items_come_in_their_order() -> None:
    assert list(read_ahead(range(10))) == list(range(10))
    assert list(read_ahead([])) == []


def test_an_error_comes_after_the_items_before_it() -> None:
    def failing() -> Iterator[int]:
        yield from range(3)
        msg = "frame 3 cannot be read"
        raise ValueError(msg)

    items = read_ahead(failing())
    assert [next(items) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="frame 3"):
        next(items)


def test_no_more_is_made_than_said() -> None:
    made: list[int] = []
    items = read_ahead(counted(made))
    assert next(items) == 0
    items.close()  # type: ignore[attr-defined]
    assert len(made) <= AHEAD + 1


def test_items_are_made_in_a_thread() -> None:
    threads = list(read_ahead(current_thread() for _ in range(3)))
    assert main_thread() not in threads
    assert len(set(threads)) == 1
