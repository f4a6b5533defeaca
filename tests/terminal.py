"""Running a command on a terminal that nobody looks at."""

import os
import re
import struct
import subprocess
from collections.abc import Sequence

import pytest
from places import ROOT


def run_on_terminal(command: Sequence[str], *, width: int = 80) -> tuple[int, str]:
    """The exit code of a command, and all that it writes to a terminal."""
    fcntl, pty, termios = (pytest.importorskip(name) for name in ("fcntl", "pty", "termios"))
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": str(width)}
    environment.pop("NO_COLOR", None)
    process = subprocess.Popen(
        command, stdin=its, stdout=its, stderr=its, env=environment, cwd=ROOT
    )
    os.close(its)
    shown = b"".join(iter(lambda: _read(ours), b""))
    os.close(ours)
    return process.wait(), shown.decode().replace("\r\n", "\n")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # how Linux says that the other side is closed
        return b""


def screen(written: str) -> list[str]:
    """The lines that stand on a terminal in the end, for what progress bars write."""
    lines, row, column = [""], 0, 0
    for part in re.findall(r"\x1b\[A|\r|\n|[^\r\n\x1b]+", written):
        if part == "\x1b[A":
            row -= 1
        elif part == "\r":
            column = 0
        elif part == "\n":
            row, column = row + 1, 0
            lines += [""] * (row == len(lines))
        else:
            end = column + len(part)
            lines[row] = lines[row].ljust(column)[:column] + part + lines[row][end:]
            column = end
    return [line.rstrip() for line in lines if line.strip()]
