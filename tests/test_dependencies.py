"""What the code imports is what pyproject.toml declares, and what the two lock files pin."""

import ast
import re
import sys
import tomllib
from typing import Any

import pytest
from places import ROOT

from splitlib.extras import TRAIN

PYPROJECT = (ROOT / "pyproject.toml").read_text()
PROJECT = tomllib.loads(PYPROJECT)["project"]
EXTRAS = PROJECT["optional-dependencies"]
ALL = sorted({name for some in (PROJECT["dependencies"], *EXTRAS.values()) for name in some})
LOCKED: dict[str, Any] = tomllib.loads((ROOT / "uv.lock").read_text())

# Names of imports that differ from the name of the package that holds them.
PACKAGES = {
    "PIL": "pillow",
    "pydantic_core": "pydantic",
    "sklearn": "scikit-learn",
    "sleap_io": "sleap-io",
    "yaml": "pyyaml",
}

# Declared, and used without an import statement: by the pipeline, by another package, by name in
# `splitlib.convert.extras`, on the command line.
RUN = {"ruamel-yaml-clib"}
CONVERT = {"av", "sleap-io"}
DEV = {"mypy", "pytest-cov", "pytest-xdist", "ruff"}


def declared(requirements: list[str]) -> set[str]:
    return {re.split(r"[<>=\[]", requirement)[0] for requirement in requirements}


def imported(*folders: str) -> set[str]:
    """The packages from outside that the files of some folders import, wherever."""
    names = set()
    for path in [path for folder in folders for path in (ROOT / folder).rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module)
    tops = {name.split(".")[0] for name in names}
    ours = {path.stem for path in (ROOT / "tests").rglob("*.py")}
    outside = tops - {*sys.stdlib_module_names, "splitlib", "stages", "benchmarks", *ours}
    return {PACKAGES.get(name, name) for name in outside}


def run_dependencies() -> set[str]:
    """What the pipeline needs, without the tools of developers."""
    return declared(PROJECT["dependencies"]) | declared(EXTRAS["train"])


def test_the_library_imports_what_is_declared_and_nothing_else() -> None:
    assert imported("splitlib", "stages") == run_dependencies() - RUN - CONVERT


def test_the_extra_brings_what_is_asked_for() -> None:
    assert {*TRAIN} == declared(EXTRAS["train"])


def test_tests_and_benchmarks_import_what_is_declared() -> None:
    dev = {name for name in declared(EXTRAS["dev"]) if not name.startswith(("splitlib", "types-"))}
    run = run_dependencies()
    found = imported("tests", "benchmarks") - imported("benchmarks/peers")
    assert found <= run | dev | {"ruamel"}  # ruamel.yaml is how DVC reads params.yaml
    assert dev - DEV <= found


@pytest.mark.parametrize("name", sorted(declared(ALL)))
def test_every_dependency_has_its_reason_and_its_pin(name: str) -> None:
    line = next(line for line in PYPROJECT.splitlines() if line.strip().startswith(f'"{name}'))
    assert re.search(r'",\s+# \S+', line), f"{name} has no reason"
    pins = [re.split("==", pin)[0] for pin in (ROOT / "requirements.lock").read_text().split()]
    plain = {re.sub(r"[-_.]+", "-", pin).lower() for pin in pins}
    assert name == "splitlib" or name.lower() in plain


# ---------------------------------------------------------------- lock files: `make lock`


def requirement(text: str) -> tuple[str, str, str]:
    """Name, extra and versions of a requirement of pyproject.toml."""
    found = re.fullmatch(r"([\w-]+)(?:\[(\w+)\])?(.*)", text)
    assert found is not None
    name, extra, versions = found.groups()
    return name, extra or "", versions


def test_uv_lock_is_of_the_requirements_of_pyproject() -> None:
    (own,) = (one for one in LOCKED["package"] if one["name"] == PROJECT["name"])
    locked = {
        (
            (one["name"], *one.get("extras", [""]), one.get("specifier", "")),
            "".join(re.findall(r"extra == '(\w+)'", one.get("marker", ""))),
        )
        for one in own["metadata"]["requires-dist"]
    }
    wanted = {"": PROJECT["dependencies"], **EXTRAS}
    assert locked == {(requirement(one), extra) for extra in wanted for one in wanted[extra]}
    assert LOCKED["requires-python"] == PROJECT["requires-python"]


def test_uv_lock_has_hashes_and_no_address_but_those_of_pypi() -> None:
    others = [one for one in LOCKED["package"] if one["name"] != PROJECT["name"]]
    assert {one["source"]["registry"] for one in others} == {"https://pypi.org/simple"}
    files = [file for one in others for file in (one.get("sdist"), *one.get("wheels", ())) if file]
    assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", file["hash"]) for file in files)
    addresses = set(re.findall(r"\w+://[^/\"]+", (ROOT / "uv.lock").read_text()))
    assert addresses == {"https://pypi.org", "https://files.pythonhosted.org"}


def test_requirements_lock_has_the_versions_of_uv_lock() -> None:
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    others = [one for one in LOCKED["package"] if one["name"] != PROJECT["name"]]
    assert sorted(pins) == sorted(f"{one['name']}=={one['version']}" for one in others)
