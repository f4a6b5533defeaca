"""The table of what may import what, read from the import statements."""

import ast
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from places import ROOT
from slow import slow

import splitlib

# Per room of the package, the rooms that it may import. A room is a module or a folder of
# `splitlib`, or a folder within one where that is listed by itself; what is not listed may not be
# imported.
BASE = {"errors", "files", "jsonfile", "progress"}
MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "progress": set(),
    "extras": {"errors"},
    "unfinished": {"errors"},
    "files": {"progress", "unfinished"},
    "jsonfile": {"errors", "files"},
    "console": {"progress"},
    "params": {*BASE},
    "slp": {"errors", "files", "progress"},
    "labels": {"errors", "slp"},
    "fingerprint": {*BASE, "params", "slp"},
    "laying": {*BASE, "params", "slp", "fingerprint", "formats"},
    "split/core": {"errors"},
    "split": {*BASE, "params", "slp", "labels", "split/core"},
    "convert": {"errors", "files", "progress", "slp", "labels"},
    "formats": {*BASE, "slp", "labels", "convert"},
    "demo": {"files", "slp"},
    "memory": set(),
    "page": {"files"},
    "audit": {
        *{*BASE, "params", "slp", "labels", "split", "split/core", "convert", "memory", "page"},
    },
    "inputs/graph": {"split/core"},
    "inputs/keys": {"errors", "inputs/graph"},
    "inputs/frames": {
        *{"errors", "files", "progress", "params", "slp", "labels", "convert"},
        *{"split/core", "inputs/graph"},
    },
    "inputs/transforms": {"errors", "split/core", "inputs/graph", "inputs/keys"},
    # split: the manifest of an export names the file that was split as an index does
    "inputs/export": {
        *{*BASE, "unfinished", "params", "slp", "split", "convert"},
        *{"inputs/graph", "inputs/frames"},
    },
    "inputs": {
        *{"errors", "extras", "files", "params", "convert", "inputs/graph"},
        *{"inputs/keys", "inputs/frames", "inputs/transforms", "inputs/export"},
    },
    "models": {*BASE, "extras", "params", "inputs", "inputs/keys"},
    "evaluation/core": {"split/core"},
    "evaluation": {
        *{*BASE, "extras", "params", "convert", "split/core", "memory", "page"},
        "evaluation/core",
        *{"inputs", "inputs/frames", "inputs/transforms", "models", "inference/grouping"},
    },
    "inference/grouping": set(),
    "inference": {
        *{*BASE, "extras", "slp", "labels", "convert", "models"},
        *{"inputs", "inputs/keys", "inputs/frames", "inputs/transforms", "inputs/graph"},
        "inference/grouping",
    },
    "sleap_splits": {"slp", "split/core"},
    "commands": {
        *BASE,
        *{"console", "unfinished", "params", "slp", "labels", "split", "formats", "audit"},
        "laying",
        # within the functions that need it: other commands load no tensorflow
        *{"inputs", "inputs/export", "inputs/graph", "models", "inference"},
    },
}

# Packages from outside: the rooms that may import them.
NUMPY_FREE = {
    "laying",
    "params",
    "jsonfile",
    "files",
    "errors",
    "extras",
    "console",
    "progress",
    "unfinished",
}
OUTSIDE = {
    "h5py": {"slp"},
    "tensorflow": {"inputs", "models", "inference", "evaluation"},
    "keras": {"inputs", "models", "inference", "evaluation"},
    "matplotlib": {"inputs", "evaluation", "demo", "audit"},
    "PIL": {"audit", "convert", "slp"},
    "jinja2": {"page"},
    "sleap_io": {"convert", "formats"},
    "yaml": {"params", "formats", "laying"},
    "pydantic": {"params", "split"},
    "pydantic_core": {"params"},  # how a validator of pydantic hands on an error of its own
    "click": {"commands"},
    "rich": {"commands"},
    "tqdm": {"progress"},
    "psutil": {"unfinished"},
    "numpy": {room.split("/")[0] for room in MAY_IMPORT} - NUMPY_FREE,
}


