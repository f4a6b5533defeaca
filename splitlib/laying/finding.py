"""A fault of a pipeline, and what to do about it."""

from typing import NamedTuple


class Finding(NamedTuple):
    """A fault.

    Attributes:
        what: Where it is, what was expected, and what was found.
        advice: What to do.
    """

    what: str
    advice: str
