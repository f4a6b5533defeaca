"""`splitlib verify`: whether split files are those of their labels."""

from pathlib import Path

import click

from splitlib.commands.print_tables import cell, columns, print_table
from splitlib.commands.shared import PATH, Command, json_option
from splitlib.jsonfile import json_text
from splitlib.labels import Labels
from splitlib.split.partition import SPLITS
from splitlib.split.verify_split import verify_split


@click.command("verify", cls=Command, example="splitlib verify labels.slp splits")
@click.argument("labels", type=PATH, help="The .slp file that was split.")
@click.argument("splits", type=PATH, help="The folder of the split files.")
@json_option
def command(labels: Path, splits: Path, *, as_json: bool) -> None:
    """Check that split files hold the frames of the source that their indexes name."""
    source = Labels.load(labels)
    checked = {name: verify_split(source, splits, name) for name in SPLITS}
    if as_json:
        print(json_text({"n_frames": checked}), end="")
        return
    table = columns("split", "frames", "", numbers=("frames",))
    for name, n_frames in checked.items():
        table.add_row(cell(name), cell(n_frames), cell("verified", "green"))
    print_table(table)
