"""The extra `train` of the package: what is missing without it, and the line to type.

`pip install splitlib` brings no tensorflow and no keras. The rooms that use them ask for them
before they import anything: commands, stages and names of the API that lead there end with the same
message.
"""

from importlib.util import find_spec

from splitlib.errors import MissingExtraError

TRAIN = ("tensorflow", "keras")
"""The packages that the extra brings."""


def check_train_extra() -> None:
    """Ask for tensorflow and keras; neither is imported.

    Raises:
        MissingExtraError: One of them is not installed.
    """
    missing = [name for name in TRAIN if not is_installed(name)]
    if missing:
        are, them = ("is", "it") if len(missing) == 1 else ("are", "them")
        msg = (
            f"{' and '.join(missing)} {are} not installed; previews, TFRecords, training,"
            f' evaluation and predictions need {them}. Type: pip install "splitlib[train]" (in a'
            " clone of the project: make repro)"
        )
        raise MissingExtraError(msg)


def is_installed(name: str) -> bool:
    """Whether a package can be found; a folder of that name without code is none."""
    try:
        spec = find_spec(name)
    except ImportError:  # something keeps it from being imported
        return False
    return spec is not None and spec.origin is not None
