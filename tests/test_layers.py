"""The table of what may import what, read from the import statements."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# Per part of the package: the parts that it may import. A part is a module or a folder of
# `splitlib`; what is not listed may not be imported.
BASE = {"errors", "files", "jsonfile"}
MAY_IMPORT = {
    "errors": set(),
    "files": set(),
    "jsonfile": {"errors", "files"},
    "console": set(),
    "params": {*BASE},
    "slp": {"errors", "files"},
    "splits": {"errors"},
    "labels": {*BASE, "slp"},
    "index": {*BASE, "slp", "labels"},
    "video_patterns": {"errors", "splits"},
    # of params only the wording: an unknown column is answered like an unknown key
    "groups_file": {"errors", "params", "splits", "video_patterns"},
    "assignment": {
        *BASE,
        "params",
        "slp",
        "labels",
        "splits",
        "index",
        "groups_file",
        "video_patterns",
    },
    "partition": {*BASE, "params", "slp", "labels", "splits", "index", "assignment"},
    "index_lists": {*BASE, "labels", "index"},
    "split_files": {*BASE, "params", "slp", "labels", "splits", "index", "partition"},
    "sleap_splits": {*BASE, "slp", "labels", "splits"},
    "demo": {*BASE, "slp"},
    "video_files": {*BASE},
    "convert": {*BASE, "slp", "labels", "video_files"},
    "audit": {*BASE, "params", "slp", "labels", "index", "convert"},
    # index: the manifest of an export names the file that was split as an index does
    "inputs": {
        *BASE,
        "params",
        "slp",
        "splits",
        "labels",
        "index",
        "video_files",
        "convert",
    },
    "models": {*BASE, "params", "slp", "labels", "inputs"},
    "merge": {*BASE, "slp", "labels", "index"},
    "verify": {*BASE, "slp", "labels", "index"},
    "cli": {
        *BASE,
        "console",
        "params",
        "slp",
        "labels",
        "index",
        "index_lists",
        "partition",
        "split_files",
        "convert",
        "audit",
        "merge",
        "verify",
        "inputs",  # within the functions that need it: other commands load no tensorflow
    },
}

# Packages from outside: the parts that may import them.
OUTSIDE = {
    "h5py": {"slp"},
    "tensorflow": {"inputs", "models"},
    "keras": {"inputs", "models"},
    "matplotlib": {"inputs", "models", "demo", "audit"},
    "PIL": {"audit"},
    "sleap_io": {"convert"},
    "yaml": {"params"},
    "numpy": {*MAY_IMPORT} - {"params", "jsonfile", "files", "errors"},
}


def part_of(path: Path) -> str:
    relative = path.relative_to(ROOT / "splitlib")
    return relative.parts[0].removesuffix(".py")


def imported_modules(path: Path) -> set[str]:
    """Modules that a file imports when it runs; imports for types alone do not count."""
    tree = ast.parse(path.read_text())
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    modules = set()
    for node in ast.walk(tree):
        if id(node) in for_types:
            continue
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules.add(node.module)
            modules |= {f"{node.module}.{alias.name}" for alias in node.names}
    return modules


SOURCES = sorted(
    path
    for path in (ROOT / "splitlib").rglob("*.py")
    if path.name != "__init__.py" or path.parent.name != "splitlib"
)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_only_what_its_layer_may(path: Path) -> None:
    part = part_of(path)
    assert part in MAY_IMPORT, f"{part} is not in the table of layers"
    ours = {name.split(".")[1] for name in imported_modules(path) if name.startswith("splitlib.")}
    assert ours <= MAY_IMPORT[part] | {part}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_packages_from_outside_have_one_home(path: Path) -> None:
    outside = {name.split(".")[0] for name in imported_modules(path)} - {"splitlib"}
    outside -= set(sys.stdlib_module_names)
    for name in outside:
        assert part_of(path) in OUTSIDE.get(name, set()), f"{name} is imported by {part_of(path)}"


def test_the_table_of_layers_has_no_cycle() -> None:
    left = {part: set(below) for part, below in MAY_IMPORT.items()}
    while left:
        lowest = {part for part, below in left.items() if not below & left.keys()}
        assert lowest, f"these import each other: {sorted(left)}"
        left = {part: below for part, below in left.items() if part not in lowest}


def run_python(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return done.stdout.strip()


@pytest.mark.parametrize(
    "code",
    [
        "import splitlib",
        "from splitlib import Labels, split_labels, split_labels_train_val, split_labels_reader",
        "import stages.split",
        "import splitlib.cli",
    ],
)
def test_labels_and_splits_need_no_tensorflow(code: str) -> None:
    heavy = ("tensorflow", "keras", "matplotlib", "sleap_io", "dvc")
    loaded = run_python(f"{code}\nimport sys\nprint([m for m in {heavy} if m in sys.modules])")
    assert loaded == "[]"


def test_importing_splitlib_imports_nothing_that_costs_time() -> None:
    loaded = run_python(
        "import splitlib, sys\nprint([m for m in ('numpy', 'h5py', 'yaml') if m in sys.modules])"
    )
    assert loaded == "[]"


def test_public_names_are_the_things_themselves_whatever_is_imported_first() -> None:
    # A module of the package with the name of a function in it would take the function's place.
    names = run_python(
        "import splitlib\n"
        "splitlib.split_labels\n"
        "print([type(getattr(splitlib, n)).__name__ for n in splitlib.__all__])"
    )
    assert "module" not in names
