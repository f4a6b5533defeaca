"""What commands write, and where: terminals, pipes that end, names that are no plain text."""

import os
import subprocess
import sys
import warnings
from dataclasses import replace
from pathlib import Path

import pytest
from places import DEMO, ROOT
from synthetic_labels import small_labels
from terminal import run_on_terminal

from splitlib.commands.main import main
from splitlib.labels import Labels

ODD = "[red]a[bold] :smile: \x1b[31mb\x1b[0m\u202ec"
SHOWN = "[red]a[bold] :smile: \\x1b[31mb\\x1b[0m\\u202ec"


@pytest.fixture
def odd_labels(tmp_path: Path) -> Path:
    """Labels whose file, node and video have a name that commands a terminal."""
    options = {"videos": ["plain.mp4", f"{ODD}.mp4"], "nodes": [ODD, "tail"]}
    return replace(small_labels(), options=options).write(tmp_path / f"{ODD}.slp")


def test_names_of_files_are_shown_as_they_are(
    odd_labels: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["info", str(odd_labels)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith(f"  {SHOWN}.slp")
    assert any(f"{SHOWN}, tail" in line for line in lines)
    assert lines[-1].endswith(f"  {SHOWN}.mp4")


@pytest.mark.parametrize(("arguments", "code"), [(["info"], 1), (["convert", "in", "out"], 2)])
def test_names_in_messages_are_shown_as_they_are(
    arguments: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, f"{ODD}\x07.slp"]) == code
    message = capsys.readouterr().err
    assert "[red]a[bold] :smile: " in message
    assert "\\x07" in message
    assert all(letter.isprintable() or letter == "\n" for letter in message)


def run_piped(*arguments: str, **variables: str) -> str:
    command = [sys.executable, "-m", "splitlib.commands", *arguments]
    environment = {**os.environ, **variables}
    done = subprocess.run(command, capture_output=True, env=environment, cwd=ROOT, check=True)
    assert done.stderr == b""
    return done.stdout.decode()


def test_in_a_pipe_lines_are_plain_and_whole() -> None:
    text = run_piped("info", str(DEMO), COLUMNS="40", TERM="xterm")
    nodes = ", ".join(Labels.load(DEMO).skeletons[0].nodes)
    assert nodes in text
    assert "\x1b" not in text
    assert all(line == line.rstrip() for line in text.splitlines())


def test_on_a_terminal_lines_are_folded_and_nothing_is_cut() -> None:
    command = [sys.executable, "-m", "splitlib.commands", "info", str(DEMO)]
    code, text = run_on_terminal(command, width=50)
    assert code == 0
    assert "\x1b[1m" in text, "headers are bold"
    plain = text.replace("\x1b[1m", "").replace("\x1b[0m", "")
    assert max(map(len, plain.splitlines())) <= 50
    folded = [line[21:].strip() for line in plain.splitlines()]
    assert ", ".join(Labels.load(DEMO).skeletons[0].nodes) in " ".join(folded)


def test_a_reader_that_ends_is_no_error() -> None:
    ours, its = os.pipe()
    os.close(ours)
    command = [sys.executable, "-m", "splitlib.commands", "info", str(DEMO)]
    done = subprocess.run(command, stdout=its, stderr=subprocess.PIPE, cwd=ROOT)
    os.close(its)
    assert done.stderr == b""
    assert done.returncode == 141


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is always full")
def test_output_that_cannot_be_written_is_one_message() -> None:
    command = [sys.executable, "-m", "splitlib.commands", "info", str(DEMO)]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, cwd=ROOT)
    assert done.stderr == "splitlib info: [Errno 28] No space left on device\n"
    assert done.returncode == 1


def test_an_interruption_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(path: Path) -> Labels:
        raise KeyboardInterrupt

    monkeypatch.setattr(Labels, "load", interrupted)
    assert main(["info", str(DEMO)]) == 130
    printed = capsys.readouterr()
    assert (
        printed.err == "splitlib info: interrupted; no file was changed. Type the command again.\n"
    )
    assert printed.out == ""


def test_a_warning_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    load = Labels.load

    def warned(path: Path) -> Labels:
        warnings.warn(f"{ODD} is old", stacklevel=2)
        return load(path)

    monkeypatch.setattr(Labels, "load", warned)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        assert main(["info", str(DEMO), "--json"]) == 0
    assert capsys.readouterr().err == f"warning: {SHOWN} is old\n"
