"""Where tests find the real label files, which are not part of the project."""

import os
from pathlib import Path

import pytest

SHARED = Path(__file__).parents[2] / "shared"


def shared_path(relative: str) -> Path:
    """The path of a real file in the folder `shared` beside the repository.

    Where the file is missing the calling test is skipped; in CI it fails instead. Parametrize with
    the relative names, and call this inside of the test.
    """
    path = SHARED / relative
    if not path.exists():
        reason = f"needs {relative} in the folder 'shared' beside the repository"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return path
