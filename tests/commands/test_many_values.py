"""Options that take several values, in all places of a command line."""

from itertools import permutations
from pathlib import Path

import click
import pytest

from splitlib.commands.main import load_command

PARTS = (
    ["labels.slp", "splits"],
    ["--hold-out", "test=*a*", "val=b=c", "--json"],
    ["--stratify", "video", "n_instances", "--gap", "-1"],
    ["--fractions", "0.5", "0.25", "-1"],
)
"""Arguments in parts, which may stand in any order: an option ends the values before it."""


def parsed(command: str, arguments: list[str]) -> dict[str, object]:
    return load_command(command).make_context(command, arguments).params


@pytest.mark.parametrize("parts", list(permutations(PARTS)), ids=str)
def test_values_go_on_until_the_next_option(parts: tuple[list[str], ...]) -> None:
    params = parsed("split", [argument for part in parts for argument in part])
    assert params["hold_out"] == (("test", "*a*"), ("val", "b=c"))
    assert params["stratify"] == ("video", "n_instances")
    assert params["labels"] == (Path("labels.slp"),)
    assert params["output"] == Path("splits")
    assert params["gap"] == -1
    assert params["fractions"] == (0.5, 0.25, -1.0)
    assert params["as_json"] is True


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("in out", ("auto",)),
        ("in out --stratify a", ("a",)),
        ("in out --stratify a b c", ("a", "b", "c")),
        ("in out --stratify a --stratify b", ("a", "b")),
        ("in out --stratify a b --gap 3 --stratify c", ("a", "b", "c")),
        ("in out --stratify=a", ("a",)),
        ("in --stratify=a out", ("a",)),
        ("in out --stratify=a --stratify b c", ("a", "b", "c")),
        ("--stratify a b -- in out", ("a", "b")),
        ("--stratify a b --gap 3 in out", ("a", "b")),
        ("in out --stratify -", ("-",)),
    ],
)
def test_values_of_an_option_for_some(line: str, expected: tuple[str, ...]) -> None:
    params = parsed("split", line.split())
    assert params["stratify"] == expected
    assert (params["labels"], params["output"]) == ((Path("in"),), Path("out"))


@pytest.mark.parametrize(
    "line",
    [
        "in out --stratify",
        "in out --stratify --gap 3",
        "in out --stratify --json",
        "in out --hold-out",
        "in out --lock --stratify x",
        "--stratify a b in out",
    ],
)
def test_a_line_without_the_values_is_refused(line: str) -> None:
    with pytest.raises(click.UsageError):
        parsed("split", line.split())


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("in -o a.png", None),
        ("in -o a.png --videos", ()),
        ("in --videos -o a.png", ()),
        ("--videos -o a.png in", ()),
        ("in -o a.png --videos .", (Path(),)),
        ("in -o a.png --videos x y", (Path("x"), Path("y"))),
        ("--videos x y -o a.png in", (Path("x"), Path("y"))),
        ("in --videos=x -o a.png --videos y", (Path("x"), Path("y"))),
    ],
)
def test_no_value_is_told_from_no_option(line: str, expected: tuple[Path, ...] | None) -> None:
    params = parsed("preview", line.split())
    assert params["videos"] == expected
    assert params["labels"] == "in"
    assert params["output"] == Path("a.png")
