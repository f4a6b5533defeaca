"""`splitlib update`: a pipeline that was laid, brought to the installed version."""

from pathlib import Path

import click

from splitlib.commands.shared import PATH, Command
from splitlib.commands.show_plan import (
    confirmed,
    diff_lines,
    dry_run_option,
    print_changes,
    yes_option,
)
from splitlib.console import printable
from splitlib.laying.planned_files import Plan
from splitlib.laying.update_plan import plan_to_update


@click.command("update", cls=Command, example="splitlib update --dry-run")
@click.argument("folder", type=PATH, default=".", help="The folder with the pipeline.")
@click.option("--force", is_flag=True, help="Replace files and stages that you edited, too.")
@dry_run_option
@yes_option
def command(folder: Path, *, force: bool, dry_run: bool, yes: bool) -> None:
    """Bring stages and schema in a repository to the installed version; edited ones are left."""
    plan = plan_to_update(folder, force=force)
    if plan.left:
        _print_left(plan)
    if not plan.changes:
        print("everything is of the installed version; nothing was written")
        return
    print_changes(plan, lines=dry_run)
    if dry_run or not confirmed(yes=yes):
        print("nothing was written")
        return
    plan.write()
    print("Type next: dvc repro")


def _print_left(plan: Plan) -> None:
    """Print what somebody edited, with what the installed version has there."""
    for place, (there, new) in plan.left.items():
        print(printable("".join(diff_lines(place, there, new))))
    names = ", ".join(plan.left)
    print(printable(f"left as you edited it: {names}"))
    print("-> take the lines above (+) over by hand, or splitlib update --force replaces all\n")