def room_of(parts: tuple[str, ...]) -> str:
    """The room that a module is in; its names come from the top of the package down."""
    inner = "/".join(parts[:2])
    return inner if inner in MAY_IMPORT else parts[0]


def place_of(path: Path) -> tuple[str, ...]:
    return path.relative_to(ROOT / "splitlib").with_suffix("").parts


@cache
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


def splitlib_names(path: Path) -> set[str]:
    """What a file imports of the package, by dotted names that end in a module or a name in one."""
    names = {name for name in imported_modules(path) if name.startswith("splitlib.")}
    # `from splitlib.split.core import hashing` is listed as the folder, too: the longest one counts
    return {name for name in names if not any(other.startswith(f"{name}.") for other in names)}


SOURCES = sorted(
    path
    for path in (ROOT / "splitlib").rglob("*.py")
    if path.name != "__init__.py" or path.parent.name != "splitlib"
)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_only_what_its_room_may(path: Path) -> None:
    room = room_of(place_of(path))
    assert room in MAY_IMPORT, f"{room} is not in the table of rooms"
    names = {tuple(name.split(".")[1:]) for name in splitlib_names(path)}
    assert {room_of(name) for name in names} <= MAY_IMPORT[room] | {room}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_packages_from_outside_have_one_home(path: Path) -> None:
    outside = {name.split(".")[0] for name in imported_modules(path)} - {"splitlib"}
    part = place_of(path)[0]
    for name in outside - set(sys.stdlib_module_names):
        assert part in OUTSIDE.get(name, set()), f"{name} is imported by {part}"


def test_the_table_of_rooms_has_no_cycle() -> None:
    left = {room: set(below) for room, below in MAY_IMPORT.items()}
    while left:
        lowest = {room for room, below in left.items() if not below & left.keys()}
        assert lowest, f"these import each other: {sorted(left)}"
        left = {room: below for room, below in left.items() if room not in lowest}


def test_the_table_of_rooms_names_only_what_is_imported() -> None:
    found: dict[str, set[str]] = {room: set() for room in MAY_IMPORT}
    for path in SOURCES:
        names = {tuple(name.split(".")[1:]) for name in splitlib_names(path)}
        found[room_of(place_of(path))] |= {room_of(name) for name in names}
    unused = {room: MAY_IMPORT[room] - BASE - found[room] for room in MAY_IMPORT}
    assert not {room: sorted(names) for room, names in unused.items() if names}


def test_no_file_name_stands_for_two_things() -> None:
    names = [path.name for path in SOURCES if not path.name.startswith("__")]
    assert not {name for name in names if names.count(name) > 1}


def run_python(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return done.stdout.strip()


HEAVY = ("tensorflow", "keras", "matplotlib", "sleap_io", "dvc")
LIGHT_IMPORTS = {
    "import splitlib": (*HEAVY, "numpy", "h5py", "yaml"),
    "from splitlib import Labels, split_labels, split_labels_train_val, split_labels_reader": HEAVY,
    "import stages.split": HEAVY,
    "import stages.fingerprint": HEAVY,
    "import splitlib.commands.main": HEAVY,
}


@pytest.mark.parametrize(("code", "heavy"), LIGHT_IMPORTS.items())
def test_what_costs_time_is_not_imported_where_it_is_not_needed(
    code: str, heavy: tuple[str, ...]
) -> None:
    loaded = run_python(f"{code}\nimport sys\nprint([m for m in {heavy} if m in sys.modules])")
    assert loaded == "[]"


def kinds_here() -> list[str]:
    return [type(getattr(splitlib, name)).__name__ for name in splitlib.__all__]


def kinds_after_the_function() -> list[str]:
    # A module of the package with the name of a function in it would take the function's place.
    names = run_python(
        "import splitlib\n"
        "splitlib.split_labels\n"
        "print(*[type(getattr(splitlib, n)).__name__ for n in splitlib.__all__])"
    )
    return names.split()


@pytest.mark.parametrize("kinds", [kinds_here, slow(kinds_after_the_function)])
def test_public_names_are_the_things_themselves_whatever_is_imported_first(
    kinds: Callable[[], list[str]],
) -> None:
    found = kinds()
    assert len(found) == len(splitlib.__all__)
    assert "module" not in found
