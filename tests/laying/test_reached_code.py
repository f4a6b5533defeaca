"""The code that a stage reaches, and that its deps do not name."""

from pathlib import Path
from typing import Any

import pytest
from lab_repositories import make_repository

from splitlib.laying.laid_stages import entry_of, stage_texts
from splitlib.laying.laying_plan import plan_to_lay
from splitlib.laying.reached_code import unlisted_code

FILES = {
    "src/prepare.py": "import helpers\nfrom lab import units\nimport numpy\n",
    "src/helpers.py": "def f():\n    import deep\n",
    "src/deep.py": "import helpers\n",
    "lab/__init__.py": "",
    "lab/units.py": "from . import tables\nfrom .more.names import NAMES\n",
    "lab/tables.py": "from ..lab import units\n",
    "lab/more/__init__.py": "",
    "lab/more/names.py": "NAMES = ()\n",
    "lab/unused.py": "",
    "broken.py": "import (\n",
    "numpy.txt": "",
}
LAB = ["lab/__init__.py", "lab/more/__init__.py", "lab/more/names.py", "lab/tables.py"]


@pytest.mark.parametrize(
    ("stage", "expected"),
    [
        (
            {"cmd": "python src/prepare.py data"},
            ["src/deep.py", "src/helpers.py", "src/prepare.py"],
        ),
        ({"cmd": "python src/prepare.py", "deps": ["src"]}, []),
        (
            {"cmd": "python3.11 src/prepare.py", "deps": ["src/prepare.py", "src/helpers.py"]},
            ["src/deep.py"],
        ),
        ({"cmd": "python -m lab.units"}, [*LAB, "lab/units.py"]),
        ({"cmd": "python -m lab.units", "deps": ["lab/units.py"]}, LAB),
        ({"cmd": "python -m lab.units", "deps": ["./lab/"]}, []),
        (
            {"cmd": "python prepare.py", "wdir": "src", "deps": ["prepare.py", "deep.py"]},
            ["src/helpers.py"],
        ),
        (
            {"cmd": ["echo x", "python broken.py && python -m lab.more.names"]},
            ["broken.py", *LAB[:3]],
        ),
        ({"cmd": "python -c 'import lab'"}, []),
        ({"cmd": "python ${script}.py"}, []),
        ({"cmd": "python 'unclosed"}, []),
        ({"cmd": "Rscript fit.R"}, []),
        ({}, []),
    ],
    ids=str,
)
def test_files_outside_of_deps_are_named(
    stage: dict[str, Any], expected: list[str], tmp_path: Path
) -> None:
    make_repository(tmp_path, FILES)
    assert unlisted_code(tmp_path, stage) == expected


def test_the_stages_that_are_laid_list_all_their_code(tmp_path: Path) -> None:
    plan_to_lay(tmp_path, "evaluate", None, []).write()
    for text in stage_texts("evaluate", "params.yaml").values():
        assert unlisted_code(tmp_path, entry_of(text)) == []
    path = tmp_path / "stages/split.py"
    path.write_text(f"import lab.units\n{path.read_text()}")
    make_repository(tmp_path, FILES)
    entry = entry_of(stage_texts("split", "params.yaml")["split"])
    assert unlisted_code(tmp_path, entry) == [*LAB, "lab/units.py"]
