"""The wheel: what is in it, and that it runs in an empty folder, without tensorflow."""

import json
import subprocess
import sys
import tomllib
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest
from blocked_packages import python_without
from places import DEMO, ROOT

import splitlib
from splitlib.extras import TRAIN
from splitlib.files import sha256_of

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

pytestmark = pytest.mark.slow  # pip fetches what builds the wheel

COMMANDS = (
    "--version",
    "info demo.slp",
    "split demo.slp splits --seed 42",
    "verify demo.slp splits",
    "audit demo.slp splits --report audit --certificate certificate",
)

RUN = """
import json, runpy
from pathlib import Path
import splitlib
from splitlib.commands.main import main

assert Path(splitlib.__file__).is_relative_to(sys.argv[1]), splitlib.__file__
programs = {"splitlib.demo": ["--output", "demo.slp"], "splitlib.params.write_schema": []}
for module, arguments in programs.items():
    sys.argv[1:] = arguments
    runpy.run_module(module, run_name="__main__")
for line in COMMANDS:
    assert main(line.split()) == 0, line
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir"]
    subprocess.run([*pip, str(folder), str(ROOT)], check=True)
    (built,) = folder.glob("*.whl")
    return built


def test_every_file_of_the_package_is_in_the_wheel(wheel: Path) -> None:
    files = subprocess.check_output(["git", "ls-files", "splitlib"], cwd=ROOT, text=True).split()
    with zipfile.ZipFile(wheel) as archive:
        assert {*files} <= {*archive.namelist()}


def test_the_wheel_states_the_version_and_the_extras(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        name = f"splitlib-{splitlib.__version__}.dist-info/METADATA"
        stated = message_from_bytes(archive.read(name))
    assert stated["Version"] == splitlib.__version__ == PROJECT["version"]
    assert stated["Requires-Python"] == PROJECT["requires-python"]
    assert stated.get_all("Provides-Extra") == sorted(PROJECT["optional-dependencies"])
    bare = [line for line in stated.get_all("Requires-Dist") or [] if "extra ==" not in line]
    assert not [line for line in bare if line.startswith(TRAIN)]


def test_the_wheel_runs_in_an_empty_folder(wheel: Path, tmp_path: Path) -> None:
    unpacked, folder = tmp_path / "unpacked", tmp_path / "empty"
    folder.mkdir()
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(unpacked)
    code = f"sys.path[:2] = [{str(unpacked)!r}]\nCOMMANDS = {COMMANDS!r}\n{RUN}"
    done = python_without(TRAIN, code, str(unpacked), folder=folder)
    assert done.returncode == 0, done.stderr
    assert sha256_of(folder / "demo.slp") == sha256_of(DEMO)
    schema = json.loads((ROOT / "params.schema.json").read_text())
    assert json.loads((folder / "params.schema.json").read_text()) == schema
    assert (folder / "audit" / "report.html").is_file()
    assert (folder / "certificate" / "certificate.html").is_file()
