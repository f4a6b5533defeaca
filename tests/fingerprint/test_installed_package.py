"""Which splitlib is installed: the same code is the same, however it was installed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from places import ROOT

import splitlib
from splitlib.fingerprint.installed_package import package_fingerprint


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the package as a wheel has it."""
    package = tmp_path / "splitlib"
    shutil.copytree(ROOT / "splitlib", package, ignore=shutil.ignore_patterns("__pycache__"))
    (package / "laid").mkdir()
    (package / "laid/dvc.yaml").touch()
    monkeypatch.setattr(splitlib, "__file__", str(package / "__init__.py"))
    return package


def test_a_copy_without_compiled_files_is_the_same(copy: Path) -> None:
    found = package_fingerprint()
    code = "from splitlib.fingerprint.installed_package import *; print(package_fingerprint())"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == str(found)
    assert found["version"] == splitlib.__version__


@pytest.mark.parametrize("name", ["split/partition.py", "page/page.html.jinja", "new.py"])
def test_any_edit_is_another_fingerprint(copy: Path, name: str) -> None:
    before = package_fingerprint()
    with (copy / name).open("a") as file:
        file.write("\n")
    assert package_fingerprint() != before


def test_another_version_is_another_fingerprint(monkeypatch: pytest.MonkeyPatch) -> None:
    before = package_fingerprint()
    monkeypatch.setattr(splitlib, "__version__", "9.9.9")
    assert package_fingerprint() != before
