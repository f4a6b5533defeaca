"""The optional dependencies, imported when they are needed."""

from importlib import import_module
from types import ModuleType

from splitlib.errors import MissingExtraError

UNREADABLE = (OSError, ValueError, LookupError, TypeError, RuntimeError, EOFError, StopIteration)
"""Errors that these libraries raise for damaged files and for missing frames."""


def import_extra(name: str) -> ModuleType:
    """Import sleap_io or av.

    Raises:
        MissingExtraError: The library is not installed.
    """
    try:
        return import_module(name)
    except ImportError as err:
        msg = (
            f"reading videos and other label formats needs {name}; install it with"
            ' pip install "splitlib[convert]"'
        )
        raise MissingExtraError(msg) from err
