"""The files of the pipeline that the package carries, to lay them into other repositories.

They are those of the repository of splitlib itself. A wheel holds copies of them in `splitlib/laid`
(pyproject.toml says which); a source checkout reads them where they lie.
"""

from pathlib import Path

import splitlib

COPIES = "laid"
"""The folder within the package that only wheels have."""


def carried(name: str) -> str:
    """The text of a file by its place in the repository of splitlib, such as "stages/split.py".

    Raises:
        OSError: The package is not whole.
    """
    return (_home() / name).read_text(encoding="utf-8")


def _home() -> Path:
    package = Path(splitlib.__file__).parent
    return package / COPIES if (package / COPIES).is_dir() else package.parent
