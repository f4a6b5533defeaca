"""The libraries that read videos and other formats. They are slow to import: only when needed."""

from importlib import import_module
from types import ModuleType

from splitlib.errors import MissingExtraError

UNREADABLE = (OSError, ValueError, LookupError, TypeError, RuntimeError, EOFError, StopIteration)
"""Errors that these libraries raise for damaged files and for missing frames."""


def import_library(name: str) -> ModuleType:
    """Import sleap_io or av.

    Raises:
        MissingExtraError: The library cannot be imported.
    """
    try:
        return import_module(name)
    except ImportError as err:
        msg = (
            f"{name} cannot be imported, which reads videos and other label formats: {err}; install"
            " splitlib again (in a clone: make clean, then make repro)"
        )
        raise MissingExtraError(msg) from err
