"""The extras of the package: what is missing without one, and the line to type.

`pip install splitlib` brings what splitting and auditing need. The rooms that use tensorflow and
keras ask for the extra `train` before they import anything: commands, stages and names of the API
that lead there end with the same message.
"""

from importlib.util import find_spec

from splitlib.errors import MissingExtraError

PACKAGES = {"train": ("tensorflow", "keras"), "dvc": ("dvc",)}
"""The packages of each extra that code imports."""

NEEDED_BY = {
    "train": "previews, TFRecords, training, evaluation and predictions need",
    "dvc": "tables and pictures of several experiments need",
}


def check_extra(extra: str) -> None:
    """Ask for the packages of an extra; none of them is imported.

    Args:
        extra: A key of `PACKAGES`.

    Raises:
        MissingExtraError: A package is not installed.
    """
    missing = [name for name in PACKAGES[extra] if not is_installed(name)]
    if missing:
        are, them = ("is", "it") if len(missing) == 1 else ("are", "them")
        msg = (
            f"{' and '.join(missing)} {are} not installed; {NEEDED_BY[extra]} {them}. Type: pip"
            f' install "splitlib[{extra}]" (in a clone of the project: make repro)'
        )
        raise MissingExtraError(msg)


def is_installed(name: str) -> bool:
    """Whether a package can be found; a folder of that name without code is none."""
    try:
        spec = find_spec(name)
    except ImportError:  # something keeps it from being imported
        return False
    return spec is not None and spec.origin is not None
