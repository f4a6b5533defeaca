"""Write the demo labels, or a picture of them.

Example:
    python -m splitlib.demo --output data/demo.slp
    python -m splitlib.demo --picture docs/demo.png
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from splitlib.demo.demo_file import write_demo
from splitlib.demo.picture import write_picture


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m splitlib.demo", description=__doc__)
    parser.add_argument(
        "--output", type=Path, default=Path("data/demo.slp"), help="labels file (%(default)s)"
    )
    parser.add_argument("--picture", type=Path, help="write this picture instead of the labels")
    arguments = parser.parse_args(argv)
    if arguments.picture:
        write_picture(arguments.picture)
    else:
        write_demo(arguments.output)


if __name__ == "__main__":
    main()
