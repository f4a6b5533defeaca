"""`splitlib check`: what is wrong with the pipeline in a repository."""

from pathlib import Path

import click

from splitlib.commands.shared import PATH, Command, end_with, json_option
from splitlib.console import printable
from splitlib.jsonfile import json_text
from splitlib.laying.checkup import check_up


@click.command("check", cls=Command, judges=True, example="splitlib check")
@click.argument("folder", type=PATH, default=".", help="The folder with the pipeline.")
@json_option
def command(folder: Path, *, as_json: bool) -> None:
    """Say what is wrong with a pipeline that was laid, and what to do; nothing is written."""
    found = check_up(folder)
    if as_json:
        print(json_text([finding._asdict() for finding in found]), end="")
    else:
        for finding in found:
            print(printable(f"{finding.what}\n-> {finding.advice}"))
        counted = "1 finding" if len(found) == 1 else f"{len(found)} findings"
        print(counted if found else "nothing is wrong")
    end_with(int(bool(found)))
