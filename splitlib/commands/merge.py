"""`splitlib merge`: labels files into one."""

from pathlib import Path

import click

from splitlib.commands.shared import PATH, Command
from splitlib.slp.labels_files import labels_files
from splitlib.split.merge_splits import merge_splits


@click.command(
    "merge", cls=Command, example="splitlib merge splits/train.slp splits/val.slp -o labels.slp"
)
@click.argument(
    "labels", type=PATH, nargs=-1, required=True, help="Split files, or any labels files."
)
@click.option(
    "-o", "--output", type=PATH, required=True, metavar="PATH", help="The .slp file to write."
)
def command(labels: tuple[Path, ...], output: Path) -> None:
    """Put splits back into one file, or labels files of one project together."""
    files = [file for path in labels for file in labels_files(path)]
    n_frames = merge_splits(files, output)
    print(f"{output}: {n_frames} labeled frames")
