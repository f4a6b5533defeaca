"""What all stages share: params from the command line, and errors as one message."""

import argparse
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

from splitlib.console import printable, show_warning
from splitlib.errors import SplitlibError
from splitlib.progress import print_above
from splitlib.unfinished.outcome import watched

INTERRUPTED = 130
"""Exit code after Ctrl-C: 128 and the number of the signal, as shells count."""

NEXT = "`dvc repro` does this stage again; a training run goes on after its last epoch."
"""What to do after Ctrl-C. DVC removes the former outputs of a stage before it begins."""


def parse_arguments(doc: str | None, argv: Sequence[str] | None) -> Path:
    """The path of the params file that a stage is to read."""
    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument("--params", type=Path, default=Path("params.yaml"), help="params file")
    path: Path = parser.parse_args(argv).params
    return path


def run(main: Callable[[Sequence[str] | None], None]) -> None:
    """Run a stage from the command line: one message where it fails, and where it is stopped.

    The exit code is 1, or 130 after Ctrl-C.
    """
    warnings.showwarning = show_warning
    with watched() as outcome:
        try:
            main(None)
        except KeyboardInterrupt:
            print_above(f"interrupted; {printable(str(outcome))}. {NEXT}")
            raise SystemExit(INTERRUPTED) from None
        except (SplitlibError, OSError) as err:
            print_above(f"error: {printable(str(err))}{printable(outcome.after(err))}")
            raise SystemExit(1) from None
