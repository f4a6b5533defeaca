"""What all tests share: the hypothesis profile and the folder of real label files."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "splitlib",
    derandomize=True,  # the same examples on every run: a red test is red for everyone
    deadline=None,  # a busy machine is no failure
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("splitlib")

SHARED = Path(__file__).parents[2] / "shared"


def shared_path(relative: str) -> Path:
    """The path of a real file in the folder `shared` beside the repository.

    Where the folder is missing the calling test is skipped; in CI it fails instead. For use in
    tests as ``from conftest import shared_path`` and, to parametrize, with plain strings.
    """
    path = SHARED / relative
    if not path.exists():
        reason = f"needs {relative} in the folder 'shared' beside the repository"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return path
