"""The name of the process that writes a file, and whether that process has ended.

A lock on the file would say the same, but HDF5 locks the files that it writes, and file systems of
clusters lack locks. A number of a process alone says too little: systems use numbers again, and
containers and other machines on a network folder have numbers of their own.
"""

import hashlib
import os
import platform
import sys
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

WRITER = r"[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]+-[0-9a-f]+"
"""The form of a name: machine, run of the machine and its space of process numbers, process, and
when the process began."""

A_DAY = 24 * 60 * 60.0
"""Seconds without a change after which the writer on another machine is taken for ended. The first
file of a set waits for the last one, which may take hours over a network."""

UNKNOWN = -1
"""Stands for the start of a process that is there, and belongs to somebody else."""


def this_writer() -> str:
    """The name of this process, of 22 to 50 letters, digits and hyphens."""
    return _named(os.getpid())


@lru_cache(maxsize=4)
def _named(pid: int) -> str:
    """The number is an argument, because a forked process takes the cache along."""
    return f"{_machine()}-{_run_of_machine()}-{pid:x}-{_start(pid) or 0:x}"


def has_ended(writer: str, changed: Callable[[], float], patience: float = A_DAY) -> bool:
    """Whether a writer has ended, for sure where it is of this machine.

    Args:
        writer: The name, as of `this_writer`.
        changed: Gives the time of the last change of what was written, in seconds since 1970. It is
            asked where processes cannot tell.
        patience: Seconds without a change after which a writer of another machine, or of another
            container, counts as ended.
    """
    if writer == this_writer():
        return False
    machine, run, pid, start = writer.split("-")
    if (machine, run) == (_machine(), _run_of_machine()):
        return _start(int(pid, 16)) not in (int(start, 16), UNKNOWN)
    if machine == _machine() and changed() < _boot_time():
        return True  # before the machine was started, as after a power cut
    return is_stale(changed, patience)


def is_stale(changed: Callable[[], float], patience: float = A_DAY) -> bool:
    """Whether the last change is so many seconds ago."""
    return time.time() - changed() > patience


@lru_cache(maxsize=1)
def _machine() -> str:
    """Names alone may be those of many containers, and numbers those of copied disks."""
    number = _text("/etc/machine-id")
    return _digest(f"{platform.node()} {number}")


@lru_cache(maxsize=1)
def _run_of_machine() -> str:
    """What process numbers are counted in: on Linux since the start, and in each container."""
    if not _is_linux():
        return "0" * 8  # there, the time at which a process began is one of the calendar
    try:
        space = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        space = ""
    return _digest(f"{_text('/proc/sys/kernel/random/boot_id')} {space}")


def _start(pid: int) -> int | None:
    """When a process began, None for one that has ended, `UNKNOWN` where nobody may ask."""
    return _start_in_proc(pid) if _is_linux() else start_by_psutil(pid)


def _start_in_proc(pid: int) -> int | None:
    """In ticks since the machine was started, which no clock that is set changes; see proc(5)."""
    # the name of the program stands in parentheses, and may hold blanks and parentheses
    fields = _text(f"/proc/{pid}/stat").rpartition(")")[2].split()
    if not fields:
        return _start_of_hidden(pid)
    return None if fields[0] in "ZX" else int(fields[19])  # Z: killed, and its parent did not ask


def _start_of_hidden(pid: int) -> int | None:
    """Clusters may hide the processes of others (hidepid of proc(5)), but not that they exist."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return None
    except PermissionError:
        pass
    return UNKNOWN


def start_by_psutil(pid: int) -> int | None:
    """In hundredths of seconds since 1970, for systems that keep that number: not for Linux."""
    import psutil  # takes 25 ms, and Linux does without

    try:
        process = psutil.Process(pid)
        is_dead = process.status() == psutil.STATUS_ZOMBIE
        return None if is_dead else int(process.create_time() * 100)
    except psutil.AccessDenied:
        return UNKNOWN
    except psutil.NoSuchProcess:
        return None


def _boot_time() -> float:
    """When the machine was started, in seconds since 1970; 0 where Python cannot tell."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return 0.0 if clock is None else time.time() - time.clock_gettime(clock)


def _is_linux() -> bool:
    return sys.platform == "linux" and os.access("/proc/self/stat", os.R_OK)


def _text(path: str) -> str:
    try:
        return Path(path).read_text("utf-8", "replace")
    except OSError:
        return ""


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:8]
