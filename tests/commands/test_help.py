"""The help of each command, and what shells ask for to complete a command line."""

import os
import shlex
import subprocess
import sys
from dataclasses import fields

import click
import pytest
from places import ROOT
from slow import slow

import splitlib
from splitlib.commands import split
from splitlib.commands.main import SUMMARIES, load_command, main
from splitlib.commands.shared import Command
from splitlib.params import SplitParams, checked_section


def help_of(command: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert main([command, "-h"]) == 0
    return capsys.readouterr().out


def test_every_module_of_a_command_is_listed() -> None:
    helpers = {"main", "shared", "print_tables", "many_values", "find_splits", "show_plan"}
    modules = {path.stem for path in (ROOT / "splitlib/commands").glob("[a-z]*.py")}
    assert modules - helpers == set(SUMMARIES)


@pytest.mark.parametrize("command", SUMMARIES)
def test_the_list_of_commands_says_what_each_says_of_itself(command: str) -> None:
    assert load_command(command).help == SUMMARIES[command]


@pytest.mark.parametrize("command", SUMMARIES)
def test_help_lists_whole_summaries(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-h"]) == 0
    words = capsys.readouterr().out.split()
    assert "..." not in words
    assert f"{command} {SUMMARIES[command]}" in " ".join(words)


@pytest.mark.parametrize("command", ["", *SUMMARIES])
def test_both_names_of_help_give_the_same(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command.split(), "-h"]) == 0
    short = capsys.readouterr().out
    assert main([*command.split(), "--help"]) == 0
    assert capsys.readouterr().out == short


@pytest.mark.parametrize("command", SUMMARIES)
def test_help_ends_with_an_example_that_is_right(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    *_, title, example = help_of(command, capsys).splitlines()
    assert title == "Example:"
    program, name, *arguments = shlex.split(example)
    assert (program, name) == ("splitlib", command)
    context = load_command(command).make_context(command, arguments)
    assert isinstance(context.command, Command)


@pytest.mark.parametrize("command", SUMMARIES)
def test_help_explains_every_argument_and_option(command: str) -> None:
    for param in load_command(command).params:
        assert isinstance(param, click.Argument | click.Option)
        assert (param.help or "").endswith((".", "..."))


@pytest.mark.parametrize("name", [field.name for field in fields(SplitParams)])
def test_every_setting_of_a_split_is_an_option(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert f"--{name.replace('_', '-')} " in help_of("split", capsys)


def test_options_that_are_not_given_have_the_defaults_of_the_params() -> None:
    context = load_command("split").make_context("split", ["labels.slp", "splits"])
    settings = {name: context.params[name] for name in split.SETTINGS}
    assert split.split_params(settings) == checked_section(SplitParams, {}, "split")


@pytest.mark.parametrize(
    ("command", "default"),
    [("split", "0.8, 0.1, 0.1"), ("split", "block"), ("audit", "5"), ("preview", "params.yaml")],
)
def test_help_shows_defaults(
    command: str, default: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert f"[default: {default}]" in " ".join(help_of(command, capsys).split())


def test_the_version_is_all_that_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"{splitlib.__version__}\n"


def completions(line: str) -> list[str]:
    """What bash is offered for the last word of a line, each with its kind."""
    asked = {
        "_SPLITLIB_COMPLETE": "bash_complete",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(line.split(" ")) - 1),
    }
    return run_command(asked).splitlines()


def run_command(variables: dict[str, str]) -> str:
    command = [sys.executable, "-m", "splitlib.commands"]
    done = subprocess.run(
        command, env={**os.environ, **variables}, capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 0
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_get_a_script_that_completes(shell: str) -> None:
    assert "_SPLITLIB_COMPLETE" in run_command({"_SPLITLIB_COMPLETE": f"{shell}_source"})


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("splitlib ", [f"plain,{name}" for name in SUMMARIES]),
        slow("splitlib me", ["plain,merge"]),
        slow("splitlib split --f", ["plain,--fractions", "plain,--fold", "plain,--from-index"]),
        slow(
            "splitlib split --assignment ", ["plain,exact", "plain,stable", "plain,chronological"]
        ),
        ("splitlib split --stratify video --assignment s", ["plain,stable"]),
        ("splitlib audit labels.slp splits --report ", ["file,"]),
        slow("splitlib preview --videos ", ["file,"]),
        slow("splitlib info ", ["file,"]),
    ],
)
def test_command_lines_are_completed(line: str, expected: list[str]) -> None:
    assert completions(line) == expected
