"""Progress bars: drawn on terminals while work lasts, gone after, and nowhere else."""

import io
import re
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr
from pathlib import Path

import pytest
from places import DEMO, ROOT
from terminal import run_on_terminal, screen

from splitlib import progress
from splitlib.audit.audited_splits import load_audited
from splitlib.audit.findings import audit
from splitlib.console import show_warning
from splitlib.files import sha256_of
from splitlib.labels import Labels
from splitlib.params import AuditParams, LabelsParams
from splitlib.progress import print_above, progress_bar, tracked
from splitlib.split.merge_splits import merge_splits

SLOW_LOOP = """
import time
from splitlib import progress
progress.DELAY = 0.1
for _ in progress.tracked(range(20), "frames", total=20):
    time.sleep(0.02)
print("done")
"""


class Terminal(io.StringIO):
    """An error stream that is a terminal."""

    def isatty(self) -> bool:
        return True


@contextmanager
def terminal(delay: float = 0.0) -> Iterator[Terminal]:
    """A terminal on which bars appear after some seconds."""
    with pytest.MonkeyPatch.context() as patched, redirect_stderr(Terminal()) as found:
        patched.setattr(progress, "DELAY", delay)
        yield found


def test_a_slow_loop_has_a_bar_that_is_gone_when_it_is_done() -> None:
    code, written = run_on_terminal([sys.executable, "-c", SLOW_LOOP])
    assert code == 0
    assert "frames: " in written
    assert "/20 [" in written
    assert screen(written) == ["done"]


def test_into_pipes_nothing_is_written() -> None:
    command = [sys.executable, "-c", SLOW_LOOP]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    assert (done.stdout, done.stderr) == ("done\n", "")


def test_into_files_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "DELAY", 0.0)
    with (tmp_path / "log").open("w") as log:
        monkeypatch.setattr(sys, "stderr", log)
        assert list(tracked("abc", "letters")) == ["a", "b", "c"]
    assert (tmp_path / "log").read_text() == ""


def test_without_an_error_stream_nothing_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    assert list(tracked("abc", "letters")) == ["a", "b", "c"]


def test_what_is_soon_done_has_no_bar() -> None:
    with terminal(delay=60) as shown:
        assert list(tracked(range(1000), "frames")) == list(range(1000))
    assert shown.getvalue() == ""


def test_tqdm_is_not_loaded_before_a_bar_is_drawn() -> None:
    code = (
        "import sys\nfrom splitlib.progress import print_above, tracked\n"
        "list(tracked('abc', 'letters'))\nprint_above('text')\nprint('tqdm' in sys.modules)"
    )
    status, written = run_on_terminal([sys.executable, "-c", code])
    assert (status, written) == (0, "text\nFalse\n")


def several_loops() -> None:
    with progress_bar("images", total=10) as advance:
        advance(3)
        advance(0)


def batches() -> None:
    held = ["abcd", "efgh", "ij"]
    assert list(tracked(held, "letters", total=10, count=len)) == held


def no_total() -> None:
    list(tracked("abc", "letters"))


def bars_within_bars() -> None:
    for _ in tracked("abc", "videos"):
        list(tracked(range(10), "frames"))


LOOPS = {
    "several loops are counted together": (several_loops, "| 3/10 ["),
    "batches count as what they hold": (batches, "| 4/10 ["),
    "without a total the number is shown": (no_total, "letters: 1 ["),
    "bars within bars": (bars_within_bars, "frames: "),
}


@pytest.mark.parametrize(("loop", "drawn"), LOOPS.values(), ids=LOOPS)
def test_a_bar_shows_the_count_and_is_gone_in_the_end(loop: Callable[[], None], drawn: str) -> None:
    with terminal() as shown:
        loop()
    assert drawn in shown.getvalue()
    assert screen(shown.getvalue()) == []


def test_a_warning_stands_above_the_bar() -> None:
    with warnings.catch_warnings(), terminal() as shown:
        warnings.simplefilter("always")
        warnings.showwarning = show_warning
        for at in tracked(range(4), "frames"):
            if at == 2:
                warnings.warn("a frame is odd", stacklevel=1)
    assert screen(shown.getvalue()) == ["warning: a frame is odd"]


def broken() -> Iterator[int]:
    yield from range(3)
    msg = "no more frames"
    raise OSError(msg)


def test_an_error_of_what_is_tracked_removes_the_bar() -> None:
    with terminal() as shown, pytest.raises(OSError, match="no more frames"):
        list(tracked(broken(), "frames"))
    assert "frames: 1 [" in shown.getvalue()
    assert screen(shown.getvalue()) == []


def fail_within(items: Iterator[int]) -> None:
    for at in items:
        if at == 1:
            list(tracked(broken(), "frames"))


def test_a_message_after_an_error_in_the_loop_is_whole() -> None:
    with terminal() as shown:
        try:
            fail_within(tracked(iter(range(3)), "videos"))
        except OSError as err:
            print_above(str(err))
    assert "videos: 1 [" in shown.getvalue()
    assert screen(shown.getvalue()) == ["no more frames"]


def bars(shown: Terminal) -> set[tuple[str, int]]:
    """What was counted, and how many there were."""
    found = re.findall(r"([a-zA-Z ]+): +[0-9]+%\|[^|]*\| [0-9]+/([0-9]+) \[", shown.getvalue())
    return {(what, int(total)) for what, total in found}


def test_copying_and_comparing_images_has_bars(tmp_path: Path) -> None:
    labels = Labels.load(DEMO)
    halves = [labels.extract(range(at, len(labels), 2)) for at in (0, 1)]
    paths = [tmp_path / "train.slp", tmp_path / "val.slp"]
    with terminal() as shown:
        for half, path in zip(halves, paths, strict=True):
            half.save(path)
    assert {what for what, _ in bars(shown)} >= {"images"}

    n_images = sum(len(images.frame_numbers) for images in labels.images.values())
    with terminal() as shown:
        merge_splits(paths, tmp_path / "merged.slp")
    assert ("images", n_images) in bars(shown)

    with terminal() as shown:
        audit(load_audited(DEMO, paths), LabelsParams(), AuditParams())
    assert bars(shown) >= {("images", len(labels)), ("images compared", len(halves[1]))}


def test_hashing_has_a_bar(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(bytes(3 * 2**20 + 1))
    with terminal() as shown:
        sha256_of(tmp_path / "large")
    assert bars(shown) == {("MiB hashed", 4)}
