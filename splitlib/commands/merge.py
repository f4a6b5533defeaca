"""`splitlib merge`: splits back into one file."""

from pathlib import Path

import click

from splitlib.commands.shared import PATH, Command
from splitlib.split.merge_splits import merge_splits


@click.command(
    "merge", cls=Command, example="splitlib merge splits/train.slp splits/val.slp -o labels.slp"
)
@click.argument("splits", type=PATH, nargs=-1, required=True, help="The split files.")
@click.option(
    "-o", "--output", type=PATH, required=True, metavar="PATH", help="The .slp file to write."
)
def command(splits: tuple[Path, ...], output: Path) -> None:
    """Put splits of one labels file back into one file."""
    n_frames = merge_splits(splits, output)
    print(f"{output}: {n_frames} labeled frames")
