"""Reading a file with sleap-io, whose errors become one message that names the file."""

import warnings
from pathlib import Path
from typing import Any

from splitlib.convert.libraries import UNREADABLE, import_library
from splitlib.errors import LabelsFileError, MissingExtraError


def load_labels(path: Path, source: Path, **options: Any) -> Any:  # noqa: ANN401 - of sleap-io
    """`sleap_io.Labels` of a file.

    Args:
        path: What sleap-io reads: the source, or a copy of it with whole paths.
        source: What the user named, for messages.
        options: As `sleap_io.load_file` takes them.

    Raises:
        LabelsFileError: sleap-io cannot read the file, or it holds something else than labels.
        MissingExtraError: A library is missing that sleap-io needs for this format.
    """
    sleap_io = import_library("sleap_io")
    try:
        with warnings.catch_warnings():
            loss = ".*(skip|[Dd]rop|not found)"
            warnings.filterwarnings("error", message=loss, category=UserWarning)
            labels = sleap_io.load_file(str(path), **options)
    except UserWarning as err:
        msg = f"{source}: sleap-io would leave out labels: {_plain(err, path, source)}"
        raise LabelsFileError(msg) from err
    except ImportError as err:
        msg = f"{source}: sleap-io lacks what reads this format: {_plain(err, path, source)}"
        raise MissingExtraError(msg) from err
    except (*UNREADABLE, AttributeError, SyntaxError, AssertionError) as err:
        reason = f"{type(err).__name__}: {_plain(err, path, source)}"
        msg = f"{source}: sleap-io cannot read these labels: {reason}"
        raise LabelsFileError(msg) from err
    if not isinstance(labels, sleap_io.Labels):
        msg = f"{source}: sleap-io reads no labels from this file"
        raise LabelsFileError(msg)
    return labels


def _plain(err: BaseException, path: Path, source: Path) -> str:
    """The message of an error on one line, without the name of a temporary file."""
    text = " ".join(str(err).split())
    return text.replace(str(path), str(source)).replace(str(path.parent), str(source.parent))[:300]
