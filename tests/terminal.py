"""Running a command on a terminal that nobody looks at."""

import os
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
