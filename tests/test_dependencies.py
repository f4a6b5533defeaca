"""What the code imports is what pyproject.toml declares, and requirements.lock pins."""

import ast
import re
import sys
import tomllib

import pytest
from places import ROOT

PYPROJECT = (ROOT / "pyproject.toml").read_text()
PROJECT = tomllib.loads(PYPROJECT)["project"]
EXTRAS = PROJECT["optional-dependencies"]
ALL = sorted({name for some in (PROJECT["dependencies"], *EXTRAS.values()) for name in some})

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


def test_the_library_imports_what_is_declared_and_nothing_else() -> None:
    allowed = declared(PROJECT["dependencies"])
    assert imported("splitlib", "stages") == allowed - RUN - CONVERT


def test_tests_and_benchmarks_import_what_is_declared() -> None:
    dev = {name for name in declared(EXTRAS["dev"]) if not name.startswith(("splitlib", "types-"))}
    run = declared(PROJECT["dependencies"])
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
