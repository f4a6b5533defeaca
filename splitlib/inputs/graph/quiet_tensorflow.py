"""Imports tensorflow without the notes that it prints before anybody can set its log level.

Every stage and command that uses tensorflow imports this module first. Otherwise half a page on
processors and missing GPU libraries would come before the first line for the user. Errors in the
import are raised as usual.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


@contextmanager
def _silent_stderr() -> Iterator[None]:
    """Discard what libraries write to the error stream, past Python's own stream object."""
    sys.stderr.flush()
    kept = os.dup(2)
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123 - a descriptor is needed, no path
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


with _silent_stderr():
    import keras  # noqa: F401
    import tensorflow  # noqa: F401
