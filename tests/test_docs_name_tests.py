"""Documentation names the tests that show what it says: each of them is there."""

import re
from pathlib import Path

import pytest
from places import ROOT

from splitlib.slp.known_tables import KNOWN_NAMES

PAGE = (ROOT / "docs" / "labels-format.md").read_text()
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ") and "`test_" in line]


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(test_\w+)`", PAGE))))
def test_every_test_that_the_page_names_is_there(name: str) -> None:
    files = [path for path in (ROOT / "tests").rglob("test_*.py") if _defines(path, name)]
    assert len(files) == 1


def _defines(path: Path, name: str) -> bool:
    return f"\ndef {name}(" in path.read_text()


def test_every_row_of_the_table_names_a_test() -> None:
    table = [line for line in PAGE.splitlines() if line.startswith("| ") and line.count("|") == 6]
    assert next(line for line in table if "`test_" not in line).startswith("| table")
    assert len(ROWS) == len(table) - 1


LISTS_AND_STORES = re.compile(r"(mask|roi|label_image)_(\w+_)?(rle|wkb|data|sources|names|"
                              r"categories|score_maps|objects)$")  # fmt: skip


@pytest.mark.parametrize("name", sorted(KNOWN_NAMES))
def test_every_table_that_is_known_has_a_row(name: str) -> None:
    """Lists and stores of bytes stand in the row of their table."""
    assert f"`{name}`" in PAGE or LISTS_AND_STORES.match(name)
