"""Cases of a table that only `pytest --thorough` runs: they cost much, and others show the same."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest


def slow(*values: Any) -> Any:  # noqa: ANN401 - what pytest.param takes and gives
    """One case that is slow."""
    return pytest.param(*values, marks=pytest.mark.slow)


def quick_if(is_quick: Callable[[Any], bool], cases: Iterable[Any]) -> list[Any]:
    """Cases of one value, of which those that are not quick are slow."""
    return [case if is_quick(case) else slow(case) for case in cases]
