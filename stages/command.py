"""What all stages share: params from the command line, and errors as one message."""

import argparse
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

from splitlib.console import printable, show_warning
from splitlib.errors import SplitlibError
from splitlib.progress import print_above


def parse_arguments(doc: str | None, argv: Sequence[str] | None) -> Path:
    """The path of the params file that a stage is to read."""
    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument("--params", type=Path, default=Path("params.yaml"), help="params file")
    path: Path = parser.parse_args(argv).params
    return path


def run(main: Callable[[Sequence[str] | None], None]) -> None:
    """Run a stage from the command line: exit code 1 and one message where it fails."""
    warnings.showwarning = show_warning
    try:
        main(None)
    except (SplitlibError, OSError) as err:
        print_above(f"error: {printable(str(err))}")
        raise SystemExit(1) from None
