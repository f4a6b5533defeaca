"""`splitlib verify`: whether split files are those of their labels."""

from pathlib import Path

import click

from splitlib.commands.print_tables import cell, columns, print_table
from splitlib.commands.shared import PATH, Command, json_option, labels_argument
from splitlib.files import read_together
from splitlib.jsonfile import json_text
from splitlib.split.open_labels import open_labels
from splitlib.split.partition import SPLITS
from splitlib.split.verify_split import check_order, verify_split


@click.command("verify", cls=Command, example="splitlib verify labels.slp splits")
@labels_argument("The .slp files that were split.")
@click.argument("splits", type=PATH, help="The folder of the split files.")
@json_option
def command(labels: tuple[Path, ...], splits: Path, *, as_json: bool) -> None:
    """Check that split files hold the frames of the source that their indexes name."""
    parts = [splits / f"{name}{suffix}" for name in SPLITS for suffix in (".slp", ".json")]
    with read_together(parts), open_labels(labels, splits) as (source, files, _):
        for name in SPLITS:
            check_order(splits, name, files)
        checked = {name: verify_split(source, splits, name) for name in SPLITS}
    if as_json:
        print(json_text({"n_frames": checked}), end="")
        return
    table = columns("split", "frames", "", numbers=("frames",))
    for name, n_frames in checked.items():
        table.add_row(cell(name), cell(n_frames), cell("verified", "green"))
    print_table(table)
